"""The job for GitLab, as a file that a project's `.gitlab-ci.yml` includes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from promptops.store.reply_cache import FILE
from promptops.workflows.init.github import name_prefix
from promptops.workflows.init.models import LocalRuntime
from promptops.workflows.state_folder import STATE

PIPELINE = ".gitlab-ci.yml"
FOLDER = ".gitlab"
_JOB = "prompts"
_ALL = LocalRuntime()


def looks_like_gitlab(top: Path) -> bool:
    """Whether the repository has GitLab's pipelines and nothing of GitHub's."""
    return (top / PIPELINE).is_file() and not (top / ".github").exists()


def job_file(below: str) -> str:
    """Where the job of the project in the folder `below` is described, from the repository's top."""
    return f"{FOLDER}/{name_prefix(below)}promptops.yml"


def pipeline_files(version: str, below: str = "", *, machine: LocalRuntime = _ALL) -> dict[str, str]:
    """Path from the repository's top → text: the job for the project in the folder `below`, and what includes it.

    `version` is the release of git-promptops that the job installs; `machine` is what the project's models need. Only
    for a folder that `is_nameable` allows.
    """
    include = f"# Written by promptops init {version}.\n{include_lines(below)}"
    return {job_file(below): _job_text(version, below, machine), PIPELINE: include}


def lacks_include(text: str, below: str = "") -> bool:
    """Whether a `.gitlab-ci.yml` that is there says nothing of the job."""
    return job_file(below) not in text


def include_lines(below: str = "") -> str:
    """The lines by which a `.gitlab-ci.yml` includes the job."""
    return f"include:\n  - local: {_quoted(job_file(below))}\n"


def _job_text(version: str, below: str, machine: LocalRuntime) -> str:
    inside = f"{below}/" if below else ""
    extra = ' -r "$lists/local.txt"' if machine.engine else ""
    model = "    - promptops model pull # the embedded model, 98 MB\n" if machine.model else ""
    words = {
        "version": version,
        "job": f"{name_prefix(below)}{_JOB}",
        "place": f"    PROMPTOPS_FOLDER: {_quoted(below)}\n" if below else "",
        "enter": '    - cd "$CI_PROJECT_DIR/$PROMPTOPS_FOLDER"\n' if below else "",
        "extra": extra,
        "model": model,
        "cache": f"{inside}{STATE}/{FILE}",
        "quality": f"{name_prefix(below)}code-quality.json",
        "results": f"{inside}{STATE}/check/",
    }
    text = (files("promptops.workflows") / "starter_gitlab" / "promptops.yml").read_text("utf-8")
    for word, value in words.items():
        text = text.replace(f"«{word}»", value)
    return text


def _quoted(text: str) -> str:
    """A text as a value in YAML: those that `is_nameable` allows need marks for blanks and `@` alone."""
    return f'"{text}"'
