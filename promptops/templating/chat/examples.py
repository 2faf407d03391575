"""Few-shot examples: a file of JSON lines, each with what the user said and what the assistant answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

from promptops.errors import PromptError
from promptops.model.chat.message import Message
from promptops.source.formats.json_text.strict_json import RefusedJsonError, parse_json, refusal_hint
from promptops.source.yaml.conflict_markers import CONFLICT, KEEP_ONE, is_conflict_line

_LINE = '{"user": "…", "assistant": "…"}'
MOST_EXAMPLES = 1_000


@lru_cache(maxsize=64)
def read_examples(text: str, where: str) -> tuple[Message, ...]:
    """Two messages for each line, word for word. PromptError at the first line that is no example."""
    messages: list[Message] = []
    for number, example in each_example(text, where):
        if isinstance(example, PromptError):
            raise example
        messages += example
        if len(messages) > 2 * MOST_EXAMPLES:
            message = f"there are more than {MOST_EXAMPLES:,} examples"
            raise PromptError(message, where=f"{where}:{number}", hint="keep those that show the most")
    if not messages:
        raise PromptError("the file has no examples", where=where, hint=f"write one a line: {_LINE}")
    return tuple(messages)


def each_example(text: str, where: str) -> Iterator[tuple[int, tuple[Message, Message] | PromptError]]:
    """Each line that is not blank: its number, and its two messages or why it is no example."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            example = _example(line, f"{where}:{number}")
        except PromptError as exc:
            yield number, exc
        else:
            yield number, (Message("user", example["user"]), Message("assistant", example["assistant"]))


def _example(line: str, where: str) -> dict[str, str]:
    try:
        found = parse_json(line)
    except RefusedJsonError as exc:
        raise PromptError(f"this line cannot be used: {exc}", where=where, hint=refusal_hint(exc)) from exc
    except json.JSONDecodeError as exc:
        if is_conflict_line(line):
            raise PromptError(CONFLICT, where=where, hint=KEEP_ONE) from exc
        raise PromptError("this line is not JSON", where=f"{where}:{exc.colno}", hint=f"write it so: {_LINE}") from exc
    if not isinstance(found, dict):
        raise PromptError("this line is no example", where=where, hint=f"write it so: {_LINE}")
    for key in ("user", "assistant"):
        if not isinstance(found.get(key), str):
            problem = f"'{key}' is not a text" if key in found else f"the example has no '{key}'"
            raise PromptError(problem, where=where, hint=f"write it so: {_LINE}")
    if others := [key for key in found if key not in ("user", "assistant")]:
        raise PromptError(f"'{others[0][:80]}' is not a key an example can have", where=where, hint=f"write {_LINE}")
    return found
