"""Findings of lint as text for a terminal, as JSON, and as GitHub annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Span
from promptops.report.lint.redacted_lines import Masks

JSON_VERSION = 1
MAX_ANNOTATIONS = 10
"""Of errors, of warnings and of notices, each, in one step of a workflow; GitHub drops the rest without a word."""

_WIDTH = 96
TAB = "→"
# Compiled where it is used: lint starts on every commit.
_INVISIBLE = (
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_BOLD, _END = "\x1b[1m", "\x1b[0m"
_TONES = {"error": "\x1b[31m", "warning": "\x1b[33m", "note": "\x1b[36m"}


def text(report: Report, color: bool = False, *, notes: bool = True) -> str:
    """One paragraph per finding, files left out, and a last line that counts; without `notes` they are only counted.

    Nothing a file holds can control the terminal: invisible characters are shown as `·`.
    """
    shown = report if notes else report._replace(findings=tuple(f for f in report.findings if f.severity != "note"))
    last = summary(report) + ("; --notes lists the notes" if len(shown.findings) < len(report.findings) else "")
    parts = list(_paragraphs(shown, color))
    parts += [f"{visible(str(skip.path))}: skipped: {visible(skip.reason)}" for skip in report.skipped]
    # The runner of a workflow obeys `##[` wherever in a line it stands.
    return "\n\n".join([*parts, last]).replace("##[", "## [")


def _paragraphs(report: Report, color: bool) -> Iterator[str]:
    explained: set[str] = set()
    advised: set[tuple[str, str]] = set()
    masks = Masks(report.findings, report.hidden)
    rows = {path: source.split("\n") for path, source in report.sources.items()}
    for finding in report.findings:
        tone = _TONES[finding.severity]
        message = f"note: {finding.message}" if finding.severity == "note" else finding.message
        place = f"{finding.span.place(finding.path)}:"
        lines = [f"{_styled(visible(place), _BOLD, color)} {_styled(finding.code, tone, color)} {visible(message)}"]
        lines += _excerpt(finding, rows.get(finding.path, []), masks, tone if color else "")
        hint = [visible(line) for line in finding.hint.split("\n") if line.strip()]
        if len(hint) > 1 and (finding.message, finding.hint) in advised:
            hint = []  # a thousand prompts may name the same unknown model
        advised.add((finding.message, finding.hint))
        if finding.fix and "--fix" not in finding.hint:
            hint[-1:] = [f"{with_full_stop(hint[-1])} --fix does it." if hint else "--fix does it."]
        if finding.code not in explained:
            explained.add(finding.code)
            more = f"More: promptops lint --explain {finding.code}"
            if hint and not hint[-1].startswith(" "):
                fits = len(hint[-1]) + len(more) < 118
                hint[-1] = f"{with_full_stop(hint[-1])} {more}" if fits else f"{hint[-1]}\n  {more}"
            else:
                hint.append(more)
        if hint:
            hint[0] = capitalized(hint[0])
        lines += [f"  {line}" for line in hint]
        yield "\n".join(lines)


def capitalized(text: str) -> str:
    """With a capital, but for a command or a key, which would not work with one."""
    word = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if word[1:].islower() and word != "promptops" else text


def with_full_stop(text: str) -> str:
    """The sentence, ended where it is not."""
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


def _excerpt(finding: Finding, rows: list[str], masks: Masks, tone: str) -> list[str]:
    """The line of the file with carets below the place, cut to the terminal's width around it; no secrets in it."""
    span, detail = finding.span, visible(finding.detail)
    if not 0 < span.line <= len(rows) or not rows[span.line - 1].strip():
        return [f"  {detail}"] if detail else []
    row = rows[span.line - 1]
    start = min(span.column - 1, len(row))
    end = span.end_column - 1 if span.end_line == span.line else len(row.rstrip())
    end = max(start + 1, min(end, len(row)))
    row, start, end = masks.hide(finding.path, span.line, row, start, end)
    return marked_line(span.line, row, start, end, detail, tone)


def marked_line(line: int, row: str, start: int, end: int, detail: str = "", tone: str = "") -> list[str]:
    """The line `row` with its number, cut around the place, and below it carets under `row[start:end]`."""
    cut = max(0, min(start - 20, len(row) - _WIDTH)) if len(row) > _WIDTH else 0
    shown = row[cut : cut + _WIDTH]
    before, marked = row[cut:start], row[start : min(end, cut + _WIDTH)]
    gutter = f"{line:>5} | "
    lead, tail = ("…" if cut else ""), ("…" if cut + _WIDTH < len(row) else "")
    carets = "^" * max(1, columns(marked))
    carets = f"{tone}{carets}{_END}" if tone else carets
    under = " " * (len(lead) + columns(before))
    return [
        f"{gutter}{lead}{visible(shown.replace(chr(9), TAB))}{tail}",
        f"{' ' * (len(gutter) - 2)}| {under}{carets}{f' {detail}' if detail else ''}",
    ]


