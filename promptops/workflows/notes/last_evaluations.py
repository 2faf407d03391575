"""How a version did when it was last evaluated: on this machine, or where its results were noted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.evals.unmeasured import unmeasured
from promptops.model.outcomes.history import Scorecard
from promptops.model.outcomes.pin_change import Evaluation
from promptops.model.results import GateResult, Results
from promptops.source.git.repository import Repository
from promptops.text.humanize import in_short, unmeasured_reasons
from promptops.workflows.eval.collect_results import runs_with_digests
from promptops.workflows.eval.confirmed_words import MergedLines
from promptops.workflows.notes.acceptances import Acceptances
from promptops.workflows.notes.note_format import find_scorecards
from promptops.workflows.notes.run_scorecards import scorecards
from promptops.workflows.workspace import Workspace


class _Run(NamedTuple):
    evaluation: Evaluation
    answered: bool


def last_evaluations(
    workspace: Workspace, digests: Collection[str], repository: Repository | None = None
) -> dict[str, tuple[Evaluation, ...]]:
    """Digest → the last run of each suite that evaluated this version, newest first within a suite.

    Only what was the new side of a run counts, and only the gates of the models it was asked with. A run without
    answers says nothing about the version, and a gate it left not measured is told by the last run that measured it.
    Results that cannot be read are passed over. Where a suite was not run here, the notes of `repository` tell. A gate
    that was accepted for a version blocks in none of its runs.
    """
    found: dict[str, dict[str, list[_Run]]] = {digest: {} for digest in digests}
    cards = _noted_cards(repository, digests)
    acceptances = Acceptances.of(cards, MergedLines(workspace).waivers)
    for results in runs_with_digests(workspace.state / "results", digests):
        told = replace(results, gates=acceptances.results(results, scorecards(results)))
        for digest, runs in found.items():
            if run := _run(told, digest):
                runs.setdefault(results.suite, []).append(run)
    _add_noted(map(acceptances.card, cards), found)
    return {
        digest: tuple(one for runs in suites.values() for one in _latest_unmeasured(runs))
        for digest, suites in found.items()
    }


def _noted_cards(repository: Repository | None, digests: Collection[str]) -> list[Scorecard]:
    """What notes say of these versions. Notes that cannot be read say nothing."""
    with suppress(PromptopsError):
        return [] if repository is None else list(find_scorecards(repository, digests))
    return []


def _add_noted(cards: Iterable[Scorecard], found: dict[str, dict[str, list[_Run]]]) -> None:
    """What notes say of suites that were not run here, newest first."""
    gates: dict[tuple[str, str], dict[str, dict[GateResult, None]]] = {}
    stopped: dict[tuple[str, str, str], str] = {}
    for card in cards:
        if card.suite not in found[card.digest]:
            gates.setdefault((card.digest, card.suite), {}).setdefault(card.when, {}).update(dict.fromkeys(card.gates))
            stopped[card.digest, card.suite, card.when] = card.stopped
    for (digest, suite), runs in gates.items():
        found[digest][suite] = [
            _Run(Evaluation(suite, when, tuple(runs[when]), stopped[digest, suite, when], noted=True), answered=True)
            for when in sorted(runs, reverse=True)
        ]


def _run(results: Results, digest: str) -> _Run | None:
    """What the run says about this version; None when it did not evaluate it, as where nothing had changed."""
    arms = {n: arm for n, arm in enumerate(results.arms) if arm.side == "head" and arm.prompt_digest == digest}
    asked_nothing = bool(results.comparisons) and all(one.overall == "unchanged" for one in results.comparisons)
    if not arms or asked_nothing:
        return None
    models = {arm.model for arm in arms.values()}
    gates = tuple(gate for gate in results.gates if not gate.model or gate.model in models)
    samples = [sample for sample in results.samples if sample.arm in arms]
    silent = all(sample.error for sample in samples) if samples else all(map(_is_open, gates))
    missing = in_short(unmeasured_reasons(unmeasured(results), len(models)))
    return _Run(Evaluation(results.suite, results.started, gates, results.stopped, unmeasured=missing), not silent)


def _latest_unmeasured(runs: Sequence[_Run]) -> list[Evaluation]:
    """Of the runs of one suite, newest first, the last one with answers, and where it left gates open, older ones."""
    start = next((number for number, run in enumerate(runs) if run.answered), 0)
    first = runs[start].evaluation._replace(later="no answers" if start else "")
    open_gates = {_key(gate) for gate in first.gates if _is_open(gate)}
    older: list[Evaluation] = []
    for run in runs[start + 1 :]:
        told = tuple(gate for gate in run.evaluation.gates if _key(gate) in open_gates and not _is_open(gate))
        if told:
            older.append(run.evaluation._replace(gates=told, later="not measured"))
            open_gates -= set(map(_key, told))
    return [first, *older]


def _is_open(gate: GateResult) -> bool:
    return gate.status == "not measured"


def _key(gate: GateResult) -> tuple[str, str, str]:
    return gate.criterion, gate.rule, gate.model
