"""A bundle: one file that holds all an environment serves, readable without git.

A text file of lines. The first is canonical JSON: format, environment, commit of the environment file, and pins. Then
come, sorted, the contents (JSON whose sha256 is the digest of a pin) and the template texts (each a JSON
string). The last line is the sha256 of all before it. The same input gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from promptops.errors import PinError, SourceError
from promptops.model.canonical_json import canonical_json
from promptops.model.environment import Pin, Rollout, served_versions
from promptops.model.revision import is_full_id
from promptops.model.sealed_prompt import (
    PREFIX,
    ModelEndpoint,
    SealedPrompt,
    content_digest,
    template_digests,
    text_digest,
)
from promptops.source.source import refuse_pointer

FORMAT = "promptops bundle 1"
MAX_BYTES = 1024 * 1024 * 1024
_DAMAGED = "this bundle was changed or cut after it was written"
_AGAIN = "build it again: promptops bundle --env NAME --out FILE"


class Bundle(NamedTuple):
    """What an environment serves.

    `commit` is the environment file's (a full id, None when it was not committed); `contents` are the sealed prompts
    by digest, `texts` the templates by sha256; `digest` (`sha256:<64 hex>`) stands for the whole file. `endpoints`, by
    prompt and commit, are not part of the file.
    """

    environment: str
    commit: str | None
    pins: Mapping[str, Pin]
    contents: Mapping[str, bytes]
    texts: Mapping[str, str]
    digest: str = ""
    endpoints: Mapping[tuple[str, str], ModelEndpoint] = {}

    def sealed(self, digest: str) -> SealedPrompt:
        """The version with this digest, which one of the pins names."""
        return SealedPrompt(digest, self.contents[digest], self.texts)


def served_digests(pins: Iterable[Pin]) -> set[str]:
    """Every digest the pins name, rollouts too."""
    return {version.digest for version in served_versions(pins)}


def write_bundle(bundle: Bundle) -> bytes:
    """The file. PinError when a pin's content or a content's text is not there."""
    return b"".join(bundle_lines(bundle))


def bundle_lines(bundle: Bundle) -> Iterator[bytes]:
    """The file line by line: as a whole it may be large. PinError, before the first line, as for `write_bundle`."""
    wanted = sorted(served_digests(bundle.pins.values()))
    if missing := [each for each in wanted if each not in bundle.contents]:
        raise PinError(f"nothing with the digest {missing[0]} is there to be put into the bundle")
    contents = [bundle.contents[each] for each in wanted]
    prints = sorted({each for content in contents for each in template_digests(content)})
    if missing := [each for each in prints if each not in bundle.texts]:
        raise PinError(f"no template text with the sha256 {missing[0]} is there to be put into the bundle")
    whole = sha256()
    for line in chain([_header_line(bundle)], contents, (canonical_json(bundle.texts[each]) for each in prints)):
        whole.update(piece := line + b"\n")
        yield piece
    yield f"{PREFIX}{whole.hexdigest()}\n".encode()


def read_bundle(data: bytes, where: str) -> Bundle:
    """The bundle in these bytes. PinError when one of them is not as it was written, or when anything is missing."""
    end = data.rfind(b"\n", 0, -1) + 1  # of all but the last line
    if not data.startswith(b'{"') or not end or f'"{FORMAT}"'.encode() not in data[: data.find(b"\n")]:
        raise PinError("this is not a bundle", where=where, hint="or it is of a later version of promptops")
    digest = _digest_line(data, end)
    if not digest:
        raise _damage_error(data, where)
    head, *lines = data.split(b"\n")[:-2]
    contents = {content_digest(line): line for line in lines if line[:1] != b'"'}
    try:
        header = json.loads(head)
        pins = {name: _parse_pin(name, one) for name, one in header["pins"].items()}
        texts = {text_digest(text): text for text in (json.loads(line) for line in lines if line[:1] == b'"')}
        bundle = Bundle(header["environment"], header["commit"], pins, contents, texts, digest)
        as_written = _header_line(bundle) == head and _has_valid_ids(bundle)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as exc:
        raise PinError(f"{_DAMAGED} ({type(exc).__name__})", where=where, hint=_AGAIN) from exc
    if not as_written:
        raise PinError(_DAMAGED, where=where, hint=_AGAIN)
    if contents.keys() != served_digests(pins.values()):
        raise PinError("what it holds is not what its pins name", where=where, hint=_AGAIN)
    for found, content in contents.items():
        try:
            prints = template_digests(content)
        except PinError as exc:
            raise PinError(exc.args[0], where=where, hint=exc.hint or _AGAIN) from exc
        if any(each not in texts for each in prints):
            raise PinError(f"a template text of {found} is missing", where=where, hint=_AGAIN)
    return bundle


def load_bundle(path: Path, digest: str | None = None) -> Bundle:
    """The bundle in a file; with `digest` that one and no other.

    SourceError when there is none, PinError when it does not hold or has another digest.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise SourceError(f"the bundle cannot be read: {exc.strerror or exc}", where=str(path), hint=_AGAIN) from exc
    if len(data) > MAX_BYTES:
        raise SourceError(f"the file is larger than {MAX_BYTES:,} bytes", where=str(path), hint="is it a bundle?")
    refuse_pointer(data, str(path))
    bundle = read_bundle(data, str(path))
    if digest is not None and digest != bundle.digest:
        raise _wrong_digest_error(data, bundle.digest, digest, str(path))
    return bundle


