"""What `pin` and `rollback` do, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from promptops.model.edit import FileEdit
from promptops.model.outcomes.history import CommitSummary
from promptops.model.outcomes.pin_change import (
    Evaluation,
    PinChange,
    PinnedVersion,
    PinReport,
    version_named_by,
)
from promptops.report.diff import wording
from promptops.report.diff.text import besides_lines, change_lines, painted
from promptops.report.diff.view import PromptView, edits_told_before, group_alike
from promptops.report.results.rule_words import lone_rule
from promptops.text.humanize import ago, spell_out
from promptops.text.sanitize import shell_word, visible_line
from promptops.text.whitespace import whitespace_legend

_SHORT = 7


def pins_text(report: PinReport, now: float, *, dry_run: bool = False, color: bool = False) -> str:
    """A paragraph for each prompt, then what became of the file. Ends with a line break.

    `now` is in seconds since 1970. No text of a prompt or a commit can act on a terminal, with colours or without.
    """
    groups = group_alike([one.diff for one in report.prompts if one.diff is not None])
    told = {
        one.prompt.id: (one, group[0].prompt.id, before)
        for group, before in zip(groups, edits_told_before(groups), strict=True)
        for one in group
    }
    lines: list[str] = []
    for change in report.prompts:
        lines += [*_prompt(change, report, now), *_difference(change, *told.get(change.prompt, (None, "", {}))), ""]
    if meaning := whitespace_legend([line[4:] for line in lines if line.startswith(("    +", "    -"))]):
        lines += [f"({meaning})", ""]
    if report.unread_notes:
        lines += [f"Note: {visible_line(report.unread_notes, 600)}. A run on another machine may be missing above.", ""]
    lines += ending(report, dry_run=dry_run)
    return painted(lines, color=color) + "\n"


def ending(report: PinReport, *, dry_run: bool = False) -> list[str]:
    """What became of the file, and what to do now."""
    path, environment = visible_line(str(report.path)), visible_line(report.environment)
    new = f" It is a new environment, {environment}." if report.is_new else ""
    if report.refused:
        failed = [one for one in report.prompts if one.refused]
        names = wording.names([one.prompt for one in failed])
        runs = [run for one in failed for run in one.evaluations if any(found.blocks for found in run.gates)]
        suites = _words(run.suite for run in runs)
        if not runs:
            suites = _words(suite for one in failed for suite in one.suites)
            return [
                f"Nothing was written: {visible_line(names)}: {failed[0].refused}.",
                f"  Evaluate it: promptops eval {suites}".rstrip(),
                "  Or pin it all the same and say why; the reason will stand in the file: --force --reason TEXT",
            ]
        return [
            f"Nothing was written: a rule does not hold for {visible_line(names)}.",
            f"  Mend it and evaluate it again: promptops eval {suites}",
            "  Or pin it all the same and say why; the reason will stand in the file: --force --reason TEXT",
        ]
    if all(one.before == one.after for one in report.prompts):
        still = f"{path} is not committed yet: commit it and propose it as a pull request."
        return [f"Nothing to write: {path} stays as it is.", *([f"  {still}"] if report.uncommitted else [])]
    if dry_run or not report.written:
        return [f"Nothing was written, because of --dry-run; without it {path} changes as said above.{new}"]
    merged = "the prompt and the file are merged, as the note says" if report.unmerged else "it is merged"
    gone = all(one.after is None for one in report.prompts if one.before != one.after)
    serve = "get no such prompt any more" if gone else "serve it"
    return [
        f"{path} written.{new}",
        *_overruled(report),
        "  Nothing is served differently yet: commit the file and propose it as a pull request.",
        f"  Applications that follow {environment} {serve} once {merged}.",
    ]


def _overruled(report: PinReport) -> Iterator[str]:
    forced = [one for one in report.prompts if one.forced]
    gates = sum(found.blocks for one in forced for run in one.evaluations for found in run.gates)
    if gates:
        told = "a rule" if gates == 1 else f"{spell_out(gates)} rules"
        yield f"  Pinned although {told} failed: {visible_line(report.reason)}"
    if not all(any(found.blocks for run in one.evaluations for found in run.gates) for one in forced):
        yield f"  Pinned although nobody has evaluated it: {visible_line(report.reason)}"


def _prompt(change: PinChange, report: PinReport, now: float) -> Iterator[str]:
    name = wording.name(change.diff) if change.diff is not None else change.prompt
    yield f"*{visible_line(name)}: {what_happens(change, visible_line(report.environment))}"
    yield from (f"  {line}" for line in _versions(change, report, now))
    yield from (f"  Note: {visible_line(note, 600)}" for note in change.notes)
    if change.kind in ("same", "moved", "removed", "unpinned"):
        return
    if change.kind != "ended":
        yield from _evaluated(change, now)
    if change.kind == "first" and change.new is not None:
        yield f"  to read it: promptops render {shell_word(change.prompt)} --at {change.new.commit[:_SHORT]}"


def _words(names: Iterable[str]) -> str:
    """Each name once, as words of a command."""
    return " ".join(dict.fromkeys(map(shell_word, names)))


def what_happens(change: PinChange, environment: str) -> str:
    """What becomes of a pin, in a few words that go behind the prompt's name."""
    rollouts = [pin.rollout if pin is not None else None for pin in (change.before, change.after)]
    old, new = (f"{rollout.percent:g}%" if rollout is not None else "" for rollout in rollouts)
    arm = change.new.commit[:_SHORT] if change.new is not None else ""
    return {
        "same": f"nothing to do: {arm} is already rolled out to {old} of the calls"
        if _is_rollout(change)
        else f"nothing to do, {environment} already pins this version",
        "first": "pinned for the first time",
        "pinned": "a new version, for all calls",
        "rollout": f"a new version, for {new} of the calls",
        "share": f"the new version goes from {old} to {new} of the calls",
        "whole": f"the new version goes from {old} to all calls",
        "ended": f"the rollout to {old} ends, all calls get the pinned version again",
        "moved": f"the same text, now pinned at {visible_line(change.moved)}",
        "back": "back to the version that was pinned before",
        "removed": "not pinned any more, as before",
        "unpinned": "not pinned any more",
    }[change.kind]


