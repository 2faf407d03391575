"""Write the lists of exact versions and hashes that everything is installed from: `make lock`.

Each list holds what the one before it lacks, for every system and every Python that pyproject.toml allows, so that
`pip install --require-hashes -r …` takes no file that was not looked at. Nothing of a package index but names,
versions and hashes is written.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_HEADER = "# Written by `make lock`: {what}.\n"
_ENTRY = re.compile(r"^(?=\S)", re.MULTILINE)
_BROWSER = "sys_platform == 'emscripten'"  # nothing here runs in one

LISTS = {
    "promptops/requirements/base.txt": "what git-promptops needs",
    "promptops/requirements/eval.txt": "what evaluations need besides",
    "promptops/requirements/local.txt": "what the embedded model needs besides",
    ".github/requirements/dev.txt": "what developers need besides",
    ".github/requirements/build.txt": "what builds the package",
    ".github/requirements/release.txt": "what a release needs to build the package and to list its parts",
}
_SOURCES = {
    "promptops/requirements/base.txt": ["pyproject.toml"],
    "promptops/requirements/eval.txt": ["pyproject.toml", "--extra", "eval"],
    "promptops/requirements/local.txt": ["pyproject.toml", "--extra", "local"],
    ".github/requirements/dev.txt": ["pyproject.toml", "--extra", "dev"],
    ".github/requirements/build.txt": [".github/requirements/build.in"],
    ".github/requirements/release.txt": [".github/requirements/release.in"],
}
_APART = {".github/requirements/build.txt", ".github/requirements/release.txt"}
_IN_ADDITION = {"promptops/requirements/eval.txt", "promptops/requirements/local.txt", ".github/requirements/dev.txt"}


def main(*options: str) -> None:
    """Resolve all lists anew (`options` are uv's, such as `--upgrade-package NAME`) and write what changed."""
    known: set[str] = set()
    for path, what in LISTS.items():
        entries = _resolved(path, options)
        new = [entry for entry in entries if entry not in known] if path in _IN_ADDITION else entries
        known.update(entries)
        (_ROOT / path).write_text(_HEADER.format(what=what) + "".join(new), "utf-8")


def _resolved(path: str, options: tuple[str, ...]) -> list[str]:
    """The entries of a whole list, each with its hashes; versions that are listed already are kept."""
    # What a release is built with stands apart: its tools may need other versions than a vendor's client does.
    lists = [path] if path in _APART else [each for each in LISTS if each not in _APART]
    kept = [option for each in lists if (_ROOT / each).is_file() for option in ("--constraints", each)]
    upgrade = any(option.startswith("--upgrade") for option in options)
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-annotate", "--no-header"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.11", *_SOURCES[path]]
    done = subprocess.run(
        [*command, *([] if upgrade else kept), *options], cwd=_ROOT, check=True, stdout=subprocess.PIPE
    )
    text = done.stdout.decode().replace(" ; sys_platform != 'emscripten'", "")
    return [entry for entry in _ENTRY.split(text) if entry.strip() and _BROWSER not in entry.partition("\n")[0]]


if __name__ == "__main__":
    main(*sys.argv[1:])
