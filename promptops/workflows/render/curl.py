"""A request as a command for a shell: the address, the headers, `$NAME` where a key belongs, and the body."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote

from promptops.errors import EvalError
from promptops.model.config import EnvironmentValue, ModelSpec, SettingValue
from promptops.model.vendors.table import VENDORS
from promptops.providers.endpoint import endpoint_url, key_variable
from promptops.text.key_mask import KeyMask
from promptops.workflows.render.request import WholeRequest

LOCAL_ADDRESS = "MODEL_URL"
"""The variable that stands for the embedded model's address, which is another one at each start."""
_MOST_ARGUMENT = 100_000
"""Bytes: Linux takes no argument of 128 KiB, and a picture makes a longer one."""
_END = "END_OF_REQUEST"
_PATHS = {"anthropic": "/v1/messages", "local": "/chat/completions", "openai": "/chat/completions"}
"""Where each interface is asked, below the base address; the others sign what they send, or are no server."""
_ANTHROPIC_VERSION = "2023-06-01"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def curl_command(request: WholeRequest, mask: KeyMask) -> str:
    """The command, which ends with a line break. `mask` takes keys out that the settings hold themselves.

    EvalError where no command can say it.
    """
    spec, body = request.spec, request.as_json
    if not spec.model:
        raise EvalError("the prompt names no model, so nobody can be asked", hint="add `model: small` to the prompt")
    if spec.interface not in _PATHS:
        hint = "--format json shows the request"
        raise EvalError(f"no command asks a model of the provider '{spec.provider}'", where=spec.alias, hint=hint)
    words = [f"curl {_address(spec, mask)}", '-H "Content-Type: application/json"', *_headers(spec, mask)]
    if len(body.encode()) <= _MOST_ARGUMENT:
        return " \\\n  ".join([*words, f"-d {shlex.quote(body)}"]) + "\n"
    return " \\\n  ".join([*words, f"--data-binary @- <<'{_END}'"]) + f"\n{body}\n{_END}\n"


def _address(spec: ModelSpec, mask: KeyMask) -> str:
    path = _PATHS[spec.interface]
    if spec.interface == "local":
        return f'"${LOCAL_ADDRESS}{path}"'
    address, _, own = endpoint_url(spec).partition("?")
    own = own or spec.base_url.partition("?")[2]
    pieces = [shlex.quote(mask(f"{address}{path}" + (f"?{own}" if own else "")))]
    mark = "&" if own else "?"
    for name, value in spec.query.items():
        start, mark = f"{mark}{quote(name)}=", "&"
        known = isinstance(value, EnvironmentValue)
        pieces += [shlex.quote(start), _value(value, mask)] if known else [shlex.quote(mask(start + quote(str(value))))]
    return "".join(pieces)


def _headers(spec: ModelSpec, mask: KeyMask) -> Iterator[str]:
    if spec.interface == "local":
        return
    if spec.interface == "anthropic":
        yield f'-H "anthropic-version: {_ANTHROPIC_VERSION}"'
    bare, own = VENDORS[spec.provider].key_header, {name.lower() for name in spec.headers}
    variable = key_variable(spec, endpoint_url(spec))
    if variable and own.isdisjoint({"authorization", bare}):
        yield f'-H "{bare}: ${_named(variable)}"' if bare else f'-H "Authorization: Bearer ${_named(variable)}"'
    for name, value in spec.headers.items():
        yield f"-H {shlex.quote(f'{name}: ')}{_value(value, mask)}"


def _value(value: SettingValue, mask: KeyMask) -> str:
    return f'"${_named(value.name)}"' if isinstance(value, EnvironmentValue) else shlex.quote(mask(value))


def _named(variable: str) -> str:
    """The variable's name; EvalError where no shell can have it."""
    if not _VARIABLE.fullmatch(variable):
        message = f"no shell can have a variable with the name '{variable}'"
        raise EvalError(message, where="promptops.yml", hint="name one of letters, digits and _, as EU_API_KEY")
    return variable
