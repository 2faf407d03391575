"""Who answers for which file: from `owners` in prompts and `policy: owners` in promptops.yml.

A prompt's owners answer for its file, the templates that it includes as its own (`./…`), and the suites that test it
with their cases, checks and recorded replies. Templates that prompts share are nobody's in particular. The policy's
owners answer for the settings, the environments, the list of signers, and for labels and acceptances: a file among them
can say that an owner accepted what a gate refuses, and whoever may push can write one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import PurePosixPath
from typing import NamedTuple

from promptops.errors import SourceError
from promptops.model.config import Config
from promptops.model.prompt import Prompt
from promptops.model.suite import Case, Criterion
from promptops.source.formats.codeowners import is_owner
from promptops.source.formats.environments import FOLDER
from promptops.source.formats.settings import CONFIG_FILE
from promptops.source.formats.waivers import waivers_folder, waivers_path
from promptops.source.project import Project
from promptops.source.source import normalize_path
from promptops.templating.closure import make_closure

Claim = tuple[PurePosixPath, tuple[str, ...], PurePosixPath]
"""A file or folder, who is said to own it, and the file that says so."""


class Ownership(NamedTuple):
    """`owners` by path from the project's root, sorted.

    `unowned`: files of prompts that name nobody. `unknown`: names that no forge can know, and the file that has them.
    """

    owners: dict[PurePosixPath, tuple[str, ...]]
    unowned: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()


def find_owners(project: Project) -> Ownership:
    """All of a project's files that somebody answers for.

    PromptopsError for a prompt or suite that cannot be read: whom to ask must not be a guess.
    """
    prompts = {name: project.prompt(name) for name in project.prompt_paths()}
    found: dict[PurePosixPath, dict[str, None]] = {}
    unknown: dict[tuple[str, str], None] = {}
    for path, owners, said_in in (*_prompt_claims(project, prompts), *_policy_claims(project.config)):
        for owner in owners:
            if is_owner(owner):
                found.setdefault(path, {})[owner] = None
            else:
                unknown[owner, str(said_in)] = None
    unowned = tuple(str(prompt.path) for prompt in prompts.values() if not prompt.owners)
    return Ownership({path: tuple(found[path]) for path in sorted(found)}, unowned, tuple(unknown))


def policy_folders(config: Config) -> tuple[PurePosixPath, ...]:
    """Whole folders that the policy's owners answer for."""
    evals = config.paths.eval_folders[0]
    return FOLDER, waivers_path(evals).parent, waivers_folder(evals)


def _prompt_claims(project: Project, prompts: dict[str, Prompt]) -> Iterator[Claim]:
    for prompt in prompts.values():
        files = [prompt.path, *_own_templates(project, prompt)]
        for path in (*files, *_test_files(prompt.path, prompt.test_data, prompt.evaluators)):
            yield path, prompt.owners, prompt.path
    for suite in map(project.suite, project.suite_paths()):
        if tested := prompts.get(project.prompt_identifier(suite.prompt)):
            replies = [normalize_path(suite.path.parent / suite.replies)] if suite.replies else []
            for path in (suite.path, *replies, *_test_files(suite.path, suite.cases, suite.criteria)):
                yield path, tested.owners, tested.path


def _policy_claims(config: Config) -> Iterator[Claim]:
    policy = config.policy
    yield CONFIG_FILE, policy.owners, CONFIG_FILE
    for folder in policy_folders(config):
        yield folder, policy.owners, CONFIG_FILE
    if policy.signers:
        with suppress(SourceError):  # it lies elsewhere, beyond what this file can speak of
            yield normalize_path(PurePosixPath(policy.signers)), policy.owners, CONFIG_FILE


def _own_templates(project: Project, prompt: Prompt) -> Iterator[PurePosixPath]:
    closure = make_closure(project.source, prompt, project.template_folder)
    for names in closure.references.values():
        yield from (PurePosixPath(path) for name, path in names.items() if name.startswith("./"))


def _test_files(path: PurePosixPath, cases: Iterable[Case], criteria: Iterable[Criterion]) -> Iterator[PurePosixPath]:
    """The files of cases and checks that a suite in the file `path` stands on."""
    yield from dict.fromkeys(case.path for case in cases if case.path is not None)
    for one in criteria:
        if one.python is not None:
            yield normalize_path(path.parent / one.python[0])
