"""Small projects with one broken file each, seeded: what lint must get through whatever people and tools do to files.

A mutant begins as a real small project: this repository's own prompts, suites, settings and templates, the starter that
`promptops init` writes, or a case of one of lint's rules. In one of its files bytes, lines or tokens of YAML and Jinja
are then inserted, deleted, doubled or swapped, or the file is saved in another encoding.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parent.parent
ENDINGS = (".yml", ".yaml", ".j2", ".jsonl", ".csv")
_MAX = 64 * 1024
_ENVIRONMENT = f"""pins:
  support-triage: {{commit: {"1f" * 20}, digest: "sha256:{"0a" * 32}"}}
  meeting-summary:
    commit: {"2e" * 20}
    digest: sha256:{"b1" * 32}
    rollout: {{commit: {"3d" * 20}, digest: "sha256:{"c2" * 32}", percent: 10}}
"""
_TOKENS = (
    "messages:", "- ", "  ", "\n", "\n  ", "\n    ", ": ", ":", "|", ">", "|2-\n", "'", '"', "{", "}", "[", "]", ",",
    "role", "user", "content", "inputs", "models", "evaluators", "testData", "gates", "jsonSchema", "&a", "*a", "<<",
    "!!str", "?", "---", "...", "#", "%", "@", "`", "~", "null", "true", "1e999", ".inf", "0x1", "1" * 25, "\\", "\t",
    "\\x00", "\\uD800", "untrusted: true", "é", "😀", "\u2028", "\r", "\x85", "\0", "<<<<<<< HEAD", "=======\n",
    "{{", "}}", "{%", "%}", "{#", "#}", "{{ x }}", "{{ x | uper }}", "{% if x %}", "{% endif %}", "{% else %}",
    "{% for a in x %}", "{% endfor %}", "{% set x = 1 %}", "{% include 'x.j2' %}", "{% include '../../a' %}",
    "{% raw %}", "{% endraw %}", "{% extends x %}", "{% block b %}", "{{ 'a' * 10**9 }}", "is", "not", "in", "(", ")",
    "<a>", "</a>", "```", "“", "\u202e", "\u200b", "\U000e0061", "e\u0301\u0301", "p\u0430y", "sk-proj-", "password: ",
    "# promptops: ignore[P201] reason\n", "{# promptops: ignore[P102] #}", "held-out", "0", "-1", "1.10", "010", "[]",
    "{}", '{"type": "object"}', "type: object", "enum: []", "$ref", "minimum: 5", "pattern: '('", "default:", "pass:",
)  # fmt: skip
_ENCODINGS = ("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp1252", "utf-32", "cp037")


class Mutant(NamedTuple):
    """A project's files by path; the one at `path` is broken."""

    number: int
    path: str
    files: Mapping[str, bytes]


class Mutants:
    """The mutants of one seed: `mutants.number(17)` is the same today and tomorrow, while the projects are."""

    def __init__(self, seed: int, corpus: Path | None = None) -> None:
        self.seed = seed
        self.projects = [*_own_projects(), *_rule_cases(), *(_single_files(corpus) if corpus is not None else ())]

    def number(self, number: int) -> Mutant:
        """One of them."""
        dice = random.Random(f"{self.seed}:{number}")
        files = dict(dice.choice(self.projects))
        path = dice.choice(sorted(files))
        data = files[path]
        for _ in range(dice.choice((1, 1, 1, 2, 3, 5, 8))):
            data = dice.choice(_CHANGES)(data, dice)[:_MAX]
        return Mutant(number, path, {**files, path: data})


def _bytes(data: bytes, dice: random.Random) -> bytes:
    start, end = _stretch(len(data), dice, dice.choice((0, 1, 1, 2, 8)))
    return data[:start] + dice.randbytes(dice.choice((0, 1, 1, 2, 4))) + data[end:]


def _doubled(data: bytes, dice: random.Random) -> bytes:
    start, end = _stretch(len(data), dice, dice.choice((1, 3, 20, 200)))
    return data[:end] + data[start:end] * dice.choice((1, 1, 1, 3, 50)) + data[end:]


def _swapped(data: bytes, dice: random.Random) -> bytes:
    first, second = sorted(dice.randint(0, len(data)) for _ in range(2))
    width = min(dice.choice((1, 2, 10, 50)), second - first, len(data) - second)
    one, other = data[first : first + width], data[second : second + width]
    return data[:first] + other + data[first + width : second] + one + data[second + width :]


