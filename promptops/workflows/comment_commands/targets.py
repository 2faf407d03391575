"""What a command means in the results it speaks of: which reply is judged, which gates are accepted. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, get_args

from promptops.evals.evaluators.base import output_digest
from promptops.evals.registry import KINDS
from promptops.forge.comment_commands import AcceptCommand, LabelCommand
from promptops.model.results import GateResult, Results
from promptops.model.suite import HELD_OUT
from promptops.model.waiver import Unproven
from promptops.text.suggestions import did_you_mean

_MOST_NAMED = 8
_MOST_COMPARED = 1_000


class Refusal(Exception):
    """Why nothing was done, and what to write instead."""


class LabelTarget(NamedTuple):
    """The reply (its digest) that a label is about."""

    results: Results
    case: str
    criterion: str
    output: str


class AcceptTarget(NamedTuple):
    """The gates that somebody accepts; never empty."""

    results: Results
    criterion: str
    gates: tuple[GateResult, ...]


def find_target(command: LabelCommand | AcceptCommand, runs: Sequence[Results]) -> LabelTarget | AcceptTarget:
    """What the command speaks of in these results. Raises Refusal."""
    return find_label_target(command, runs) if isinstance(command, LabelCommand) else find_accept_target(command, runs)


def find_label_target(command: LabelCommand, runs: Sequence[Results]) -> LabelTarget:
    """The one reply of the new version that the command names."""
    pool = _select_suites(command.suite, runs)
    cases = [
        (run, case.id) for run in pool for case in run.cases if command.case in (case.id, f"{run.suite}:{case.id}")
    ]
    if not cases:
        known = (case.id for run in pool for case in run.cases if case.split != HELD_OUT)
        raise Refusal(f"there is no case '{command.case}'{_suggestion(command.case, known)}")
    found = [
        (run, case, name) for run, case in cases if (name := _match_criterion(command.criterion, _criteria_names(run)))
    ]
    if not found:
        known = (name for run, _ in cases for name in _criteria_names(run))
        raise Refusal(f"the case has no criterion '{command.criterion}'{_suggestion(command.criterion, known)}")
    if len(found) > 1:
        raise _ambiguity(command.case, [run for run, _, _ in found])
    run, case, name = found[0]
    named = next(info.kind for info in run.criteria if info.name == name)
    kind = KINDS.get(named)
    if kind is None or not kind.takes_labels:
        raise Refusal(f"'{name}' is decided by a rule ({named}), so a label cannot change it")
    return _find_reply(run, case, name)


def _find_reply(run: Results, case: str, criterion: str) -> LabelTarget:
    heads = {index for index, arm in enumerate(run.arms) if arm.side == "head"}
    samples = [s for s in run.samples if s.case == case and s.arm in heads and not s.error]
    outputs = {output_digest(sample.text) for sample in samples}
    if not outputs:
        raise Refusal(f"there is no reply to '{case}' that could be judged: the call failed, or none was made")
    if not any(criterion in sample.scores for sample in samples):
        raise Refusal(f"'{criterion}' does not apply to the case '{case}'")
    if len(outputs) > 1:
        raise Refusal(
            f"'{case}' has {len(outputs)} different replies (several models or trials), and a comment cannot say which "
            "one it judges: label a run with one model and one trial"
        )
    return LabelTarget(run, case, criterion, outputs.pop())


def find_accept_target(command: AcceptCommand, runs: Sequence[Results]) -> AcceptTarget:
    """The gates of the one criterion the command names that do not hold."""
    pool = _select_suites(command.suite, runs)
    said = command.criterion
    found = [
        (run, name) for run in pool if (name := _match_criterion(said.removeprefix(f"{run.suite}:"), _gated_names(run)))
    ]
    if not found:
        known = (name for run in pool for name in _gated_names(run))
        raise Refusal(f"there is no criterion '{command.criterion}'{_suggestion(command.criterion, known)}")
    open_gates = [(run, name) for run, name in found if _open_gates(run, name)]
    if len(open_gates) > 1:
        raise _ambiguity(command.criterion, [run for run, _ in open_gates])
    if not open_gates:
        run, name = found[0]
        if any(gate.criterion == name and gate.accepted for gate in run.gates):
            raise Refusal(f"'{name}' is accepted already")
        raise Refusal(f"there is nothing to accept: no gate of '{name}' failed or is undecided")
    run, name = open_gates[0]
    if run.stopped or not run.questions:
        why = "the run stopped early" if run.stopped else "an older version of promptops made these results"
        raise Refusal(f"'{name}' cannot be accepted yet: {why}; let the check run again first")
    return AcceptTarget(run, name, _open_gates(run, name))


def _open_gates(run: Results, criterion: str) -> tuple[GateResult, ...]:
    return tuple(
        gate
        for gate in run.gates
        if gate.criterion == criterion and gate.status in get_args(Unproven) and not gate.accepted
    )


def _select_suites(named: str, runs: Sequence[Results]) -> Sequence[Results]:
    if not named:
        return runs
    chosen = [run for run in runs if named in (run.suite, run.suite_path)]
    if not chosen:
        known = (run.suite for run in runs)
        raise Refusal(f"there is no suite '{named}' in these results{_suggestion(named, known)}")
    return chosen


def _criteria_names(run: Results) -> list[str]:
    return [info.name for info in run.criteria]


def _gated_names(run: Results) -> list[str]:
    """The criteria, and gates that are no criterion's: the budget's."""
    return [*dict.fromkeys([*_criteria_names(run), *(gate.criterion for gate in run.gates)])]


def _match_criterion(said: str, known: Sequence[str]) -> str:
    """The criterion as it is called; who writes it with other capitals or spaces means the same."""
    if said in known:
        return said
    plain = " ".join(said.split()).casefold()
    close = {name for name in known if " ".join(name.split()).casefold() == plain}
    return close.pop() if len(close) == 1 else ""


def _suggestion(said: str, known: Iterable[str]) -> str:
    hint = did_you_mean(said, [*dict.fromkeys(known)][:_MOST_COMPARED])
    return f"; {hint}" if hint else ""


def _ambiguity(said: str, runs: Sequence[Results]) -> Refusal:
    names = list(dict.fromkeys(run.suite for run in runs))
    listed = " or ".join(f'in "{name}"' if " " in name else f"in {name}" for name in names[:_MOST_NAMED])
    return Refusal(f"several suites have '{said}': say which one at the line's end, {listed}")
