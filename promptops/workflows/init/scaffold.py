"""A working prompt repository: a prompt, its suite, settings, hooks, workflows. Never overwrites."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from promptops.errors import PromptopsError, SourceError
from promptops.lint.engine.runner import Report
from promptops.source.files.plain_file import read_plain
from promptops.source.formats.codeowners import PLACES
from promptops.source.formats.settings import CONFIG_FILE
from promptops.workflows.init.files import PlannedFile, SkippedFile, add_to_gitignore, check_conflicts, write_missing
from promptops.workflows.init.github import (
    HOOKS,
    hooks_text,
    hooks_to_add,
    is_nameable,
    lint_argument,
    name_prefix,
    workflow_files,
)
from promptops.workflows.init.gitlab import (
    PIPELINE,
    include_lines,
    job_file,
    lacks_include,
    looks_like_gitlab,
    pipeline_files,
)
from promptops.workflows.init.guides import guide_files
from promptops.workflows.init.models import LocalRuntime, key_variables, local_runtime, project_models
from promptops.workflows.init.names import FOLDER, renamed_workflows, waits_for_other_workflow, workflow_names
from promptops.workflows.init.prompts import ExistingPrompts, find_existing_prompts, settings_text
from promptops.workflows.init.reusable import REUSABLE, reusable_text
from promptops.workflows.init.target_dir import TargetDir, find_target_dir
from promptops.workflows.init.workflow_options import DEFAULTS, WorkflowOptions
from promptops.workflows.schemas import FOLDER as SCHEMAS
from promptops.workflows.schemas import GITLAB_FOLDER, schema_files
from promptops.workflows.workspace import Workspace

EXAMPLE = "order-note"
"""The example's prompt and suite."""
EXAMPLE_PROMPT = f"prompts/{EXAMPLE}.prompt.yml"


@dataclass(frozen=True, slots=True)
class Scaffolded:
    """What `init` did. `written` are files that were not there, `left` those that were, all with their whole path.

    `example`: the example prompt and its suite are among what was written; `comments`: workflows are, so that pull
    requests get a comment now. `notes` are sentences for people. `forge` is `github` or `gitlab`.
    """

    target: TargetDir
    written: tuple[Path, ...] = ()
    left: tuple[SkippedFile, ...] = ()
    example: bool = False
    comments: bool = False
    notes: tuple[str, ...] = ()
    forge: str = "github"


def scaffold(folder: Path, version: str, options: WorkflowOptions = DEFAULTS, *, forge: str = "") -> Scaffolded:
    """Write the files that are missing; a folder with prompts of its own gets no example.

    `version` is this release's: the workflows and hooks install it. `options` are what is chosen of GitHub's workflows,
    as `check_options` allows them. `forge` is `github`, `gitlab`, or empty for what the repository looks like. Ended in
    the middle, a second call goes on.
    SourceError before anything is written where a file cannot be, and where one cannot be written.
    """
    target = find_target_dir(folder)
    forge = forge or ("gitlab" if looks_like_gitlab(target.top) else "github")
    example = dict(_read_texts(files("promptops.workflows") / "starter"))
    settings = example.pop(CONFIG_FILE.name)
    own = find_existing_prompts(target.folder, example)
    on_github = forge == "github" and is_nameable(target.below)
    names = workflow_names(target.top, name_prefix(target.below)) if on_github else {}
    project = _project_files(target, own, settings, example)
    if forge == "gitlab":
        project = [_for_gitlab(file) for file in project]
    check_conflicts(
        [
            *project,
            *_repository_files(target, version, names, forge, options),
            PlannedFile(target.folder, ".gitignore", ""),
        ]
    )
    found = [(file.path, write_missing(file)) for file in project]
    # These ask for what the settings and prompts ask that are there by now.
    found += [(file.path, write_missing(file)) for file in _repository_files(target, version, names, forge, options)]
    found += [(file.path, write_missing(file)) for file in guide_files(target, forge)]
    found.append((target.folder / ".gitignore", add_to_gitignore(target.folder)))
    owners, note = _owners(target) if own.globs and forge == "github" else (None, "")
    found += [(owners, None)] if owners else []
    written = tuple(path for path, left in found if left is None)
    workflows = [target.top / FOLDER / f"{name}.yml" for name in names.values()]
    scaffolded = Scaffolded(
        target,
        written,
        tuple(left for _, left in found if left is not None),
        example=any(target.folder / name in written for name in example),
        # The first is the check; workflow_names saw to it that a file there is ours.
        comments=(any(path in written for path in workflows) and workflows[0].is_file())
        or target.top / job_file(target.below) in written,
        forge=forge,
    )
    notes = [*_notes(scaffolded, own, names, version), *([note] if note else [])]
    return replace(scaffolded, notes=tuple(notes))


def scaffold_reusable(folder: Path, options: WorkflowOptions) -> Scaffolded:
    """Write the workflow that other repositories follow, and nothing else. SourceError as for `scaffold`."""
    target = find_target_dir(folder)
    file = PlannedFile(target.top, f"{FOLDER}/{REUSABLE}", reusable_text(options))
    check_conflicts([file])
    left = write_missing(file)
    if left is not None:
        return Scaffolded(target, left=(left,))
    note = f"others follow it by its commit: promptops init --workflow OWNER/REPO/{file.name}@COMMIT"
    return Scaffolded(target, (file.path,), notes=(note,))


