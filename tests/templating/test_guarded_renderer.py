"""Templates of the project's own: filled here where nothing can grow, elsewhere where something may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.errors import RenderError
from promptops.model.chat.message_template import text_message
from promptops.model.prompt import Input, Prompt
from promptops.model.suite import Case
from promptops.templating import guarded_renderer
from promptops.templating.closure import ITSELF, Closure
from promptops.templating.guarded_renderer import GuardedRenderer, is_bounded
from promptops.templating.isolated_renderer import IsolatedRenderer, RenderLimits, TemplateProcess
from promptops.templating.render import Renderer
from promptops.templating.renderer_protocol import RenderStoppedError
from tests.templating.limits.attacks import HELD, KEYS, LISTS, NUMBERS, SHARED, TEXTS, TUPLES, VALUES, WORK

ATTACKS = {**WORK, **TEXTS, **HELD, **NUMBERS, **LISTS}
SHARING = [*(SHARED + one for one in VALUES.values()), *(TUPLES + one for one in KEYS.values())]


def closure(text: str, *, templates: dict[str, str] | None = None, plain: bool = False) -> Closure:
    path = PurePosixPath("prompts/p.prompt.yml")
    prompt = Prompt("p", path, (text_message("user", text),), inputs=(Input("who"),), plain=plain)
    names = {name: name for name in templates or {}}
    return Closure(prompt, templates or {}, {ITSELF: names} if names else {})


WHO = Case("ada", {"who": "Ada"})


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[TemplateProcess]:
    made = TemplateProcess(RenderLimits(1))
    monkeypatch.setattr(guarded_renderer, "_isolation", lambda: made)
    yield made
    made.close()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_attack_is_taken_for_harmless(attack: str) -> None:
    assert not is_bounded(attack)


def test_nothing_that_shares_its_parts_is_taken_for_harmless() -> None:
    assert not any(map(is_bounded, SHARING))


@pytest.mark.parametrize(
    "text",
    [
        "Greet {{ who }}.", "{% if who == 'Ada' %}Hi{% elif not who %}?{% else %}Hello{% endif %} {{ who[0].name }}",
        "{% for x in who %}- {{ x.a[0] | trim }}\n{% else %}none{% endfor %}",
        "{{ who | join(', ') }}{{ who | tojson }}",
        "{% include 'a.j2' %}{{ who | default('nobody') | upper }}", "{{ 'x' if who is defined else 'y' }}",
        "{# a note #}", "{{ who | fence }}",
    ],
)  # fmt: skip
def test_what_only_reads_its_values_needs_no_process(text: str, process: TemplateProcess) -> None:
    made = GuardedRenderer(closure(text, templates={"a.j2": "To {{ who }}"}))
    case = Case("one", {"who": [{"a": ["b"], "name": "n"}]})
    assert not made.may_wait
    assert made.render_case(case) == Renderer(made.closure).render_case(case)
    assert not process._sandbox.is_running


def test_what_may_grow_is_filled_elsewhere_and_says_the_same(process: TemplateProcess) -> None:
    for text in (
        "{{ who * 3 }}",
        "{{ who.center(20) }}",
        "{% for i in range(3) %}{{ who ~ i }}{% endfor %}",
        "{{ who | indent }}",
    ):
        made = GuardedRenderer(closure(text))
        assert made.may_wait
        assert made.render_case(WHO) == Renderer(made.closure).render_case(WHO)
        assert made.render({"who": "Eve"}) == Renderer(made.closure).render({"who": "Eve"})
    assert process._sandbox.is_running


def test_an_included_file_counts_too() -> None:
    assert GuardedRenderer(closure("{% include 'a.j2' %}", templates={"a.j2": "{{ 'a' * 9 }}"})).may_wait


def test_a_plain_prompt_is_text() -> None:
    made = GuardedRenderer(closure("{{who}} {{ 'a' * 9 }} {% for", plain=True))
    assert made.render_case(WHO)[0].content == "Ada {{ 'a' * 9 }} {% for"
    assert made.text("{{who}} {{ 'a' * 9 }}", {"who": "Eve"}) == "Eve {{ 'a' * 9 }}"


def _is_running(process: TemplateProcess) -> bool:
    return process._sandbox.is_running


def test_an_evaluators_text_is_filled_where_it_may_take_long(process: TemplateProcess) -> None:
    made = GuardedRenderer(closure("Greet {{ who }}"))
    assert made.text("{{ who }}!", {"who": "Ada"}) == "Ada!"
    assert _is_running(process) is False
    assert made.text("{{ who ~ '!' }}", {"who": "Ada"}) == "Ada!"
    assert _is_running(process) is True
    with pytest.raises(RenderStoppedError, match="an evaluator's text: the template cannot be filled: it makes a text"):
        made.text("{{ 'a' | center(900000000) }}", {})


def test_an_evaluators_text_is_judged_once_and_not_for_each_case() -> None:
    """To judge one that has conditions takes a syntax tree."""
    renderer, text = GuardedRenderer(closure("Greet {{ who }}.")), "{% if who %}Hello, {{ who }}{% endif %} (once)"
    before = is_bounded.cache_info().misses
    assert {renderer.text(text, {"who": name}) for name in "abc"} == {f"Hello, {name} (once)" for name in "abc"}
    assert is_bounded.cache_info().misses == before + 1


def test_after_two_texts_that_were_stopped_no_third_is_tried(
    process: TemplateProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = GuardedRenderer(closure(TEXTS["center"]))
    for _ in range(2):
        with pytest.raises(RenderStoppedError, match="10,000,000 characters"):
            made.render_case(WHO)
    monkeypatch.setattr(IsolatedRenderer, "render_case", lambda *_: pytest.fail("tried again"))
    with pytest.raises(RenderStoppedError, match="10,000,000 characters"):
        made.render_case(WHO)


def test_an_error_of_the_values_is_no_reason_to_give_up(process: TemplateProcess) -> None:
    made = GuardedRenderer(closure("{{ who * 2 }}"))
    for _ in range(3):
        with pytest.raises(RenderError, match="who"):
            made.render({})
    assert made.render_case(WHO)[0].content == "AdaAda"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}%# aforin|trim(')~*+0", max_size=60))
def test_any_text_is_one_or_the_other(text: str) -> None:
    assert is_bounded(text) in (True, False)
