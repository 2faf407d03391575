"""The short cut for texts of names and includes reads them as Jinja does."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from promptops.templating.analysis import analyse_template
from promptops.templating.syntax import analyse_tree
from promptops.templating.usage import TemplateSyntaxProblem

_PIECES = st.sampled_from(
    [
        *("{{ a }}", "{{b}}", "{{ a", "}}", "{", "}", "{%", "%}", "{#", "#}", "\n", "\r", "\t", " ", "text", "'"),
        *("{{- a -}}", "{% include 'x.j2' %}", '{% include "y/z" %}', "{% include '' %}", "{% include 'a\\n' %}"),
        *("{{ range }}", "{{ true }}", "{{ self }}", "{{ if }}", "{{ not }}", "{{ loop }}", "{{{ a }}}", "{{ _ }}"),
        *("{{ caller }}", "{{a}}}}", "{{ a\u00a0}}"),
    ]
)


@settings(deadline=None, max_examples=500)
@given(st.lists(_PIECES, max_size=6).map("".join))
@example("{{ true }}")
@example("{{ range }}")
@example("{{ super }}{{ self }}")
@example("{{{ a }}}")
@example("a\n{{ a }}\n\n{{ a }}{{ a }}{% include 'x' %}")
def test_the_short_cut_agrees_with_the_syntax_tree(text: str) -> None:
    assert _outcome(analyse_template, text) == _outcome(analyse_tree, text)


def _outcome(read: Callable[[str], object], text: str) -> object:
    try:
        return read(text)
    except TemplateSyntaxProblem as exc:
        return exc.message, exc.line
