"""What a save changed, for the terminal of whoever is writing: the messages of one case, the reply, the criteria."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from promptops.model.outcomes.diff import Messages
from promptops.model.outcomes.preview import Preview
from promptops.model.results import Results
from promptops.report.diff.text import diff_rows, painted
from promptops.report.results.edit.edit_words import difference
from promptops.report.results.edit.message_diffs import changed_lines, message_diff, paired, role_line
from promptops.report.results.reply_remarks import thought_tokens
from promptops.report.results.results_view import reply_text
from promptops.report.results.summary import spent
from promptops.text import humanize
from promptops.text.diffs.line_diff import diff_lines, line_diff
from promptops.text.sanitize import shell_word, shorten, visible, visible_line
from promptops.text.whitespace import differs_in_whitespace_only, mark_whitespace, whitespace_legend

SCREEN = 40
"""Messages of so many lines are shown whole, with what changed marked in them; of longer ones only the changes."""
_LONGEST_LINE, _REPLY, _VALUE, _MOST_BESIDES = 2000, 8000, 160, 12
_DIM, _BOLD, _END = "\x1b[2m", "\x1b[1m", "\x1b[0m"


def previews_text(previews: Iterable[Preview], *, color: bool = False) -> str:
    """A paragraph for each prompt; those whose messages changed just as those of the first one are only named.

    One prompt alone is shown whole where it fits a screen, with what changed marked in it; of several, the changes.
    """
    previews = tuple(previews)
    groups: dict[object, list[Preview]] = {}
    for one in previews:
        change = changed_lines(message_diff(one.before, one.after)) if one.before and one.after else ()
        groups.setdefault((change, one.differences) if change else one.prompt, []).append(one)
    paragraphs = []
    for first, *others in groups.values():
        lines = [*_lines(first, color, screen=SCREEN if len(previews) == 1 else 0)]
        if others:
            lines.append(f"  changed just alike: {', '.join(visible_line(one.prompt) for one in others)}")
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


def reply_text_of(results: Results, *, color: bool = False) -> str:
    """The reply to one case, where it came from and what it cost, then each criterion's answer with its reason."""
    if not results.samples:
        return f"no reply: {visible_line(results.stopped or 'nothing was asked')}"
    sample = results.samples[0]
    arm = results.arms[sample.arm]
    if sample.error:
        return f"no reply of {visible_line(arm.model)}: {visible_line(sample.error, 1000)}"
    took = "from the cache" if sample.cached else humanize.duration(sample.latency)
    facts = [took, spent(results), *([f"thought before it ({thought_tokens(sample)})"] if sample.reasoning else [])]
    head = f"the reply of {visible_line(arm.model)} to case {visible_line(sample.case)} · {' · '.join(facts)}"
    body = [f"    {line}".rstrip() for line in visible(shorten(reply_text(sample), _REPLY)).split("\n")]
    lines = [_toned(head, _BOLD, color), *body]
    for criterion in results.criteria:
        score = sample.scores.get(criterion.name)
        if score is None:
            continue
        mark = {"error": humanize.TROUBLE, "waiting": humanize.WAITING}.get(score.status)
        mark = mark or (humanize.BETTER if score.passed else humanize.WORSE)
        reason = f": {visible_line(score.reason)}" if score.reason else ""
        lines.append(f"  {mark} {visible_line(criterion.name)}{reason}")
    return "\n".join(lines)


def _name(one: Preview) -> str:
    return f"{visible_line(one.prompt)}, case {visible_line(one.case)}" if one.case else visible_line(one.prompt)


def _lines(one: Preview, color: bool, screen: int) -> Iterator[str]:
    title = _name(one)
    if one.written == "held out":
        title += ": its cases are all held out, so it is shown as written"
    elif one.written:
        title += ": it has no case, so it is shown as written"
    if one.after is None:
        what = f"case {visible_line(one.case)} of {visible_line(one.prompt)} cannot be filled" if one.case else title
        yield f"{what}: {visible_line(one.problem, 1000)}"
        return
    besides = [f"  {visible_line(difference(found), _VALUE)}" for found in one.differences[:_MOST_BESIDES]]
    if one.before == one.after:
        yield f"{_name(one)}: the messages are the same as before"
        yield from besides
        return
    if one.before is None:
        yield _toned(title, _BOLD, color)
        yield painted([*diff_rows(_whole(one.after), "  ")], color=color)
        return
    diff = message_diff(one.before, one.after)
    spaces = "changed in spaces or line breaks only" if differs_in_whitespace_only(diff) else "changed"
    yield _toned(f"{title}, {spaces}" if one.written else f"{title} {spaces}", _BOLD, color)
    yield from besides
    whole = sum(text.count("\n") + 1 for _, text in one.after)
    rows = _all_rows(one.before, one.after) if whole <= screen else diff_lines(diff)
    yield painted([*diff_rows(rows, "  ")], color=color)
    if meaning := whitespace_legend(rows):
        yield f"  ({meaning})"
    if whole > SCREEN and one.case:
        command = f"promptops render {shell_word(one.prompt)} --case {shell_word(one.case)}"
        yield _toned(f"  all {whole} lines: {command}", _DIM, color)


def _whole(messages: Messages) -> list[str]:
    rows = [row for role, text in messages for row in (f"@@ {role} @@", *(f" {line}" for line in _split(text)))]
    more = len(rows) - SCREEN
    return [
        *(visible(shorten(row, _LONGEST_LINE)) for row in rows[:SCREEN]),
        *([f"@@ … {more} more lines @@"] if more > 0 else []),
    ]


def _all_rows(before: Messages, after: Messages) -> list[str]:
    """Every line of every message, as a diff whose context is everything."""
    rows: list[str] = []
    for old, new in paired(before, after):
        if old == new and new is not None:
            rows += _whole((new,))
            continue
        left, right = (_split(side[1]) if side is not None else [] for side in (old, new))
        rows.append(role_line(old, new))
        rows += line_diff(left, right, len(left) + len(right)) or [f" {line}" for line in right]
    return mark_whitespace([shorten(row, _LONGEST_LINE) for row in rows])


def _split(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _toned(text: str, tone: str, color: bool) -> str:
    return f"{tone}{text}{_END}" if color else text
