"""The expressions that action.yml uses, `${{ … }}`, evaluated as GitHub does; anything else is refused.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Context = Mapping[str, Any]
_TOKENS = re.compile(r"\s*(?:('(?:[^']|'')*')|([\w.-]+)|(==|!=|&&|\|\||[!(),]))")
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS = ("always()", "success()", "failure()", "cancelled()")


def fill(text: str, context: Context) -> str:
    """The text with every expression's value in its place."""
    return _EXPRESSION.sub(lambda found: shown(evaluate(found[1], context)), text)


def holds(condition: str, context: Context, failed: bool) -> bool:
    """Whether a step with this `if` runs; without a word about earlier steps it runs only when they succeeded."""
    whole = _EXPRESSION.fullmatch(condition.strip())
    text = whole[1] if whole else condition
    answer = bool(evaluate(text, {**context, "status": {"failed": failed}}))
    return answer and (any(name in text for name in _STATUS) or not failed)


def shown(value: Any) -> str:
    """A value as GitHub writes it into a text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def evaluate(text: str, context: Context) -> Any:
    """The value of one expression, without the braces around it."""
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKENS.match(text, at)
        assert found is not None, f"this runner does not understand: {text[at:]}"
        tokens.append(found[0].strip())
        at = found.end()
    parser = _Parser(tokens, context)
    value = parser.either()
    assert not parser.left, f"more than one expression: {text}"
    return value


class _Parser:
    def __init__(self, tokens: list[str], context: Context) -> None:
        self.left = tokens[::-1]
        self._context = context

    def either(self) -> Any:
        value = self.both()
        while self._take("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self._take("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.single()
        if self._take("=="):
            return shown(value).casefold() == shown(self.single()).casefold()
        if self._take("!="):
            return shown(value).casefold() != shown(self.single()).casefold()
        return value

    def single(self) -> Any:
        if self._take("!"):
            return not self.single()
        if self._take("("):
            value = self.either()
            assert self._take(")")
            return value
        token = self.left.pop()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._take("("):
            return self._call(token)
        if token in ("true", "false"):
            return token == "true"
        return self._named(token)

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._take(")"):
            arguments.append(self.either())
            self._take(",")
        failed = self._context.get("status", {}).get("failed", False)
        functions: dict[str, Callable[..., Any]] = {
            "always": lambda: True,
            "success": lambda: not failed,
            "failure": lambda: failed,
            "cancelled": lambda: False,
            "startsWith": lambda text, start: shown(text).casefold().startswith(shown(start).casefold()),
            "fromJSON": lambda text: text,  # shown again as it was written
            "format": lambda text, *values: re.sub(r"\{(\d+)\}", lambda found: shown(values[int(found[1])]), text),
        }
        return functions[name](*arguments)

    def _named(self, token: str) -> Any:
        value: Any = self._context
        for part in token.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def _take(self, token: str) -> bool:
        if self.left and self.left[-1] == token:
            self.left.pop()
            return True
        return False
