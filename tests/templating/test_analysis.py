from __future__ import annotations

import time
from typing import Any

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.templating.analysis import MAX_CODE, analyse_template
from promptops.templating.environment import TemplateEnvironment
from promptops.templating.syntax import analyse_tree
from promptops.templating.usage import TemplateReference, TemplateSyntaxProblem, VariableUse


def free(text: str) -> list[str]:
    return list(dict.fromkeys(use.name for use in analyse_template(text).uses))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("no braces", []),
        ("{{ a }} {{ b.c }} {{ a }}", ["a", "b"]),
        ("{{ a[b] | default(c) ~ d(e) }}", ["a", "b", "c", "d", "e"]),
        ("{{ a if b else c }} {{ d is defined }}", ["b", "a", "c", "d"]),
        ("{% set a = b %}{{ a }}", ["b"]),
        ("{{ a }}{% set a = 1 %}{{ a }}", ["a"]),
        ("{% set a %}{{ b }}{% endset %}{{ a }}", ["b"]),
        ("{% set a | replace(b, c) %}x{% endset %}{{ a }}", ["b", "c"]),
        ("{% set a, b = c %}{{ a }}{{ b }}", ["c"]),
        ("{% set ns = namespace(x=a) %}{% set ns.x = b %}{{ ns.x }}", ["a", "b"]),
        ("{% set ns.x = 1 %}", ["ns"]),
        ("{% if a %}{% set b = 1 %}{% endif %}{{ b }}", ["a", "b"]),
        ("{% if a %}{% set b = 1 %}{% else %}{% set b = 2 %}{% endif %}{{ b }}", ["a"]),
        ("{% if a %}{% set b = 1 %}{% elif c %}{% else %}{% set b = 2 %}{% endif %}{{ b }}", ["a", "c", "b"]),
        ("{% for a in b if a > c %}{{ a }}{{ loop.index }}{% else %}{{ a }}{% endfor %}", ["b", "c", "a"]),
        ("{% for a in b %}{% endfor %}{{ loop }}", ["b", "loop"]),
        ("{% for a in b %}{% set c = a %}{% endfor %}{{ c }}", ["b", "c"]),
        ("{% for a, (b, c) in d %}{{ a }}{{ b }}{{ c }}{% endfor %}", ["d"]),
        ("{% macro m(a, b=a, c=d) %}{{ a }}{{ b }}{{ e }}{% endmacro %}{{ m(f) }}{{ a }}", ["d", "e", "f", "a"]),
        ("{% macro m() %}{{ varargs }}{{ caller() }}{{ kwargs }}{% endmacro %}", []),
        ("{% macro m(n) %}{{ m(n - 1) }}{% endmacro %}", []),
        ("{% call(x) a(b) %}{{ x }}{{ c }}{% endcall %}", ["a", "b", "c"]),
        ("{% with a = b, c = 1 %}{{ a }}{{ c }}{% endwith %}{{ a }}", ["b", "a"]),
        ("{% with a = a %}{{ a }}{% endwith %}", ["a"]),
        ("{% filter replace(a, b) %}{{ c }}{% set d = 1 %}{% endfilter %}{{ d }}", ["c", "a", "b", "d"]),
        ('{% import "x" as m %}{{ m.f(a) }}', ["a"]),
        ('{% from "x" import f, g as h %}{{ f(a) }}{{ h() }}{{ g }}', ["a", "g"]),
        ('{% extends "x" %}{% block b %}{{ super() }}{{ self.b() }}{{ a }}{% endblock %}', ["a"]),
        ("{{ range(3) }}{{ dict(a=1) }}{{ namespace() }}{{ true }}{{ none }}", []),
        ("{{ lipsum }}{{ lipsum() }}", ["lipsum"]),
        ("{% raw %}{{ a }}{% endraw %}{# {{ b }} #}", []),
        ("{{ '{{ a }}' }}", []),
    ],
)  # fmt: skip
def test_free_variables(text: str, names: list[str]) -> None:
    assert free(text) == names


def test_uses_carry_their_lines_each_once() -> None:
    uses = analyse_template("{{ a }}{{ a }}\n{% if b %}\n{{ a }}\n{% endif %}").uses
    assert [(use.name, use.line) for use in uses] == [("a", 1), ("b", 2), ("a", 3)]


def test_references() -> None:
    text = (
        '{% include "a.j2" %}\n{% include "b.j2" ignore missing %}\n{% import \'c.j2\' as c %}\n'
        '{% from "d.j2" import x %}\n{% include name %}\n{% include ["e.j2", "f.j2"] %}\n{% include "g" ~ ".j2" %}'
    )
    assert list(analyse_template(text).references) == [
        TemplateReference("a.j2", 1), TemplateReference("b.j2", 2, True), TemplateReference("c.j2", 3),
        TemplateReference("d.j2", 4),
        TemplateReference(None, 5), TemplateReference(None, 6), TemplateReference(None, 7),
    ]  # fmt: skip
    assert analyse_template('{% extends "base.j2" %}').references == (TemplateReference("base.j2", 1),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{{ a", 1),
        ("x\n{% if a %}", 2),
        ("{% endif %}", 1),
        ("a\n\n{{ b c }}", 3),
        ("{% unknown %}", 1),
        ("{# open", 1),
        ("{{ '\\x' }}", 1),
    ],
)
def test_what_is_no_template_is_said_with_its_line(text: str, line: int) -> None:
    with pytest.raises(TemplateSyntaxProblem) as caught:
        analyse_template(text)
    assert caught.value.line == line
    assert not caught.value.message.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        "{% if a %}" * 400 + "{% endif %}" * 400,
        "{{ " + "(" * 5000 + ")" * 5000 + " }}",
        "{% for a in b %}" * 2000,
        "{{ " + "not " * 5000 + "a }}",
        "{{ " + "9" * 5000 + " }}",
        "{{ " + "a." * 5000 + "b }}",
    ],
)
def test_nesting_and_numbers_beyond_reason_are_no_crash(text: str) -> None:
    try:
        analyse_template(text)
    except TemplateSyntaxProblem as exc:
        assert exc.message  # noqa: PT017  # newer Pythons may manage some of these


