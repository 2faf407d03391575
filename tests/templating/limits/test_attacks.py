"""Templates that attack end in an error in plain words, before the work is done; in this process, and with no clock."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import PurePosixPath
from typing import Any

import pytest

from promptops.errors import RenderError
from promptops.model.chat.message_template import text_message
from promptops.model.prompt import Input, Prompt
from promptops.templating.closure import ITSELF, Closure
from promptops.templating.limits import meter
from promptops.templating.render import Renderer
from promptops.templating.renderer_protocol import RenderStoppedError
from tests.templating.limits.attacks import HELD, KEYS, LISTS, NUMBERS, SHARED, TEXTS, TUPLES, VALUES, WORK

_FORMATS = [2]


@pytest.fixture(autouse=True, params=[2, 3], ids=["format 2", "format 3"])
def _sealed_format(request: pytest.FixtureRequest) -> None:
    """Each attack is tried on both sandboxes."""
    _FORMATS[0] = request.param


def filled(content: str, templates: dict[str, str] | None = None, **values: Any) -> str:
    path = PurePosixPath("prompts/a.prompt.yml")
    prompt = Prompt("a", path, (text_message("user", content),), inputs=tuple(Input(name) for name in values))
    names = {name: name for name in templates or {}}
    made = Closure(prompt, templates or {}, {ITSELF: names, **dict.fromkeys(names, names)}, _FORMATS[0])
    return Renderer(made).render(values)[0].text


def refused(content: str, words: str, templates: dict[str, str] | None = None) -> None:
    with pytest.raises(RenderStoppedError, match=words) as caught:
        filled(content, templates)
    assert caught.value.where == "prompts/a.prompt.yml (user message)"
    assert caught.value.hint


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer steps, so that what would take seconds to be refused takes none."""
    monkeypatch.setattr(meter, "MAX_STEPS", meter.MAX_STEPS // 20)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("attack", WORK.values(), ids=WORK)
def test_what_goes_on_for_ever_is_stopped(attack: str) -> None:
    refused(attack, "its loops and calls take too much work")


@pytest.mark.parametrize("attack", TEXTS.values(), ids=TEXTS)
def test_a_text_that_would_fill_the_memory_is_not_made(attack: str) -> None:
    refused(attack, "it (makes a text|uses a value) of more than 10,000,000 characters")


@pytest.mark.parametrize("attack", [SHARED + one for one in VALUES.values()], ids=VALUES)
def test_lists_that_share_their_parts_are_counted_as_they_would_be_written(
    attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter, "MAX_MESSAGE_CHARACTERS", 500_000)
    refused(attack, "it uses a value of more than 500,000 characters")


@pytest.mark.parametrize("attack", [TUPLES + one for one in KEYS.values()], ids=KEYS)
def test_keys_that_share_their_parts_are_counted_before_they_are_looked_up(
    attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter, "MAX_MESSAGE_CHARACTERS", 500_000)
    refused(attack, "it uses a value of more than 500,000 characters")


@pytest.mark.parametrize("attack", HELD.values(), ids=HELD)
def test_texts_that_are_kept_are_counted_together(attack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "MAX_HELD", 3 * meter.MAX_MESSAGE_CHARACTERS)
    refused(attack, "it holds more than 30,000,000 characters at once")


@pytest.mark.parametrize("attack", NUMBERS.values(), ids=NUMBERS)
def test_a_number_of_thousands_of_digits_is_not_worked_out(attack: str) -> None:
    refused(attack, "it makes a number of thousands of digits")


@pytest.mark.parametrize("attack", LISTS.values(), ids=LISTS)
def test_a_list_of_millions_is_not_made(attack: str) -> None:
    refused(attack, "it makes a list of more than 1,000,000 items")


@pytest.mark.usefixtures("quick")
def test_files_that_include_each_other_twice_at_each_step_are_stopped() -> None:
    names = [f"t{number}.j2" for number in range(28)]
    templates = {
        name: f"{{{{ 1 }}}}{{% include '{after}' %}}{{% include '{after}' %}}"
        for name, after in itertools.pairwise(names)
    }
    refused("{% include 't0.j2' %}", "take too much work", {**templates, names[-1]: "{{ 1 }}"})


@pytest.mark.parametrize(
    "attack",
    [
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% block a %}{{ self.a() }}{% endblock %}",
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    ],
)
def test_what_calls_itself_without_end_is_not_the_fault_of_the_values(attack: str) -> None:
    refused(attack, "the template cannot be filled: it calls itself, or puts lists into lists, too often")


