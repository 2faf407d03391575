"""A request as a command for a shell: the address, the headers, `$NAME` where a key belongs, and the body."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote

from promptops.errors import EvalError
from promptops.model.config import EnvironmentValue, ModelSpec, SettingValue
from promptops.model.vendors.table import VENDORS
from promptops.providers.cloud_address import is_vertex
from promptops.providers.endpoint import endpoint_url, key_variable
from promptops.text.key_mask import KeyMask
from promptops.workflows.render.request import WholeRequest
from promptops.workflows.render.wire_form import bedrock_wire, gemini_wire

LOCAL_ADDRESS = "MODEL_URL"
"""The variable that stands for the embedded model's address, which is another one at each start."""
_MOST_ARGUMENT = 100_000
"""Bytes: Linux takes no argument of 128 KiB, and a picture makes a longer one."""
_END = "END_OF_REQUEST"
_PATHS = {"anthropic": "/v1/messages", "local": "/chat/completions", "openai": "/chat/completions"}
"""Where each interface is asked, below the base address; others have a path for each model, or are no server."""
_WIRES = {"bedrock": bedrock_wire, "gemini": gemini_wire}
_ANTHROPIC_VERSION = "2026-10-21"
"""What `anthropic` 2.x says, and what the request is written for."""
_GEMINI_VERSION = re.compile(r"/v\d+\w*$")
_KEYS = {"bedrock": "AWS_BEARER_TOKEN_BEDROCK"}
"""A key that a shell can send, where the vendor's client would sign."""
_HEADERS = {"gemini": "x-goog-api-key"}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def curl_command(request: WholeRequest, mask: KeyMask) -> str:
    """The command, which ends with a line break. `mask` takes keys out that the settings hold themselves.

    EvalError where no command can say it.
    """
    spec = request.spec
    if not spec.model:
        raise EvalError("the prompt names no model, so nobody can be asked", hint="add `model: small` to the prompt")
    path, body = _wire(request)
    words = [f"curl {_address(spec, path, mask)}", '-H "Content-Type: application/json"', *_headers(spec, mask)]
    if len(body.encode()) <= _MOST_ARGUMENT:
        return " \\\n  ".join([*words, f"-d {shlex.quote(body)}"]) + "\n"
    return " \\\n  ".join([*words, f"--data-binary @- <<'{_END}'"]) + f"\n{body}\n{_END}\n"


def _wire(request: WholeRequest) -> tuple[str, str]:
    """The path below the base address, and the body as JSON."""
    spec = request.spec
    if spec.interface in _PATHS:
        return _PATHS[spec.interface], request.as_json
    if spec.interface not in _WIRES or is_vertex(spec):
        who = "Gemini on Vertex" if is_vertex(spec) else f"a model of the provider '{spec.provider}'"
        raise EvalError(f"no command asks {who}", where=spec.alias, hint="--format json shows the request")
    path, body = _WIRES[spec.interface](request.body)
    return path, request._replace(body=body).as_json


def _address(spec: ModelSpec, path: str, mask: KeyMask) -> str:
    if spec.interface == "local":
        return f'"${LOCAL_ADDRESS}{path}"'
    address, _, own = endpoint_url(spec).partition("?")
    if spec.interface == "gemini" and not _GEMINI_VERSION.search(address):
        address += "/v1"  # as the client does
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
    own = {name.lower() for name in spec.headers}
    if spec.interface == "anthropic" and "anthropic-version" not in own:
        yield f'-H "anthropic-version: {_ANTHROPIC_VERSION}"'
    bare = _HEADERS.get(spec.interface) or VENDORS[spec.provider].key_header
    variable = key_variable(spec, endpoint_url(spec)) or _KEYS.get(spec.interface, "")
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
