"""A run as scorecards: of the version that was evaluated, and of the one before, which it was compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite

from promptops.evals.analysis_rules import AnalysisRules
from promptops.evals.missing_answers import asked, too_many_missing, unanswered
from promptops.evals.results_builder import judge_samples
from promptops.evals.unmeasured import unmeasured
from promptops.model.outcomes.history import CriterionRate, Scorecard
from promptops.model.results import Comparison, Results

LONGEST_TEXT = 300


def scorecards(results: Results, run: str = "") -> list[Scorecard]:
    """One for each model that was asked; none for a model that answered nothing. `run`: where the run is, in CI."""
    found = []
    comparisons = {comparison.model: comparison for comparison in results.comparisons}
    for number, arm in enumerate(results.arms):
        comparison = comparisons.get(arm.model)
        answered = any(sample.arm == number and not sample.error for sample in results.samples)
        if arm.side != "head" or comparison is None or not answered:
            continue
        found.append(
            Scorecard(
                suite=results.suite,
                prompt=results.prompt,
                model=arm.model,
                full_model=arm.full_model,
                digest=arm.prompt_digest,
                evaluation_digest=arm.evaluation_digest,
                suite_digest=results.suite_digest,
                criteria=tuple(_rates(results, comparison)),
                gates=tuple(gate for gate in results.gates if gate.model in ("", arm.model)),
                cost=_measured(comparison, "cost"),
                latency=_measured(comparison, "latency"),
                when=results.started,
                version=results.version,
                run=run,
                stopped=results.stopped[:LONGEST_TEXT],
                questions=results.questions,
            )
        )
    return found


def _rates(results: Results, comparison: Comparison) -> Iterator[CriterionRate]:
    advisory = {info.name: info.advisory for info in results.criteria}
    has_base = any(arm.side == "base" for arm in results.arms)
    for found in comparison.criteria:
        # Beside a base that failed to answer, the rate of the pairs is not all that is known of this version.
        if (head := found.alone or found.head) is not None:
            low, high = (round(value, 4) if value is not None else None for value in (head.low, head.high))
            verdict, is_advisory = found.verdict if has_base else "", advisory.get(found.criterion, False)
            rate = round(head.rate, 4)
            yield CriterionRate(found.criterion, head.n, rate, low, high, verdict, is_advisory, head.groups)


def _measured(comparison: Comparison, name: str) -> float | None:
    value = next((measure.head for measure in comparison.measures if measure.name == name), None)
    return round(value, 6) if value is not None and isfinite(value) else None


def base_scorecards(results: Results, run: str = "") -> list[Scorecard]:
    """One for each model whose base was measured with all the cases, as a run of that version alone would have been.

    They have no gates: those were checked for the new version only. None where both versions are the same.
    """
    heads = {arm.model: arm for arm in results.arms if arm.side == "head"}
    found = []
    for number, arm in enumerate(results.arms):
        head = heads.get(arm.model)
        if arm.side != "base" or head is None or arm.prompt_digest == head.prompt_digest:
            continue
        if (alone := _base_alone(results, number)) is not None:
            found += [card._replace(base_of=head.revision) for card in scorecards(alone, run)]
    return found


def _base_alone(results: Results, number: int) -> Results | None:
    """What a run would be that evaluated this base and nothing else; None where it did not measure all of it."""
    if results.stopped or results.shard or any("base" not in case.sides for case in results.cases):
        return None
    samples = tuple(replace(sample, arm=0) for sample in results.samples if sample.arm == number)
    arms, rules = (replace(results.arms[number], side="head"),), AnalysisRules.of_results(results)
    alone = replace(
        results,
        prompt=results.former_prompt or results.prompt,
        arms=arms,
        samples=samples,
        comparisons=tuple(one for one, _ in judge_samples(samples, arms, results.criteria, (), rules)),
        gates=(),
        rules=(),
        unmeasured=(),
    )
    if len({sample.case for sample in samples}) < len(results.cases) or unmeasured(alone):
        return None
    lacking = (
        too_many_missing(None, unanswered(info, samples, rules), asked(info, samples, rules), rules.max_errors)
        for info in results.criteria
    )
    return None if any(lacking) else alone
