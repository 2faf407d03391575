"""What is answered to `/promptops …` in a pull request: a line for each command, and what happens next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.model.results import GateResult, Results
from promptops.report.comment.comment_markers import ANSWERS_MARKER
from promptops.text.humanize import BETTER, WORSE, named_rule
from promptops.text.sanitize import code, fence, inline

LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", re.ASCII)
NO_CHECK = (
    "A commit made here starts no checks by itself: push once more, or close and reopen the pull request, and they run "
    "on it."
)
HOW = (
    "An owner of the prompt answers in a comment that begins with `/promptops`: "
    '`/promptops label CASE CRITERION pass "why"` (or `fail`) judges a reply, '
    '`/promptops accept CRITERION "why"` takes responsibility for a rule that does not hold.'
)
_COMMENT = re.compile(
    r"https?://[\w.:-]{1,200}/[\w.-]{1,100}/[\w.-]{1,100}/pull/\d{1,12}#issuecomment-\d{1,20}", re.ASCII
)
_LONGEST = 700


def asks_people(results: Sequence[Results]) -> bool:
    """Whether an owner's word would change something: a label is missing, or a gate blocks."""
    waiting = any(found.waiting for one in results for comparison in one.comparisons for found in comparison.criteria)
    return waiting or any(one.blocked for one in results)


def label_recorded(file: PurePosixPath, verdict: str, who: str) -> str:
    """A label was written."""
    return f"recorded in {file}: {verdict}, as the judgement of {who}"


def already_recorded(file: PurePosixPath) -> str:
    """The same comment was obeyed before."""
    return f"this stands in {file} already"


def acceptance_recorded(file: PurePosixPath, who: str, criterion: str, gates: Sequence[GateResult]) -> str:
    """Somebody accepted gates that do not hold."""
    states = {"failed": "failed", "undecided": "not proven"}
    told = (f"'{named_rule(one.criterion, one.rule)}' ({states.get(one.status, 'not measured')})" for one in gates)
    rules = ", ".join(dict.fromkeys(told))
    return (
        f"{who} answers for it: {rules}; recorded in {file}. "
        "It holds for this version of the prompt and the suite, and for no other."
    )


class CommandReply(NamedTuple):
    """A command as it was written (empty: the whole comment), and what came of it in words.

    `read_as` is the command as it was understood, where that was not plain; `instead` are lines to write instead.
    """

    line: str
    text: str
    done: bool = False
    read_as: str = ""
    instead: tuple[str, ...] = ()


def answer_comment(
    login: str,
    answers: Sequence[CommandReply],
    notes: Sequence[str] = (),
    *,
    written: bool = False,
    marker: str = ANSWERS_MARKER,
    url: str = "",
) -> str:
    """The answer to the comment at `url`, in markdown. Every word that others wrote is inert; the asker is called."""
    who = f"@{login}" if LOGIN.fullmatch(login) else inline(login, 60)
    lines = [marker, f"{who}:", ""]
    for answer in answers:
        lines += _answer(answer)
    after = [*notes, *([NO_CHECK] if written else [])]
    told = [inline(note, _LONGEST) + "  " for note in after]
    if _COMMENT.fullmatch(url):
        told.append(f"<sub>In answer to [this comment]({url}).</sub>")
    return "\n".join([*lines, *(["", *told] if told else [])])


def _answer(answer: CommandReply) -> Iterator[str]:
    said = f"{code(answer.line, 200)} – " if answer.line else ""
    understood = f" (read as {code(answer.read_as, _LONGEST)})" if answer.read_as else ""
    yield f"- {BETTER if answer.done else WORSE} {said}{inline(answer.text, _LONGEST)}{understood}"
    if answer.instead:
        yield f"\n  {'Did you mean this? Copy the line' if len(answer.instead) == 1 else 'Copy one of these lines'}:\n"
        for line in answer.instead:  # each in a block of its own, which GitHub offers to copy
            yield from (f"  {part}" for part in fence(" ".join(line.split()), _LONGEST).split("\n"))


def results_note(trouble: str = "") -> str:
    """Whether the comment with the results shows what was recorded; `trouble` is why it does not."""
    if trouble:
        return f"The comment with the results could not be made again, the next check does it: {trouble}"
    return "The comment with the results shows it already."


def answer_lines(answers: Sequence[CommandReply]) -> list[str]:
    """The same for a log: a line each, none that a runner would take for a command."""
    return [f"{'done' if answer.done else 'not done'}: {' '.join(answer.text.split())}" for answer in answers]
