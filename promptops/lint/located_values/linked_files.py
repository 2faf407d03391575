"""Values of a prompt that stand in files of their own: tools, schemas and examples, with their places there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptError, PromptopsError
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.model.chat.message_template import ExamplesSlot, TextOrigin
from promptops.model.finding import Span
from promptops.source.formats.chat.text_origins import text_origin
from promptops.source.references import resolve_reference
from promptops.source.source import read_text
from promptops.source.yaml.reader import Node, read_yaml

_MOST_JSON = 200_000
"""A longer JSON text is not looked into: reading it takes its time, and nobody wrote it by hand."""


class JsonText(NamedTuple):
    """A value that is written as a JSON text in a value of the file, and where that text begins."""

    key: Span
    value: Node
    origin: TextOrigin
    rows: list[str]

    def place(self, span: Span) -> Span:
        """The file's span for one of the text; the key where it cannot be worked out."""
        if self.origin.exact:
            width = span.end_column - span.column if span.line == span.end_line else 1
            return self.origin.span(span.line, span.column, max(1, width))
        # A folded text moved its characters: the same words, if they stand there once.
        row = self.value.text.split("\n")[span.line - 1]
        words = row[span.column - 1 : span.end_column - 1 if span.line == span.end_line else span.column]
        found = [
            Span.at(line, match + 1, len(words))
            for line in range(self.value.span.line, min(self.value.span.end_line, len(self.rows)) + 1)
            for match in _all(self.rows[line - 1], words)
        ]
        return found[0] if len(found) == 1 else self.key


class LocatedValue(NamedTuple):
    """A value, and the file that it stands in; `json` is set where it is a JSON text in a value of that file."""

    path: PurePosixPath
    node: Node
    json: JsonText | None = None

    def place(self, span: Span) -> Span:
        """Where in the file something of the value stands."""
        return self.json.place(span) if self.json is not None else span


@lru_cache(maxsize=2)  # several rules ask, one after the other
def located_value(target: Target, key: str) -> LocatedValue | None:
    """What stands under `tools` or `jsonSchema`: there, as JSON in a text, or in a file; None where it is unreadable.

    Why it is, is told where the prompt is built.
    """
    node, root = target.get(key), target.node
    if node is None or root is None:
        return None
    if node.kind != "scalar":
        return LocatedValue(target.path, node)
    text = node.text.strip()
    if text[:1] in ("{", "["):
        read = _read_json(node.text)
        written = JsonText(root.key_spans[key], node, text_origin(node, target.rows), target.rows)
        return None if read is None else LocatedValue(target.path, read, written)
    try:
        path = resolve_reference(text, target.path, target.project.template_folder)
        content = read_text(target.project.source, path)
        if path.suffix.lower() == ".json":
            read = _read_json(content)
            return None if read is None else LocatedValue(path, read)
        return LocatedValue(path, read_yaml(content))
    except PromptopsError:
        return None


class LinkedExamples(NamedTuple):
    """A file of examples: where the prompt names it, its path, and its text; `problem` is why it cannot be read."""

    slot: ExamplesSlot
    path: PurePosixPath
    text: str
    problem: PromptopsError | None = None


def linked_examples(target: Target) -> Iterator[LinkedExamples]:
    """Each file of examples of a prompt, in the order of the messages."""
    prompt = target.prompt
    for slot in prompt.messages if prompt is not None else ():
        if not isinstance(slot, ExamplesSlot):
            continue
        try:
            path = resolve_reference(slot.name, target.path, target.project.template_folder)
            yield LinkedExamples(slot, path, read_text(target.project.source, path))
        except PromptopsError as exc:
            yield LinkedExamples(slot, target.path, "", exc)


@lru_cache(maxsize=4)
def example_texts(target: Target) -> tuple[TextSpan, ...]:
    """What the user and the assistant say in the examples of a prompt, each at its line; broken lines are left out."""
    from promptops.templating.chat.examples import each_example

    found: list[TextSpan] = []
    for linked in linked_examples(target):
        rows = linked.text.split("\n")
        for number, example in each_example(linked.text, str(linked.path)):
            origin = TextOrigin(number, 1, exact=False)
            for message in example if not isinstance(example, PromptError) else ():
                found.append(TextSpan(linked.path, message.text, rows, origin, message.role, number))
    return tuple(found)


def linked_texts(target: Target) -> Iterator[tuple[PurePosixPath, str]]:
    """Every file of tools, schemas and examples that a prompt names and that can be read."""
    seen = {target.path}
    for name, text in target.prompt.files.items() if target.prompt is not None else ():
        if (path := PurePosixPath(name)) not in seen:
            seen.add(path)
            yield path, text
    for linked in linked_examples(target) if "examples" in target.text else ():
        if linked.path not in seen:
            seen.add(linked.path)
            yield linked.path, linked.text


def _read_json(text: str) -> Node | None:
    """JSON is YAML, and YAML keeps the places; None where they differ, for what is neither (P004), and for a lot."""
    import json  # which most prompts need not

    try:
        if len(text) > _MOST_JSON:
            return None
        json.loads(text)
        return read_yaml(text)
    except (PromptError, ValueError, RecursionError):
        return None


def _all(row: str, words: str) -> Iterator[int]:
    """Where the words stand in the row; one letter alone says nothing."""
    start = row.find(words) if len(words) > 1 else -1
    while start >= 0:
        yield start
        start = row.find(words, start + 1)
