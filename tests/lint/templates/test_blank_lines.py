"""Empty lines are counted as Jinja writes them."""

from __future__ import annotations

import re

import jinja2
from hypothesis import given
from hypothesis import strategies as st

from promptops.lint.engine.template_tags import find_tags
from promptops.lint.templates.blank_lines import left_by_tags

_DASH = st.sampled_from(["", "", "", "-"])
_TAG = st.sampled_from(["{%%%s if true %s%%}", "{%%%s set x = 1 %s%%}", "{#%s note %s#}", "{%%%s endif %s%%}"])
_PIECE = st.one_of(st.just("words"), st.builds(lambda tag, a, b: tag % (a, b), _TAG, _DASH, _DASH))
_END = st.sampled_from(["\n", "\n", "\n", "\n\n", "", " "])


@st.composite
def _templates(draw: st.DrawFn) -> str:
    parts: list[str] = []
    opened = 0
    for piece, end in draw(st.lists(st.tuples(_PIECE, _END), min_size=2, max_size=10)):
        if "endif" in piece and not opened:
            continue
        opened += ("if true" in piece) - ("endif" in piece)
        parts += [piece, end]
    return "".join([*parts, "{% endif %}\n" * opened, "words"])


@given(text=_templates())
def test_as_many_empty_lines_come_out_as_are_told(text: str) -> None:
    written_runs = jinja2.Environment(keep_trailing_newline=True).from_string(text).render().replace(" ", "")
    runs = [len(run[0]) - (run.start() > 0) for run in re.finditer(r"\n+", written_runs)]
    for _, count, _better in left_by_tags(text, tuple(find_tags(text))):
        assert any(run >= count for run in runs), (written_runs, count)


def test_a_dash_where_it_is_told_takes_them_away() -> None:
    text = "One\n{% if true %}\nA\n{% endif %}\n{% if true %}\nB\n{% endif %}\n"
    ((tag, count, better),) = left_by_tags(text, tuple(find_tags(text)))
    assert count == 2
    mended = text[: tag.start] + better + text[tag.end :]
    assert jinja2.Template(mended).render() == "One\n\nA\n\nB\n"