def summary(report: Report) -> str:
    """`1 problem and 2 notes in 6 prompts (1 can be fixed)`."""
    notes = sum(finding.severity == "note" for finding in report.findings)
    count, fixable = len(report.findings) - notes, sum(finding.fix is not None for finding in report.findings)
    fixes = f" ({fixable} can be fixed)" if fixable else ""
    skipped = f"; {_many(len(report.skipped), 'file')} skipped" if report.skipped else ""
    found = _many(count, "problem") if count else "no problems"
    advice = f" and {_many(notes, 'note')}" if notes else ""
    return f"{found}{advice} in {_counted(report)}{fixes}{skipped}"


def _counted(report: Report) -> str:
    """Prompts and suites; templates and promptops.yml only where there is nothing else."""
    checked = report.checked
    kinds = [_many(checked[kind], kind) for kind in ("prompt", "suite") if checked.get(kind)]
    return " and ".join(kinds) or _many(sum(checked.values()), "file")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def json(report: Report) -> str:
    """The findings for other programs. Stable: keys may be added, `version` changes when one changes its meaning.

    Lines and columns count from 1, the end column is exclusive; `fix` is null or the text to put between them.
    `count` is in how many cases the same was found; where it is more than one, `places` are the first of them.
    """
    import json as _json

    data = {
        "version": JSON_VERSION,
        "findings": [finding_data(finding) for finding in report.findings],
        "checked": dict(report.checked),
        "skipped": [{"path": skip.path.as_posix(), "reason": skip.reason} for skip in report.skipped],
    }
    # A file's name may hold bytes that are not UTF-8; they become `?`.
    return _json.dumps(data, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode()


def finding_data(finding: Finding) -> dict[str, object]:
    """A finding as `json` writes it."""
    fix = {**_span(finding.fix.span), "text": finding.fix.text} if finding.fix else None
    return {
        "path": finding.path.as_posix(),
        **_span(finding.span),
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.problem,
        "hint": finding.hint,
        "fix": fix,
        "count": finding.occurrences,
        "places": [{"path": place.path.as_posix(), **_span(place.span)} for place in finding.places],
    }


def _span(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "endLine": span.end_line, "endColumn": span.end_column}


def github(report: Report, prefix: str = "") -> str:
    """Workflow commands that GitHub shows beside the lines; those beyond its limits are listed below them.

    `prefix` is the project's folder in the repository, with a slash at its end. What was there before a change is only
    counted: beside the lines of the change it would stand in the way.
    """
    lines, left_out, notes = [], [], 0
    shown = dict.fromkeys(_TONES, 0)
    for finding in (one for one in report.findings if one not in report.inherited):
        shown[finding.severity] += 1
        if shown[finding.severity] <= MAX_ANNOTATIONS:
            lines.append(_annotation(finding, prefix))
        elif finding.severity == "note":
            notes += 1
        else:
            left_out.append(finding)
    if left_out:
        lines.append(f"{_many(len(left_out), 'further finding')}, more than GitHub shows beside the lines:")
    for finding in left_out:
        place = f"{prefix}{finding.span.place(finding.path)}"
        lines.append(_harmless(f"- {place}: {finding.code} {finding.message}"))
    if notes:
        lines.append(f"{_many(notes, 'further note')}; `promptops lint --notes` lists them")
    if earlier := sum(finding.severity != "note" for finding in report.inherited):
        verb = "was" if earlier == 1 else "were"
        lines.append(f"{_many(earlier, 'problem')} {verb} there before this change; `promptops lint` lists all")
    lines += [_harmless(f"- {prefix}{skip.path}: skipped: {skip.reason}") for skip in report.skipped]
    return "\n".join([*lines, summary(report)])


def _annotation(finding: Finding, prefix: str) -> str:
    span = finding.span
    places = {"file": f"{prefix}{finding.path}", "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:
        places |= {"col": span.column, "endColumn": max(span.column, span.end_column - 1)}
    places["title"] = f"{finding.code} (promptops lint --explain {finding.code})"
    escaped = {key: _data(str(value)).replace(":", "%3A").replace(",", "%2C") for key, value in places.items()}
    properties = ",".join(f"{key}={value}" for key, value in escaped.items())
    command = "notice" if finding.severity == "note" else finding.severity
    return f"::{command} {properties}::{_data(f'{finding.problem}{chr(10)}{finding.hint}'.strip())}"


def _data(value: str) -> str:
    value = "\n".join(visible(line) for line in value.split("\n"))
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _harmless(line: str) -> str:
    """A line of the log that GitHub cannot take for a command, wherever in the line it looks for one."""
    return visible(line).replace("##[", "## [")


def visible(value: str) -> str:
    """The text on one line, with `·` for every character that would act or hide instead of showing itself."""
    return re.sub(_INVISIBLE, "·", value.replace("\t", " "))


def columns(value: str) -> int:
    """How many columns of a terminal the text takes: two for a wide character, none for a combining one."""
    if value.isascii():
        return len(value)
    import unicodedata

    def width(char: str) -> int:
        if re.match(_INVISIBLE, char):
            return 1
        if unicodedata.combining(char):
            return 0
        return 2 if unicodedata.east_asian_width(char) in "WF" else 1

    return sum(width(char) for char in value)


def _styled(value: str, style: str, color: bool) -> str:
    return f"{style}{value}{_END}" if color else value
