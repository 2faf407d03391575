"""One block says what must be mended first: golden pages of the slips that people make, and where each points."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.report.comment.compose import check_comment
from tests.conftest import write_files
from tests.workflows.check.test_check import Scene
from tests.workflows.scene import Endpoint, settings

GOLDEN = Path(__file__).parents[2] / "report/comment/golden/mend"
_WRITES = os.environ.get("PROMPTOPS_GALLERY") == "write"
"""As in tests/gallery: golden files are written anew, to be read."""
PROMPT = """\
name: Greeting
inputs:
  who: {type: string}
  tone: {enum: [warm, cool]}
model: small
messages:
  - role: system
    content: |
      You greet people.
      Be {{ tone }}.
  - role: user
    content: 'Greet {{ who }}'
"""
SUITE = (
    "prompt: greet\ntestData: greet.cases.jsonl\nevaluators: [{name: says the name, string: {contains: '{{ who }}'}}]\n"
)
CASES = "".join(
    json.dumps({"id": f"c{n}", "who": f"P{n}", "tone": "warm" if n % 2 else "cool"}) + "\n" for n in range(30)
)
PROMPT_FILE, SUITE_FILE, CASES_FILE = "prompts/greet.prompt.yml", "evals/greet.eval.yml", "evals/greet.cases.jsonl"
BROKEN_SUITE = SUITE.replace("evaluators: [", "evaluators: ")
SLIPS: dict[str, dict[str, str | bytes]] = {
    "wrong indent": {PROMPT_FILE: PROMPT.replace("      Be {{", "    Be {{")},
    "unknown placeholder": {PROMPT_FILE: PROMPT.replace("{{ tone }}", "{{ tome }}")},
    "missing input in 30 cases": {
        PROMPT_FILE: PROMPT.replace("  who:", "  place: {type: string}\n  who:").replace(
            "people.", "people in {{ place }}."
        )
    },
    "enum without commas": {PROMPT_FILE: PROMPT.replace("[warm, cool]", "[warm cool]")},
    "broken suite": {SUITE_FILE: BROKEN_SUITE},
    "two files": {SUITE_FILE: BROKEN_SUITE, PROMPT_FILE: PROMPT.replace("{{ tone }}", "{{ tone")},
    "bad settings": {"promptops.yml": "modelz:\n  small: {provider: local}\n"},
    "missing key": {
        PROMPT_FILE: PROMPT.replace("Be {{", "Always be {{"),
        "promptops.yml": "models:\n  small: {provider: openai, model: m, baseUrl: 'https://models.example/v1', "
        "apiKeyEnv: FAR_KEY}\n",
    },
}


@pytest.fixture
def scene(tmp_path: Path, endpoint: Endpoint) -> Scene:
    scene = Scene(tmp_path, endpoint.url)
    scene.sha = scene.repo.commit({PROMPT_FILE: PROMPT, SUITE_FILE: SUITE, CASES_FILE: CASES})
    return scene


def checked(scene: Scene, files: dict[str, str | bytes]) -> CheckResult:
    write_files(scene.repo.root, files)
    found = scene.check(ComparisonBase(scene.sha, "where it left main"))
    return found._replace(edit_url="https://github.com/acme/prompts/edit/shorter")


@pytest.mark.parametrize("slip", SLIPS)
def test_what_must_be_mended_is_told_once_with_its_line_the_cause_and_the_cure(
    scene: Scene, endpoint: Endpoint, slip: str
) -> None:
    found = checked(scene, SLIPS[slip])
    assert not endpoint.asked
    page = re.sub(r"`[0-9a-f]{7}`", "`4f2a91c`", check_comment(found))
    golden = GOLDEN / f"{slip.replace(' ', '_')}.md"
    if _WRITES:
        golden.write_text(f"{page}\n", "utf-8")
    assert f"{page}\n" == golden.read_text("utf-8")


def test_what_one_edit_does_to_thirty_cases_is_one_thing_at_the_edited_line(scene: Scene) -> None:
    found = checked(scene, {PROMPT_FILE: PROMPT.replace("[warm, cool]", "[warm, cold]")})
    (place,) = found.mend
    assert (place.path.as_posix(), place.line) == (PROMPT_FILE, 4)
    page = check_comment(found)
    assert page.count("to mend") == 1
    assert "15 cases have the value 'cool' for 'tone', which must be one of: warm, cold" in page
    assert "the first is at evals/greet.cases.jsonl:1" in page


def test_an_input_that_the_edit_took_away_is_shown_where_it_stood(scene: Scene) -> None:
    found = checked(scene, {PROMPT_FILE: PROMPT.replace("  tone: {enum: [warm, cool]}\n", "")})
    (place,) = found.mend
    assert (place.line, place.removed, place.added) == (4, ("  tone: {enum: [warm, cool]}",), ())
    assert "this leads to `prompts/greet.prompt.yml`, line 9: 'tone' is used here" in check_comment(found)


def test_a_finding_on_a_line_that_was_edited_is_told_there(scene: Scene) -> None:
    (place,) = checked(scene, SLIPS["unknown placeholder"]).mend
    assert (place.line, place.is_cause, place.text[place.start : place.end]) == (10, False, "tome")


def test_a_secret_in_a_changed_line_is_not_shown(scene: Scene, endpoint: Endpoint) -> None:
    key = "sk-proj-" + "a8Kd93nVbQ27xLmZ04Tr" * 2
    files: dict[str, str | bytes] = {
        "promptops.yml": settings(endpoint.url).replace("small:", "smaller:") + f"# 'small' {key}\n"
    }
    found = checked(scene, files)
    assert found.mend
    assert key not in check_comment(found)
    assert key not in repr([(one.text, one.removed, one.added) for one in found.mend])


def test_a_suite_that_another_fault_keeps_from_being_measured_is_still_told(scene: Scene) -> None:
    files: dict[str, str | bytes] = {PROMPT_FILE: PROMPT.replace("model: small\n", "model: small\ntols: x\n")}
    files["evals/lost.eval.yml"] = SUITE.replace("prompt: greet", "prompt: greet\nmaxErrors: many")
    page = check_comment(checked(scene, files))
    assert "'tols' is not a key" in page
    assert "lost" in page