def _is_rollout(change: PinChange) -> bool:
    """Whether the new version is the one that is rolled out already."""
    running = change.before.rollout if change.before is not None else None
    return running is not None and version_named_by(running) == change.new


def _versions(change: PinChange, report: PinReport, now: float) -> Iterator[str]:
    labels = {"first": ("", "version"), "same": ("pinned", ""), "rollout": ("pinned", "rollout")}
    beside = change.kind == "share" or (change.kind == "same" and _is_rollout(change))
    old, new = labels.get("rollout" if beside else change.kind, ("before", "after"))
    for label, arm in ((old, change.old), (new, change.new)):
        if arm is not None and label:
            origin = report.changed.get((change.prompt, arm.commit), arm.commit)
            yield f"{label:<{max(len(old), len(new))}}  {visible_line(_version(arm, origin, report.commits, now))}"


def _version(arm: PinnedVersion, origin: str, commits: Mapping[str, CommitSummary], now: float) -> str:
    """The commit that is pinned, and whose change of the prompt it has: the commit itself may be about anything."""
    short, note = arm.commit[:_SHORT], commits.get(origin)
    if note is None:
        return f"{short} (not in this clone)"
    who = f"{note.author}, {ago(now - note.when)}: {note.title}"
    return f"{short}, {who}" if origin == arm.commit else f"{short}; last changed by {who} ({origin[:_SHORT]})"


def _evaluated(change: PinChange, now: float) -> Iterator[str]:
    if not change.suites:
        yield "  no suite tests it"
    elif not change.evaluations and change.new is not None:
        command = f"promptops eval {_words(change.suites)} --at {change.new.commit[:_SHORT]}"
        yield f"  not evaluated here yet: {command}"
    for run in change.evaluations:
        stopped = ", stopped early" if run.stopped else ""
        gates = "" if run.gates else ", without rules"
        noted = ", as a git note says" if run.noted else ""
        told = {
            "": "last evaluated",
            "no answers": "a later run got no answers; the last that did:",
            "not measured": "that run did not measure all; the last that did:",
        }[run.later]
        yield f"  {told} {_when(run, now)} (suite {visible_line(run.suite)}{stopped}{gates}{noted})"
        if run.unmeasured:
            yield f"    not measured: {visible_line(run.unmeasured, 240)}"
        for found in run.gates:
            what, answer = lone_rule(found, several_models=False)
            yield f"    rule  {visible_line(what, 160)} {visible_line(answer, 240)}"


def _when(run: Evaluation, now: float) -> str:
    try:
        started = datetime.fromisoformat(run.started)
    except ValueError:
        return "some time ago"
    return ago(now - (started if started.tzinfo else started.replace(tzinfo=UTC)).timestamp())


def _difference(change: PinChange, one: PromptView | None, first: str, told: Mapping[FileEdit, str]) -> Iterator[str]:
    """What changes for the model; a change that reads like that of an earlier prompt is told there."""
    if one is None:
        return
    prompt = one.prompt
    yield f"  {wording.effect([one])}"
    if prompt.id != first:
        yield f"  it changes just as {visible_line(first)} does"
        return
    versions = [arm.commit[:_SHORT] for arm in (change.old, change.new) if arm is not None]
    how = f"filled in: promptops diff {' '.join(versions)} --prompt {shell_word(prompt.id)} --case"
    yield from (*besides_lines(one), *change_lines([one], told, how=how if len(versions) > 1 else ""))