def _token(data: bytes, dice: random.Random) -> bytes:
    start, end = _stretch(len(data), dice, dice.choice((0, 0, 1, 2, 5, 20)))
    token = dice.choice(_TOKENS) * dice.choice((1, 1, 1, 1, 1, 2, 300))
    return data[:start] + token.encode("utf-8", "surrogatepass") + data[end:]


def _word(data: bytes, dice: random.Random) -> bytes:
    """A word, or what stands in its place, becomes a token."""
    words = data.split(b" ")
    words[dice.randrange(len(words))] = dice.choice(_TOKENS).encode("utf-8", "surrogatepass")
    return b" ".join(words)


def _lines(data: bytes, dice: random.Random) -> bytes:
    """A line goes, comes twice, moves, or stands in another column."""
    lines = data.splitlines(keepends=True) or [b""]
    at, to = dice.randrange(len(lines)), dice.randrange(len(lines))
    change = dice.randrange(5)
    if change == 0:
        del lines[at]
    elif change == 1:
        lines.insert(to, lines[at])
    elif change == 2:
        lines[at], lines[to] = lines[to], lines[at]
    elif change == 3:
        lines[at] = b" " * dice.choice((1, 2, 4)) + lines[at]
    else:
        lines[at] = lines[at].removeprefix(b"  ")
    return b"".join(lines)


def _value(data: bytes, dice: random.Random) -> bytes:
    """What stands behind a colon becomes another value."""
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    key, colon, _ = lines[at].partition(b": ")
    token = dice.choice(_TOKENS) if dice.random() < 0.5 else dice.choice(("", "1", "true", "text", "[a, b]", "{a: 1}"))
    lines[at] = (key + colon + token.encode("utf-8", "surrogatepass")) if colon else lines[at]
    return b"\n".join(lines)


def _encoded(data: bytes, dice: random.Random) -> bytes:
    """Saved by another editor; now and then with the line ends of another system."""
    if dice.random() < 0.5:
        return data.replace(b"\n", dice.choice((b"\r\n", b"\r", b"\n\n")))
    return data.decode("utf-8", "replace").encode(dice.choice(_ENCODINGS), "replace")


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _bytes, _doubled, _swapped, _token, _token, _word, _lines, _lines, _value, _value, _encoded
)  # fmt: skip


def _stretch(length: int, dice: random.Random, width: int) -> tuple[int, int]:
    start = dice.randint(0, length)
    return start, min(length, start + width)


def _own_projects() -> Iterator[dict[str, bytes]]:
    """Each suite of this repository with all that belongs to it, and the starter."""
    starter = ROOT / "promptops" / "workflows" / "starter"
    for root in (ROOT, starter):
        for suite in sorted((root / "evals").rglob("*.eval.yml")):
            name = suite.relative_to(root / "evals").as_posix().removesuffix(".eval.yml")
            found = [suite, *suite.parent.glob(f"{suite.name.removesuffix('.eval.yml')}.*.jsonl")]
            found += [root / "promptops.yml", root / "prompts" / f"{name}.prompt.yml"]
            found += [file for file in (root / "prompts" / "shared").rglob("*") if file.is_file()]
            files = {file.relative_to(root).as_posix(): file.read_bytes() for file in found if file.is_file()}
            yield {**files, "environments/prod.yml": _ENVIRONMENT.encode()}


def _rule_cases() -> Iterator[dict[str, bytes]]:
    """The projects by which lint's rules are tested: they hold what rules look for."""
    for file in sorted((ROOT / "tests" / "lint" / "cases").glob("*.yml")):
        for case in yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader):
            # What is said as `{text, times}` is a file of a megabyte, which is not for a hundred thousand mutants.
            texts = {path: text for path, text in case["files"].items() if isinstance(text, str | bytes)}
            if texts:
                yield {path: text if isinstance(text, bytes) else text.encode() for path, text in texts.items()}


def _single_files(folder: Path) -> Iterator[dict[str, bytes]]:
    """Every file of ours below a folder, each for itself, as a prompt, a suite or whatever its name says."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name.endswith(ENDINGS) and file.stat().st_size <= _MAX:
            yield {f"prompts/{file.name}": file.read_bytes()}
