"""What `promptops verify` found, for people and for programs."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from promptops.model.outcomes.verification import VerificationProblem, VerificationReport, VerifiedPins
from promptops.report.json_fields import fields_of, or_null
from promptops.text.humanize import plural
from promptops.text.sanitize import number, visible

FORMAT = "promptops-verify/1"
_KINDS = "environment", "bundle"


def verified_text(verified: VerificationReport) -> str:
    """One line for each reason why something does not hold, what to do below it, and a sum at the end."""
    problems = [one for each in verified.checked for one in each.problems]
    lines: list[str] = []
    for one, following in pairwise([*problems, None]):
        assert one is not None
        message = "; ".join(line.strip() for line in one.message.splitlines())
        lines.append(f"{one.place}: {message}")
        again = following.hint.splitlines() if following else []  # the same advice stands once
        lines += [f"  {line}" for line in one.hint.splitlines() if line not in again]
    notes = [f"{each.path}: {note}" for each in verified.checked for note in each.notes]
    blank = [""] if problems else []
    return "".join(f"{visible(line)}\n" for line in [*lines, *blank, *notes, _sum(verified)])


def verified_json(verified: VerificationReport) -> str:
    """All of it, in ASCII, so that no text in it can act on a terminal. Keys are added, never renamed:

    - `format`; `holds`: whether all may be served; `protected` and `signers`: what was demanded, null when nothing was
    - `environments` and `bundles`, each: `name` (of the environment; empty where a bundle cannot be read), `path`,
      `holds`, `pins` and `rollouts` (how many), `failing` (how many of them do not hold), `notes` (texts), `problems`
    - `problems`, each: `prompt` and `commit` (null where it is about the whole file), `line` and `column` (from 1,
      null in a bundle and for a whole file), `message`, `hint`
    """
    data = {
        "format": FORMAT,
        "holds": verified.holds,
        **or_null(verified, "protected", "signers"),
        **{f"{kind}s": [_checked(each) for each in verified.checked if each.kind == kind] for kind in _KINDS},
    }
    return json.dumps(data, indent=2) + "\n"


def _sum(verified: VerificationReport) -> str:
    checked = verified.checked
    pins, rollouts = sum(each.pins for each in checked), sum(each.rollouts for each in checked)
    kinds = [(sum(each.kind == kind for each in checked), kind) for kind in _KINDS]
    where = " and ".join(plural(count, kind) for count, kind in kinds if count)
    if verified.holds:
        what = plural(pins, "pin") + (f" and {plural(rollouts, 'rollout')}" if rollouts else "")
        demands = f", all part of {verified.protected}" if verified.protected else ""
        demands += ", all signed by their committers" if verified.signers else ""
        return f"{what} in {where} {'holds' if pins + rollouts == 1 else 'hold'}{demands}"
    failing = sum(each.failing for each in checked)
    wholly_bad = [each.kind for each in checked if any(not one.prompt for one in each.problems)]
    of = f"{number(failing)} of {plural(pins + rollouts, 'pinned version')}" if pins + rollouts > 1 else "the only pin"
    told = [f"{of} in {where} {'does' if failing == 1 else 'do'} not hold"] if failing else []
    told += [f"{plural(wholly_bad.count(kind), kind)} must not be used" for _, kind in kinds if kind in wholly_bad]
    return "; ".join(told)


def _checked(each: VerifiedPins) -> dict[str, Any]:
    return {
        **fields_of(each, "name", "path", "holds", "pins", "rollouts", "failing", "notes"),
        "problems": [_problem(one) for one in each.problems],
    }


def _problem(one: VerificationProblem) -> dict[str, Any]:
    return {
        **or_null(one, "prompt", "commit"),
        "line": one.span.line if one.span else None,
        "column": one.span.column if one.span else None,
        **fields_of(one, "message", "hint"),
    }
