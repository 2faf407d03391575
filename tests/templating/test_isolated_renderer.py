"""Templates that attack: each must end in an error in plain words, in bounded time and memory, and hurt no other."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from promptops.errors import RenderError
from promptops.model.chat.message_template import text_message
from promptops.model.prompt import Input, Prompt
from promptops.model.suite import Case
from promptops.templating.closure import ITSELF, Closure
from promptops.templating.isolated_renderer import IsolatedRenderer, RenderLimits, TemplateProcess
from promptops.templating.render import Renderer
from promptops.templating.renderer_protocol import RenderStoppedError

BACKTRACKING = Input("who", {"type": "string", "pattern": "^(?:(a+)(?!b)|a)+$"})
ENDLESS = {"who": "a" * 60 + "!"}
"""A value on which that pattern works for ever: nothing counts it, so the process has to be killed."""
GOOD = "Greet {{ who }}"
WHO = Case("ada", {"who": "Ada"})

needs_limits = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to all its limits")


def closure(*texts: str, inputs: tuple[Input, ...] = (), templates: dict[str, str] | None = None) -> Closure:
    path = PurePosixPath("prompts/p.prompt.yml")
    messages = tuple(text_message("user", text) for text in texts)
    names = {name: name for name in templates or {}}
    return Closure(Prompt("p", path, messages, inputs=inputs), templates or {}, {ITSELF: names} if names else {})


@pytest.fixture
def isolation() -> Iterator[TemplateProcess]:
    made = TemplateProcess()
    yield made
    made.close()


@pytest.fixture
def hasty() -> Iterator[TemplateProcess]:
    """One second a text, so that a test of the deadline takes no longer."""
    made = TemplateProcess(RenderLimits(1))
    yield made
    made.close()


def good(isolation: TemplateProcess) -> IsolatedRenderer:
    return isolation.renderer(closure(GOOD, inputs=(Input("who"),)))


def endless(isolation: TemplateProcess) -> IsolatedRenderer:
    return isolation.renderer(closure(GOOD, inputs=(BACKTRACKING,)))


def process_of(isolation: TemplateProcess) -> subprocess.Popen[bytes]:
    assert isolation._sandbox._job is not None
    return isolation._sandbox._job.process


# The same texts as here


@pytest.mark.parametrize(
    "value",
    ["Ada", "{{ who }} {# x", "ä ✓ \U0001f600", "two\nlines\r\n", {"a": [1, None, True]}, 1.5, None, [[]]],
)
def test_a_prompt_is_filled_as_it_would_be_here(isolation: TemplateProcess, value: Any) -> None:
    inputs = (Input("who"), Input("tone", default="kind", required=False))
    made = closure(
        "Be {{ tone }}.", '{% include "a.j2" %}: {{ who }}', inputs=inputs, templates={"a.j2": "To {{ who }}"}
    )
    case = Case("one", {"who": value, "expected": "not an input"})
    assert isolation.renderer(made).render_case(case) == Renderer(made).render_case(case)
    assert isolation.renderer(made).render({"who": value}) == Renderer(made).render({"who": value})
    text = "{{ expected }} for {{ who }}"
    assert isolation.renderer(made).text(text, case.fields) == Renderer(made).text(text, case.fields)


def test_a_cell_of_json_fills_a_list_as_it_would_here(isolation: TemplateProcess) -> None:
    made = closure("{{ who | length }}", inputs=(Input("who", {"type": "array"}),))
    assert isolation.renderer(made).render_case(Case("one", {"who": '["Ada", 2]'}))[0].content == "2"
    with pytest.raises(RenderError, match=r"must be a list, written as JSON \(character 7 is wrong\)"):
        isolation.renderer(made).render_case(Case("one", {"who": '["Ada"'}))


def test_a_plain_prompt_stays_plain(isolation: TemplateProcess) -> None:
    path = PurePosixPath("prompts/p.prompt.yml")
    made = Closure(Prompt("p", path, (text_message("user", "{{who}} {% if"),), plain=True))
    assert isolation.renderer(made).render_case(WHO)[0].content == "Ada {% if"


@pytest.mark.parametrize(
    ("text", "values"),
    [("{{ who }}", {}), ("{{ nobody }}", {"who": 1}), ("{% if %}", {"who": 1}), ("{{ who }}", {"other": 1})],
)
def test_an_error_of_the_values_says_the_same_as_here(
    isolation: TemplateProcess, text: str, values: dict[str, Any]
) -> None:
    made = closure(text, inputs=(Input("who", {"type": "integer"}),))
    with pytest.raises(RenderError) as there:
        isolation.renderer(made).render(values)
    with pytest.raises(RenderError) as here:
        Renderer(made).render(values)
    assert (str(there.value), there.value.hint) == (str(here.value), here.value.hint)
    assert not isinstance(there.value, RenderStoppedError)


def test_one_process_serves_many_renderers_and_many_texts(isolation: TemplateProcess) -> None:
    first = good(isolation)
    first.render_case(WHO)
    process = process_of(isolation)
    for number in range(20):
        one = isolation.renderer(closure(f"{number} {GOOD}", inputs=(Input("who"),)))
        assert one.render_case(WHO)[0].content == f"{number} Greet Ada"
    assert first.render_case(WHO)[0].content == "Greet Ada"
    assert process_of(isolation) is process


def test_a_text_without_braces_needs_no_process(isolation: TemplateProcess) -> None:
    assert good(isolation).text("as it is", {}) == "as it is"
    assert not isolation._sandbox.is_running


# Attacks


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param("{{ 'a'*200000000 }}", id="a constant that fills the memory while it is compiled"),
        pytest.param("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", id="a macro that calls itself"),
        pytest.param("{% if 1 %}" * 400, id="400 nested ifs"),
        pytest.param("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", id="5,000 brackets"),
        pytest.param("{{ " + "+".join(["1"] * 9_000) + " }}", id="9,000 sums"),
        pytest.param("{% for a in range(99999) %}{{ 'a' * 20 }}{% endfor %}", id="a text of two million characters"),
        pytest.param("{% for a in range(99999) %}{{ 'a' * 9999 }}{% endfor %}", id="a text of a billion characters"),
        pytest.param("{{ 9 ** (9 ** 9) }}", id="a number without end"),
        pytest.param("{{ ''.__class__.__mro__[1].__subclasses__() }}", id="out of the sandbox by a text"),
        pytest.param("{{ cycler.__init__.__globals__.os.fork() }}", id="a fork, by the globals of a helper"),
        pytest.param("{{ self.__init__.__globals__['__builtins__']['__import__']('os') }}", id="an import"),
        pytest.param("{% include '/etc/passwd' %}", id="a file of the machine"),
    ],
)
def test_an_attack_is_an_error_and_the_next_prompt_is_filled(isolation: TemplateProcess, attack: str) -> None:
    with pytest.raises(RenderError):
        isolation.renderer(closure(attack)).render({})
    assert good(isolation).render_case(WHO)[0].content == "Greet Ada"


@needs_limits
def test_a_template_that_needs_too_much_memory_is_told_so(isolation: TemplateProcess) -> None:
    isolation._sandbox.limits = replace(isolation._sandbox.limits, memory=200 * 2**20)
    fills = "{% set s = namespace(l=[]) %}{% for i in range(9) %}{% set s.l = s.l + [('\U0001f600' ~ i) * 4500000] %}"
    waits = "{% endfor %}{% for i in range(99999) %}{% for j in range(5) %}{% endfor %}{% endfor %}{{ s.l | length }}"
    with pytest.raises(RenderStoppedError, match=r"prompts/p.prompt.yml: .* needs more than 200 MB of memory"):
        isolation.renderer(closure(fills + waits)).render({})
    assert good(isolation).render_case(WHO)[0].content == "Greet Ada"


def test_a_template_without_an_end_is_stopped_and_the_next_prompt_is_filled(hasty: TemplateProcess) -> None:
    before = good(hasty)
    before.render_case(WHO)
    with pytest.raises(
        RenderStoppedError, match=r"prompts/p.prompt.yml: this template did not finish within 1 seconds"
    ):
        endless(hasty).render(ENDLESS)
    assert before.render_case(WHO)[0].content == "Greet Ada"


def test_a_pattern_that_backtracks_for_ever_is_stopped(hasty: TemplateProcess) -> None:
    one = endless(hasty)
    with pytest.raises(RenderStoppedError, match="did not finish"):
        one.render(ENDLESS)
    assert one.render({"who": "aaa"})[0].content == "Greet aaa"


def test_an_evaluators_text_without_an_end_is_stopped(hasty: TemplateProcess) -> None:
    with pytest.raises(RenderStoppedError, match="an evaluator's text: this template did not finish"):
        hasty.renderer(closure("{{ 1 + 1 }}")).text("{{ a | wordwrap(3) | length }}" * 40, {"a": "b " * 400_000})


def test_after_two_texts_without_an_end_no_third_is_tried(hasty: TemplateProcess) -> None:
    one = endless(hasty)
    for _ in range(2):
        with pytest.raises(RenderStoppedError):
            one.render(ENDLESS)
    assert not hasty._sandbox.is_running
    with pytest.raises(RenderStoppedError, match="did not finish within 1 seconds; it is not tried again"):
        one.render(ENDLESS)
    assert not hasty._sandbox.is_running  # nothing was started for the third


def test_all_renderers_together_have_a_limit() -> None:
    isolation = TemplateProcess(RenderLimits(1, total_seconds=0.5))
    with pytest.raises(RenderStoppedError, match="did not finish"):
        endless(isolation).render(ENDLESS)
    with pytest.raises(RenderStoppedError, match="all the time and room"):
        good(isolation).render_case(WHO)


def test_all_texts_together_have_a_limit(isolation: TemplateProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    isolation._characters_left = 10
    one = isolation.renderer(closure("a long enough text {{ 1 }}"))
    assert one.render({})
    with pytest.raises(RenderStoppedError, match="all the time and room"):
        one.render({})


# What the process may do, and what may become of it


@needs_limits
def test_the_process_may_start_nothing_and_write_nothing(isolation: TemplateProcess) -> None:
    good(isolation).render_case(WHO)
    limits = Path(f"/proc/{process_of(isolation).pid}/limits").read_text("utf-8")
    rows = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()[1:]}
    assert rows["Max processes"] == ["0", "0"]
    assert rows["Max file size"] == ["0", "0"]
    assert rows["Max cpu time"] == ["150", "151"]


@needs_limits
def test_the_process_knows_no_key(isolation: TemplateProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    good(isolation).render_case(WHO)
    environment = Path(f"/proc/{process_of(isolation).pid}/environ").read_bytes()
    assert b"PATH=" in environment
    assert b"secret" not in environment


def test_a_process_that_was_killed_between_two_texts_is_not_missed(isolation: TemplateProcess) -> None:
    one = good(isolation)
    one.render_case(WHO)
    process_of(isolation).kill()
    process_of(isolation).wait()
    assert one.render_case(WHO)[0].content == "Greet Ada"


def test_a_process_that_is_killed_at_work_is_told_and_replaced(isolation: TemplateProcess) -> None:
    good(isolation).render_case(WHO)
    process = process_of(isolation)
    killer = threading.Timer(0.3, process.kill)
    killer.start()
    try:
        with pytest.raises(RenderStoppedError, match="ended without an answer"):
            endless(isolation).render(ENDLESS)
    finally:
        killer.join()
    assert good(isolation).render_case(WHO)[0].content == "Greet Ada"


def test_a_stopped_process_is_gone_and_buried(hasty: TemplateProcess) -> None:
    good(hasty).render_case(WHO)
    process = process_of(hasty)
    with pytest.raises(RenderStoppedError):
        endless(hasty).render(ENDLESS)
    assert process.returncode == -getattr(signal, "SIGKILL", 9) or os.name == "nt"
    assert process.stdout is not None
    assert process.stdout.closed


def test_the_process_ends_with_whoever_held_it() -> None:
    isolation = TemplateProcess()
    good(isolation).render_case(WHO)
    process = process_of(isolation)
    del isolation
    assert process.returncode is not None


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("echo garbage", "no proper answer"),
        ("echo '[1]'", "no proper answer"),
        ("echo '{\"texts\": [1]}'", "no proper answer"),
        ('echo \'{"texts": "abc"}\'', "no proper answer"),
        ('echo \'{"texts": ["one", "too many"]}\'', "no proper answer"),
        ("printf '{}'", "ended without an answer"),
        ("exit 3", "ended without an answer"),
        ("while :; do printf '%05000d' 0; done", "answers with more than"),
    ],
)
def test_a_process_that_babbles_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, words: str
) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text(
        f"#!/bin/sh\nread hello\necho '{{}}'\nread closure\necho '{{}}'\nread question\n{answer}\n", "utf-8"
    )
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("promptops.templating.isolated_renderer.sys.executable", str(stand_in))
    isolation = TemplateProcess()
    try:
        with pytest.raises(RenderStoppedError, match=words):
            good(isolation).render_case(WHO)
    finally:
        isolation.close()


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_a_process_that_cannot_start_is_an_error_of_the_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptops.templating.isolated_renderer.sys.executable", str(tmp_path / "missing"))
    with pytest.raises(RenderStoppedError, match="cannot be started"):
        good(TemplateProcess()).render_case(WHO)
    monkeypatch.setattr("promptops.templating.isolated_renderer.sys.executable", "/bin/false")
    with pytest.raises(RenderStoppedError, match="did not start"):
        good(TemplateProcess()).render_case(WHO)


def test_values_that_cannot_be_passed_on_are_told(isolation: TemplateProcess) -> None:
    with pytest.raises(RenderError, match="cannot be passed on"):
        good(isolation).render({"who": object()})
    assert good(isolation).render_case(WHO)[0].content == "Greet Ada"
