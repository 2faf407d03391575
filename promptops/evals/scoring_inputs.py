"""What decides scores besides the replies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from promptops.evals.arms import ModelTarget
from promptops.model.canonical_json import digest
from promptops.model.label import Label
from promptops.model.suite import Suite
from promptops.model.waiver import Waiver

EVALUATOR_VERSION = 2
"""What a score means. Raised where the same reply may get another score, so that older figures are not compared with
newer ones as if only the model had changed. 1: letters counted as they were spelled, patterns were not filled."""

LabelsByOutput = Mapping[tuple[str, str, str], Sequence[Label]]
"""What people said of a case's output by a criterion: (case, output digest, criterion) → labels."""


def labels_by_output(labels: Iterable[Label]) -> LabelsByOutput:
    """The labels where they are looked up."""
    found = defaultdict(list)
    for label in labels:
        found[label.case, label.output, label.criterion].append(label)
    return found


@dataclass(frozen=True, slots=True)
class ScoringInputs:
    """Judges, people's labels and python files, read once: an edit during the run changes nothing.

    `judge` is the alias of the project's own (empty: none), `judges` are all that may be asked, by alias; `unresolved`
    says why another cannot be. `files` are texts by name, `refused` says why one is not run. `waivers` are what
    owners accepted: no part of any score, but of what blocks. `unconfirmed` says which labels and acceptances of the
    change do not count, and why. `media` are the sha256 of pictures and so on that cases name, by their paths.
    """

    judge: str = ""
    judges: Mapping[str, ModelTarget] = field(default_factory=dict)
    unresolved: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    media: Mapping[str, str] = field(default_factory=dict)

    def digest(self, suite: Suite, *, labels: bool = True) -> str:
        """Criteria, cases, labels, judges and python files; without labels, what a waiver is bound to.

        What people wrote, whichever version of promptops scores it: see `scored_digest`.
        """
        models = {alias: target.spec.full_name for alias, target in self.judges.items()}
        said = self.labels if labels else ()
        return digest(
            {
                "cases": [[case.id, dict(case.fields), case.tags, case.split] for case in suite.cases],
                "criteria": [
                    [c.name, c.kind.name, dict(c.options), c.threshold, c.advisory, c.tags] for c in suite.criteria
                ],
                "labels": [[one.case, one.output, one.criterion, one.verdict, one.who, one.when] for one in said],
                "judges": {"": self.judge} | models,
                "files": dict(self.files),
                **({"media": dict(self.media)} if self.media else {}),
            }
        )


def scored_digest(content: str) -> str:
    """The suite digest that results carry: all that decides scores, and how this version of promptops scores."""
    return digest({"content": content, "evaluators": EVALUATOR_VERSION})
