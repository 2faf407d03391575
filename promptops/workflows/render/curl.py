"""A request as a command for a shell: the address, the headers, `$NAME` where a key belongs, and the body."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote

from promptops.errors import EvalError
from promptops.model.config import EnvironmentValue, ModelSpec, SettingValue
from promptops.providers.endpoint import endpoint_url, key_variable
from promptops.text.key_mask import KeyMask
from promptops.workflows.render.request import WholeRequest

LOCAL_ADDRESS = "MODEL_URL"
"""The variable that stands for the embedded model's address, which is another one at each start."""
_MOST_ARGUMENT = 100_000
"""Bytes: Linux takes no argument of 128 KiB, and a picture makes a longer one."""
_END = "END_OF_REQUEST"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def curl_command(request: WholeRequest, mask: KeyMask) -> str:
    """The command, which ends with a line break. `mask` takes keys out that the settings hold themselves.

    EvalError where no command can say it.
    """
    spec, body = request.spec, request.as_json
    if not spec.model:
        raise EvalError("the prompt names no model, so nobody can be asked", hint="add `model: small` to the prompt")
    words = [f"curl {_address(spec, mask)}", '-H "Content-Type: application/json"', *_headers(spec, mask)]
    if len(body.encode()) <= _MOST_ARGUMENT:
        return " \\\n  ".join([*words, f"-d {shlex.quote(body)}"]) + "\n"
    return " \\\n  ".join([*words, f"--data-binary @- <<'{_END}'"]) + f"\n{body}\n{_END}\n"


def _address(spec: ModelSpec, mask: KeyMask) -> str:
    if spec.provider == "local":
        return f'"${LOCAL_ADDRESS}/chat/completions"'
    address, _, own = endpoint_url(spec).partition("?")
    own = own or spec.base_url.partition("?")[2]
    pieces = [shlex.quote(mask(f"{address.rstrip('/')}/chat/completions" + (f"?{own}" if own else "")))]
    mark = "&" if own else "?"
    for name, value in spec.query.items():
        start, mark = f"{mark}{quote(name)}=", "&"
        known = isinstance(value, EnvironmentValue)
        pieces += [shlex.quote(start), _value(value, mask)] if known else [shlex.quote(mask(start + quote(str(value))))]
    return "".join(pieces)


def _headers(spec: ModelSpec, mask: KeyMask) -> Iterator[str]:
    if spec.provider == "local":
        return
    variable = key_variable(spec, endpoint_url(spec))
    if variable and "authorization" not in map(str.lower, spec.headers):
        yield f'-H "Authorization: Bearer ${_named(variable)}"'
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
