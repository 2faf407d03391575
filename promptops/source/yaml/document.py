"""A YAML file of ours, read and compared with its format: the node and all that is wrong with it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from promptops.errors import AbsentObjectError, PromptError, SourceError
from promptops.model.finding import Span
from promptops.source.source import MAX_TEXT_BYTES, Source, read_text
from promptops.source.yaml.reader import MAX_VALUES, Node, YamlProblem, all_duplicates, read_yaml
from promptops.source.yaml.validate import UNKNOWN_KEY, WRONG_TYPE, FormatProblem, drop_blank_keys, validate_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promptops.source.yaml.broken_file import YamlMistake

NOT_YAML, DUPLICATE_KEY, CUT_BY_COMMA = "P001", "P002", "P015"
TOLERATED = (UNKNOWN_KEY, CUT_BY_COMMA)
"""What lint reports of a prompt that can be served all the same."""


class Document(NamedTuple):
    """`node` is None when the file could not be read as YAML at all."""

    path: PurePosixPath
    text: str
    node: Node | None
    problems: tuple[FormatProblem, ...]

    @property
    def usable(self) -> bool:
        """Whether a value can be built from it: unknown keys are tolerated, most other problems are not."""
        return self.node is not None and all(problem.code in TOLERATED for problem in self.problems)


def read_document(
    source: Source, path: PurePosixPath, schema: dict[str, Any], limit: int = MAX_TEXT_BYTES, most: int = MAX_VALUES
) -> Document:
    """The file as a Document, of at most `limit` bytes and `most` values; never raises for what the file holds.

    AbsentObjectError where git has not got it here.
    """
    text = ""
    try:
        text = read_text(source, path, limit)
        node = read_yaml(text, str(path), most)
    except YamlProblem as exc:
        return Document(path, text, None, (FormatProblem(exc.code or NOT_YAML, exc.span, exc.message, exc.hint),))
    except AbsentObjectError:  # the file is there and may be right
        raise
    except SourceError as exc:
        line = exc.where.removeprefix(f"{path}:").partition(":")[0]
        span = Span.at(int(line) if line.isdigit() else 1, 1)
        return Document(path, text, None, (FormatProblem(exc.code or NOT_YAML, span, exc.args[0], exc.hint),))
    problems = [
        FormatProblem(DUPLICATE_KEY, second, f"'{key}' stands here and on line {first.line}", "keep one of the two")
        for key, first, second in all_duplicates(node)
    ]
    problems.extend(_cut_by_comma(node))
    drop_blank_keys(node, schema)
    problems.extend(validate_node(node, schema))
    if places := [problem.span for problem in problems if problem.code == WRONG_TYPE]:
        from promptops.source.yaml.errors import explain_misreading  # only where a file is broken

        if mistake := explain_misreading(text, places):
            return Document(path, text, None, (_of_mistake(mistake),))
    return Document(path, text, node, tuple(problems))


def _cut_by_comma(root: Node) -> Iterator[FormatProblem]:
    for mapping, key in _bare_keys(root):
        if key.isdigit() and any(key in root.group(name).value for name in ("modelParameters", "parameters")):
            continue  # a number with a comma, which is told of the parameter
        from promptops.source.yaml.cut_values import cut_value  # only where something is wrong

        yield FormatProblem(CUT_BY_COMMA, mapping.key_spans[key], *cut_value(mapping, key))


def _bare_keys(node: Node) -> Iterator[tuple[Node, str]]:
    """Every key without a colon, anywhere below `node`, with the mapping it stands in."""
    if node.kind == "mapping":
        yield from ((node, key) for key in node.bare_keys)
    for child in node.value.values() if node.kind == "mapping" else node.value if node.kind == "sequence" else ():
        if child.kind != "scalar":
            yield from _bare_keys(child)


def _of_mistake(mistake: YamlMistake) -> FormatProblem:
    return FormatProblem(mistake.code, mistake.span, mistake.message, mistake.hint)


def require_valid(document: Document, *, strict: bool = False) -> Node:
    """The node, or a PromptError that lists all problems at once. `strict`: also those that a prompt may have."""
    blocking = [p for p in document.problems if strict or p.code not in TOLERATED]
    if document.node is not None and not blocking:
        return document.node
    first, *others = blocking
    lines = [
        first.message,
        *(f"  {p.span.place(document.path)}: {p.message}. {p.hint}" for p in others),
    ]
    raise PromptError("\n".join(lines), where=first.span.place(document.path), hint=first.hint)
