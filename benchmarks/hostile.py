"""Files that are meant to hurt: the worst a repository can hold and lint must get through.

    python -m benchmarks.hostile              seconds that linting the merge bomb takes, in this process, imports aside

Each is a project of its own with the one file to lint. Most stay within the megabyte lint reads of a prompt; what is
hostile stands in a message, where every rule looks at it, or takes the place of the YAML itself.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

MIB = 1024 * 1024
BOMB = "a merge bomb of 12 levels"
_PROJECT = "models:\n  small: {provider: openai, model: gpt-5.4-mini}\n"
_HEAD = """name: Hostile
model: openai/gpt-5.4-mini
inputs:
  a: {type: string, untrusted: true}
  b: {type: string, untrusted: true}
"""
_MESSAGE = f"{_HEAD}messages:\n  - role: user\n    content: |\n"
_PROMPT = f"{_MESSAGE}      Say {{{{ a }}}} and {{{{ b }}}}.\n"


class Hostile(NamedTuple):
    """`files` makes the texts by path, so that none is held longer than it takes to write it; the first is linted."""

    name: str
    files: Callable[[], dict[str, str]]

    def write(self, folder: Path) -> str:
        """The project below `folder`; the path of the file to lint."""
        files = self.files()
        for path, text in {**files, "promptops.yml": _PROJECT}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="")
        return next(iter(files))


def hostile_files() -> Iterator[Hostile]:
    """All of them, the same in every run."""
    for name, yaml in _YAML.items():
        yield Hostile(name, partial(_prompt, yaml))
    for style in (">", '"'):
        yield Hostile(f"{{{{ a }}}} in a message in {style}", partial(_in_message, _few, style))
    for name, text in _MESSAGES.items():
        yield Hostile(f"a message of {name}", partial(_in_message, text))
    yield Hostile("a template of 1 MiB of {{ a }}", lambda: {"prompts/hostile.j2": _filled("{{ a }}")})
    yield Hostile("4 MiB of cases and their suite", partial(_suite, "evals/hostile.cases.jsonl"))
    yield Hostile("the suite of 4 MiB of cases", partial(_suite, "evals/hostile.eval.yml"))
    yield Hostile("the suite of 4 MiB of YAML cases", _yaml_cases)
    yield Hostile("the suite of 4 MiB of the shortest cases", _short_cases)


def bomb_seconds(rounds: int = 5) -> float:
    """The median time of linting the bomb in this process, everything imported."""
    from promptops.evals.registry import KINDS
    from promptops.lint.engine.project_files import open_project
    from promptops.lint.engine.runner import lint
    from promptops.source.files.worktree import Worktree

    seconds = []
    with tempfile.TemporaryDirectory() as name:
        Hostile(BOMB, partial(_prompt, _bomb)).write(Path(name))
        for _ in range(rounds + 1):
            start = time.perf_counter()
            report = lint(open_project(Worktree(Path(name)), KINDS))
            seconds.append(time.perf_counter() - start)
            assert [finding.code for finding in report.findings] == ["P001"], "the bomb is not refused"
    return statistics.median(seconds[1:])


def _prompt(text: Callable[[], str]) -> dict[str, str]:
    return {"prompts/hostile.prompt.yml": text()}


def _in_message(text: Callable[[], str], style: str = "|") -> dict[str, str]:
    """As a block in a message, cut to the size lint reads; folded or in quotes, in lines of 1,000 characters."""
    written = text()
    if style != "|":
        written = "\n".join(written[start : start + 1000] for start in range(0, len(written), 1000))
    rows = written.replace("\n", "\n      ")
    # Cut by bytes; a character cut in two is left out.
    whole = f"{_MESSAGE[:-2]}{style}\n      {rows}".encode()[: MIB - 8].decode("utf-8", "ignore")
    return {"prompts/hostile.prompt.yml": whole + ('"\n' if style == '"' else "\n")}


def _suite(first: str) -> dict[str, str]:
    line = json.dumps({"a": "It was late when the train came in. " * 11, "b": "Anna", "expected": "late"})
    cases = "".join(f'{{"id": "case-{number}", {line[1:]}\n' for number in range(4 * MIB // (len(line) + 24)))
    suite = (
        "prompt: hostile\ntestData: hostile.cases.jsonl\nevaluators:\n"
        '  - {name: says it, string: {contains: "{{ expected }}"}}\ngates:\n  says it: {atLeast: 0.9}\n'
    )
    files = {
        "evals/hostile.eval.yml": suite, "evals/hostile.cases.jsonl": cases, "prompts/hostile.prompt.yml": _PROMPT
    }  # fmt: skip
    return {first: files[first], **files}


def _yaml_cases() -> dict[str, str]:
    suite = "prompt: hostile\ntestData: hostile.cases.yml\nevaluators:\n  - {name: says it, string: {contains: late}}\n"
    cases = _numbered("- {{a: It was {} and late., b: 1}}\n", 200_000, 4 * MIB - 1024)
    return {
        "evals/hostile.eval.yml": suite, "evals/hostile.cases.yml": cases, "prompts/hostile.prompt.yml": _PROMPT
    }  # fmt: skip


def _short_cases() -> dict[str, str]:
    return {**_suite("evals/hostile.eval.yml"), "evals/hostile.cases.jsonl": '{"a":1}\n' * (4 * MIB // 8)}


def _filled(text: str, size: int = MIB - 1024) -> str:
    return text * (size // len(text.encode()))


def _numbered(line: str, count: int, size: int = MIB - 1024) -> str:
    """Lines that differ, as many as fit."""
    lines, left = [], size
    for number in range(count):
        lines.append(line.format(number))
        left -= len(lines[-1])
        if left < 0:
            break
    return "".join(lines)


def _rows(line: str, count: int) -> str:
    return _numbered(f"{line}\n", count)


def _bomb() -> str:
    levels = "".join(f"l{n}: &l{n}\n  <<: [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 13))
    return f"l0: &l0 {{a: 1}}\n{levels}messages: [*l12]\n"


def _schema() -> str:
    fields = {f"field_{n}": {"type": "string", "description": "What is meant."} for n in range(14_000)}
    schema = json.dumps({"type": "object", "properties": fields, "required": list(fields)[:100]})
    return f"{_PROMPT}responseFormat: json_schema\njsonSchema: '{schema[:1_000_000]}'\n"


def _few() -> str:
    """As many pastes as lint reads in one text, among words."""
    return _filled("{{ a }} " + "It is late. " * 16)


_YAML: dict[str, Callable[[], str]] = {
    BOMB: _bomb,
    "100 KB of [": lambda: "[" * 100_000,
    "100 KB of {": lambda: "{" * 100_000,
    "1 MiB of - ": lambda: _filled("- "),
    "1 MiB of lines of -": lambda: _filled("-\n"),
    "1 MiB of ? ": lambda: _filled("? "),
    "1 MiB of #": lambda: _filled("#"),
    "1 MiB of lines of #": lambda: _filled("#\n"),
    "1 MiB of tabs": lambda: _filled("\t"),
    "1 MiB in one open quote": lambda: f'{_HEAD}messages: "{_filled("it is late ")}',
    "1 MiB of [ ] ,": lambda: f"{_PROMPT}tools: [{_filled('[], ')}]\n",
    "100,000 lines of a: b": lambda: "a: b\n" * 100_000,
    "25,000 different unknown keys": lambda: _PROMPT + _rows("key_{}: b", 25_000),
    "20,000 inputs": lambda: _PROMPT.replace("messages:", _rows("  in_{}: {{type: string}}", 20_000) + "messages:"),
    "10,000 messages": lambda: f"{_HEAD}messages:\n" + _rows("  - {{role: user, content: '{} {{{{ a }}}}.'}}", 10_000),
    "10,000 cases in the prompt": lambda: f"{_PROMPT}testData:\n" + _rows("  - {{id: c{}, a: Text, b: x}}", 10_000),
    "10,000 evaluators": lambda: f"{_PROMPT}testData: [{{a: x, b: y}}]\nevaluators:\n"
    + _rows("  - {{name: check {}, string: {{contains: late}}}}", 10_000),
    "6,000 tools": lambda: f"{_PROMPT}tools:\n" + _rows("  - {{name: tool_{}, parameters: {{type: object}}}}", 6_000),
    "9,000 messages": lambda: f"{_HEAD}messages:\n" + _rows("  - {{role: user, content: '{} {{{{ a }}}}.'}}", 9_000),
    "7,000 cases in the prompt": lambda: f"{_PROMPT}testData:\n" + _rows("  - {{id: c{}, a: Text, b: x}}", 7_000),
    "33 messages of 29 KB of {{ a|trim }}": lambda: f"{_HEAD}messages:\n"
    + f"  - role: user\n    content: |\n      {'{{ a|trim }} ' * 2_200}\n" * 33,
    "10,000 tools": lambda: f"{_PROMPT}tools:\n" + _rows("  - {{name: tool_{}, parameters: {{type: object}}}}", 10_000),
    "a JSON schema of 900 KB": _schema,
    "a JSON schema 900 KB deep": lambda: f"{_PROMPT}jsonSchema: '{_filled('[', 900_000)}'\n",
    "10,000 comments that take findings on": lambda: _PROMPT + _rows("# promptops: ignore[P201] reason {}", 10_000),
}  # fmt: skip
"""What stands in place of a prompt file."""

_MESSAGES: dict[str, Callable[[], str]] = {
    "1 MiB of {{ a }}": lambda: _filled("{{ a }}"),
    "1 MiB of lines of {{ a }}": lambda: _filled("{{ a }}\n"),
    "1 MiB of {{ a|trim }}": lambda: _filled("{{ a|trim }} "),
    "1 MiB of { a }": lambda: _filled("{a} "),
    "5,000 {{ a }} in 1 MiB": _few,
    "3,000 {{ a|trim }} in 1 MiB": lambda: _filled("{{ a|trim }} " + "It is late. " * 28),
    "3,000 different tags and a broken one": lambda: _numbered("{{{{ a|trim{} }}}}", 2_800) + "{{ a b }}",
    "2,000 includes of one line": lambda: _numbered('{{% include "p{}" %}}', 2_000),
    "1,500 includes in 1 MiB": lambda: _numbered('{{% include "part_{}.j2" %}}' + "It is late. " * 50 + "\n", 1_500),
    "1 MiB of one letter": lambda: _filled("a"),
    "1 MiB of one word": lambda: _filled("late "),
    "1 MiB of one sentence": lambda: _filled("Do not say that it is late. "),
    "1 MiB of lines of one sentence": lambda: _filled("Do not say that it is late.\n"),
    "30,000 different sentences": lambda: _numbered("Never write about number {}, always say it.\n", 30_000),
    '1 MiB of "': lambda: _filled('"'),
    "1 MiB of '": lambda: _filled("'"),
    "1 MiB of `": lambda: _filled("`"),
    "1 MiB of {": lambda: _filled("{"),
    "1 MiB of {{": lambda: _filled("{{ "),
    "1 MiB of {% ": lambda: _filled("{% "),
    "1 MiB of {# ": lambda: _filled("{# "),
    "1 MiB of {% raw %}": lambda: _filled("{% raw %}"),
    "1 MiB of {{ '": lambda: "{{ " + _filled("'a'~"),
    "1 MiB of (": lambda: "{{ " + _filled("("),
    "1 MiB of <a": lambda: _filled("<a"),
    "1 MiB of <a>": lambda: _filled("<a>"),
    "1 MiB of <": lambda: _filled("<"),
    "100,000 different tags": lambda: _numbered("<t{}>", 100_000),
    "100,000 different [tags]": lambda: _numbered("[t{}]", 100_000),
    "1 MiB of lines of BEGIN": lambda: _filled("BEGIN\n"),
    "1 MiB of lines of ---": lambda: _filled("---\n"),
    "1 MiB of BEGIN END": lambda: _filled("BEGIN END "),
    "400 nested ifs": lambda: "{% if a %}\n" * 400 + "{{ b }}\n" + "{% endif %}\n" * 400,
    "20,000 ifs": lambda: "{% if a %}{{ b }}{% endif %}\n" * 20_000,
    "20,000 includes": lambda: _numbered('{{% include "part_{}.j2" %}}\n', 20_000),
    "20,000 sets": lambda: _numbered("{{% set x{} = a %}}\n", 20_000),
    "{{ 'a' * 10**9 }}": lambda: "{{ 'a' * 10**9 }}\n",
    "100,000 runs of spaces": lambda: _filled("a         "),
    "1 MiB of spaces": lambda: "a" + _filled(" ") + "a",
    "1 MiB of blank lines": lambda: "a" + _filled("\n", 140_000) + "a",
    "1 MiB of tabs": lambda: "a" + _filled("\t") + "a",
    "combining marks": lambda: _filled("e\u0301\u0323\u0302"),
    "one letter with 500,000 marks": lambda: "e" + _filled("\u0301"),
    "bidi characters": lambda: _filled("a\u202eb\u202c"),
    "emoji": lambda: _filled("👩🏽\u200d💻"),
    "flags": lambda: _filled("🏴\U000e0067\U000e0062\U000e007f"),
    "words of two scripts": lambda: _filled("p\u0430ypal "),
    "zero-width characters": lambda: _filled("a\u200b"),
    "sk-aaaa…": lambda: "sk-" + _filled("a"),
    "sk- sk- sk-": lambda: _filled("sk-"),
    "40,000 keys": lambda: _numbered("sk-proj-Ab3dE6gH9jK2mN5pQ8sT{}\n", 40_000),
    "40,000 keys in one line": lambda: _numbered("sk-proj-Ab3dE6gH9jK2mN5pQ8sT{} ", 40_000),
    "password: a": lambda: _filled("password: a "),
    "eyJ.eyJ.eyJ": lambda: _filled("eyJhbGci."),
    "digits": lambda: _filled("4"),
    "digits and spaces": lambda: _filled("4111 1111 1111 1111 "),
    "digits and dashes": lambda: _filled("4-"),
    "digits and dots": lambda: _filled("4."),
    "@": lambda: _filled("@"),
    "a@": lambda: _filled("a@"),
    "a.a.a.a": lambda: _filled("a."),
    "a@a.a@a.a": lambda: _filled("a@a."),
    "30,000 addresses": lambda: _numbered("anna.{}@mail.example.org\n", 30_000),
    "https://https://": lambda: _filled("https://"),
    "://a:b@": lambda: _filled("://a:b@"),
    "a-b-a-b": lambda: _filled("a-b_"),
    "a/b/a/b": lambda: _filled("a/b/"),
    "backslashes": lambda: _filled("\\"),
    "%": lambda: _filled("%"),
    "| a table |": lambda: _filled("| a | b |\n"),
    "{a: {a: {a:": lambda: _filled('{"a": '),
    "[1, [1, [1,": lambda: _filled("[1, "),
    "example: answer": lambda: _filled("Input: late\nOutput: early\n\n"),
}  # fmt: skip
"""What stands in the message of a prompt."""


if __name__ == "__main__":
    print(json.dumps({"median": bomb_seconds()}))
    sys.exit(0)
