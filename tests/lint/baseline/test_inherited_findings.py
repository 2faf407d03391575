"""What was there before a change is no fault of it, and what it brings always is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from promptops.evals.registry import KINDS
from promptops.lint.baseline.inherited_findings import inherited_findings
from promptops.lint.baseline.line_alignment import align_lines
from promptops.lint.engine.project_files import open_project
from promptops.lint.engine.runner import Report, lint
from promptops.source.files.worktree import Worktree
from tests.conftest import write_files

GREET = """\
model: small
inputs: {who: {type: string}}
messages:
  - role: user
    content: |
      Greet {{ who }}
"""
PROMPT = "prompts/greet.prompt.yml"
SETTINGS = {"promptops.yml": "models: {small: {provider: openai, model: m}}\n"}
SUITE = """\
prompt: greet
testData: greet.cases.jsonl
evaluators: [{name: says, string: {contains: Hello}}]
"""


def cases(lacking: str) -> str:
    """A good case, and cases of these names that lack an input."""
    return '{"id": "z", "who": "Zoe"}\n' + "".join(f'{{"id": "{name}"}}\n' for name in lacking)


CHOICE = GREET.replace("{type: string}", "{enum: [Zoe]}")


def greeted(*names: str) -> str:
    """A case for each name."""
    return "".join(f'{{"who": "{name}"}}\n' for name in names)


def typed(*keys: str, text: str = GREET) -> str:
    """The prompt with these keys that nobody knows."""
    return text + "".join(f"{key}: x\n" for key in keys)


def brought(folder: Path, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What the change from the one project to the other brings: code and message, without advice."""
    reports: list[Report] = []
    for name, files in (("before", before), ("after", after)):
        (folder / name).mkdir()
        write_files(folder / name, {**SETTINGS, **files})
        reports.append(lint(open_project(Worktree(folder / name), KINDS)))
    base, head = reports
    inherited = inherited_findings(head, base)
    return [f"{one.code} {one.message}" for one in head.findings if one.severity != "note" and one not in inherited]


def codes(found: list[str]) -> list[str]:
    return [one.split(" ")[0] for one in found]