def _digest_line(data: bytes, end: int) -> str:
    """The digest in the last line, which begins at `end`; empty when it is not that of all before."""
    digest = PREFIX + sha256(memoryview(data)[:end]).hexdigest()
    return digest if data[end:] == f"{digest}\n".encode() else ""


def _damage_error(data: bytes, where: str) -> PinError:
    """Why the last line does not fit: mostly git on Windows changed the line ends, and building again cures nothing."""
    as_built = data.replace(b"\r\n", b"\n")
    if as_built != data and _digest_line(as_built, as_built.rfind(b"\n", 0, -1) + 1):
        hint = f"put the line `*.bundle -text` into .gitattributes and {_AGAIN}"
        return PinError("its line ends were changed (CRLF), probably by git, so it is not used", where=where, hint=hint)
    return PinError(_DAMAGED, where=where, hint=_AGAIN)


def _wrong_digest_error(data: bytes, found: str, wanted: str, where: str) -> PinError:
    hint = "take the digest that `promptops bundle` printed for this file"
    plain = wanted.strip().lower().removeprefix(PREFIX)
    if plain == found.removeprefix(PREFIX):
        hint = f'write it as `promptops bundle` printed it: "{found}"'
    elif plain == sha256(data).hexdigest():
        hint = f"what was given is the file's sha256sum, but the last line of the file counts; {hint}"
    return PinError(f"its digest is {found}, not {wanted}", where=where, hint=hint)


def _header_line(bundle: Bundle) -> bytes:
    """The first line."""
    pins = {name: _pin_data(pin) for name, pin in bundle.pins.items()}
    return canonical_json({"format": FORMAT, "environment": bundle.environment, "commit": bundle.commit, "pins": pins})


def _has_valid_ids(bundle: Bundle) -> bool:
    """Whether ids are full ids and shares are shares, as in an environment file."""
    commits = [version.commit for version in served_versions(bundle.pins.values())]
    commits += [] if bundle.commit is None else [bundle.commit]
    shares = [pin.rollout.percent for pin in bundle.pins.values() if pin.rollout is not None]
    ids = all(is_full_id(commit) for commit in commits)
    return ids and isinstance(bundle.environment, str) and all(0 <= share <= 100 for share in shares)


def _pin_data(pin: Pin) -> dict[str, Any]:
    data: dict[str, Any] = {"commit": pin.commit, "digest": pin.digest}
    if pin.rollout is not None:
        data["rollout"] = {
            "commit": pin.rollout.commit,
            "digest": pin.rollout.digest,
            "percent": float(pin.rollout.percent),
        }
    return data


def _parse_pin(name: str, data: Mapping[str, Any]) -> Pin:
    rollout = data.get("rollout")
    return Pin(
        name,
        str(data["commit"]),
        str(data["digest"]),
        Rollout(str(rollout["commit"]), str(rollout["digest"]), float(rollout["percent"])) if rollout else None,
    )
