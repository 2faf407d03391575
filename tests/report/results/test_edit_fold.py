"""An edit is told once in the comment, as it is written, with how many cases receive it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from promptops.model.edit import FileEdit, SettingDifference
from promptops.model.results import CaseInfo, Rendered, Results, Side
from promptops.report.comment.markdown import comment
from promptops.report.comment.quoted_results import quote_results
from promptops.report.results.edit.edit_fold import text_fold
from promptops.report.results.edit.message_diffs import RenderedChanges, message_diff, rendered_changes
from promptops.report.results.html import html
from promptops.report.results.results_view import ResultsView
from promptops.text.truncate import Section, fit_sections
from tests.report.factory import HOSTILE, comparison

PROMPT, STYLE = "prompts/note.prompt.yml", "prompts/shared/style.j2"
TEMPLATE = "{% if audience == 'sales' %}Promise nothing.{% endif %}\nBe kind to {{ who }}.\n"
KIND, SALES = "Be kind to {who}.\n", "Promise nothing.\nBe kind to {who}.\n"


def edit_of(old: str, new: str, *settings: SettingDifference) -> FileEdit:
    return FileEdit(PROMPT, message_diff((("system", old),), (("system", new),)), settings)


def results(edit: Sequence[FileEdit], *sides: tuple[str, str], held: int = 0) -> Results:
    """As many cases as `sides`: what each receives before and after; the last ones are held out."""
    names = [f"case-{number}" for number in range(len(sides))]
    cases = [
        CaseInfo(name, {"who": f"Person {number}"}, "held-out" if number >= len(sides) - held else "")
        for number, name in enumerate(names)
    ]
    both: tuple[Side, ...] = ("base", "head")
    rendered = [
        Rendered(name, side, (("system", text.format(who=f"Person {number}")),))
        for number, (name, pair) in enumerate(zip(names, sides, strict=True))
        for side, text in zip(both, pair, strict=True)
    ]  # fmt: skip
    return replace(comparison(), cases=tuple(cases), rendered=tuple(rendered), samples=(), edit=tuple(edit))


def told(found: Results, *, plain: bool = False) -> str:
    return fit_sections([Section((text_fold(ResultsView(found, plain=plain)),))], 60_000, "")


def groups(found: Results) -> RenderedChanges:
    return rendered_changes(ResultsView(found))


KINDER = edit_of("Be kind to {{ who }}.\n", "Be very kind to {{ who }}.\n")
EACH = (KIND, "Be very kind to {who}.\n")


def test_the_edit_stands_once_with_its_placeholders_and_one_case_is_filled_in_below() -> None:
    assert told(results([KINDER], EACH, EACH, EACH)) == (
        "<details><summary>The edit (in all 3 cases)</summary>\n\n"
        "**`prompts/note.prompt.yml`**\n\n"
        "```diff\n@@ system @@\n-Be kind to {{ who }}.\n+Be very kind to {{ who }}.\n```\n\n"
        "<details><summary>What one case receives</summary>\n\n"
        "`case-0`:\n\n"
        "```diff\n@@ system @@\n-Be kind to Person 0.\n+Be very kind to Person 0.\n```\n\n"
        "</details>\n\n</details>"
    )
    assert "<details>" not in told(results([KINDER], EACH), plain=True)


def test_cases_that_receive_different_parts_of_the_edit_are_told_apart() -> None:
    edit = edit_of(TEMPLATE, TEMPLATE.replace("nothing.{", "no discount.{").replace("kind to", "very kind to"))
    sales = SALES, "Promise no discount.\nBe very kind to {who}.\n"
    page = told(results([edit], sales, EACH, EACH, EACH, held=1))
    assert page.count("Be kind to {{ who }}") == 1
    assert "<summary>The edit (in all 4 cases)</summary>" in page
    assert "<summary>What one case receives, in 3 of 4 cases (1 of them held out)</summary>" in page
    assert "<summary>What one case receives, in 1 of 4 cases</summary>" in page
    assert "Person 3" not in page
    hidden = told(results([edit], EACH, EACH, sales, held=1))
    assert "In 1 of 3 cases, held out: counted, not shown." in hidden


def test_an_edit_that_few_cases_receive_says_so() -> None:
    assert "<summary>The edit (in 1 of 3 cases)</summary>" in told(results([KINDER], EACH, (KIND, KIND), (KIND, KIND)))
    assert "<summary>The edit (no case shows it)</summary>" in told(results([KINDER], (KIND, KIND)))
    assert "<summary>The edit (in its one case)</summary>" in told(results([KINDER], EACH))


def test_one_edit_is_one_group_whatever_the_values_make_of_it() -> None:
    edit = edit_of("<t>{{ talk }}</t>\n", "<talk>\n{{ talk | upper }}\n</talk>\n")
    pairs = [(f"<t>{text}</t>\n", f"<talk>\n{text.upper()}\n</talk>\n") for text in ("a\nb", "c", "d\n\ne")]
    assert [len(change.cases) for change in groups(results([edit], *pairs)).changes] == [3]
    assert len(groups(results([], *pairs)).changes) == 3


def test_settings_are_words_and_reach_every_case() -> None:
    warmer = FileEdit(PROMPT, (), (SettingDifference("temperature", "0.2", "0.7"),))
    page = told(results([warmer], (KIND, KIND), (KIND, KIND)))
    assert page == (
        "<details><summary>The edit (in all 2 cases)</summary>\n\n"
        "**`prompts/note.prompt.yml`**\n\n- temperature: 0.2 → 0.7\n\n</details>"
    )
    default = FileEdit(PROMPT, (), (SettingDifference("input who.default", '"you"', '"all"'),))
    assert "The edit (in 1 of 2 cases)" in told(results([default], EACH, (KIND, KIND)))


def test_files_say_what_became_of_them() -> None:
    page = told(
        results(
            [
                FileEdit(STYLE, ("-Be kind.", "+Be brief."), was="prompts/shared/tone.j2"),
                FileEdit("prompts/shared/new.j2", ("+One.", "+Two.")),
                FileEdit("prompts/shared/old.j2", ("-One.",)),
                FileEdit("prompts/shared/spaces.j2", ("-One.", "+One. ")),
            ],
            EACH,
        )
    )
    assert "**`prompts/shared/style.j2`** (it was prompts/shared/tone.j2 before)\n" in page
    assert "**`prompts/shared/new.j2`** (new)\n" in page
    assert "**`prompts/shared/old.j2`** (removed, or not included any more)\n" in page
    assert "**`prompts/shared/spaces.j2`** (in spaces or line breaks only)\n\n```diff\n-One.\n+One.␣\n```" in page


def test_a_long_line_is_cut_around_what_changed() -> None:
    old = "word " * 500
    page = told(results([edit_of(old, old[:1000] + "OTHER " + old[1000:])], EACH))
    assert len(page) < 2000
    assert re.search(r"^\+….*OTHER.*…$", page, re.MULTILINE)


def test_several_suites_tell_a_shared_edit_once() -> None:
    style = FileEdit(STYLE, ("-Be kind.", "+Be brief."))
    suites = [replace(results([style], EACH, EACH), suite=name, title=name.title()) for name in ("a", "b", "c")]
    page = comment([*suites, replace(results([style, KINDER], EACH), suite="d", title="D")])
    assert page.count("\n-Be kind.\n+Be brief.\n") == 1
    line = "**The edit (in all 2 cases):** **`prompts/shared/style.j2`**, the same edit as under *A*, above."
    assert page.count(line) == 2
    assert page.count("-Be kind to {{ who }}.") == 1
    assert page.count("<summary>The edit (") == 2


def test_the_page_tells_it_once_too() -> None:
    warmer = FileEdit("promptops.yml", (), (SettingDifference("model small, temperature", "0.2", "0.7"),))
    page = html(results([KINDER, warmer], EACH, EACH, EACH, held=1))
    assert "<h2>The edit (in all 3 cases)</h2>" in page
    assert page.count("Be kind to {{ who }}.") == 1
    assert '<li dir="auto">model small, temperature: 0.2 → 0.7</li>' in page
    assert "<summary>What one case receives</summary>\n<p><code>case-0</code></p>" in page
    assert "What changed in the text the model receives" in html(results([], EACH))


def test_results_that_do_not_say_it_show_what_cases_receive() -> None:
    page = told(results([], EACH, EACH))
    assert "<summary>What changed in the text the model receives (2 of 2 cases)</summary>" in page
    assert "**2 of 2 cases**, shown for `case-0`" in page


def test_a_suite_that_changed_alone_is_not_called_an_edit() -> None:
    same = results([], (KIND, KIND))
    arms = tuple(replace(arm, evaluation_digest="sha256:1") for arm in same.arms)
    assert told(replace(same, arms=arms)) == "The model receives the same as before; what differs is the suite."
    assert told(same).startswith("The messages are the same for every case; what differs is the model")


@pytest.mark.parametrize("foreign", [True, False])
def test_hostile_edits_are_inert(foreign: bool) -> None:
    edit = FileEdit(
        HOSTILE, (f"-{HOSTILE}", f"+{HOSTILE * 300}"), (SettingDifference(HOSTILE, HOSTILE, None),), HOSTILE
    )
    found = results([edit] * 3, EACH)
    page = comment(quote_results([found]) if foreign else [found], foreign=foreign)
    assert ("“" in page.split("```\n\n- ")[1].split("\n")[0]) is foreign
    outside = re.sub(r"(?ms)^(`{3,})diff\n.*?^\1$", "", page)
    assert outside.count("<details>") == outside.count("</details>")
    for live in (r"@acme", r"#12", r"GH-7", r"://", r"<img", r"<script", r"^\s*::"):
        assert not re.search(live, page, re.MULTILINE), live