def test_a_long_text_with_few_braces_is_read_and_one_with_many_is_refused_where_it_becomes_too_much() -> None:
    long = "It is late. " * 20_000
    assert analyse_template(f"{long}{{{{ a | trim }}}}{{# {long} #}}").uses == (VariableUse("a", 1),)
    with pytest.raises(TemplateSyntaxProblem, match="between its braces") as caught:
        analyse_template("{{ a | trim }}\n" * 3_000)
    assert caught.value.line == MAX_CODE // len("{{ a | trim }}") + 1


def test_four_hundred_ifs_are_an_error() -> None:
    with pytest.raises(TemplateSyntaxProblem, match="too deeply"):
        analyse_template("{% if a %}" * 400 + "{% endif %}" * 400)


@pytest.mark.parametrize(
    "text", ["{{ 'a' * 10**9 }}", "{% for a in range(10**9) %}{{ a }}{% endfor %}", "{{ 'x'|center(9 * 10**8) }}"]
)
def test_nothing_is_run(text: str) -> None:
    start = time.perf_counter()
    analyse_template(text)
    assert time.perf_counter() - start < 0.5


@given(st.text(st.sampled_from("ab1 {}%#\"'|.()[]~=-\n\\")) | st.text())
@settings(deadline=None, max_examples=400)
def test_any_text_is_analysed_or_refused(text: str) -> None:
    try:
        analyse_template(text)
    except TemplateSyntaxProblem as exc:
        assert 1 <= exc.line <= text.count("\n") + text.count("\r") + 1  # noqa: PT017


pieces = st.sampled_from([
    "{{ a }}", "{{b}}", "{{ loop }}", "{{ range }}", "{{ true }}", "{{ self }}",
    '{% include "x.j2" %}', "{%include './y'%}",
    '{% include "a\\\\b" %}', "{{ a.b }}", "{% if a %}x{% endif %}", "{# c #}", "{", "}", "{{{ a }}", "\n", "text",
    "{{ é }}", "{%- include 'z' -%}",
])  # fmt: skip


@given(st.lists(pieces, max_size=8).map("".join))
@settings(deadline=None)
def test_the_short_way_says_what_the_syntax_tree_says(text: str) -> None:
    def outcome(function: Any) -> Any:
        try:
            return function(text)
        except TemplateSyntaxProblem as exc:
            return exc.message, exc.line

    assert outcome(analyse_template) == outcome(analyse_tree)


# Generated templates: whatever StrictUndefined misses at render time, the analysis has named; and with all
# named variables given, nothing is missing.

SANDBOX = TemplateEnvironment()

names = st.sampled_from("abcdst")
# `s` and `t` are set and never given: Jinja loses a given value that is read in a loop and set after it.
given_to_render = st.sets(st.sampled_from("abcd"))
targets = st.sampled_from("st")


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    bodies = st.lists(inner, min_size=1, max_size=3).map("".join)
    return st.one_of(
        st.builds("{{% if {} %}}{}{{% endif %}}".format, names, bodies),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, names, bodies, bodies),
        st.builds("{{% if {} %}}{}{{% elif {} %}}{}{{% endif %}}".format, names, bodies, names, bodies),
        st.builds("{{% for {} in {} %}}{}{{% endfor %}}".format, names, names, bodies),
        st.builds("{{% for {} in {} %}}{}{{% else %}}{}{{% endfor %}}".format, names, names, bodies, bodies),
        st.builds("{{% with {} = {} %}}{}{{% endwith %}}".format, names, names, bodies),
        st.builds("{{% filter upper %}}{}{{% endfilter %}}".format, bodies),
        st.builds("{{% set {} %}}{}{{% endset %}}".format, targets, bodies),
    )  # fmt: skip


simple = st.one_of(
    st.builds("{{{{ {} }}}}".format, names),
    st.builds("{{% set {} = {} %}}".format, targets, names),
    st.builds("{{% set {} = 'v' %}}".format, targets),
)
templates = st.lists(st.recursive(simple, compound, max_leaves=6), min_size=1, max_size=4).map("".join)


@given(templates, given_to_render, st.data())
@settings(deadline=None, max_examples=150)
def test_analysis_agrees_with_what_rendering_misses(text: str, given_names: set[str], data: st.DataObject) -> None:
    needed = set(free(text))
    values = {name: data.draw(st.sampled_from(["", "v"])) for name in "abcd"}
    missed = missing_at_render(text, {name: values[name] for name in given_names})
    assert missed is None or missed in needed - given_names
    if not needed & {"s", "t"}:
        assert missing_at_render(text, values) is None


def missing_at_render(text: str, values: dict[str, str]) -> str | None:
    try:
        SANDBOX.from_string(text).render(values)
    except jinja2.UndefinedError as exc:
        return str(exc).split("'")[1]
    return None
