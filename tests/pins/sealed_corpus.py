"""The corpus of sealed prompts, `tests/fixtures/sealed/corpus.jsonl`: lines are added, and nothing else is done.

`python -m tests.pins.sealed_corpus` seals every prompt of `sealed_examples` and adds what is not there yet.

A line is a sealed prompt (`content`, `texts`) and what it renders: for each case its `values` and the text of each
message, or null where the values are refused. `request` is the rest of what is served, and the same for all cases.
`after` is the sha256 of the line before: no line can be changed, taken out or put between others without every later
one being written anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from promptops.errors import RenderError
from promptops.evals.registry import KINDS
from promptops.model.sealed_prompt import SealedPrompt, content_digest
from promptops.pins.sealing import seal_prompt
from promptops.runtime.call import Version
from promptops.runtime.served_prompt import ServedPrompt
from promptops.source.project import Project

CORPUS: Path = Path(__file__).parent.parent / "fixtures" / "sealed" / "corpus.jsonl"
_PYTHON_TYPES: dict[str, tuple[type, Any]] = {
    "decimal": (Decimal, Decimal),
    "datetime": (datetime, datetime.fromisoformat),
    "date": (date, date.fromisoformat),
    "time": (time, time.fromisoformat),
    "bytes": (bytes, bytes.fromhex),
    "tuple": (tuple, tuple),
    "float": (float, float),
}


class Case(NamedTuple):
    """What a prompt is filled with, and the messages' texts: None where these values are refused."""

    values: dict[str, Any]
    said: list[str] | None


class Entry(NamedTuple):
    """A line of the corpus."""

    name: str
    sealed: SealedPrompt
    cases: list[Case]
    request: dict[str, Any]
    after: str
    line: bytes

    @property
    def form(self) -> int:
        """The format that it was sealed in."""
        return int(json.loads(self.sealed.content)["format"])


def read_corpus() -> list[Entry]:
    """Every entry, oldest first."""
    return [_entry(line) for line in CORPUS.read_bytes().splitlines()] if CORPUS.exists() else []


def serve(name: str, sealed: SealedPrompt, values: Iterable[dict[str, Any]]) -> tuple[list[Case], dict[str, Any]]:
    """What is served for each of these values now, and the rest of the request."""
    prompt = ServedPrompt(Version(name, None, sealed.digest), sealed)
    cases: list[Case] = []
    rest: dict[str, Any] = {}
    for one in values:
        try:
            rest = prompt.render(**one).openai()
        except RenderError:
            cases.append(Case(one, None))
        else:
            cases.append(Case(one, [message.pop("content") for message in rest["messages"]]))
    return cases, rest


def add_examples(files: Mapping[str, str], values: Mapping[str, list[dict[str, Any]]]) -> int:
    """Seal each prompt, and add those that are not in the corpus; how many that were."""
    entries = read_corpus()
    known = {(entry.name, entry.sealed.digest) for entry in entries}
    after = sha256(entries[-1].line).hexdigest() if entries else ""
    lines: list[bytes] = []
    with TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        project = Project.worktree(Path(folder), KINDS)
        for name, given in values.items():
            sealed = seal_prompt(project, name)
            if (name, sealed.digest) not in known:
                lines.append(_line(name, sealed, given, after))
                after = sha256(lines[-1]).hexdigest()
    with CORPUS.open("ab") as corpus:
        corpus.writelines(line + b"\n" for line in lines)
    return len(lines)


def encode(value: Any) -> Any:
    """Values as JSON, with Python's other types as `{"$type": …}`."""
    if isinstance(value, dict):
        return {key: encode(one) for key, one in value.items()}
    if isinstance(value, list):
        return [encode(one) for one in value]
    if isinstance(value, tuple):
        return {"$tuple": encode(list(value))}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, float):
        return {"$float": repr(value)}
    for name in ("decimal", "datetime", "date", "time"):
        if isinstance(value, _PYTHON_TYPES[name][0]):
            return {f"${name}": str(value)}
    return value


def decode(value: Any) -> Any:
    """The values again."""
    if isinstance(value, list):
        return [decode(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (key := next(iter(value))).startswith("$"):
        return _PYTHON_TYPES[key[1:]][1](decode(value[key]))
    return {key: decode(one) for key, one in value.items()}


def _entry(line: bytes) -> Entry:
    data = json.loads(line)
    content = data["content"].encode()
    sealed = SealedPrompt(content_digest(content), content, data["texts"])
    cases = [Case(decode(values), said) for values, said in data["cases"]]
    return Entry(data["name"], sealed, cases, data["request"], data["after"], line)


def _line(name: str, sealed: SealedPrompt, given: list[dict[str, Any]], after: str) -> bytes:
    cases, request = serve(name, sealed, given)
    data = {
        "name": name,
        "content": sealed.content.decode(),
        "texts": sealed.texts,
        "cases": [[encode(values), said] for values, said in cases],
        "request": request,
        "after": after,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


if __name__ == "__main__":
    from tests.pins.sealed_examples import FILES, VALUES

    sys.stdout.write(f"{add_examples(FILES, VALUES)} added\n")
