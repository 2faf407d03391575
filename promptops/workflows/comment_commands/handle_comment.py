"""Commands in a comment on a pull request: a label for a reply, or a waiver for a gate, recorded on its branch.

Labels and waivers are lines in files, written by a commit; the comment with the results is then rebuilt from the
stored replies. Only an owner's commands are carried out, and everybody gets an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import EvalError, PromptopsError
from promptops.evals.registry import KINDS
from promptops.forge.artifact import RESULTS_ARTIFACT
from promptops.forge.comment_commands import (
    MOST_COMMANDS,
    AcceptCommand,
    CommentCommand,
    CommentCommands,
    InvalidCommand,
    LabelCommand,
    parse_commands,
)
from promptops.forge.github.client import GitHub
from promptops.forge.github.event import Event
from promptops.forge.github.payloads import PullRequest
from promptops.forge.github.repository_files import RepositoryFiles
from promptops.model.results import Results
from promptops.report.comment.command_replies import LOGIN, CommandReply
from promptops.source.project import Project
from promptops.workflows.comment_commands.branch_results import BranchResults
from promptops.workflows.comment_commands.branch_writer import branch_ref
from promptops.workflows.comment_commands.check_runs import CheckRuns, record_folders
from promptops.workflows.comment_commands.comment_record import CommentRecord
from promptops.workflows.comment_commands.entries import CommentAuthor
from promptops.workflows.comment_commands.meaning import find_meaning, lines_instead
from promptops.workflows.comment_commands.permissions import SpeakingRights
from promptops.workflows.comment_commands.projects import RepositoryProjects
from promptops.workflows.comment_commands.recorder import LabelRecorder
from promptops.workflows.comment_commands.refusal import Refusal, UnknownName
from promptops.workflows.comment_commands.targets import AcceptTarget, LabelTarget
from promptops.workflows.eval.collect_results import find_results

_EDITED = "edited comments are ignored, because the answer could be about the older text: write a new one"


class CommentOutcome(NamedTuple):
    """What came of a comment on a pull request. No replies: it asked for nothing.

    `runs` are the results made again, where anything was `written`, and `branch` makes them from what is there by then.
    `left_to_others` counts the lines about another project of the repository, whose own job answers them. `url` is the
    comment's address.
    """

    number: int = 0
    comment: int = 0
    login: str = ""
    replies: tuple[CommandReply, ...] = ()
    runs: tuple[Results, ...] = ()
    written: bool = False
    left_to_others: int = 0
    url: str = ""
    branch: BranchResults | None = None


def handle_comment(
    github: GitHub,
    event: Event,
    *,
    folder: PurePosixPath,
    results: Sequence[Path] = (),
    artifact: str = RESULTS_ARTIFACT,
    now: str,
    sleep: Callable[[float], None] = time.sleep,
) -> CommentOutcome:
    """Do what the comment asks for, as far as its author may.

    `folder` is the project's place in the repository, `results` are folders with the results (none: those of the last
    check, which are called `artifact`), `now` is ISO 8601. Raises ForgeError only where the pull request itself cannot
    be read.
    """
    comment = event.comment
    if comment is None or not comment.is_pull_request or event.action not in ("created", "edited"):
        return CommentOutcome()
    commands = parse_commands(comment.body)
    if not commands.found or comment.is_bot or not LOGIN.fullmatch(comment.author):
        return CommentOutcome()  # an app owns nothing, and two apps must not answer each other for ever
    done = CommentOutcome(comment.issue, comment.id, comment.author, url=comment.url)
    pull = github.pull_request(comment.issue)
    several = None if results else RepositoryProjects(github, pull, folder, artifact, event.default_branch)
    if refusal := _EDITED if event.action == "edited" else _pull_request_refusal(pull, event.default_branch):
        speaks = several is None or several.answers_for_all
        return _only_reply(done, refusal) if speaks else done._replace(left_to_others=len(commands.found))
    try:
        projects = read_owners(github, event, pull, folder)
        base = projects[0]
        speaker = CommentAuthor(comment.author, comment.issue, comment.url, now)
        there = (lambda until: _read(results)) if results else None
        said = CommentRecord(github, pull, folder, projects, artifact=artifact, results=there)
        record = LabelRecorder(github, pull.head_ref, folder, base.config, speaker, said, sleep)
        checks = CheckRuns(github, pull, folder, record_folders(base.config, folder), artifact)
        try:
            runs = _read(results) if results else checks.results()
            record.load(runs)
        except EvalError:  # in a change of one project the others evaluate nothing
            if several is not None and all(map(several.leaves, commands.found)):
                return done._replace(left_to_others=len(commands.found))
            raise
    except PromptopsError as exc:
        return _only_reply(done, exc.with_hint)
    rights = SpeakingRights(github, pull, projects)
    replies = _replies(commands, record, rights, several)
    mine = tuple(answer for answer in replies if answer is not None)

    def open_branch() -> LabelRecorder:
        said = CommentRecord(github, pull, folder, projects, artifact=artifact, results=there or checks.results)
        return LabelRecorder(github, pull.head_ref, folder, base.config, speaker, said, sleep)

    return done._replace(
        replies=mine,
        runs=record.runs if record.written else (),
        written=record.written,
        left_to_others=len(replies) - len(mine),
        branch=BranchResults(runs, open_branch, None if results else checks),
    )


def _replies(
    commands: CommentCommands, record: LabelRecorder, rights: SpeakingRights, several: RepositoryProjects | None
) -> Sequence[CommandReply | None]:
    """Labels first: what is accepted is what the gates say with them. None for what another project answers."""
    found: dict[int, CommandReply | None] = {}
    for kind in (LabelCommand, AcceptCommand, InvalidCommand):
        places = [place for place, command in enumerate(commands.found) if isinstance(command, kind)]
        found.update({place: _reply_to(commands.found[place], record, rights, several) for place in places})
        try:
            record.write()
        except PromptopsError as exc:
            text = f"could not be recorded, or not all of it: {exc.with_hint}"
            done = {place: answer for place in places if (answer := found[place]) is not None and answer.done}
            found.update({place: answer._replace(text=text, done=False) for place, answer in done.items()})
    replies = [found[place] for place in sorted(found)]
    if commands.more and any(replies):
        replies.append(
            CommandReply("", f"{commands.more} more lines were not read: a comment may hold {MOST_COMMANDS}")
        )
    return replies


def _reply_to(
    command: CommentCommand, record: LabelRecorder, rights: SpeakingRights, several: RepositoryProjects | None
) -> CommandReply | None:
    if isinstance(command, InvalidCommand):
        if several is not None and several.leaves(command):
            return None
        return CommandReply(command.line, command.problem, instead=lines_instead(command, record.runs))
    line = command.line
    try:
        command, target, exact = meaning = find_meaning(command, record.runs)
    except Refusal as exc:
        is_unknown = isinstance(exc, UnknownName)
        if several is not None and (several.leaves(command) if is_unknown else several.is_of_another(command)):
            return None
        return CommandReply(line, str(exc), instead=lines_instead(command, record.runs, exc))
    read_as = "" if exact else meaning.line
    try:
        rights.require(record.speaker.login, command, target.results)
        if isinstance(command, LabelCommand):
            assert isinstance(target, LabelTarget)
            return CommandReply(line, record.label(command, target), done=True, read_as=read_as)
        assert isinstance(target, AcceptTarget)
        assert isinstance(command, AcceptCommand)
        return CommandReply(line, record.accept(command, target), done=True, read_as=read_as)
    except Refusal as exc:
        return CommandReply(line, str(exc), read_as=read_as)
    except PromptopsError as exc:
        return CommandReply(line, f"could not be recorded: {exc.with_hint}", read_as=read_as)


def _read(folders: Sequence[Path]) -> Sequence[Results]:
    found = find_results(folders)
    if not found.results:
        raise EvalError("no results here can be read: " + "; ".join(one.why for one in found.unread))
    return found.results


def read_owners(github: GitHub, event: Event, pull: PullRequest, folder: PurePosixPath) -> list[Project]:
    """Where owners are listed: the base, and the default branch as it is now.

    Anybody who may push can make a branch that names them as owner, and a pull request to it; and who was an owner
    when a pull request was opened may be none any more.
    """
    versions = [pull.base_sha, branch_ref(event.default_branch)]
    return [Project(RepositoryFiles(github, version, folder), KINDS) for version in versions]


def _pull_request_refusal(pull: PullRequest, default_branch: str) -> str:
    if pull.state != "open":
        return "this pull request is closed: labels and acceptances are recorded while it is open"
    if pull.is_fork:
        return (
            "this pull request comes from another repository, and nothing can be written on a branch there: "
            "somebody here who has read it pushes the branch to this repository and opens the pull request from it"
        )
    if pull.head_ref == default_branch:
        return f"this pull request comes from {default_branch} itself, and nothing is written there without a review"
    return ""


def _only_reply(done: CommentOutcome, text: str) -> CommentOutcome:
    return done._replace(replies=(CommandReply("", text),))
