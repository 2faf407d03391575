"""Getting yamllint: from the package index, at one version, into `benchmarks/.peers/` (ignored by git), and only once.

It is a peer and no part of the project, so it gets a folder of its own and the project's environment stays as it is.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import FOLDER, Missing
from benchmarks.process import Ran, environment, run

VERSION = "1.38.0"
NAME = f"yamllint {VERSION}"
_FOLDER = FOLDER / "yamllint"


@dataclass(frozen=True, slots=True)
class Yamllint:
    """yamllint, ready to run with this interpreter."""

    home: Path

    def check(self, folder: Path) -> Ran:
        """`yamllint -d relaxed .` in the folder, whole process."""
        command = [sys.executable, "-m", "yamllint", "-d", "relaxed", "."]
        return run(command, cwd=folder, env=environment(self.home, PYTHONPATH=str(_FOLDER)))


def yamllint(home: Path, *, install: bool) -> Yamllint:
    """The peer; `Missing` where it is not installed and must not or cannot be."""
    if not (_FOLDER / f"yamllint-{VERSION}.dist-info").is_dir():
        if not install:
            raise Missing(f"{NAME} is not installed, and --no-install was given")
        _install()
    return Yamllint(home)


def _install() -> None:
    print(f"installing {NAME} below {_FOLDER}", file=sys.stderr, flush=True)
    _FOLDER.mkdir(parents=True, exist_ok=True)
    # pip keeps this machine's settings (a mirror, a proxy): it fetches, yamllint itself never does.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    try:
        done = subprocess.run(
            [*command, "--target", str(_FOLDER), f"yamllint=={VERSION}"], capture_output=True, timeout=300
        )
    except subprocess.TimeoutExpired:
        raise Missing("pip install took more than five minutes") from None
    if done.returncode:
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.startswith("ERROR")]
        raise Missing(f"pip install failed: {said[-1][:120] if said else done.returncode}")