def lint_project(scaffolded: Scaffolded) -> Report:
    """What lint says of the project as it is now."""
    from promptops.evals.registry import KINDS
    from promptops.lint.engine.project_files import open_project
    from promptops.lint.engine.runner import lint
    from promptops.source.checkout import Checkout
    from promptops.source.project import at_commits

    folder = scaffolded.target.folder
    return lint(open_project(Checkout(folder), KINDS), versions=at_commits(folder, KINDS))


def _project_files(
    target: TargetDir, own: ExistingPrompts, settings: str, example: dict[str, str]
) -> list[PlannedFile]:
    # The settings come first: by them a second run knows where prompts lie.
    texts = {CONFIG_FILE.name: settings_text(settings, own.globs)} | schema_files()
    if not own.globs and not own.why_no_example:
        texts |= example
    return [PlannedFile(target.folder, name, text) for name, text in texts.items()]


def _for_gitlab(file: PlannedFile) -> PlannedFile:
    """The same file where schemas lie in GitLab's folder."""
    moved = (text.replace(str(SCHEMAS), str(GITLAB_FOLDER)) for text in (file.name, file.text))
    return PlannedFile(file.base, *moved)


def _repository_files(
    target: TargetDir, version: str, names: Mapping[str, str], forge: str, options: WorkflowOptions
) -> list[PlannedFile]:
    if not is_nameable(target.below):
        return []
    keys, local = _models(target)
    if forge == "gitlab":
        texts = pipeline_files(version, target.below, machine=local)
    else:
        texts = workflow_files(version, target.branch, target.below, keys, names=names, machine=local, options=options)
    texts[HOOKS] = hooks_text(version, target.below)
    return [PlannedFile(target.top, name, text) for name, text in texts.items()]


def _models(target: TargetDir) -> tuple[list[str], LocalRuntime]:
    """The names of the variables with models' keys, and what models on the machine itself need."""
    space = Workspace(target.folder, target.folder)
    try:
        project = space.project()
        keys = key_variables(project.config.models.values())
        return [*keys], local_runtime(space, project_models(space, project))
    except PromptopsError:  # lint says what is wrong with the settings
        return [], LocalRuntime()


def _notes(scaffolded: Scaffolded, own: ExistingPrompts, names: Mapping[str, str], version: str) -> list[str]:
    target, notes = scaffolded.target, []
    if own.globs and not own.has_settings:
        notes.append(f"prompts were found in {', '.join(own.globs)}; {CONFIG_FILE} names these places under paths")
    if own.outside:
        more = f"to look at them too, add these there: paths: {{prompts: [{', '.join(own.outside)}]}}"
        notes.append(f"{CONFIG_FILE} says nothing of the prompts in {', '.join(own.outside)}; {more}")
    new = renamed_workflows(target.top, name_prefix(target.below), names)
    notes += [words for path, words in new if path in scaffolded.written]
    comment = target.top / FOLDER / f"{names['prompts-comment']}.yml" if names else None
    if comment and comment not in scaffolded.written and waits_for_other_workflow(comment, names["prompts"]):
        notes.append(f'{comment.name} waits for another workflow; write there: workflows: ["{names["prompts"]}"]')
    if own.why_no_example:
        notes.append(f"no example was written: {own.why_no_example}")
    if not is_nameable(target.below):
        named = f"the folder {target.below} has characters in its name that they cannot contain"
        notes.append(f"no workflows and hooks were written: {named}")
    if any(each.path == target.top / PIPELINE and _lacks_job(each.path, target.below) for each in scaffolded.left):
        lines = include_lines(target.below).rstrip()
        notes.append(
            f"{PIPELINE} is yours and was left alone; add these lines to it, or this one to its include:\n{lines}"
        )
    if target.above and target.folder / CONFIG_FILE in scaffolded.written:
        notes.append(f"this folder was part of the project in {target.above}; with a {CONFIG_FILE} it is one by itself")
    if any(each.path == target.top / HOOKS and _lacks_hooks(each.path, target.below) for each in scaffolded.left):
        lines = hooks_to_add(version, target.below).rstrip()
        notes.append(
            f"{HOOKS} has no hook of promptops; to add lint before every commit, put below its repos:\n{lines}"
        )
    return notes


def _lacks_job(path: Path, below: str) -> bool:
    with suppress(OSError):
        return lacks_include(read_plain(path).decode("utf-8", "replace"), below)
    return False


def _lacks_hooks(path: Path, below: str) -> bool:
    with suppress(OSError):
        data = read_plain(path)
        return b"promptops-lint" not in data or (below != "" and lint_argument(below).encode() not in data)
    return False


def _owners(target: TargetDir) -> tuple[Path | None, str]:
    """CODEOWNERS by the owners that prompts name, written where there is no such file; else what to do with it."""
    if not target.is_repository:
        return None, ""
    from promptops.workflows.owners.codeowners import owners  # starts git

    space = Workspace(target.folder, target.folder)
    try:
        found = owners(space)
        if found.current or not found.rows:
            return None, ""
        folders = dict.fromkeys((target.folder, target.top))
        paths = (folder / each for folder in folders for each in PLACES)
        if there := next(filter(os.path.lexists, paths), None):
            return None, f"{there.name} lacks owners that prompts name; to add them: promptops owners --write"
        return target.top / owners(space, write=True).path, ""
    except SourceError as exc:
        return None, f"the owners that prompts name are not written: {exc.with_hint}"
    except PromptopsError:  # lint says what is wrong with the prompts
        return None, ""


def _read_texts(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            yield from _read_texts(item, f"{prefix}{item.name}/")
        else:
            yield prefix + item.name, item.read_text("utf-8")
