"""A comment on a pull request says what a reply is worth, or who answers for a gate: recorded on its branch.

Labels and waivers are lines in files, written by a commit; the comment with the results is then made again from the
replies it had. Nobody but an owner is obeyed, and everybody gets an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from promptops.errors import EvalError, PromptopsError
from promptops.forge.artifact import ARTIFACT
from promptops.forge.comment_commands import (
    MOST_COMMANDS,
    AcceptCommand,
    Command,
    Commands,
    LabelCommand,
    Unclear,
    read_commands,
)
from promptops.forge.repository_files import RemoteFiles
from promptops.model.results import Results
from promptops.report.comment.command_replies import LOGIN, Answer
from promptops.source.project import Project
from promptops.workflows.eval.collect_results import find_results
from promptops.workflows.label.branch_writer import branch_ref
from promptops.workflows.label.permissions import Rights
from promptops.workflows.label.record import Record, Speaker
from promptops.workflows.label.results import Checks
from promptops.workflows.label.routing import Elsewhere
from promptops.workflows.label.targets import Accepted, Judged, Refusal, target_of

if TYPE_CHECKING:
    from promptops.forge.client import GitHub
    from promptops.forge.event import Event
    from promptops.forge.payloads import PullRequest


class Labelled(NamedTuple):
    """What came of a comment on a pull request. No answers: it asked for nothing.

    `runs` are the results made again, where anything was `written`; so many lines as `elsewhere` says speak of another
    project of the repository, whose own job answers them.
    """

    number: int = 0
    comment: int = 0
    login: str = ""
    answers: tuple[Answer, ...] = ()
    runs: tuple[Results, ...] = ()
    written: bool = False
    elsewhere: int = 0


def obey(
    github: GitHub,
    event: Event,
    *,
    folder: PurePosixPath,
    results: Sequence[Path] = (),
    artifact: str = ARTIFACT,
    now: str,
    sleep: Callable[[float], None] = time.sleep,
) -> Labelled:
    """Do what the comment asks for, as far as its author may.

    `folder` is the project's place in the repository, `results` are folders with the results (none: those of the last
    check, which are called `artifact`), `now` is ISO 8601. Raises ForgeError only where the pull request itself cannot
    be read.
    """
    comment = event.comment
    if comment is None or not comment.is_pull_request or event.action not in ("created", "edited"):
        return Labelled()
    commands = read_commands(comment.body)
    if not commands.found or comment.is_bot or not LOGIN.fullmatch(comment.author):
        return Labelled()  # an app answers for nothing, and nobody should start a talk between two of them
    done = Labelled(comment.issue, comment.id, comment.author)
    if event.action == "edited":
        return _no(
            done, "an edited comment is not obeyed, because its answer could mean its older text: write a new one"
        )
    pull = github.pull_request(comment.issue)
    if refusal := _refused(pull, event.default_branch):
        return _no(done, refusal)
    try:
        base, *others = _projects(github, event, pull, folder)
        speaker = Speaker(comment.author, comment.issue, comment.url, now)
        record = Record(github, pull.head_ref, folder, base.config, speaker, sleep)
        checks = Checks(github, pull, folder, folder / record.folder, artifact)
        elsewhere = Elsewhere(None if results else checks)
        try:
            record.begin(_read(results) if results else checks.results())
        except EvalError:  # in a change of one project the others evaluate nothing
            if all(elsewhere.means(command) for command in commands.found):
                return done._replace(elsewhere=len(commands.found))
            raise
    except PromptopsError as exc:
        return _no(done, _told(exc))
    answers = _answers(commands, record, [Rights(github, project) for project in (base, *others)], elsewhere)
    mine = tuple(answer for answer in answers if answer is not None)
    return done._replace(
        answers=mine,
        runs=record.runs if record.written else (),
        written=record.written,
        elsewhere=len(answers) - len(mine),
    )


def _answers(
    commands: Commands, record: Record, rights: Sequence[Rights], elsewhere: Elsewhere
) -> Sequence[Answer | None]:
    """Labels first: what is accepted is what the gates say with them. None for what another project answers."""
    found: dict[int, Answer | None] = {}
    for kind in (LabelCommand, AcceptCommand, Unclear):
        places = [place for place, command in enumerate(commands.found) if isinstance(command, kind)]
        found.update({place: _answer(commands.found[place], record, rights, elsewhere) for place in places})
        try:
            record.write()
        except PromptopsError as exc:
            text = f"could not be recorded, or not all of it: {_told(exc)}"
            done = {place: answer for place in places if (answer := found[place]) is not None and answer.done}
            found.update({place: answer._replace(text=text, done=False) for place, answer in done.items()})
    answers = [found[place] for place in sorted(found)]
    if commands.more and any(answers):
        answers.append(Answer("", f"{commands.more} more lines were not read: {MOST_COMMANDS} a comment are the most"))
    return answers


def _answer(command: Command, record: Record, rights: Sequence[Rights], elsewhere: Elsewhere) -> Answer | None:
    if isinstance(command, Unclear):
        return Answer(command.line, command.problem)
    target = target_of(command, record.runs)
    if isinstance(target, Refusal):
        return None if elsewhere.means(command) else Answer(command.line, target.text)
    for one in rights:
        if (refusal := one.refusal(record.speaker.login, target.results)) is not None:
            return Answer(command.line, refusal.text)
    try:
        if isinstance(command, LabelCommand):
            assert isinstance(target, Judged)
            return Answer(command.line, record.label(command, target), done=True)
        assert isinstance(target, Accepted)
        return Answer(command.line, record.accept(command, target), done=True)
    except PromptopsError as exc:
        return Answer(command.line, f"could not be recorded: {_told(exc)}")


def _read(folders: Sequence[Path]) -> Sequence[Results]:
    found = find_results(folders)
    if not found.results:
        raise EvalError("no results here can be read: " + "; ".join(one.why for one in found.unread))
    return found.results


def _projects(github: GitHub, event: Event, pull: PullRequest, folder: PurePosixPath) -> list[Project]:
    """Where owners are listed: the base, and the default branch as it is now.

    Anybody who may push can make a branch that names them as owner, and a pull request to it; and who was an owner
    when a pull request was opened may be none any more.
    """
    versions = [pull.base_sha, branch_ref(event.default_branch)]
    return [Project(RemoteFiles(github, version, folder)) for version in versions]


def _refused(pull: PullRequest, default_branch: str) -> str:
    if pull.state != "open":
        return "this pull request is closed: labels and acceptances are recorded while it is open"
    if pull.is_fork:
        return (
            "this pull request comes from another repository, and nothing can be written on a branch there: "
            "its author may add the line to evals/labels/, or somebody here pushes the branch to this repository "
            "and opens the pull request from it"
        )
    if pull.head_ref == default_branch:
        return f"this pull request comes from {default_branch} itself, and nothing is written there without a review"
    return ""


def _no(done: Labelled, text: str) -> Labelled:
    return done._replace(answers=(Answer("", text),))


def _told(exc: PromptopsError) -> str:
    return f"{exc}. {exc.hint}" if exc.hint else str(exc)
