"""`evaluators:` lists into `Criterion` values."""

from __future__ import annotations

from pathlib import PurePosixPath

from promptops.errors import PromptError
from promptops.model.schemas.formats import EVALUATOR, EVALUATOR_KINDS
from promptops.model.suite import Criterion
from promptops.source.yaml.reader import Node
from promptops.source.yaml.validate import typed


def make_criteria(node: Node | None, path: PurePosixPath) -> tuple[Criterion, ...]:
    """The criteria of an `evaluators` list; twins of a name get ` (2)`."""
    criteria: list[Criterion] = []
    taken: set[str] = set()
    for position, item in enumerate(node.value if node is not None else (), 1):
        kinds = [key for key in item.value if key in EVALUATOR_KINDS or key == "uses"]
        where = f"{path}:{item.span.line}:{item.span.column}"
        if len(kinds) != 1:
            names = ", ".join([*EVALUATOR_KINDS, "uses"])
            found = "several kinds: " + ", ".join(kinds) if kinds else "no kind"
            raise PromptError(f"this evaluator has {found}", where=where, hint=f"give it exactly one of: {names}")
        kind = kinds[0]
        options = typed(item.value[kind], EVALUATOR["properties"][kind])
        title = item.get("name")
        name = (title.text if title is not None else "") or f"{kind} {position}"
        stem, twin = name, 2
        while name in taken:
            name, twin = f"{stem} ({twin})", twin + 1
        taken.add(name)
        threshold, advisory, tags = item.get("threshold"), item.get("advisory"), item.get("tags")
        criteria.append(
            Criterion(
                name=name,
                kind=kind,
                options=options if isinstance(options, dict) else {"uses": options},
                threshold=float(threshold.value) if threshold is not None else 1.0,
                advisory=advisory is not None and advisory.value is True,
                tags=tuple(tag.text for tag in tags.value) if tags is not None else (),
                span=item.span,
            )
        )
    return tuple(criteria)