SAME = {
    "untouched": ({PROMPT: typed("modle")}, {PROMPT: typed("modle")}),
    "lines above it": ({PROMPT: typed("modle")}, {PROMPT: "# one\n# two\n" + typed("modle")}),
    "moved within the file": ({PROMPT: typed("modle")}, {PROMPT: "modle: x\n" + GREET}),
    "its line was edited": ({PROMPT: typed("modle")}, {PROMPT: typed("modle").replace("modle: x", "modle: yes")}),
    "one of two mended": ({PROMPT: typed("modle", "tols")}, {PROMPT: typed("tols")}),
    "the file was renamed": ({PROMPT: typed("modle")}, {"prompts/hail.prompt.yml": typed("modle")}),
    "renamed and edited": (
        {PROMPT: typed("modle")},
        {"prompts/hail.prompt.yml": typed("modle", text=GREET.replace("Greet", "Hail"))},
    ),
    "renamed, and the message names it": (
        {PROMPT: GREET, "evals/other.eval.yml": "prompt: greet\ntestData: [{who: a}]\nevaluators: []\n"},
        {
            "prompts/hail.prompt.yml": GREET,
            "evals/other.eval.yml": "prompt: hail\ntestData: [{who: a}]\nevaluators: []\n",
        },
    ),
    "a folder was renamed": (
        {f"prompts/a/p{n}.prompt.yml": typed("modle", text=GREET + f"# {n}\n") for n in range(30)},
        {f"prompts/b/p{n}.prompt.yml": typed("modle", text=GREET + f"# {n}\n") for n in range(30)},
    ),
    "a number in its message moved": (
        {PROMPT: GREET.replace("Greet", "Greet\n\n\n\n\n      and hail")},
        {PROMPT: GREET.replace("Greet", "Greet\n\n\n\n\n\n      and hail")},
    ),
    "fewer cases have it": (
        {PROMPT: GREET, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": cases("abcdef")},
        {PROMPT: GREET, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": cases("bcdef")},
    ),
    "so few that each is named": (
        {PROMPT: GREET, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": cases("abcde")},
        {PROMPT: GREET, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": cases("abc")},
    ),
    "so few that they are told at the cases, not at the input": (
        {PROMPT: CHOICE, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": greeted("Ana", "Tom", "Bob", "Eve")},
        {PROMPT: CHOICE, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": greeted("Ana", "Tom", "Bob")},
    ),
}


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME)
def test_what_was_there_before_is_not_brought(tmp_path: Path, before: dict[str, str], after: dict[str, str]) -> None:
    assert brought(tmp_path, before, after) == []


KEY = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2
OTHER_KEY = "sk-proj-" + "z9Y8x7W6v5U4t3S2r1Q0" * 2
NEW = {
    "a new file": ({}, {PROMPT: typed("modle")}, ["P003"]),
    "a copy of a file": (
        {PROMPT: typed("modle")},
        {PROMPT: typed("modle"), "prompts/b.prompt.yml": typed("modle")},
        ["P003"],
    ),
    "one fixed, another brought": ({PROMPT: typed("modle")}, {PROMPT: typed("tols")}, ["P003"]),
    "one secret for another": (
        {PROMPT: GREET.replace("Greet", f"{KEY} greet")},
        {PROMPT: GREET.replace("Greet", f"{OTHER_KEY} greet")},
        ["P203"],
    ),
    "twice on a line that had it once": (
        {PROMPT: GREET.replace("Greet", f"{KEY} greet")},
        {PROMPT: GREET.replace("Greet", f"{KEY}, {KEY} greet")},
        ["P203"],
    ),
    "the same in another place": (
        {PROMPT: GREET.replace("{{ who }}", "{{ whom }}{{ who }}")},
        {PROMPT: GREET.replace("{{ who }}", "{{ whom }}{{ who }}\n      Hail {{ whom }}")},
        ["P102"],
    ),
    "an input renamed, and its use not": ({PROMPT: GREET}, {PROMPT: GREET.replace("{who: {", "{whom: {")}, ["P102"]),
    "a partial deleted that an untouched prompt includes": (
        {PROMPT: GREET + '      {% include "a.j2" %}\n', "prompts/a.j2": "Hello\n"},
        {PROMPT: GREET + '      {% include "a.j2" %}\n'},
        ["P104"],
    ),
    "a model's name removed": ({PROMPT: GREET}, {PROMPT: GREET, "promptops.yml": "models: {}\n"}, ["P301"]),
    "a comment taken out that took it on": (
        {PROMPT: typed() + "modle: x  # promptops: ignore[P003] our own tool reads it\n"},
        {PROMPT: typed("modle")},
        ["P003"],
    ),
    "one more case has it": (
        {PROMPT: GREET, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": cases("abcde")},
        {PROMPT: GREET, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": cases("abcdef")},
        ["P404"],
    ),
    "one more case than before has what an input does not let in": (
        {PROMPT: CHOICE, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": greeted("Ana", "Tom", "Bob", "Eve")},
        {
            PROMPT: CHOICE,
            "evals/greet.eval.yml": SUITE,
            "evals/greet.cases.jsonl": greeted("Ana", "Tom", "Bob", "Eve", "Lee"),
        },
        ["P404"],
    ),
    "a choice taken from an input": (
        {
            PROMPT: CHOICE.replace("[Zoe]", "[Zoe, Ana]"),
            "evals/greet.eval.yml": SUITE,
            "evals/greet.cases.jsonl": greeted(*["Ana"] * 30),
        },
        {PROMPT: CHOICE, "evals/greet.eval.yml": SUITE, "evals/greet.cases.jsonl": greeted(*["Ana"] * 30)},
        ["P404"],
    ),
    "advice that became a fault": (
        {PROMPT: GREET, "promptops.yml": SETTINGS["promptops.yml"] + "lint: {rules: {P003: note}}\n"}
        | {PROMPT: typed("modle")},
        {PROMPT: typed("modle")},
        ["P003"],
    ),
}


@pytest.mark.parametrize(("before", "after", "found"), NEW.values(), ids=NEW)
def test_what_a_change_brings_is_its_own(
    tmp_path: Path, before: dict[str, str], after: dict[str, str], found: list[str]
) -> None:
    assert codes(brought(tmp_path, before, after)) == found


@pytest.mark.parametrize("repeats", [1, 400])
def test_lines_are_followed_however_long_a_file_is(repeats: int) -> None:
    old = [f"{n % 7}" for n in range(10 * repeats)]
    new = ["new", *old[: 5 * repeats], "more", *old[5 * repeats :]]
    same = align_lines(old, new).same
    assert all(old[earlier - 1] == new[later - 1] for later, earlier in same.items())
    assert len(same) >= 5 * repeats
    assert align_lines(new, new).same == {n: n for n in range(1, len(new) + 1)}
