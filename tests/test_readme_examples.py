"""The applications in the README, run as they stand there: a service, a batch job, a container without git."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promptops.evals.registry import KINDS
from promptops.pins.sealing import seal_prompt
from promptops.source.project import Project
from tests.conftest import GitRepository

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
MEETING = {"transcript": "Ines: we ship on Friday.", "audience": "engineering"}


def example(file: str) -> str:
    """The README's code block that begins with this file's name."""
    found = re.search(rf"```python\n(# {re.escape(file)}.*?)```", README, re.DOTALL)
    assert found is not None, f"the README has no {file}"
    return found[1]


@pytest.fixture
def prompts(tmp_path: Path) -> GitRepository:
    """This repository's own prompts, with an environment that pins one."""
    made = GitRepository(tmp_path / "prompts")
    shutil.copytree(ROOT / "prompts", made.root / "prompts")
    shutil.copy(ROOT / "promptops.yml", made.root)
    commit = made.commit()
    digest = seal_prompt(Project.commit(made.root, commit, KINDS), "meeting-summary").digest
    pin = f"pins:\n  meeting-summary: {{commit: {commit}, digest: {digest}}}\n"
    made.commit({"environments/prod.yml": pin}, "pin")
    return made


@pytest.fixture
def model(httpserver: HTTPServer) -> HTTPServer:
    """A model on loopback that repeats the last message."""

    def answer(request: Request) -> Response:
        said = request.get_json()["messages"][-1]["content"]
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": f"Heard: {said}"}}
        body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/v1/chat/completions", method="POST").respond_with_handler(answer)
    return httpserver


def environment(model: HTTPServer | None, **more: str) -> dict[str, str]:
    """This process's environment, isolated as tests are, with a model to ask."""
    asked = {"OPENAI_BASE_URL": model.url_for("/v1"), "OPENAI_API_KEY": "none"} if model is not None else {}
    return {**os.environ, "PYTHONPATH": str(ROOT), **asked, **more}


def fetched(url: str, data: dict[str, str] | None = None) -> Any:
    body = json.dumps(data).encode() if data is not None else None
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_the_service_answers_and_says_which_version_it_used(
    tmp_path: Path, prompts: GitRepository, model: HTTPServer
) -> None:
    (tmp_path / "service.py").write_text(example("service.py"), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "service:app", "--port", str(port), "--log-level", "warning"]
    settings = environment(model, PROMPTS_URL=f"file://{prompts.root}")
    log = tmp_path / "log"
    with log.open("wb") as out:
        service = subprocess.Popen(command, cwd=tmp_path, env=settings, stdout=out, stderr=out)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                health = fetched(f"http://127.0.0.1:{port}/health")
                break
            except OSError:
                assert service.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.1)
        assert (health["fresh"], health["environment"], health["prompts"]) == (True, "prod", 1)
        answer = fetched(f"http://127.0.0.1:{port}/summaries?user=ada", MEETING)
    finally:
        service.terminate()
        service.wait(20)
    assert "we ship on Friday" in answer["summary"]
    assert answer["version"]["commit"] == prompts.git("rev-parse", "HEAD~1")


def test_the_batch_job_writes_the_version_beside_each_answer(prompts: GitRepository, model: HTTPServer) -> None:
    (prompts.root / "batch.py").write_text(example("batch.py"), "utf-8")
    done = subprocess.run(
        [sys.executable, "batch.py", prompts.git("rev-parse", "HEAD")],
        cwd=prompts.root, env=environment(model), input=f"{json.dumps(MEETING)}\n" * 2,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["prompt"] for row in rows] == [
        seal_prompt(Project.worktree(prompts.root, KINDS), "meeting-summary").digest
    ] * 2
    assert "we ship on Friday" in rows[0]["summary"]


def test_the_container_serves_from_a_bundle_and_has_no_git(tmp_path: Path, prompts: GitRepository) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    command = [sys.executable, "-m", "promptops", "bundle", "--env", "prod", "--out", str(folder / "prompts.bundle")]
    made = subprocess.run(command, cwd=prompts.root, env=environment(None), capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    digest = re.search(r"sha256:[0-9a-f]{64}", made.stdout + made.stderr)
    assert digest is not None, made.stdout + made.stderr
    # As in the container there is no git: neither the program nor the module can be found.
    (folder / "git.py").write_text("raise ImportError('there is no git here')", "utf-8")
    (folder / "app.py").write_text(example("app.py"), "utf-8")
    (tmp_path / "empty").mkdir()
    settings = environment(None, PROMPTS_DIGEST=digest[0], PATH=str(tmp_path / "empty"))
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert seal_prompt(Project.worktree(prompts.root, KINDS), "meeting-summary").digest in done.stdout
    assert "we ship on Friday" in done.stdout
    settings["PROMPTS_DIGEST"] = f"sha256:{'0' * 64}"
    refused = subprocess.run(
        [sys.executable, "app.py"], cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert "not sha256:0000" in refused.stderr
