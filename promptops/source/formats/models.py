"""One model of `promptops.yml` into a `ModelSpec`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from promptops.errors import PromptError, SourceError
from promptops.model.config import (
    EMBEDDED_MODEL,
    EnvironmentValue,
    Limits,
    ModelSpec,
    Prices,
    PythonFunction,
    SettingValue,
    value_flaw,
)
from promptops.source.formats.parameters import read_parameters
from promptops.source.source import normalize_path
from promptops.source.yaml.reader import Node

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token: RFC 9110, section 5.6.2."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OF_EVERY_CALL = frozenset({"connection", "content-length", "content-type", "transfer-encoding"})
_OF_EVERY_BODY = frozenset({"messages", "model", "stream"})


def read_model(alias: str, node: Node, path: PurePosixPath) -> ModelSpec:
    """The model behind an alias. PromptError at the line of what cannot be sent."""
    provider, model = node.string("provider"), node.get("model")
    python = _python(alias, node, path)
    if provider not in ("local", "python") and model is None:
        where = node.span.place(path)
        raise PromptError(f"the model '{alias}' has no 'model'", where=where, hint="add the provider's name for it")
    prices = node.get("prices")
    return ModelSpec(
        alias=alias,
        provider=provider,
        model=model.text if model else f"{python.file}:{python.name}" if python else EMBEDDED_MODEL,
        base_url=node.string("baseUrl").rstrip("/"),
        api_key_env=node.string("apiKeyEnv"),
        prices=_prices(prices) if prices else None,
        limits=_limits(node.group("limits"), provider),
        parameters=read_parameters(node.group("parameters"), path),
        base_url_env=_variable(node.get("baseUrlEnv"), "baseUrlEnv", path),
        headers=_headers(node.group("headers"), path),
        query=_values(node.group("query"), "part of the query", path),
        extra_body=_extra_body(node.group("extraBody"), path),
        client=node.string("client"),
        project=node.string("project"),
        location=node.string("location"),
        region=node.string("region"),
        python=python,
    )


def _python(alias: str, node: Node, path: PurePosixPath) -> PythonFunction | None:
    """The function of a model in Python. PromptError where none is named, or another provider's model names one."""
    given = {key: item for key in ("file", "function", "network", "env") if (item := node.get(key)) is not None}
    if node.string("provider") != "python":
        for key, item in given.items():
            hint = "write provider: python, or delete the line"
            raise PromptError(f"'{key}' belongs to provider: python", where=item.span.place(path), hint=hint)
        return None
    if not (written := node.string("file")):
        hint = "add file: app/model.py, a path from the project's root, and function: NAME"
        raise PromptError(f"the model '{alias}' has no 'file'", where=node.span.place(path), hint=hint)
    try:
        file = normalize_path(PurePosixPath(written))
    except SourceError as exc:
        raise PromptError(str(exc.args[0]), where=given["file"].span.place(path), hint=exc.hint) from exc
    name = node.string("function") or "complete"
    if not name.isidentifier():
        raise PromptError(f"'{name}' is not the name of a function", where=given["function"].span.place(path))
    variables = tuple(_variable(item, "env", path) for item in node.list("env"))
    return PythonFunction(str(file), name, "network" in given and given["network"].value is True, variables)


def _variable(node: Node | None, key: str, path: PurePosixPath) -> str:
    """The name of an environment variable. What is none is not repeated: it may be the secret itself."""
    if node is None or not node.text:
        return ""
    if not _VARIABLE.fullmatch(node.text):
        hint = "write the variable's name, like LLM_GATEWAY_TOKEN; its value stays in the environment"
        where = node.span.place(path)
        raise PromptError(f"what '{key}' says is not the name of an environment variable", where=where, hint=hint)
    return node.text


def _headers(group: Node, path: PurePosixPath) -> Mapping[str, SettingValue]:
    seen: set[str] = set()
    for name in group.value if group.kind == "mapping" else ():
        problem = hint = ""
        if not _HEADER_NAME.fullmatch(name):
            problem, hint = "is no name of a header", "write letters, digits and -, like X-Team"
        elif name.lower() in _OF_EVERY_CALL:
            problem, hint = "cannot be set here: each call sets it", "delete the line"
        elif name.lower() in seen:
            problem, hint = "is given twice: capitals make no difference in a header", "keep one of the two"
        if problem:
            where = group.key_spans[name].place(path)
            raise PromptError(f"'{_printable(name)}' {problem}", where=where, hint=hint)
        seen.add(name.lower())
    return _values(group, "header", path)


def _values(group: Node, what: str, path: PurePosixPath) -> Mapping[str, SettingValue]:
    """Texts and names of variables; a text that no request can carry is an error at its place."""
    found: dict[str, SettingValue] = {}
    for name, node in group.items():
        where = node.span.place(path)
        if node.kind == "mapping":
            if not (variable := _variable(node.get("env"), "env", path)):
                hint = "write the name of an environment variable"
                raise PromptError(f"'env' of the {what} '{_printable(name)}' is empty", where=where, hint=hint)
            found[name] = EnvironmentValue(variable)
            continue
        if flaw := value_flaw(node.text, ascii_only=what == "header"):
            hint = "write it in one line, without control characters and in a header with plain letters only"
            raise PromptError(f"the {what} '{_printable(name)}' has {flaw}", where=where, hint=hint)
        found[name] = node.text
    return found


def _printable(name: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in name[:40])


def _extra_body(group: Node, path: PurePosixPath) -> Mapping[str, Any]:
    for name in group.value if group.kind == "mapping" else ():
        if name in _OF_EVERY_BODY:
            where = group.key_spans[name].place(path)
            hint = "delete the line: the prompt and the model's own settings say it"
            raise PromptError(f"'extraBody' cannot hold '{name}'", where=where, hint=hint)
    return {name: item.as_data() for name, item in group.items()}


def _prices(node: Node) -> Prices:
    given = [node.get(key) for key in ("input", "output", "cachedInput")]
    return Prices(*(float(item.value) for item in given if item is not None))


def _limits(node: Node, provider: str) -> Limits:
    # The embedded server answers two at a time, a function one; more in flight only wait and spoil the latencies.
    default = Limits(concurrency={"local": 2, "python": 1}.get(provider, Limits().concurrency))
    values = {key: item.value for key, item in node.items()}
    return Limits(
        concurrency=values.get("concurrency", default.concurrency),
        requests_per_minute=values.get("requestsPerMinute"),
        timeout=float(values.get("timeout", default.timeout)),
        max_retries=values.get("maxRetries", default.max_retries),
        max_wait=float(values.get("maxWait", default.max_wait)),
        max_reply_bytes=values.get("maxReplyBytes", default.max_reply_bytes),
    )
