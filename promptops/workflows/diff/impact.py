"""Whom a change reaches: prompts, their owners, the suites that test them, the environments that pin them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath

from promptops.errors import PromptopsError
from promptops.model.chat.parameters import resolve_parameters
from promptops.model.config import Config, ModelSpec
from promptops.model.environment import Pin
from promptops.model.outcomes.diff import Change, Impact, SharedChange
from promptops.model.suite import Suite
from promptops.model.vendors.table import VENDORS
from promptops.providers.endpoint import address_identity
from promptops.source.file_names import INLINE_PREFIX
from promptops.source.formats.environments import environment_paths, load_environment
from promptops.source.project import Project
from promptops.source.source import Source
from promptops.workflows.diff.prompt_pairs import Pair
from promptops.workflows.versions.base_head import BaseAndHead
from promptops.workflows.versions.prompt_versions import ResolvedPrompt


class ImpactFinder:
    """The suites and environments of the head, read when they are first asked for: mostly nothing has changed."""

    def __init__(self, head: Project, prompts: Mapping[str, Pair]) -> None:
        self._head = head
        self._prompts = prompts
        self.notes: list[str] = []

    def reach(self, prompts: Iterable[str], more_suites: Iterable[str] = ()) -> Impact:
        """All that hangs on these prompts; `more_suites` are concerned for another reason."""
        names = tuple(dict.fromkeys(prompts))
        owners = {name: self._owners(name) for name in names}
        suites = [suite.id for name in names for suite in self.suites(name)]
        return Impact(
            prompts=names,
            owners=tuple(dict.fromkeys(owner for name in names for owner in owners[name])),
            unowned=tuple(name for name in names if not owners[name]),
            suites=tuple(dict.fromkeys([*suites, *more_suites])),
            environments=tuple(env for env, pins in self.environments.items() if not pins.keys().isdisjoint(names)),
        )

    def suites(self, prompt: str) -> list[Suite]:
        """The suites that test the prompt."""
        return [*self._suites_in_files.get(prompt, []), *self._inline_suite(prompt)]

    def suites_naming_model(self, alias: str) -> list[str]:
        """The suites that name the model themselves, to answer or to judge."""
        from promptops.workflows.eval.scoring_inputs import (
            judge_names,  # brings all providers: only where a model changed
        )

        tested = dict.fromkeys([*self._suites_in_files, *self._paths])
        found = [suite for prompt in tested for suite in self.suites(prompt)]
        return [s.id for s in found if alias in s.models or alias in judge_names(self._head, s)]

    def _owners(self, name: str) -> tuple[str, ...]:
        before, after = self._prompts.get(name, (None, None))
        version = after if isinstance(after, ResolvedPrompt) else before
        return version.prompt.owners if isinstance(version, ResolvedPrompt) else ()

    def _inline_suite(self, prompt: str) -> list[Suite]:
        """The suite in the prompt's own file. A broken prompt is told as one."""
        try:
            return [self._head.suite(INLINE_PREFIX + prompt)] if prompt in self._paths else []
        except PromptopsError:
            return []

    @cached_property
    def _paths(self) -> dict[str, PurePosixPath]:
        return self._head.prompt_paths()

    @cached_property
    def _suites_in_files(self) -> dict[str, list[Suite]]:
        found: dict[str, list[Suite]] = {}
        for name in self._head.suite_paths():
            try:
                suite = self._head.suite(name)
            except PromptopsError as exc:
                self.notes.append(f"the suite '{name}' cannot be read, so its cases are not here ({exc})")
                continue
            found.setdefault(self._head.prompt_identifier(suite.prompt), []).append(suite)
        return found

    @cached_property
    def environments(self) -> dict[str, Mapping[str, Pin]]:
        """What each environment pins; those that cannot be read are left out and noted."""
        found: dict[str, Mapping[str, Pin]] = {}
        try:
            paths = environment_paths(self._head.source)
        except PromptopsError as exc:
            self.notes.append(f"which environments pin these prompts cannot be said ({exc})")
            return found
        for name, path in paths.items():
            try:
                found[name] = load_environment(self._head.source, path).pins
            except PromptopsError as exc:
                self.notes.append(f"what '{name}' pins cannot be said ({exc})")
        return found


