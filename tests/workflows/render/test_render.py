"""One prompt filled with a case's values, or with values by hand."""

from __future__ import annotations

import pytest

from promptops.errors import EvalError, RenderError, SourceError
from promptops.model.chat.message import Message
from promptops.workflows.render.render import render_case, render_values
from tests.conftest import ProjectBuilder

FILES = {
    "prompts/greet.prompt.yml": (
        "inputs:\n  who: {type: string}\n  times: {type: integer, default: 1}\n"
        "messages:\n  - {role: system, content: 'Be {% include \"manner.j2\" %}.'}\n"
        "  - {role: user, content: 'Greet {{ who }} {{ times }}×'}\n"
        "testData: [{id: inline, who: Ida}]\nevaluators: [{string: {contains: hi}}]\n"
    ),
    "prompts/manner.j2": "kind",
    "prompts/other.prompt.yml": "messages: [{role: user, content: Hi}]\n",
    "evals/greet.eval.yml": (
        "prompt: greet\ntestData: [{id: ada, who: Ada, expected: Hello}]\nevaluators: [{string: {contains: x}}]\n"
    ),
    "evals/other.eval.yml": "prompt: other\ntestData: [{id: zoe, x: 1}]\nevaluators: [{string: {contains: x}}]\n",
}


def _user(text: str) -> tuple[Message, ...]:
    return Message("system", "Be kind."), Message("user", text)


def test_values_by_hand_fill_the_messages_and_defaults_stand_in(project: ProjectBuilder) -> None:
    built = project(FILES)
    assert render_values(built, "greet", {"who": "Ada"}) == _user("Greet Ada 1×")
    assert render_values(built, "prompts/greet.prompt.yml", {"who": "Ada", "times": 3}) == _user("Greet Ada 3×")


def test_an_input_of_text_takes_a_number_as_text(project: ProjectBuilder) -> None:
    assert render_values(project(FILES), "greet", {"who": 7}) == _user("Greet 7 1×")


def test_a_value_that_holds_template_marks_comes_out_as_it_went_in(project: ProjectBuilder) -> None:
    for value in ("{{ who }}", "{% raw %}", "{# note", "€ \U0001f600"):
        assert render_values(project(FILES), "greet", {"who": value}) == _user(f"Greet {value} 1×")


@pytest.mark.parametrize("values", [{}, {"who": "Ada", "mood": "x"}, {"who": "Ada", "times": "often"}])
def test_values_that_do_not_fit_are_errors(project: ProjectBuilder, values: dict[str, object]) -> None:
    with pytest.raises(RenderError):
        render_values(project(FILES), "greet", values)


@pytest.mark.parametrize(("case", "text"), [("ada", "Greet Ada 1×"), ("inline", "Greet Ida 1×")])
def test_a_case_is_found_in_suites_and_in_the_prompt_itself(project: ProjectBuilder, case: str, text: str) -> None:
    assert render_case(project(FILES), "greet", case, {}) == _user(text)


def test_values_by_hand_replace_those_of_the_case(project: ProjectBuilder) -> None:
    assert render_case(project(FILES), "greet", "ada", {"times": 2}) == _user("Greet Ada 2×")


def test_a_case_of_another_prompt_is_none_of_this_one(project: ProjectBuilder) -> None:
    built = project(FILES)
    with pytest.raises(EvalError, match="'greet' has no case 'zoe'") as raised:
        render_case(built, "greet", "zoe", {})
    assert raised.value.hint == "there are: inline, ada"


def test_a_prompt_without_cases_says_so(project: ProjectBuilder) -> None:
    with pytest.raises(EvalError) as raised:
        render_case(project({"prompts/a.prompt.yml": "messages: [{role: user, content: Hi}]\n"}), "a", "x", {})
    assert raised.value.hint == "it has no cases"


def test_a_misspelt_prompt_gets_a_suggestion(project: ProjectBuilder) -> None:
    with pytest.raises(SourceError) as raised:
        render_values(project(FILES), "gret", {})
    assert raised.value.hint == "did you mean 'greet'?"


def test_a_broken_suite_of_another_prompt_does_not_stop_rendering(project: ProjectBuilder) -> None:
    built = project(FILES | {"evals/broken.eval.yml": "prompt: other\ntestData: ["})
    assert render_case(built, "greet", "inline", {}) == _user("Greet Ida 1×")


@pytest.mark.parametrize("value", ["photos/cake.png", "/etc/passwd", "file:///etc/passwd"])
def test_a_picture_on_the_command_line_needs_its_sign(project: ProjectBuilder, value: str) -> None:
    prompt = "inputs: {photo: {type: image}}\nmessages: [{role: user, content: [{type: image, image: photo}]}]\n"
    built = project({"prompts/look.prompt.yml": prompt})
    with pytest.raises(EvalError, match="neither a data URI nor an https address") as caught:
        render_values(built, "look", {"photo": value})
    assert caught.value.hint == f"write @ before a file: --set photo=@{value}"
