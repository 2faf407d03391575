"""A YAML file of ours, read and compared with its format: the node and all that is wrong with it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, NamedTuple

from promptops.errors import AbsentObjectError, PromptError, SourceError
from promptops.model.finding import Span
from promptops.source.source import MAX_TEXT_BYTES, Source, read_text
from promptops.source.yaml.reader import MAX_VALUES, Node, YamlProblem, all_duplicates, read_yaml
from promptops.source.yaml.validate import UNKNOWN_KEY, FormatProblem, drop_blank_keys, validate_node

NOT_YAML, DUPLICATE_KEY = "P001", "P002"


class Document(NamedTuple):
    """`node` is None when the file could not be read as YAML at all."""

    path: PurePosixPath
    text: str
    node: Node | None
    problems: tuple[FormatProblem, ...]

    @property
    def usable(self) -> bool:
        """Whether a value can be built from it: unknown keys are tolerated, other problems are not."""
        return self.node is not None and all(problem.code == UNKNOWN_KEY for problem in self.problems)


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
    drop_blank_keys(node, schema)
    problems.extend(validate_node(node, schema))
    return Document(path, text, node, tuple(problems))


def require_valid(document: Document, *, strict: bool = False) -> Node:
    """The node, or a PromptError that lists all problems at once. `strict` refuses unknown keys too."""
    blocking = [p for p in document.problems if strict or p.code != UNKNOWN_KEY]
    if document.node is not None and not blocking:
        return document.node
    first, *others = blocking
    lines = [
        first.message,
        *(f"  {p.span.place(document.path)}: {p.message}. {p.hint}" for p in others),
    ]
    raise PromptError("\n".join(lines), where=first.span.place(document.path), hint=first.hint)