def test_a_long_text_that_is_included_often_is_not_compiled_as_often() -> None:
    many = "{% include 'a.j2' %}" * 1_400
    tracemalloc.start()
    try:
        refused(many, "a text of more than 10,000,000 characters", {"a.j2": "x" * 1_000_000})
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_what_no_python_can_do_is_an_error_of_the_template() -> None:
    for content in (
        "{{ 'x' | truncate(1) | truncate(1, end='long') }}{{ ('x' * 300) | truncate(1) }}",
        "{{ 1 is in 1 }}",
    ):
        with pytest.raises(RenderError, match="cannot use these values"):
            filled(content)


# What is long and honest goes on


@pytest.mark.parametrize(
    ("content", "values", "length"),
    [
        ("{{ a }}", {"a": "x" * 1_000_000}, 1_000_000),
        ("{{ a | upper }}{{ a | trim | replace('x', 'yz') }}", {"a": "x" * 1_000_000}, 3_000_000),
        ("{{ a | indent(2) | wordwrap(80) | length }}", {"a": "word " * 200_000}, 6),
        ("{% for x in a %}- {{ x | trim }}: {{ loop.index }}\n{% endfor %}", {"a": ["ab"] * 10_000}, 108_894),
        ("{{ a | map(attribute='n') | join(', ') }}", {"a": [{"n": "ab"}] * 10_000}, 39_998),
        ("{{ a | tojson(indent=2) | length }}{{ a | length }}", {"a": [{"n": [1, "ab"]}] * 10_000}, 11),
        (
            "{% for x in a | sort(attribute='n') | unique(attribute='n') %}{{ x.n }}{% endfor %}",
            {"a": [{"n": 1}] * 10_000},
            1,
        ),
        (
            "{% macro row(x) %}{{ x }};{% endmacro %}{% for x in a %}{{ row(x) }}{% endfor %}",
            {"a": ["ab"] * 10_000},
            30_000,
        ),
        (
            "{% for x in a %}{% for y in a %}{% if x == y %}{% endif %}{% endfor %}{% endfor %}ok",
            {"a": [*range(700)]},
            2,
        ),
        (
            "{% set n = namespace(s='') %}{% for x in a %}{% set n.s = n.s ~ x %}{% endfor %}{{ n.s }}",
            {"a": ["x" * 100] * 10_000},
            1_000_000,
        ),
        (
            "{% set n = namespace(l=[]) %}{% for x in a %}{% set n.l = n.l + [x] %}{% endfor %}{{ n.l | length }}",
            {"a": ["x" * 100] * 10_000},
            5,
        ),
    ],
)
def test_a_megabyte_of_text_and_ten_thousand_items_go_on(content: str, values: dict[str, Any], length: int) -> None:
    assert len(filled(content, **values)) == length


def test_each_rendering_begins_anew() -> None:
    path = PurePosixPath("prompts/a.prompt.yml")
    made = Renderer(
        Closure(
            Prompt("a", path, (text_message("user", "{% for x in range(90000) %}{% endfor %}{{ 'x' * 9000000 }}"),))
        )
    )
    for _ in range(30):
        assert len(made.render({})[0].content) == 9_000_000


def test_a_limit_that_was_reached_does_not_last() -> None:
    refused(TEXTS["doubling by ~"], "characters")
    assert filled("{{ 'a' ~ 'b' }}") == "ab"
