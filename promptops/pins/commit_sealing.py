"""Prompts of a repository's commits sealed, each once, with as few reads as can be."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from operator import attrgetter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from promptops.errors import DamagedError, PinError, PromptopsError, SourceError
from promptops.model.config import Config
from promptops.model.environment import Environment, Pin, served_versions
from promptops.model.evaluator_kind import NO_KINDS
from promptops.model.sealed_prompt import ModelEndpoint, SealedPrompt, is_same_but_templates, template_digests
from promptops.pins.bundle import Bundle, served_digests
from promptops.pins.closure_reading import ClosureReader, CommitFiles, TheseFiles
from promptops.pins.sealing import digests_of, seal_prompt
from promptops.source.formats.environments import FOLDER, SUFFIXES, environment_names, load_environment
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.git.commit import Commit
from promptops.source.git.prefetch import PrefetchedCommit
from promptops.source.project import Project
from promptops.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from promptops.source.git.repository import Repository


class CommitSealer:
    """`contents` by digest and `texts` by sha256: what was sealed so far, and where its models are called.

    `prefix` is the project's folder.
    """

    def __init__(self, repository: Repository, prefix: PurePosixPath) -> None:
        self.repository = repository
        self.prefix = prefix
        self.contents: dict[str, bytes] = {}
        self.texts: dict[str, str] = {}
        self.endpoints: dict[tuple[str, str], ModelEndpoint] = {}
        self._digests: dict[tuple[str, str], str] = {}  # by prompt and commit
        self._paths: dict[tuple[str, str], PurePosixPath] = {}  # likewise
        self._closures = ClosureReader(repository, prefix)

    def environment(self, commit: str, name: str) -> Environment:
        """`environments/NAME.yml` at the commit. PromptopsError when it is not there or not right."""
        source = self._closures.files(commit).source
        self._require_project(commit)
        for suffix in SUFFIXES:
            path = FOLDER / f"{name}{suffix}"
            if source.exists(path):
                prefetched = PrefetchedCommit(source)
                prefetched.prefetch([path])  # what keeps it from being read is no mistake in the file
                return load_environment(prefetched, path)
        known = sorted(environment_names(source))
        hint = did_you_mean(name, known, "promptops pin PROMPT --env NAME makes one")
        raise PinError(
            f"there is no {FOLDER}/{name}.yml at {commit[:7]}", hint=self._other_projects_hint(commit) or hint
        )

    def bundle_of_pins(self, environment: Environment, commit: str, known: Bundle | None) -> Bundle:
        """What an environment, as its file is at the commit, serves. PinError for the first pin that does not hold.

        `known` was sealed before: of its contents those that are still pinned need no reading.
        """
        pins = environment.pins_without_spans()
        if known is not None:
            self.contents.update(known.contents)
            self.texts.update(known.texts)
            self.endpoints.update(known.endpoints)
            self._digests.update({(pin.prompt, pin.commit): pin.digest for pin in served_versions(known.pins.values())})
        wanted = sorted(served_versions(pins.values()), key=attrgetter("commit"))
        self.prepare(wanted)
        for pin in wanted:
            self._require_digest(pin)
        self._keep_only(pins.values())
        places = {(pin.prompt, pin.commit) for pin in wanted}
        endpoints = {place: found for place, found in self.endpoints.items() if place in places}
        return Bundle(environment.name, commit, pins, self.contents, self.texts, endpoints=endpoints)

    def bundle_of_commit(self, commit: str) -> tuple[Bundle, dict[str, PromptopsError]]:
        """All prompts that the project has at a commit, and by name what is wrong with those that cannot be served.

        PromptopsError when they cannot be had, or there are none.
        """
        pins: dict[str, Pin] = {}
        broken: dict[str, PromptopsError] = {}
        for name in self._names(commit):
            try:
                pins[name] = Pin(name, commit, self.seal(name, commit))
            except DamagedError:
                raise
            except PromptopsError as exc:
                broken[name] = exc
        return Bundle("", commit, pins, self.contents, self.texts, endpoints=self.endpoints), broken

    def _names(self, commit: str) -> list[str]:
        self._require_project(commit)
        names = self._closures.project(commit).prompt_names()
        if not names:
            hint = (
                self._other_projects_hint(commit)
                or "where they lie is said in promptops.yml: paths: {prompts: prompts/**}"
            )
            raise PinError(f"there are no prompts at {commit[:7]}", hint=hint)
        self._closures.want((name, commit) for name in names)
        return names

    def seal(self, name: str, commit: str, *, pinned: str = "") -> str:
        """Seal a prompt and give its digest (`pinned`: as for `seal_prompt`).

        PromptopsError with what keeps it from that: DamagedError before all.
        """
        return self._keep(name, commit, self._seal(name, commit, pinned))

    def _seal(self, name: str, commit: str, pinned: str, *, guess: bool = False) -> SealedPrompt:
        """`guess`: as for `seal_prompt`."""
        self._closures.load(commit)
        project = self._closures.project(commit)
        try:
            return seal_prompt(project, name, pinned=pinned, guess=guess)
        except PromptopsError as exc:
            if (damage := self._closures.files(commit).damage) is not None:
                raise damage from exc
            raise

    def _keep(self, name: str, commit: str, sealed: SealedPrompt) -> str:
        self.contents[sealed.digest] = sealed.content
        self.texts.update(sealed.texts)
        self.endpoints[name, commit] = sealed.endpoint
        self._digests[name, commit] = sealed.digest
        self._paths[name, commit] = self._closures.project(commit).path_of(name)
        return sealed.digest

    def has_prompt(self, name: str, commit: str) -> bool:
        """Whether a commit has the prompt. PromptopsError where its settings cannot be read."""
        self._closures.load(commit)
        return self._closures.project(commit).has_prompt(name)

    def path_of(self, name: str, commit: str) -> PurePosixPath:
        """The prompt's file at a commit, below the prefix. PromptopsError where there is none."""
        return self._paths.get((name, commit)) or self._closures.project(commit).path_of(name)

    def identifier_of(self, path: PurePosixPath, commit: str) -> str:
        """What a prompt's file (below the prefix) is called at a commit, whether it is there or not."""
        return self._closures.project(commit).identifier_of(path)

    def config(self, commit: str) -> Config:
        """The settings at a commit. PromptopsError where they cannot be read."""
        return self._closures.project(commit).config

    def is_version(self, name: str, commit: str, digest: str) -> bool:
        """Whether a commit has the prompt with this digest, whose content was sealed. Not where it cannot be sealed.

        Two contents that differ in more than their templates are told apart without taking templates to pieces.
        """
        if (name, commit) in self._digests:
            return digest in self.known_as(self._digests[name, commit])
        with suppress(PromptopsError):
            if not self.has_prompt(name, commit):
                return False
            with suppress(PromptopsError):
                quick = self._seal(name, commit, digest, guess=True)
                if quick.digest == digest:
                    return True
                if digest in self.contents and not is_same_but_templates(quick.content, self.contents[digest]):
                    return False
            return self.seal(name, commit, pinned=digest) == digest
        return False

    def has_digest(self, name: str, commit: str, digest: str, files: Collection[PurePosixPath]) -> bool:
        """Whether a prompt (identifier or path) has this digest at a commit, where it comes of these files alone.

        No other file is read, so nothing else is fetched. Never raises but DamagedError.
        """
        source = TheseFiles(Commit(self.repository, commit, self.prefix), files)
        for guess in (True, False):  # by a quick look first: a digest that comes out right is right
            try:
                project = Project(source, NO_KINDS, self._closures.config(source))
                if seal_prompt(project, name, pinned=digest, guess=guess).digest == digest:
                    return True
            except PromptopsError as exc:
                if (damage := exc if isinstance(exc, DamagedError) else source.damage) is not None:
                    raise damage from None
        return False

    def project(self, commit: str) -> Project:
        """The project at a commit (a full id), of which nothing is kept here. PromptopsError where it has no settings
        that can be read."""
        files = CommitFiles(Commit(self.repository, commit, self.prefix))
        return Project(files, NO_KINDS, self._closures.config(files))

    def known_as(self, digest: str) -> tuple[str, ...]:
        """The digests of all sealed formats that the version with this one has; of one that was not sealed, its own."""
        content = self.contents.get(digest)
        return (digest,) if content is None else digests_of(SealedPrompt(digest, content, self.texts))

    def _require_digest(self, pin: Pin) -> None:
        """Seal a prompt that is pinned, unless that was done. PinError when it has another digest at the commit."""
        name, commit, digest = pin[:3]
        where = f"{name} at commit {commit[:7]}"
        try:
            found = self.find_digest(pin)
        except DamagedError:
            raise  # the repository is to blame, not the pin
        except PromptopsError as exc:
            raise PinError(f"it cannot be served: {exc}", where=where, hint=exc.hint) from exc
        if found != digest:
            hint = "pin it anew (promptops pin); a version that was not approved is never served"
            raise PinError(f"its digest is {found}, but {digest} is pinned", where=where, hint=hint)

    def find_digest(self, pin: Pin) -> str:
        """The digest of what is at a pin's commit: quickly told where it is the one that is pinned.

        PromptopsError as `seal`.
        """
        name, commit, digest = pin[:3]
        # That this content is here says nothing yet: it may be that of another commit, or of another prompt.
        if self._digests.get((name, commit)) == digest:
            return digest
        # Or what is known comes from a file that somebody changed.
        return self._quick_digest(name, commit, digest) or self.seal(name, commit, pinned=digest)

    def _quick_digest(self, name: str, commit: str, digest: str) -> str:
        """The digest, if a quick look gives it: then the content is what it says, however it was found."""
        with suppress(PromptopsError):
            sealed = self._seal(name, commit, digest, guess=True)
            if sealed.digest == digest:
                return self._keep(name, commit, sealed)
        return ""

    def prepare(self, pins: Iterable[Pin]) -> None:
        """Say which pins will be demanded, best in this order: then they are read many at a time, at the first of them.

        PromptopsError where they cannot be fetched.
        """
        self.prepare_prompts((pin.prompt, pin.commit) for pin in served_versions(pins))

    def prepare_prompts(self, prompts: Iterable[tuple[str, str]]) -> None:
        """As `prepare`, for identifiers with commits."""
        self._closures.want(each for each in prompts if each not in self._digests)

    def _keep_only(self, pins: Iterable[Pin]) -> None:
        """Only what these pins name is kept."""
        dropped = [self.contents.pop(digest) for digest in self.contents.keys() - served_digests(pins)]
        unused = {each for content in dropped for each in template_digests(content)}
        for content in self.contents.values():
            if not unused:
                break  # mostly at once: what a version leaves behind is shared by others
            unused.difference_update(template_digests(content))
        for each in unused:
            del self.texts[each]

    def _require_project(self, commit: str) -> None:
        """PinError when the project's folder is not there at all."""
        if not self._closures.files(commit).source.folder_id():
            where = f"subdirectory='{self.prefix}'"
            raise PinError(
                f"there is no such folder at {commit[:7]}", where=where, hint=self._other_projects_hint(commit)
            )

    def _other_projects_hint(self, commit: str) -> str:
        """Where in the repository projects are, if this is none."""
        if self._closures.files(commit).source.file_id(CONFIG_FILE):
            return ""
        found: list[str] = []
        with suppress(SourceError):  # too many files to look through: it is only a hint
            every = Commit(self.repository, commit).list(f"**/{CONFIG_FILE}")
            found = [f"subdirectory='{path.parent}'" for path in every if path != CONFIG_FILE]
        return f"projects are in other folders; give {' or '.join(found[:5])}" if found else ""
