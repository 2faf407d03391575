"""Build a release into `dist/`: `python .github/release.py 1.2.3`, with what .github/requirements/release.txt lists.

dist/packages/                  the wheel and the source archive, the same bytes whenever the commit is the same
dist/git-promptops.cdx.json     what it and its evaluations consist of (CycloneDX)
dist/requirements.txt           the wheel and all that it needs, each by its hash: pip install --require-hashes -r
dist/requirements-eval.txt      the same with what evaluations need, as git-promptops[eval] brings it
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from io import BytesIO
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_DIST = _ROOT / "dist"
_LISTS = {"requirements.txt": ("base",), "requirements-eval.txt": ("base", "eval")}


def main(version: str) -> None:
    """SystemExit where this is not the version that the files say, or where the wheel lacks something."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    if project["version"] != version:
        raise SystemExit(f"pyproject.toml says {project['version']}, and the tag {version}")
    for folder in (_DIST, _ROOT / "build"):
        shutil.rmtree(folder, ignore_errors=True)  # what an earlier build left would become part of this one
    date = _run("git", "log", "-1", "--format=%ct").strip()
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist/packages", SOURCE_DATE_EPOCH=date)
    (archive,) = (_DIST / "packages").glob("*.tar.gz")
    forget_times(archive, int(date))
    (wheel,) = (_DIST / "packages").glob("*.whl")
    line = f"{project['name']}=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    listed = ""
    for name, lists in _LISTS.items():
        listed = "".join(_listed(each) for each in lists)
        (_DIST / name).write_text(line + listed, "utf-8")
    (_ROOT / "build").mkdir(exist_ok=True)
    (_ROOT / "build" / "parts.txt").write_text(listed, "utf-8")
    known = ("--pyproject", "pyproject.toml", "--output-reproducible")
    parts = _run("cyclonedx-py", "requirements", "build/parts.txt", *known)
    (_DIST / "git-promptops.cdx.json").write_text(parts, "utf-8")
    names = re.findall(r"^([\w.-]+)==", listed, re.MULTILINE)
    if missing := [name for name in names if f'"name": "{name}"' not in parts]:
        raise SystemExit(f"the list of parts lacks {', '.join(missing)}")


def _listed(name: str) -> str:
    """A list of exact versions and hashes, without its first line, which says what it is."""
    return (_ROOT / "promptops" / "requirements" / f"{name}.txt").read_text("utf-8").partition("\n")[2]


def forget_times(archive: Path, date: int) -> None:
    """Pack a source archive again in which only its files' names, modes and bytes count."""
    with tarfile.open(archive) as packed:
        members = sorted(packed.getmembers(), key=lambda member: member.name)
        contents = [packed.extractfile(member) if member.isfile() else None for member in members]
        buffer = BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as again:
            for member, content in zip(members, contents, strict=True):
                member.mtime, member.pax_headers = date, {}
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                again.addfile(member, content)
    archive.write_bytes(gzip.compress(buffer.getvalue(), mtime=date))


def _run(*command: str, **env: str) -> str:
    done = subprocess.run(command, cwd=_ROOT, env={**os.environ, **env}, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
