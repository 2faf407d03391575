"""Results made again from new labels and waivers: no model is asked, only people's part is worked out anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from promptops.evals.comparison import compare_models
from promptops.evals.evaluators.base import output_digest
from promptops.evals.evaluators.human import majority
from promptops.evals.gates import check_gates
from promptops.evals.registry import KINDS
from promptops.evals.scorecard import samples_by_model
from promptops.evals.waivers import apply_waivers
from promptops.model.label import Label
from promptops.model.results import Comparison, CriterionInfo, GateResult, Results, Sample
from promptops.model.waiver import Waiver

_Key = tuple[str, str, str]


def rescore(results: Results, labels: Sequence[Label], waivers: Sequence[Waiver]) -> Results:
    """The results as a run would give them now: the same replies, these labels (all there are) and waivers.

    Scores that people had no part in stay. So does `suite_digest`: results made again are shown and not kept.
    """
    people = {info.name: info for info in results.criteria if asks_people(info)}
    if people and results.samples:
        results = _with_labels(results, people, labels)
    gates = apply_waivers(results.gates, waivers, results.suite, results.arms, results.questions)
    return replace(results, gates=tuple(gates))


def asks_people(info: CriterionInfo) -> bool:
    """Whether people's labels are the criterion's answer; a kind that nobody knows any more is nobody's to answer."""
    return info.kind in KINDS and KINDS[info.kind].asks_people


def _with_labels(results: Results, people: Mapping[str, CriterionInfo], labels: Sequence[Label]) -> Results:
    by_output: dict[_Key, list[Label]] = defaultdict(list)
    for label in labels:
        by_output[label.case, label.output, label.criterion].append(label)
    samples = tuple(_sample(sample, people, by_output) for sample in results.samples)
    split = samples_by_model(results.arms, samples)
    margins = {rule.criterion: rule.no_worse_than_base for rule in results.rules if rule.no_worse_than_base is not None}
    comparisons = compare_models(split, results.criteria, margins)
    gates = [gate for one in comparisons for gate in _gates(results, one, split[one.model])]
    return replace(results, samples=samples, comparisons=comparisons, gates=tuple(gates))


def _sample(sample: Sample, people: Mapping[str, CriterionInfo], labels: Mapping[_Key, Sequence[Label]]) -> Sample:
    asked = [name for name in people if name in sample.scores]
    if not asked:
        return sample
    output = output_digest(sample.text)
    scores = dict(sample.scores)
    for name in asked:
        score = majority(labels.get((sample.case, output, name), ()))
        passed = None if score.value is None else KINDS[people[name].kind].passes(score.value, people[name].threshold)
        scores[name] = replace(score, passed=passed)
    return replace(sample, scores=scores)


def _gates(
    results: Results, comparison: Comparison, samples: tuple[Sequence[Sample] | None, Sequence[Sample]]
) -> list[GateResult]:
    """The gates of one model, and those of the budget as they were: people do not change what a reply costs."""
    base, head = samples
    fresh = check_gates(results.rules, results.criteria, comparison.model, base, head, comparison)
    known = {(gate.criterion, gate.rule) for gate in fresh}
    kept = [g for g in results.gates if g.model == comparison.model and (g.criterion, g.rule) not in known]
    return [*fresh, *kept]
