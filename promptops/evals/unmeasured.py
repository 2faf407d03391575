"""What a run was to measure and did not. Nothing of that may look like a pass: such a run ends with 2.

Worked out from Results alone, so that files of older versions are told alike. Not counted: criteria that the suite
itself marks as advisory, people who have not answered yet, gates that compare with a version that is not there, gates
that an owner accepted, and the latency of replies that were asked earlier.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from promptops.evals.registry import KINDS
from promptops.model.results import CriterionInfo, GateResult, Results, Sample, Side, Unmeasured
from promptops.model.suite import HELD_OUT
from promptops.providers.cassette import NOBODY_ASKED, NOT_RECORDED
from promptops.text.humanize import named_rule, plural

UNCHECKED_JUDGE = "judge not checked against people yet: advisory, cannot block"
MARKED_ADVISORY = "marked as advisory"
_AT_BASE = " for the version before"
_MOST_ERRORS = 0.5
"""A criterion may lack so many of its answers, or `maxErrors` where that is more; what the rest shows is told."""


def with_unmeasured(results: Results) -> Results:
    """The results with what was not measured; a model that it touches has no other verdict."""
    found = unmeasured(results)
    models = {one.model for one in found}
    comparisons = tuple(
        replace(one, overall="not measured") if models & {"", one.model} else one for one in results.comparisons
    )
    return replace(results, unmeasured=found, comparisons=comparisons)


def unmeasured(results: Results) -> tuple[Unmeasured, ...]:
    """Everything that was not measured, the gravest first; empty where nothing had to be asked."""
    if results.stopped:
        return (Unmeasured("the run", f"the run stopped: {results.stopped}"),)
    if not results.samples:
        return ()
    models = dict.fromkeys(arm.model for arm in results.arms)
    return tuple(one for model in models for one in _of_model(results, model))


def _of_model(results: Results, model: str) -> Iterator[Unmeasured]:
    head, base = _samples(results, model, "head"), _samples(results, model, "base")
    for samples, at in ((head, ""), (base, _AT_BASE)):
        if why := _missing_replies(results, samples, at):
            yield Unmeasured("replies", why, model)
        if samples and all(sample.error for sample in samples):
            return  # nothing else can have an answer
    gates = [gate for gate in results.gates if gate.model in ("", model)]
    accepted = {gate.criterion for gate in gates if gate.status == "not measured" and gate.accepted}
    told = set(accepted)
    held_out = {case.id for case in results.cases if case.split == HELD_OUT}
    most = max(_MOST_ERRORS, results.max_errors)
    for info in results.criteria:
        if not _is_required(info) or info.name in told:
            continue
        if why := _too_few(info, head, held_out, most) or _too_few(info, base, held_out, most, head):
            told.add(info.name)
            if not _is_excused(info, head + base):
                yield Unmeasured(f"criterion '{info.name}'", f"'{info.name}' {why}", model)
    told |= {info.name for info in results.criteria if gates and _is_excused(info, head + base)}
    has_base = any((arm.model, arm.side) == (model, "base") for arm in results.arms)
    for gate in gates if has_base else ():  # without a base, only what has no answer anyway can be open
        if gate.status == "not measured" and gate.criterion not in told:
            yield Unmeasured(f"rule '{gate.criterion}'", _gate_words(gate), model)


def _samples(results: Results, model: str, side: Side) -> list[Sample]:
    arms = {number for number, arm in enumerate(results.arms) if (arm.model, arm.side) == (model, side)}
    return [sample for sample in results.samples if sample.arm in arms]


def _missing_replies(results: Results, samples: Sequence[Sample], at: str) -> str:
    """Why too few of these replies are there, in a sentence; empty when enough are. `at` names the side."""
    errors = [sample.error for sample in samples if sample.error]
    none = bool(errors) and len(errors) == len(samples)  # whatever `maxErrors` allows
    too_many = none or len(errors) > round(results.max_errors * len(samples), 9)
    unrecorded = sum(NOBODY_ASKED in error or NOT_RECORDED in error for error in errors)
    # What a recording lacks is no accident of the network: it is lacking every time.
    if unrecorded and (too_many or not at):
        missing = f"{unrecorded} of {plural(len(samples), 'reply', 'replies')} {'is' if unrecorded == 1 else 'are'}"
        lacking = f"{missing} not recorded, as the prompt or a case changed"
        return f"{NOBODY_ASKED}{at}: {lacking}; record them: promptops eval {shlex.quote(results.suite)} --record"
    if not too_many:
        return ""
    which = "every call" if none else f"{len(errors)} of {len(samples)} calls"
    return f"{which}{at} failed: {_commonest(errors)}"


def _commonest(reasons: Sequence[str]) -> str:
    return Counter(reasons).most_common(1)[0][0] or "no reason was given"


def _is_required(info: CriterionInfo) -> bool:
    """Whether the suite asks for an answer; a judge that nobody has checked yet is advisory by our word only."""
    return not info.advisory or info.advisory_reason == UNCHECKED_JUDGE


def _too_few(
    info: CriterionInfo,
    samples: Sequence[Sample],
    held_out: Set[str],
    most: float,
    head: Sequence[Sample] | None = None,
) -> str:
    """Why the criterion has no answer on this side, or so few that it tells nothing; empty when it has enough.

    `most` is the share of answers that may end in an error. What is said of `held_out` cases stays with them. For the
    base, `head` is the other side: a question about new cases alone has nothing to compare with yet.
    """
    asked = [sample for sample in samples if info.name in sample.scores]
    answers = sum(sample.scores[info.name].passed is not None for sample in asked)
    failed = [sample for sample in asked if sample.scores[info.name].status == "error"]
    if answers and len(failed) <= round(most * len(asked), 9):
        return ""
    if head is not None and not answers:
        cases = {sample.case for sample in head if info.name in sample.scores}
        samples = [sample for sample in samples if sample.case in cases]
        asked = [sample for sample in asked if sample.case in cases]
    if not samples:
        return ""
    side = _AT_BASE if head is not None else ""
    lack = f"has only {plural(answers, 'answer')} of {len(asked)}{side}" if answers else f"has no answer{side}"
    return f"{lack}: {_why_silent(info, failed if answers else asked, samples, held_out)}"


def _why_silent(info: CriterionInfo, silent: Sequence[Sample], samples: Sequence[Sample], held_out: Set[str]) -> str:
    """The commonest reason of answers that could not be had, of all `samples`."""
    if not silent:
        return "none of its cases has a reply" if any(sample.error for sample in samples) else "it looks at no case"
    shown = [sample.scores[info.name].reason for sample in silent if sample.case not in held_out]
    return _commonest(shown) if shown else "only held-out cases were asked, whose reasons are not shown"


def _is_excused(info: CriterionInfo, samples: Sequence[Sample]) -> bool:
    """Whether answers that are lacking are no flaw of the run: people's, or the latency of earlier calls."""
    asked = [sample for sample in samples if info.name in sample.scores]
    silent = [sample for sample in asked if sample.scores[info.name].passed is None]
    if any(sample.scores[info.name].status == "waiting" for sample in silent):
        return True
    times_the_call = info.kind in KINDS and KINDS[info.kind].times_the_call
    return bool(silent) and times_the_call and all(sample.cached for sample in silent)


def _gate_words(gate: GateResult) -> str:
    rule = named_rule(gate.criterion, gate.rule)
    return f"the rule '{rule}' was not measured{f': {gate.reason}' * bool(gate.reason)}"
