"""What a command in a comment comes to, as lines of files: the same comment about the same results, the same lines."""

from __future__ import annotations

from typing import NamedTuple

from promptops.forge.comment_commands import AcceptCommand, LabelCommand
from promptops.model.label import Label
from promptops.model.waiver import Waiver
from promptops.text.sanitize import visible
from promptops.workflows.comment_commands.targets import AcceptTarget, LabelTarget


class CommentAuthor(NamedTuple):
    """Who said it in which pull request: the comment's address, and when (ISO 8601)."""

    login: str
    number: int
    url: str
    now: str


def make_label(command: LabelCommand, target: LabelTarget, speaker: CommentAuthor) -> Label:
    """The judgement that somebody gave."""
    who, why = f"@{speaker.login}", visible(command.why).strip()
    given = (target.case, target.output, target.criterion, command.verdict)
    return Label(*given, who=who, when=speaker.now, why=why, url=speaker.url)


def make_waivers(command: AcceptCommand, target: AcceptTarget, speaker: CommentAuthor) -> list[Waiver]:
    """What somebody took upon themselves: one for each gate, for these very versions and questions."""
    run, found = target.results, []
    digests = {(arm.model, arm.side): arm.evaluation_digest for arm in run.arms}
    for gate in target.gates:
        base, head = digests.get((gate.model, "base"), ""), digests.get((gate.model, "head"), "")
        assert gate.status in ("failed", "undecided", "not measured")
        about = (run.suite, gate.criterion, gate.rule, gate.status, base, head, run.questions)
        why = visible(command.why).strip()
        found.append(Waiver(*about, who=f"@{speaker.login}", when=speaker.now, why=why, url=speaker.url))
    return found
