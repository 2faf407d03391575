"""Prompts from the files of a work tree, for development: an edit is served as soon as it is whole and right."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from promptops.errors import PromptopsError, SourceError
from promptops.model.config import Config
from promptops.model.environment import Pin
from promptops.model.evaluator_kind import NO_KINDS
from promptops.model.sealed_prompt import ModelEndpoint, SealedPrompt
from promptops.pins.bundle import Bundle
from promptops.pins.sealing import seal_prompt
from promptops.runtime.loaded_prompts import LoadedPrompts, describe_broken
from promptops.runtime.refresher import ChangeCallback, Refresher
from promptops.source.checkout import Checkout
from promptops.source.file_names import PROMPT_SUFFIXES
from promptops.source.files.globs import matches
from promptops.source.files.read_tracker import ReadTracker
from promptops.source.files.snapshot import FileState, WorktreeSnapshot
from promptops.source.formats.settings import CONFIG_FILE, load_config
from promptops.source.project import Project, find_root

SETTLING_SECONDS = 0.05
"""Seconds without a save after which files are taken for whole: a branch switch or a slow editor is done."""
DELETION_SECONDS = 0.5
"""Seconds after which a prompt's file is taken for deleted: some editors delete a file and write it anew."""
ATTEMPTS = 8


def open_worktree(folder: Path, *, watch: bool, poll: bool, on_change: ChangeCallback | None) -> Refresher:
    """The project's prompts as they are now. SourceError when there is no such folder, PromptError for its settings."""
    if not folder.is_dir():
        raise SourceError("there is no such folder", where=str(folder), hint="give the folder that holds promptops.yml")
    root = find_root(folder)
    prompts = WorktreePrompts(root)
    refresher = Refresher("worktree", prompts.load, prompts.load(None), on_change=on_change)
    if watch:
        from promptops.runtime.hot_reload import watch_saves

        refresher.start_loop(partial(watch_saves, root, prompts.may_change, poll))
    return refresher


class _LoadedPrompt(NamedTuple):
    """A prompt as it was last whole and right, what is wrong with it now, and what decides both."""

    sealed: SealedPrompt | None
    error: PromptopsError | None
    paths: frozenset[PurePosixPath]
    globs: frozenset[str]


class _ProjectState(NamedTuple):
    """All that was loaded, and how the files were that decided it."""

    config: Config
    prompts: Mapping[str, _LoadedPrompt]
    states: Mapping[PurePosixPath, FileState]
    lists: Mapping[str, list[PurePosixPath]]
    loaded: LoadedPrompts


class WorktreePrompts:
    """A project's files. Only prompts whose files changed are loaded again; a broken one stays as it was."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tree = Checkout(root)
        self._state: _ProjectState | None = None

    def load(self, current: LoadedPrompts | None) -> LoadedPrompts:
        """What the files say now, all at one moment. PromptopsError when the folder or its settings cannot be read."""
        for _ in range(ATTEMPTS):
            state = self._state
            files = WorktreeSnapshot(self._tree, state.states if state is not None else None)
            found = self._read_or_error(files)
            is_new = state is None or isinstance(found, PromptopsError) or found.loaded is not state.loaded
            if is_new:
                time.sleep(self._settling_time(files, found))
                if files.retake() is None:
                    continue
            if isinstance(found, PromptopsError):
                raise found
            self._state = found
            return found.loaded
        raise SourceError("files are being saved all the time, so no whole version can be read", where=str(self._root))

    def _settling_time(self, files: WorktreeSnapshot, found: _ProjectState | PromptopsError) -> float:
        """Seconds until a second reading, which has to see the same: so no mixture of two versions passes."""
        if (
            self._state is not None
            and isinstance(found, _ProjectState)
            and self._state.prompts.keys() - found.prompts.keys()
        ):
            return DELETION_SECONDS
        age = time.time() - files.last_save
        return SETTLING_SECONDS - age if 0 <= age < SETTLING_SECONDS else 0.0

    def may_change(self, path: PurePosixPath) -> bool:
        """Whether a save of this file may change what is served."""
        state = self._state
        if state is None or path == CONFIG_FILE or path in state.states:
            return True
        return path.name.endswith(PROMPT_SUFFIXES) and any(matches(path, glob) for glob in state.lists)

    def _read_or_error(self, files: WorktreeSnapshot) -> _ProjectState | PromptopsError:
        try:
            return self._read(files)
        except PromptopsError as exc:
            return exc

    def _read(self, files: WorktreeSnapshot) -> _ProjectState:
        """What the files say, told from what was known before."""
        if not self._root.is_dir():
            raise SourceError("the folder is not there any more", where=str(self._root))
        old = self._state
        files.state_of(CONFIG_FILE)
        config = load_config(files)
        reuse = old is not None and (config.models, config.paths) == (old.config.models, old.config.paths)
        before = old.prompts if old is not None else {}
        changed = files.changed_since(old.states) if old else set()
        moved = {glob for glob, found in old.lists.items() if files.list(glob) != found} if old else set()
        texts = dict(old.loaded.bundle.texts) if old is not None else {}
        prompts: dict[str, _LoadedPrompt] = {}
        for name in Project(files, NO_KINDS, config).prompt_names():
            one = before.get(name)
            if one is None or not reuse or not one.paths.isdisjoint(changed) or not one.globs.isdisjoint(moved):
                one = _load_prompt(files, config, name, one, texts)
            prompts[name] = one
        paths = {CONFIG_FILE}.union(*(one.paths for one in prompts.values()))
        states = {path: files.state_of(path) for path in paths}
        is_same = prompts.keys() == before.keys() and all(prompts[name] is before[name] for name in prompts)
        loaded = old.loaded if old is not None and is_same else _collect(prompts)
        return _ProjectState(config, prompts, states, files.lists, loaded)


def _load_prompt(
    files: WorktreeSnapshot, config: Config, name: str, old: _LoadedPrompt | None, texts: dict[str, str]
) -> _LoadedPrompt:
    """The prompt loaded; if that fails, as it was before. `texts`: those of all prompts, so that each is kept once."""
    reads = ReadTracker(files)
    sealed, error = old.sealed if old is not None else None, None
    try:
        found = seal_prompt(Project(reads, NO_KINDS, config), name)
        sealed = found._replace(texts={each: texts.setdefault(each, text) for each, text in found.texts.items()})
    except PromptopsError as exc:
        error = exc
    return _LoadedPrompt(sealed, error, frozenset(reads.paths), frozenset(reads.globs))


def _collect(prompts: Mapping[str, _LoadedPrompt]) -> LoadedPrompts:
    pins: dict[str, Pin] = {}
    contents: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    endpoints: dict[tuple[str, str], ModelEndpoint] = {}
    for name, one in prompts.items():
        if one.sealed is not None:
            endpoints[name, ""] = one.sealed.endpoint
            pins[name] = Pin(name, "", one.sealed.digest)
            contents[one.sealed.digest] = one.sealed.content
            texts.update(one.sealed.texts)
    broken = {name: one.error for name, one in prompts.items() if one.error is not None}
    return LoadedPrompts(Bundle("", None, pins, contents, texts, endpoints=endpoints), broken, describe_broken(broken))
