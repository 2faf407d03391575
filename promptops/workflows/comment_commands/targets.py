"""What a command means in the results it speaks of: which reply is judged, which gates are accepted. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, get_args

from promptops.evals.registry import KINDS
from promptops.forge.comment_commands import AcceptCommand, LabelCommand
from promptops.model.results import GateResult, Results
from promptops.model.suite import HELD_OUT
from promptops.model.waiver import Unproven
from promptops.text.name_matching import match_name
from promptops.workflows.comment_commands.judged_reply import find_output
from promptops.workflows.comment_commands.refusal import Refusal as Refusal
from promptops.workflows.comment_commands.refusal import UnknownName

_MOST_NAMED = 8


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


def find_target(
    command: LabelCommand | AcceptCommand, runs: Sequence[Results], *, loosely: bool = True
) -> LabelTarget | AcceptTarget:
    """What the command speaks of in these results; `loosely`: though its names are only nearly there. Raises Refusal.

    UnknownName, a Refusal, where a name is not there.
    """
    if isinstance(command, LabelCommand):
        return find_label_target(command, runs, loosely=loosely)
    return find_accept_target(command, runs, loosely=loosely)


def find_label_target(command: LabelCommand, runs: Sequence[Results], *, loosely: bool = True) -> LabelTarget:
    """The one reply that the command names, of the new version unless it says otherwise."""
    pool = _select_suites(command.suite, runs, loosely=loosely)
    cases = _find_cases(command.case, pool, loosely=loosely)
    if not cases:
        raise UnknownName(f"there is no case '{command.case}'", command.case, shown_cases(pool))
    found = [
        (run, case, name)
        for run, case in cases
        if (name := match_name(command.criterion, criteria_names(run), loosely=loosely))
    ]
    if not found:
        known = (name for run, _ in cases for name in criteria_names(run))
        raise UnknownName(f"the case has no criterion '{command.criterion}'", command.criterion, known)
    if len(found) > 1:
        raise _ambiguity(command.case, [run for run, _, _ in found])
    run, case, name = found[0]
    named = next(info.kind for info in run.criteria if info.name == name)
    kind = KINDS.get(named)
    if kind is None or not kind.takes_labels:
        raise Refusal(f"'{name}' is decided by a rule ({named}), so a label cannot change it")
    return LabelTarget(run, case, name, find_output(run, case, name, command))


def find_accept_target(command: AcceptCommand, runs: Sequence[Results], *, loosely: bool = True) -> AcceptTarget:
    """The gates of the one criterion the command names that do not hold."""
    pool = _select_suites(command.suite, runs, loosely=loosely)
    said = command.criterion
    found = [
        (run, name)
        for run in pool
        if (name := match_name(said.removeprefix(f"{run.suite}:"), gated_names(run), loosely=loosely))
    ]
    if not found:
        known = (name for run in pool for name in gated_names(run))
        raise UnknownName(f"there is no criterion '{command.criterion}'", command.criterion, known)
    open_gates = [(run, name) for run, name in found if _open_gates(run, name)]
    if len(open_gates) > 1:
        raise _ambiguity(command.criterion, [run for run, _ in open_gates])
    if not open_gates:
        run, name = found[0]
        if any(gate.criterion == name and gate.accepted for gate in run.gates):
            raise Refusal(f"'{name}' is accepted already")
        raise Refusal(f"there is nothing to accept: no rule for '{name}' failed or waits for proof")
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


def _select_suites(named: str, runs: Sequence[Results], *, loosely: bool) -> Sequence[Results]:
    if not named:
        return runs
    known = [name for run in runs for name in (run.suite, run.suite_path)]
    meant = match_name(named, known, loosely=loosely)
    chosen = [run for run in runs if meant and meant in (run.suite, run.suite_path)]
    if not chosen:
        suites = (run.suite for run in runs)
        raise UnknownName(f"there is no suite '{named}' in these results", named, suites)
    return chosen


def _find_cases(said: str, pool: Sequence[Results], *, loosely: bool) -> list[tuple[Results, str]]:
    """The cases of this name, which may follow `SUITE:`; a held-out one is not found by what is only like its name."""
    names: dict[str, list[tuple[Results, str]]] = {}
    shown: dict[str, list[tuple[Results, str]]] = {}
    for run in pool:
        for case in run.cases:
            for name in (case.id, *([f"{run.suite}:{case.id}"] if ":" in said else [])):
                names.setdefault(name, []).append((run, case.id))
                if case.split != HELD_OUT:
                    shown.setdefault(name, []).append((run, case.id))
    meant = match_name(said, names, loosely=False)
    if meant or not loosely:
        return names.get(meant, [])
    return shown.get(match_name(said, shown), [])


def shown_cases(pool: Iterable[Results]) -> list[str]:
    """The cases that may be named to anybody, each once."""
    return list(dict.fromkeys(case.id for run in pool for case in run.cases if case.split != HELD_OUT))


def criteria_names(run: Results) -> list[str]:
    """The suite's criteria."""
    return [info.name for info in run.criteria]


def gated_names(run: Results) -> list[str]:
    """The criteria, and gates that are no criterion's: the budget's."""
    return [*dict.fromkeys([*criteria_names(run), *(gate.criterion for gate in run.gates)])]


def _ambiguity(said: str, runs: Sequence[Results]) -> Refusal:
    names = list(dict.fromkeys(run.suite for run in runs))
    listed = " or ".join(f'in "{name}"' if " " in name else f"in {name}" for name in names[:_MOST_NAMED])
    choices = [{"suite": name} for name in names]
    return Refusal(f"several suites have '{said}': say which one at the line's end, {listed}", choices)