def changes_shared_parts(versions: BaseAndHead, prompts: Mapping[str, Pair]) -> bool:
    """Whether one of these prompts includes a template, or names a model, that differs: then others may do so too."""
    sides = [one for pair in prompts.values() for one in pair if isinstance(one, ResolvedPrompt)]
    old, new = _resolved_models(versions.base.config), _resolved_models(versions.head.config)
    if any(old.get(one.prompt.model) != new.get(one.prompt.model) for one in sides):
        return True
    templates = {path for one in sides for path in one.closure.templates}
    return any(
        _read_template(versions.base.source, path) != _read_template(versions.head.source, path) for path in templates
    )


def shared_changes(
    versions: BaseAndHead, prompts: Mapping[str, Pair], impact: ImpactFinder, only: Collection[str] | None
) -> tuple[SharedChange, ...]:
    """Changed templates and models with all they reach; with `only`, those that reach one of these prompts."""
    found = [*_templates(versions, prompts, impact), *_models(versions, prompts, impact)]
    return tuple(one for one in found if only is None or set(only).intersection(one.reach.prompts))


def _templates(versions: BaseAndHead, prompts: Mapping[str, Pair], impact: ImpactFinder) -> Iterator[SharedChange]:
    users: dict[str, list[str]] = {path: [] for path in _template_paths(versions)}
    for name, pair in prompts.items():
        for path in dict.fromkeys(p for one in pair if isinstance(one, ResolvedPrompt) for p in one.closure.templates):
            users.setdefault(path, []).append(name)
    for path, names in sorted(users.items()):
        old, new = (_read_template(side.source, path) for side in (versions.base, versions.head))
        if old != new:
            yield SharedChange("template", path, _change_kind(old is None, new is None), impact.reach(names))


def _template_paths(versions: BaseAndHead) -> list[str]:
    """Templates that lie in the prompts' folders: one that no prompt includes is worth a word."""
    return [
        path.as_posix()
        for side in (versions.base, versions.head)
        for folder in side.config.paths.prompt_folders
        for path in side.source.list(f"{folder}/**/*.j2" if folder else "**/*.j2")
    ]


def _read_template(source: Source, path: str) -> bytes | None:
    try:
        return source.read(PurePosixPath(path)).replace(b"\r\n", b"\n")
    except PromptopsError:
        return None


def _models(versions: BaseAndHead, prompts: Mapping[str, Pair], impact: ImpactFinder) -> Iterator[SharedChange]:
    old, new = _resolved_models(versions.base.config), _resolved_models(versions.head.config)
    for alias in dict.fromkeys([*new, *old]):
        before, after = old.get(alias, ""), new.get(alias, "")
        if before == after:
            continue
        names = [
            name
            for name, pair in prompts.items()
            if any(isinstance(one, ResolvedPrompt) and one.prompt.model == alias for one in pair)
        ]
        status = _change_kind(not before, not after)
        reach = impact.reach(names, impact.suites_naming_model(alias))
        if status == "changed" or reach != Impact():
            yield SharedChange("model", alias, status, reach, before, after)


def _change_kind(is_new: bool, is_gone: bool) -> Change:
    return "new" if is_new else "deleted" if is_gone else "changed"


def _resolved_models(config: Config) -> dict[str, str]:
    """Alias → model, address and parameters: what prices and limits say changes no reply."""
    return {alias: _describe_model(spec) for alias, spec in config.models.items()}


def _describe_model(spec: ModelSpec) -> str:
    own = resolve_parameters(spec, {})
    parameters = f" with {json.dumps(own, ensure_ascii=False, default=str)}" if own else ""
    place = f" at {_describe_place(spec)}" if VENDORS[spec.provider].is_remote else ""
    return f"{spec.full_name}{place}{parameters}"


def _describe_place(spec: ModelSpec) -> str:
    """As the files say it: another machine's environment is no change."""
    named = f"${spec.base_url_env}" if spec.base_url_env else ""
    if not spec.base_url and (named or not VENDORS[spec.provider].address):
        return named or f"${VENDORS[spec.provider].address_variable}"
    written = address_identity(replace(spec, base_url_env=""))
    return f"{named} or {written}" if named else written
