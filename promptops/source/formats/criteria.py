"""`evaluators:` lists into `Criterion` values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.model.evaluator_kind import Kinds
from promptops.model.suite import Criterion
from promptops.source.formats.cases import compose_tags
from promptops.source.yaml.reader import Node
from promptops.source.yaml.validate import to_schema_types


def make_criteria(items: Sequence[Node], path: PurePosixPath, kinds: Kinds) -> tuple[Criterion, ...]:
    """The criteria of an `evaluators` list; twins of a name get ` (2)`."""
    criteria: list[Criterion] = []
    taken: set[str] = set()
    for position, item in enumerate(items, 1):
        given = [key for key in item.value if key in kinds]
        where = item.span.place(path)
        if len(given) != 1:
            found = "several kinds: " + ", ".join(given) if given else "no kind"
            hint = _other_tools_word(item) or f"give it exactly one of: {', '.join(kinds)}"
            raise PromptError(f"this evaluator has {found}", where=where, hint=hint)
        kind = kinds[given[0]]
        options = to_schema_types(item.value[kind.name], kind.written)
        options = options if isinstance(options, dict) else {kind.name: options}
        if (beside := item.get("not")) is not None:
            if "not" in options:
                hint = "write it once; in both places it means the same"
                raise PromptError("this evaluator has `not` twice", where=where, hint=hint)
            options["not"] = beside.value
        name = item.string("name") or f"{kind.name} {position}"
        stem, twin = name, 2
        while name in taken:
            name, twin = f"{stem} ({twin})", twin + 1
        taken.add(name)
        threshold = item.number("threshold")
        criteria.append(
            Criterion(
                name=name,
                kind=kind,
                options=options,
                threshold=kind.threshold if threshold is None else threshold,
                advisory=item.is_true("advisory"),
                tags=compose_tags(item.strings("tags")),
                span=item.span,
            )
        )
    return tuple(criteria)


def _other_tools_word(item: Node) -> str:
    """What to write for an evaluator as another tool calls it; empty where none of its keys is known from one."""
    from promptops.model.schemas.other_words import instead_of  # only where something is wrong

    words = (instead_of("evaluator", key, child.text if child.kind == "scalar" else "") for key, child in item.items())
    found = next(filter(None, words), "")
    return f"write {found}" if found else ""
