"""How a version of a prompt, and a pin of it, came to the branch: who wrote it, and who let it in."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError
from promptops.model.environment import Pin, served_versions
from promptops.model.outcomes.audit import FORGE, ChangeRecord, Person, Unavailable
from promptops.model.outcomes.history import CommitSummary
from promptops.pins.approval import Approval
from promptops.pins.commit_sealing import CommitSealer
from promptops.pins.pin_history import pin_history
from promptops.source.file_names import PROMPT_SUFFIXES
from promptops.source.formats.environments import SUFFIXES
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.git.attribution import APPROVALS, People, parse_people
from promptops.source.git.commit import Commit
from promptops.source.git.log import pull_request_titles
from promptops.source.git.merge_history import MergeHistory

_MOST_CHANGES = 200
"""So many changes of its files are looked at for one version."""
_MOST_NAMES = 20
_Key = tuple[str, str, str, float | None]
_SHALLOW = "the history is cut off here (a shallow clone): git fetch --unshallow"


class PromptFiles(NamedTuple):
    """What decides a version: the prompt's own file, and what it includes. All from the repository's top."""

    own: str
    templates: tuple[str, ...] = ()


class Provenance:
    """One repository's past up to `head` (a full id), asked how versions and pins came to be.

    `pins`, which have been sealed, are those that will be asked for; `environments` are files from the repository's
    top.
    """

    def __init__(
        self,
        sealer: CommitSealer,
        head: str,
        pins: Sequence[Pin],
        environments: Iterable[PurePosixPath],
    ) -> None:
        self._repository = repository = sealer.repository
        self._sealer, self._head, prefix = sealer, head, sealer.prefix
        self._settings = str(prefix / CONFIG_FILE)
        self._shallow = repository.is_shallow()
        self._people: dict[str, People] = {}
        self._titles: dict[str, CommitSummary] = {}
        self._files: dict[tuple[str, str], PromptFiles] = {}
        for pin in pins:
            if (content := sealer.contents.get(pin.digest)) is not None:
                with suppress(PromptopsError):  # it is told where the pin is looked at
                    own, templates = sealer.path_of(pin.prompt, pin.commit), json.loads(content)["templates"]
                    files = PromptFiles(str(prefix / own), tuple(str(prefix / one) for one in templates))
                    self._files[pin.prompt, pin.commit] = files
        every = {PurePosixPath(one) for found in self._files.values() for one in (found.own, *found.templates)}
        # The project's folders that the files are in: git is quicker with few places.
        tops = {prefix / file.relative_to(prefix).parts[0] for file in every}
        pinned = {path.with_suffix(suffix) for path in environments for suffix in SUFFIXES}
        places = {*tops, *pinned, prefix / CONFIG_FILE}
        self._merges = MergeHistory(repository, head, {pin.commit for pin in pins}, places)
        self._model_changes: dict[str, bool] = {}
        self._removals: dict[str, list[tuple[str, str]]] = {}
        self._prepare(pins)

    def version(self, pin: Pin) -> ChangeRecord | Unavailable:
        """How the text that is pinned came to be."""
        name, start, files = pin.prompt, pin.commit, self._files.get((pin.prompt, pin.commit))
        if files is None:
            return Unavailable(f"'{name[:80]}' at commit {start[:7]} is not what is pinned, or cannot be read")
        own, templates = files
        try:
            for _ in range(_MOST_NAMES):
                commit = self._change(name, start, pin.digest, [own, *templates, self._settings])
                if isinstance(commit, Unavailable):
                    return commit
                before = self._before(name, commit, pin.digest)
                if before is None:
                    return self._change_record(commit, [own, *templates], [self._settings])
                own, name = before
                start = self._merges.parents[commit][0]
            return Unavailable(f"it had more than {_MOST_NAMES} names before")
        except PromptopsError as exc:
            return Unavailable(str(exc))

    def _prepare(self, pins: Iterable[Pin]) -> None:
        """Have the prompts read that will be looked at first: those before the last change of each pinned one."""
        before: list[tuple[str, str]] = []
        changes: dict[str | None, None] = {}
        for pin in pins:
            if files := self._files.get((pin.prompt, pin.commit)):
                last = next(self._merges.changes(pin.commit, [files.own, *files.templates, self._settings]), None)
                changes[last] = None
                if last is not None and (parents := self._merges.parents[last]):
                    before.append((pin.prompt, parents[0]))
        self._load_records(commit for commit in changes if commit is not None)
        with suppress(PromptopsError):  # only haste
            self._sealer.prepare_prompts(before)

    def _load_records(self, commits: Iterable[str]) -> None:
        """Read what will be told of these changes."""
        merges = {merge for each in commits if (merge := self._merges.introduced_by(each)) is not None}
        self._titles |= pull_request_titles(self._repository, sorted(merges - self._titles.keys()))
        everybody = {one for merge in merges for one in (merge, *self._merges.parents[merge])}
        unread = sorted(one for one in everybody - self._people.keys() if one in self._merges.parents)
        raw = self._repository.read_objects(unread, "commit")
        self._people |= dict(zip(unread, map(parse_people, raw), strict=True))

    def _person_of(self, commit: str) -> People:
        if commit not in self._people:
            self._people[commit] = parse_people(self._repository.commit_bytes(commit))
        return self._people[commit]

    def _change(self, name: str, start: str, digest: str, files: Collection[str]) -> str | Unavailable:
        """The commit that made the prompt what is pinned: before it the prompt had another digest, or was not there."""
        number = 0
        for commit in self._merges.changes(start, files):
            parents = self._merges.parents[commit]
            if not parents and self._shallow:
                return Unavailable(_SHALLOW)
            if number == _MOST_CHANGES:
                return Unavailable(f"it is older than the last {_MOST_CHANGES} changes of its files")
            if parents and self._is_other_setting(commit, files):
                continue
            number += 1
            if not parents or not self._sealer.is_version(name, parents[0], digest):
                is_it = self._sealer.is_version(name, commit, digest)
                return commit if is_it else Unavailable("none of the commits that changed its files made it what it is")
        return Unavailable(_SHALLOW if self._shallow else "no commit that changed its files can be found")

    def _is_other_setting(self, commit: str, files: Collection[str]) -> bool:
        """Whether a commit changed only the settings of these files, and in them nothing that a prompt depends on."""
        changed = set(self._merges.files(commit)) & set(files)
        return changed == {self._settings} and not self._changes_models(commit)

    def _changes_models(self, commit: str) -> bool:
        if commit not in self._model_changes:
            self._model_changes[commit] = True
            with suppress(PromptopsError):
                now, before = self._sealer.config(commit), self._sealer.config(self._merges.parents[commit][0])
                self._model_changes[commit] = (now.models, now.paths) != (before.models, before.paths)
        return self._model_changes[commit]

    def _before(self, name: str, commit: str, digest: str) -> tuple[str, str] | None:
        """The file and the name that the same text had before this commit, if it only gave it another name."""
        parents = self._merges.parents[commit]
        if not parents or self._sealer.has_prompt(name, parents[0]):
            return None
        for file, was in self._removed(commit, parents[0]):
            if was != name and self._sealer.is_version(was, parents[0], digest):
                return file, was
        return None

    def _removed(self, commit: str, parent: str) -> list[tuple[str, str]]:
        """The files of prompts, each with its identifier, that the commit took away."""
        if commit not in self._removals:
            places = [PurePosixPath(each) for each in self._merges.files(commit) if each.endswith(PROMPT_SUFFIXES)]
            prefix, sealer = self._sealer.prefix, self._sealer
            below = [each.relative_to(prefix) for each in places if each.is_relative_to(prefix)]
            old, new = (Commit(self._repository, one, prefix) for one in (parent, commit))
            gone = [each for each in below if old.exists(each) and not new.exists(each)]
            self._removals[commit] = [(str(prefix / each), sealer.identifier_of(each, parent)) for each in gone]
        return self._removals[commit]

    def _change_record(
        self, commit: str, files: Iterable[str], else_files: Iterable[str] = ()
    ) -> ChangeRecord | Unavailable:
        """How a commit's change of these files came to the branch."""
        merge = self._merges.introduced_by(commit)
        if merge is None:
            return Unavailable(f"commit {commit[:7]} is not part of {self._head[:7]}, whose history was read")
        together = self._merges.introduced_together(merge, commit)
        authors = self._authors(together, files) or self._authors(together, else_files) or [commit]
        written = [self._person_of(one) for one in authors]
        at = self._person_of(merge)
        if merge not in self._titles:
            self._load_records([commit])
        told = self._titles[merge]
        is_merge = len(self._merges.parents[merge]) > 1
        trailers = dict.fromkeys(one for each in (at, *written) for one in each.trailers if one.kind in APPROVALS)
        return ChangeRecord(
            commit=merge,
            when=at.when,
            title=told.title,
            authors=tuple(dict.fromkeys(person for each in reversed(written) for person in each.authors)),
            pull_request=told.pull_request,
            merged_by=at.author if is_merge and not _is_forge(at.author) else None,
            trailers=tuple(trailers),
            is_merge=is_merge,
            committed_by=None if is_merge else _committed_by(at),
            on_github=_is_forge(at.author if is_merge else at.committer),
        )

    def _authors(self, commits: Iterable[str], files: Iterable[str]) -> list[str]:
        """Those of the commits that changed the files themselves: a merge only takes over what others wrote."""
        wanted = set(files)
        parents = self._merges.parents
        alone = (one for one in commits if len(parents[one]) < 2)
        return [one for one in alone if not wanted.isdisjoint(self._merges.files(one))]

    def pins(self, path: PurePosixPath, pins: Collection[Pin]) -> Mapping[Pin, ChangeRecord | Unavailable]:
        """How each pin (a rollout as a pin of its own) came into an environment; `path` is its file."""
        introduced = self._introductions(path, {_pin_identity(pin) for pin in pins})
        self._load_records(introduced.values())
        records = {commit: self._pin_record(commit, path) for commit in introduced.values()}
        not_yet = Unavailable(f"{path} does not say so at commit {self._head[:7]}: it is not committed yet")
        commits = {pin: introduced.get(_pin_identity(pin)) for pin in pins}
        return {pin: not_yet if commit is None else records[commit] for pin, commit in commits.items()}

    def _introductions(self, path: PurePosixPath, wanted: set[_Key]) -> dict[_Key, str]:
        """Of these pins those that an environment has, each with the commit since which it has it."""
        found: dict[_Key, str] = {}
        for changes in pin_history(self._repository, path, self._head):
            before, after = (
                {_pin_identity(one) for one in served_versions(pin for pin in pins.values() if pin is not None)}
                for pins in (changes.before, changes.after)
            )
            for gone in before - after:
                found.pop(gone, None)
            found.update(dict.fromkeys((after - before) & wanted, changes.commit))
        return found

    def _pin_record(self, commit: str, path: PurePosixPath) -> ChangeRecord | Unavailable:
        if self._shallow and not self._merges.parents[commit]:
            return Unavailable(_SHALLOW)
        return self._change_record(commit, [str(path.with_suffix(suffix)) for suffix in SUFFIXES])


def _is_forge(who: Person) -> bool:
    return who.email.lower() == FORGE


def _committed_by(at: People) -> Person | None:
    """Who committed what somebody else wrote."""
    return None if at.committer in (at.author, Person("")) or _is_forge(at.committer) else at.committer


def _pin_identity(pin: Pin) -> _Key:
    """What makes a pin another one: also another percent."""
    return pin.prompt, pin.commit, pin.digest, pin.rollout.percent if pin.rollout else None


def credited(pin: Pin, approvals: Mapping[Pin, Approval]) -> Pin:
    """The pin as one of the branch's own commits has it, whose merger is to be named; else the pin itself."""
    approval = approvals.get(pin)
    return pin if approval is None or approval.own is None or not approval.is_merged else approval.own
