"""What is written on the pull request's branch, and what its results say with it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath

from promptops.errors import SourceError
from promptops.evals.rescore import asks_people, rescore
from promptops.forge.comment_commands import AcceptCommand, LabelCommand
from promptops.forge.github.client import GitHub
from promptops.forge.github.repository_files import RepositoryFiles
from promptops.model.config import Config
from promptops.model.label import Label
from promptops.model.results import Results
from promptops.model.waiver import Waiver
from promptops.report.comment.command_replies import acceptance_recorded, already_recorded, label_recorded
from promptops.source.formats.json_text.json_lines import parse_json_lines
from promptops.source.formats.labels import label_line, labels_path, parse_labels, record_name
from promptops.source.formats.waivers import suite_waivers, waiver_line, waiver_path
from promptops.workflows.comment_commands.branch_writer import add_file, append_lines, branch_ref, read_branch_file
from promptops.workflows.comment_commands.comment_record import CommentRecord
from promptops.workflows.comment_commands.entries import CommentAuthor, make_label, make_waivers
from promptops.workflows.comment_commands.targets import AcceptTarget, LabelTarget
from promptops.workflows.eval.confirmed_words import SpokenWords, confirm


class LabelRecorder:
    """`runs` are the results with all labels and waivers that count; `written` whether anything was added.

    `config` is of the project where the pull request goes, `record` knows what its people said.
    """

    def __init__(
        self,
        github: GitHub,
        branch: str,
        folder: PurePosixPath,
        config: Config,
        speaker: CommentAuthor,
        record: CommentRecord,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._github, self._branch, self._folder, self._sleep = github, branch, folder, sleep
        self._evals = config.paths.eval_folders[0]
        self._texts: dict[PurePosixPath, str] = {}
        self._waiting: dict[PurePosixPath, list[str]] = defaultdict(list)
        self._accepting: list[Waiver] = []
        self._there = RepositoryFiles(github, branch_ref(branch), folder)
        self._waivers: dict[str, tuple[Waiver, ...]] = {}
        self._record = record
        self.speaker = speaker
        self._loaded: tuple[Results, ...] = ()
        self.runs: tuple[Results, ...] = ()
        self.written = False

    def load(self, runs: Sequence[Results]) -> None:
        """Take the results as they are on the branch now. PromptopsError when a file there cannot be read."""
        self._loaded = tuple(runs)
        self._rescore()

    def label(self, command: LabelCommand, target: LabelTarget) -> str:
        """Keep a judgement for `write`; what to tell about it."""
        label = make_label(command, target, self.speaker)
        path = self._labels(target.results)
        if self._is_recorded(path, case=target.case, criterion=target.criterion):
            return already_recorded(self._folder / path)
        self._waiting[path].append(label_line(label))
        return label_recorded(self._folder / path, command.verdict, label.who)

    def accept(self, command: AcceptCommand, target: AcceptTarget) -> str:
        """Keep an acceptance for `write`; what to tell about it."""
        _require_suite(target.results)
        waivers = make_waivers(command, target, self.speaker)
        self._accepting += waivers
        files = [self._folder / waiver_path(self._evals, one) for one in waivers]
        where = files[0] if len(files) == 1 else files[0].parent
        return acceptance_recorded(where, f"@{self.speaker.login}", target.criterion, target.gates)

    def write(self) -> None:
        """Write what waits, a commit a file, and make the results again. Nothing waits afterwards, even on an error."""
        waiting, self._waiting = self._waiting, defaultdict(list)
        accepting, self._accepting = self._accepting, []
        try:
            for waiver in accepting:
                self._add_waiver(waiver)
                self.written = True
            for path, lines in waiting.items():
                self._texts[path] = self._add(path, lines)
                self.written = True
        finally:
            if waiting or accepting:
                self._rescore()

    def _add(self, path: PurePosixPath, lines: Sequence[str]) -> str:
        message, check = self._message("labels"), partial(self._check, path)
        return append_lines(self._github, self._folder / path, self._branch, lines, message, check, self._sleep)

    def _add_waiver(self, waiver: Waiver) -> None:
        path, message = self._folder / waiver_path(self._evals, waiver), self._message("accepted rule")
        add_file(self._github, path, self._branch, waiver_line(waiver), message, self._sleep)
        self._waivers[waiver.suite] = (*self._waivers_of(waiver.suite), waiver)

    def _message(self, what: str) -> str:
        return f"Record {what}: {self.speaker.login} in pull request {self.speaker.number}"

    def _labels(self, run: Results) -> PurePosixPath:
        """Where the suite's labels lie; results are not trusted to name a file of another kind."""
        _require_suite(run)
        return labels_path(self._evals, run.suite)

    def _check(self, path: PurePosixPath, text: str) -> None:
        parse_labels(text, str(self._folder / path))

    def _rescore(self) -> None:
        self.runs = tuple(
            self._rescored(run, SpokenWords(self._labels_for(run), self._waivers_of(run.suite))) for run in self._loaded
        )

    def _rescored(self, run: Results, found: SpokenWords) -> Results:
        """What somebody else wrote in an owner's name counts here no more than in a check."""
        counted = confirm(found, self._record.words_of_base(run), run.suite, self._record)
        return replace(rescore(run, counted.labels, counted.waivers), unconfirmed=counted.refused)

    def _labels_for(self, run: Results) -> tuple[Label, ...]:
        path = self._labels(run)
        return parse_labels(self._text(path), str(self._folder / path)) if _asks(run) else ()

    def _waivers_of(self, suite: str) -> tuple[Waiver, ...]:
        """What the branch has, read once, and what we wrote since."""
        if suite not in self._waivers:
            self._waivers[suite] = suite_waivers(self._there, self._evals, suite)
        return self._waivers[suite]

    def _text(self, path: PurePosixPath) -> str:
        """The file on the branch, read once; then as we last wrote it."""
        if path not in self._texts:
            self._texts[path], _ = read_branch_file(self._github, self._folder / path, self._branch)
        return self._texts[path]

    def _is_recorded(self, path: PurePosixPath, **what: str) -> bool:
        """Whether this very comment is recorded already: a job may run twice."""
        wanted = {**what, "url": self.speaker.url}
        text = self._text(path)
        self._check(path, text)
        entries = parse_json_lines(text, str(self._folder / path), dict, "a label", "")
        return any(all(entry.get(key) == value for key, value in wanted.items()) for entry in entries)


def _require_suite(run: Results) -> None:
    """SourceError for results whose suite's name would lead elsewhere."""
    name = record_name(run.suite)
    if not name or not name.isprintable() or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise SourceError("these results name no suite", where=run.suite[:80], hint="let the check run again")


def _asks(run: Results) -> bool:
    """Whether people were asked anything: else a request is spared."""
    return any(map(asks_people, run.criteria))
