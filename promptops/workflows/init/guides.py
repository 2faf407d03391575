"""Short pages for people who come by with a browser: what a folder is, what they may change, how to propose it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from importlib.resources import files
from pathlib import Path, PurePosixPath

from promptops.errors import PromptopsError
from promptops.model.config import Paths
from promptops.model.prompt import real_owners
from promptops.source.formats.codeowners import find_codeowners
from promptops.source.project import Project
from promptops.text.humanize import listed
from promptops.text.sanitize import shell_word, visible_line
from promptops.workflows.init.files import PlannedFile
from promptops.workflows.init.github import is_nameable
from promptops.workflows.init.target_dir import TargetDir
from promptops.workflows.workspace import Workspace

GUIDE = "README.md"
CHANGE_REQUEST = {
    "github": ".github/pull_request_template.md",
    "gitlab": ".gitlab/merge_request_templates/Default.md",
}
_TAKEN = {
    "github": ("", ".github", "docs"),
    "gitlab": (".gitlab/merge_request_templates",),
}
"""Folders where the forge looks for what a change request begins with."""

_MOST_OWNERS = 5
_STEPS = {
    "github": (
        "Open the file here on GitHub and press the pencil (Edit this file).",
        "Change the words, and press **Commit changes…**.",
        "Say in a sentence what should become better. Choose **Create a new branch**, and press **Propose changes**.",
        "Press **Create pull request**.",
    ),
    "gitlab": (
        "Open the file here on GitLab and press **Edit**, then **Edit single file**.",
        "Change the words, and press **Commit changes**.",
        "Say in a sentence what should become better. Choose to commit to a new branch, and to create a merge request.",
        "Press **Create merge request**.",
    ),
}
_REQUEST = {"github": "pull request", "gitlab": "merge request"}


def guide_files(target: TargetDir, forge: str) -> Iterator[PlannedFile]:
    """The pages for a project that is there by now; none where there is one already, under any of its names."""
    project = _project(target)
    paths = project.config.paths if project is not None else Paths()
    prompts, evals = (_first(folders) for folders in (paths.prompt_folders, paths.eval_folders))
    names = project.prompt_names() if project is not None else ()
    words = {
        "owners": listed(_owners(target, project), _MOST_OWNERS) or "the owners that each prompt names at its end",
        "steps": "\n".join(f"{number}. {step}" for number, step in enumerate(_STEPS[forge], 1)),
        "request": _REQUEST[forge],
        "render": _line(f"promptops render {shell_word(names[0])}", "what the model receives") if names else "",
        "list": _line(f"promptops render {shell_word(names[0])} --case", "the cases there are") if names else "",
        "compare": _line(f"promptops eval --base {target.branch}", "compare the replies before and after"),
        "cases": _cases(project, evals),
        "guide": f"{os.path.relpath(prompts or '.', evals or '.')}/{GUIDE}",
        "evals": f"`{(PurePosixPath(target.below) / evals).as_posix()}`",
        "place": _place(target.below),
    }
    for folder, name in ((prompts, "prompts.md"), (evals, "evals.md")):
        if folder and not _has_readme(target.folder / folder):
            yield PlannedFile(target.folder, f"{folder}/{GUIDE}", _filled(name, words))
    if is_nameable(target.below) and not _has_template(target.top, forge):
        yield PlannedFile(target.top, CHANGE_REQUEST[forge], _filled("change_request.md", words))


def _project(target: TargetDir) -> Project | None:
    with suppress(PromptopsError):  # lint says what is wrong with the settings
        project = Workspace(target.folder, target.folder).project()
        _ = project.config
        return project
    return None


def _first(folders: Iterable[str]) -> str:
    """The first of the folders; empty where that is the whole project, whose README is somebody else's."""
    return next(iter(folders), "")


def _owners(target: TargetDir, project: Project | None) -> list[str]:
    """Who owns prompts by their files, or by CODEOWNERS; else whoever begins here."""
    found: dict[str, None] = {}
    for name in project.prompt_names() if project is not None else ():
        with suppress(PromptopsError):
            found |= dict.fromkeys(real_owners(project.prompt(name).owners)) if project is not None else {}
    if project is not None and not found and (listing := find_codeowners(project.source)) is not None:
        for path in project.prompt_paths().values():
            rule = listing.rule_for(path)
            found |= dict.fromkeys(real_owners(rule.owners)) if rule is not None else {}
    if not found and target.is_repository and (name := _git_user(target.top)):
        found[name] = None
    return [_inert(one) for one in found]


def _git_user(top: Path) -> str:
    from promptops.source.git.repository import Repository  # starts git

    with suppress(PromptopsError), closing(Repository(top)) as repository:
        return repository.run("config", "user.name").out.strip()
    return ""


def _inert(name: str) -> str:
    """A name or a handle as plain words of a page."""
    return visible_line(re.sub(r"[`*_<>\[\]|\\!&]", "", name) if not name.startswith("@") else f"`{name}`", 80)


def _cases(project: Project | None, evals: str) -> str:
    found = project.source.list(f"{evals or '.'}/**/*.cases.jsonl") if project is not None else []
    return f", for instance `{found[0].relative_to(evals or '.').as_posix()}`" if found else ""


def _line(command: str, why: str) -> str:
    return f"    {command:<36} # {why}\n"


def _place(below: str) -> str:
    """In a repository that holds other things too, a change of those needs none of it."""
    return f"<!-- For changes of the prompts and cases in {below}. For all else, delete this. -->\n\n" if below else ""


def _has_readme(folder: Path) -> bool:
    return folder.is_dir() and any(path.name.lower().startswith("readme") for path in folder.iterdir())


def _has_template(top: Path, forge: str) -> bool:
    """Whether there is a template already: any name that the forge knows, in a folder of several too."""
    for folder in (top / name for name in _TAKEN[forge]):
        names = [path.name.lower() for path in folder.iterdir()] if folder.is_dir() else []
        ours = CHANGE_REQUEST[forge].rpartition("/")[2].lower()
        if any(name.startswith("pull_request_template") or name == ours for name in names):
            return True
    return False


def _filled(name: str, words: dict[str, str]) -> str:
    text = (files("promptops.workflows") / "starter_guides" / name).read_text("utf-8")
    for word, value in words.items():
        text = text.replace(f"«{word}»", value)
    return text
