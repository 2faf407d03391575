"""Results made again from new labels and waivers: no model is asked, only people's part is worked out anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from promptops.evals.analysis_rules import AnalysisRules
from promptops.evals.evaluators.base import output_digest
from promptops.evals.evaluators.human import majority
from promptops.evals.gates import apply_waivers
from promptops.evals.registry import KINDS
from promptops.evals.reply_scoring import decide
from promptops.evals.results_builder import judge_samples
from promptops.evals.scoring_inputs import LabelsByOutput, labels_by_output
from promptops.evals.unmeasured import with_unmeasured
from promptops.model.label import Label
from promptops.model.results import CriterionInfo, GateResult, Results, Sample
from promptops.model.waiver import Waiver


def rescore(results: Results, labels: Sequence[Label], waivers: Sequence[Waiver]) -> Results:
    """The results as a run would give them now: the same replies, these labels (all there are) and waivers.

    Scores that people had no part in stay. So does `suite_digest`: results made again are shown and not kept.
    """
    people = {info.name: info for info in results.criteria if asks_people(info)}
    if results.samples and (people or results.unmeasured):  # what was not measured may be accepted by now
        results = _with_labels(results, people, labels)
    gates = apply_waivers(results.gates, waivers, results.suite, results.arms, results.questions)
    return with_unmeasured(replace(results, gates=tuple(gates)))


def asks_people(info: CriterionInfo) -> bool:
    """Whether people's labels are the criterion's answer; a kind that nobody knows any more is nobody's to answer."""
    return info.kind in KINDS and KINDS[info.kind].asks_people


def _with_labels(results: Results, people: Mapping[str, CriterionInfo], labels: Sequence[Label]) -> Results:
    by_output = labels_by_output(labels)
    samples = tuple(_sample(sample, people, by_output) for sample in results.samples)
    rules = AnalysisRules.of_results(results)
    judged = judge_samples(samples, results.arms, results.criteria, results.rules, rules)
    gates = [gate for one, fresh in judged for gate in (*fresh, *_kept(results, one.model, fresh))]
    return replace(results, samples=samples, comparisons=tuple(one for one, _ in judged), gates=tuple(gates))


def _sample(sample: Sample, people: Mapping[str, CriterionInfo], labels: LabelsByOutput) -> Sample:
    asked = [name for name in people if name in sample.scores]
    if not asked:
        return sample
    output = output_digest(sample.text)
    scores = dict(sample.scores)
    for name in asked:
        info = people[name]
        score = majority(labels.get((sample.case, output, name), ()))
        scores[name] = decide(score, KINDS[info.kind], info.threshold, negated=info.negated)
    return replace(sample, scores=scores)


def _kept(results: Results, model: str, fresh: Sequence[GateResult]) -> Iterator[GateResult]:
    """The model's gates of the budget, as they were: people do not change what a reply costs."""
    known = {(gate.criterion, gate.rule) for gate in fresh}
    return (gate for gate in results.gates if gate.model == model and (gate.criterion, gate.rule) not in known)
