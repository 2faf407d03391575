"""The part of a comment on environments: what a change promotes, the evidence, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promptops.model.outcomes.audit import ChangeRecord, Person, Unavailable
from promptops.model.outcomes.environment_review import EnvironmentReview, ReviewedPin
from promptops.model.outcomes.pin_change import Evaluation, PinChange, PinnedVersion
from promptops.report.audit import wording as audit_wording
from promptops.report.comment.check_json import TouchedPin
from promptops.report.diff import wording
from promptops.report.diff.markdown import change_blocks
from promptops.report.diff.view import view
from promptops.report.pins.text import what_happens
from promptops.report.results.rule_words import lone_rule
from promptops.text import humanize
from promptops.text.sanitize import code, inline
from promptops.text.truncate import Block, Fold, Part, Section, fit_sections, least_length

_PINS = (60, 20, 8, 3, 1, 0)
"""So many pins of each environment are told, fewer where they do not fit."""
_MOST_ENVIRONMENTS = 20
_MOST_REPORTED = 20
_HINT = "`promptops pin NAME@COMMIT --env ENV --dry-run` shows all of it."
_NO_EVIDENCE = ("same", "moved", "removed", "unpinned", "ended")


def environments_part(reviews: Sequence[EnvironmentReview], limit: int, *, plain: bool = False) -> str:
    """All environments that a change touches, in about `limit` characters; empty where it touches none.

    `plain`: without <details>.
    """
    if not reviews:
        return ""
    ordered = sorted(reviews, key=lambda one: not one.blocked)
    shown, rest = ordered[:_MOST_ENVIRONMENTS], ordered[_MOST_ENVIRONMENTS:]
    more = f"… and {humanize.plural(len(rest), 'more environment')}" if rest else ""
    for most in _PINS:
        sections = [*(_section(one, most, plain=plain) for one in shown), Section((more,) if more else ())]
        if least_length(sections) <= limit:
            return fit_sections(sections, limit, _HINT)
    return "\n".join([*(_title(one) for one in shown), more])[:limit]


def _section(review: EnvironmentReview, most: int, *, plain: bool) -> Section:
    ordered = sorted(review.pins, key=lambda one: not one.objections)
    parts: list[Part] = [_title(review)]
    told = [*_about(review), *(f"Note: {inline(note, 300)}." for note in review.notes)]
    if told:
        parts.append("  \n".join(told))
    for one in ordered[:most]:
        parts.append("\n".join(_pin(review, one)))
        parts += _difference(one, plain=plain)
    if len(ordered) > most:
        count = humanize.plural(len(ordered) - most, "more prompt" if most else "prompt")
        parts.append(f"… and {count}: {inline(wording.names([one.change.prompt for one in ordered[most:]]), 800)}")
    return Section(tuple(parts))


def _title(review: EnvironmentReview) -> str:
    name = inline(review.environment, 80)
    if review.error:
        return f"### {humanize.WORSE} {name}: its file cannot be read, so nothing of it would be served anew"
    bad = next((one for one in review.pins if one.objections), None)
    if bad is not None:
        count = sum(bool(one.objections) for one in review.pins)
        more = f" (and {humanize.plural(count - 1, 'more version')} too)" if count > 1 else ""
        why = inline(bad.objections[0].why, 300)
        return f"### {humanize.WORSE} {name}: {inline(bad.change.prompt, 80)} must not be served like this: {why}{more}"
    if review.status == "removed":
        return f"### {humanize.TROUBLE} {name} is taken out"
    return f"### {name}: {'a new environment' if review.status == 'new' else 'what it serves changes'}"


def _about(review: EnvironmentReview) -> Iterator[str]:
    file, name = code(str(review.path), 160), inline(review.environment, 80)
    if review.error:
        yield f"{file} cannot be read: {inline(review.error, 500)}"
        yield f"Applications that follow {name} keep what they have.{_hint(review.hint)}"
    elif review.status == "removed":
        yield f"{file} is deleted: no application can load {name} any more, and one that runs keeps what it has."
    elif not review.pins:
        yield f"{file} pins nothing."
    else:
        yield f"Applications that follow {name} serve this once it is merged ({file})."


def _pin(review: EnvironmentReview, one: ReviewedPin) -> Iterator[str]:
    change = one.change
    yield f"**{inline(review.environment, 80)}: {inline(change.prompt, 120)} {_versions(change)}**: {_what(change)}"
    for objection in one.objections:
        yield f"- {humanize.WORSE} {inline(objection.why, 500)}{_hint(objection.hint)}"
    if one.reason:
        told = f"{inline(change.refused, 300)}; the file says why it is pinned all the same"
        yield f"- {humanize.TROUBLE} {told}: {inline(one.reason)}"
    if change.kind not in _NO_EVIDENCE:
        yield from _results(change)
    if one.written is not None:
        yield from (f"- {line}" for line in _people(one.written))
    yield from (f"- Note: {inline(note, 600)}" for note in change.notes)


def _versions(change: PinChange) -> str:
    """`adef620 → 91ed3b9`: GitHub makes links of them."""
    old, new = _short(change.old), _short(change.new)
    if change.kind == "first":
        return f"→ {new}"
    if change.kind in ("removed", "unpinned"):
        return f"{old} → nothing"
    return f"{old} → {new}" if old != new else new


def _short(version: PinnedVersion | None) -> str:
    return version.commit[:7] if version is not None else ""


def _what(change: PinChange) -> str:
    told = inline(what_happens(change, ""), 300)
    beside = change.before.rollout if change.before is not None and change.kind in ("removed", "unpinned") else None
    return f"{told}, nor is the rollout of {beside.commit[:7]}" if beside is not None else told


def _results(change: PinChange) -> Iterator[str]:
    if not change.evaluations:
        tested = "" if change.suites else "; no suite tests it"
        yield f"- {humanize.UNSURE} Nobody has evaluated this version: neither results here nor notes know it{tested}"
    for run in change.evaluations:
        rules = " · ".join(
            " ".join(inline(text, 160) for text in lone_rule(one, several_models=True)) for one in run.gates
        )
        yield f"- Rules, as {_run(run)}: {rules or 'the suite has none'}"
        if run.unmeasured:
            yield f"  - {humanize.UNSURE} not measured: {inline(run.unmeasured, 240)}"


def _run(run: Evaluation) -> str:
    later = {
        "": "last evaluated",
        "no answers": "evaluated before a later run that got no answers,",
        "not measured": "evaluated before a later run that did not measure them,",
    }[run.later]
    stopped = ", a run that stopped early" if run.stopped else ""
    noted = ", as a git note says" if run.noted else ""
    return f"{later} on {inline(run.started[:10], 20)} (suite {inline(run.suite, 80)}{stopped}{noted})"


def _people(how: ChangeRecord | Unavailable) -> Iterator[str]:
    """Who wrote the version and who approved it, without addresses: a comment may be public."""
    if isinstance(how, Unavailable):
        yield f"Who wrote it is not known: {inline(how.why, 300)}"
        return
    authors = humanize.listed([_name(who) for who in how.authors], 5) or audit_wording.UNKNOWN
    yield f"Written by {authors}, {audit_wording.day(how.when)} ({how.commit[:7]} {inline(how.title, 120)})"
    if how.approved_by:
        merged = [f"merged by {_name(how.merged_by)}"] if how.merged_by in how.approved_by and how.merged_by else []
        reviewed = [f"{inline(one.kind, 40)}: {_name(one.who)}" for one in how.trailers if one.who in how.approved_by]
        yield f"Approved: {humanize.listed([*merged, *reviewed], 8)}"
    else:
        yield f"Who approved it is not known: {inline(audit_wording.why_not_approved(how), 300)}"


def _name(who: Person) -> str:
    return inline(who.name or "somebody without a name", 80)


def _difference(one: ReviewedPin, *, plain: bool) -> Iterator[Part]:
    if (diff := one.change.diff) is None:
        return
    seen = view(diff)
    blocks = [
        *(
            Block(2, "difference besides the text", f"- {inline(wording.difference(it), 300)}")
            for it in diff.differences
        ),
        *change_blocks([seen], plain=plain),
    ]
    if not blocks:
        yield f"What a model receives: {wording.effect([seen])}."
        return
    effect = "" if one.change.kind == "first" else f": {wording.effect([seen])}"
    yield Fold(f"What a model will receive{effect}", tuple(blocks), plain=plain)


def _hint(hint: str) -> str:
    return f" *{inline(hint, 400)}*" if hint else ""


def reported_environments(pins: Sequence[TouchedPin]) -> Iterator[str]:
    """What a fork's run says that its change does to environments: names and commits, and no word of its own."""
    if not pins:
        return
    yield f"{humanize.TROUBLE} **This change touches what is served.** By what its own run says, so read the files:\n"
    for one in pins[:_MOST_REPORTED]:
        versions = " → ".join(code(commit[:7]) if commit else "nothing" for commit in (one.old, one.new))
        told = f"{code(one.prompt, 80)} {versions}" if one.prompt else "its file"
        yield f"- {code(one.environment, 80)}: {told}{', which must not be served like this' if one.refused else ''}"
    if len(pins) > _MOST_REPORTED:
        yield f"- … and {humanize.plural(len(pins) - _MOST_REPORTED, 'more pin')}"
