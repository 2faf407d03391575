"""The workflows for GitHub and the hooks for pre-commit, as files of a repository."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from zlib import crc32

from promptops.forge.artifact import RESULTS_ARTIFACT, check_artifact_name
from promptops.store.reply_cache import FILE
from promptops.workflows.init.models import LocalRuntime
from promptops.workflows.init.names import FOLDER, WORKFLOWS
from promptops.workflows.init.reusable import caller_text
from promptops.workflows.init.workflow_options import DEFAULTS, WorkflowOptions
from promptops.workflows.init.workflow_templates import ALL, fill_template, key_lines, read_template, upload_words
from promptops.workflows.state_folder import STATE

HOOKS = ".pre-commit-config.yaml"
_MODEL_NOTE = (
    "      # These two are for a model of `provider: local`; once none is asked any more they can go, "
    "and [local] above.\n"
)


def is_nameable(below: str) -> bool:
    """Whether workflows can name the project's folder: letters, digits, spaces and `@ + . _ - /`."""
    return re.fullmatch(r"[\w@+. /-]*", below) is not None


def workflow_files(
    version: str,
    branch: str,
    below: str = "",
    keys: Iterable[str] = (),
    *,
    names: Mapping[str, str] | None = None,
    machine: LocalRuntime = ALL,
    options: WorkflowOptions = DEFAULTS,
) -> dict[str, str]:
    """Path from the repository's top → text, of the four workflows for the project in the folder `below`.

    `version` is the release of git-promptops that they install, `keys` are environment variables with models' keys.
    Only for a folder that `is_nameable` allows. `names` are those of the files, by default the project's own;
    `machine` is what its models need. With `options.follows` the check is a file that calls that workflow.
    """
    inside = f"{below}/" if below else ""
    names = names or {name: f"{name_prefix(below)}{name}" for name in WORKFLOWS}
    kept = f"{name_prefix(below)}{RESULTS_ARTIFACT}"
    folder = json.dumps(below, ensure_ascii=False)
    words = upload_words(options) | {
        "check-job": names["prompts"],
        "notes-job": f"{names['prompts']}, notes",
        "runner": options.runs_on,
        "python": '"3.13"',
        "release": f"'git-promptops=={version}'",
        "release-env": "",
        "local": ' -r "$lists/local.txt"',
        "load-keys": "",
        "model-note": _MODEL_NOTE,
        "model-if": "",
        "models": version,
        "kept-replies": names["prompts"],
        "reports": "promptops-reports",
        "version": version,
        "name": names["prompts"],
        "pin": names["pin"],
        "comment": f"{names['prompts-comment']}.yml",
        "branch": json.dumps(branch),
        "found": f"'{inside}{STATE}/check/*/results.json'",
        "project": f" --project {shlex.quote(below)} --artifact {kept}" if below else "",
        "place": f" --project {shlex.quote(below)}" if below else "",
        "artifact": f" --artifact {kept}" if below else "",
        "kept": kept,
        "said": check_artifact_name(kept),
        "check": json.dumps(f"{inside}{STATE}/check/check.json", ensure_ascii=False),
        "results": json.dumps(f"{inside}{STATE}/check/*/results.json", ensure_ascii=False),
        "index": f"{inside}{STATE}/check/index.html",
        "page": f"{inside}{STATE}/check/*/report.html",
        "cases": f"{inside}{STATE}/check/*/report.cases",
        "cache": json.dumps(f"{inside}{STATE}/{FILE}", ensure_ascii=False),
        # Not all at the same minute, and each project always at its own.
        "minute": str(crc32(below.encode()) % 60),
        "defaults": f"    defaults:\n      run:\n        working-directory: {folder}\n" if below else "",
    }
    secrets = tuple(keys)
    texts = {
        name: fill_template(name, words, {"named": "", "placed": "", "keys": key_lines(secrets)}, machine)
        for name in WORKFLOWS
    }
    if options.follows:
        texts["prompts"] = caller_text(words, options, below, secrets, embedded=machine.engine)
    return {f"{FOLDER}/{names[name]}.yml": texts[name] for name in WORKFLOWS}


def name_prefix(below: str) -> str:
    """What the names of a project's workflows begin with, `services-bakery-`; nothing at the repository's top."""
    if not below:
        return ""
    return (re.sub(r"[^a-z0-9]+", "-", below.lower()).strip("-") or f"{crc32(below.encode()):x}") + "-"


def hooks_text(version: str, below: str = "") -> str:
    """`.pre-commit-config.yaml` for the project in the folder `below`."""
    text = read_template("pre-commit.yml").replace("«version»", version)
    return text.replace("«below»", f" --project {lint_argument(below)}" if below else "")


def lint_argument(below: str) -> str:
    """The project's folder, as the hook's command line has it."""
    return shlex.quote(below)


def hooks_to_add(version: str, below: str = "") -> str:
    """The lines for a `.pre-commit-config.yaml` that is there already, to go below its `repos:`."""
    return hooks_text(version, below).partition("repos:\n")[2]
