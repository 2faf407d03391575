"""`evaluators:` lists into `Criterion` values."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.model.kind import Kinds
from promptops.model.suite import Criterion
from promptops.source.yaml.reader import Node
from promptops.source.yaml.validate import to_schema_types


def make_criteria(node: Node | None, path: PurePosixPath, kinds: Kinds) -> tuple[Criterion, ...]:
    """The criteria of an `evaluators` list; twins of a name get ` (2)`."""
    criteria: list[Criterion] = []
    taken: set[str] = set()
    for position, item in enumerate(node.value if node is not None else (), 1):
        given = [key for key in item.value if key in kinds]
        where = item.span.place(path)
        if len(given) != 1:
            found = "several kinds: " + ", ".join(given) if given else "no kind"
            hint = f"give it exactly one of: {', '.join(kinds)}"
            raise PromptError(f"this evaluator has {found}", where=where, hint=hint)
        kind = kinds[given[0]]
        options = to_schema_types(item.value[kind.name], kind.schema)
        title = item.get("name")
        name = (title.text if title is not None else "") or f"{kind.name} {position}"
        stem, twin = name, 2
        while name in taken:
            name, twin = f"{stem} ({twin})", twin + 1
        taken.add(name)
        threshold, advisory, tags = item.get("threshold"), item.get("advisory"), item.get("tags")
        criteria.append(
            Criterion(
                name=name,
                kind=kind,
                options=options if isinstance(options, dict) else {kind.name: options},
                threshold=float(threshold.value) if threshold is not None else 1.0,
                advisory=advisory is not None and advisory.value is True,
                tags=tuple(tag.text for tag in tags.value) if tags is not None else (),
                span=item.span,
            )
        )
    return tuple(criteria)
