"""A diff of two versions in words: for a terminal, for a pull request, for programs."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from promptops.model.edit import FileEdit, SettingDifference
from promptops.model.outcomes.diff import CaseDiff, Impact, ProjectDiff, PromptDiff, SharedChange
from promptops.report.diff.json import diff_json
from promptops.report.diff.markdown import diff_markdown
from promptops.report.diff.text import diff_text
from promptops.report.results.edit.message_diffs import message_diff
from promptops.text.diffs.line_diff import MOST_LINES
from promptops.text.sanitize import JOINER, visible
from promptops.text.whitespace import mark_whitespace, whitespace_legend
from tests.report.factory import HOSTILE

REACH = Impact(("note",), ("@acme/words",), (), ("note",), ("prod",))


def case(name: str, base: str, head: str, *, held_out: bool = False, user: str = "") -> CaseDiff:
    before, after = ((("system", text), ("user", user or f"Hello {name}")) for text in (base, head))
    return CaseDiff(name, {"who": user or name}, held_out, before, after, "", "", len(base), len(head))


def prompt(*cases: CaseDiff, **more: object) -> PromptDiff:
    plain = PromptDiff("note", "prompts/note.prompt.yml", "changed", "Order note", cases=cases, reach=REACH)
    return replace(plain, **more)  # type: ignore[arg-type]


def edited(old: str, new: str) -> tuple[FileEdit, ...]:
    return (FileEdit("prompts/note.prompt.yml", message_diff((("system", old),), (("system", new),))),)


def project(*prompts: PromptDiff, **more: object) -> ProjectDiff:
    plain = ProjectDiff("4f2a91c", "uncommitted", "4f2a91c" + "0" * 33, None, "where this work left main", prompts)
    return replace(plain, **more)  # type: ignore[arg-type]


KINDER = edited("Be kind.\n", "Be very kind.\n")
BOTH = prompt(case("ada", "Be kind.\n", "Be very kind.\n"), case("bob", "Be kind.\n", "Be very kind.\n"), edit=KINDER)


def test_one_change_is_told_once_with_roles_tokens_and_whom_it_reaches() -> None:
    assert diff_text(project(BOTH, unchanged=7)) == (
        "before  4f2a91c, where this work left main\n"
        "now     the files as they are\n"
        "\n"
        "note (Order note)\n"
        "  the text changes in all 2 cases · about 5 tokens more in each (estimated)\n"
        "  owned by @acme/words · tested by note · pinned in prod; prod keeps its version until it is pinned anew\n"
        "\n"
        "  the edit, in all 2 cases\n"
        "    ── prompts/note.prompt.yml ──\n"
        "    ── system ──\n"
        "    - Be kind.\n"
        "    + Be very kind.\n"
        "  filled in: the same command with --case ada\n"
        "\n"
        "1 prompt changed, 7 are unchanged\n"
    )


def test_nothing_changed_is_one_line() -> None:
    assert diff_text(project(unchanged=7)) == (
        "Nothing that a model receives has changed: all 7 prompts are the same as in "
        "4f2a91c, where this work left main.\n"
    )
    assert "the prompt is the same" in diff_text(project(unchanged=1))
    assert diff_text(project()).startswith("There are no prompts to compare")
    assert diff_markdown(project(unchanged=7)).count("\n") == 1


def test_several_changes_are_told_apart_most_frequent_first() -> None:
    text = diff_text(project(prompt(case("eve", "Hi", "Ho"), *BOTH.cases)))
    assert "the text changes in all 3 cases · about 0 to 5 tokens more (estimated)" in text
    assert text.index("  in 2 of 3 cases, such as ada\n") < text.index("  in 1 of 3 cases, eve\n")


@pytest.mark.parametrize(
    ("deltas", "told"),
    [
        ((0, 0), "about as many tokens as before (estimated)"),
        ((-1, -1), "about 1 token fewer in each (estimated)"),
        ((-7, -2), "about 2 to 7 tokens fewer (estimated)"),
        ((-2, 3), "between about 2 tokens fewer and 3 more (estimated)"),
    ],
)
def test_token_changes_are_estimates_in_words(deltas: tuple[int, int], told: str) -> None:
    cases = [replace(one, base_tokens=10, head_tokens=10 + d) for one, d in zip(BOTH.cases, deltas, strict=True)]
    assert told in diff_text(project(prompt(*cases)))


def test_prompts_that_change_alike_are_told_together() -> None:
    other = replace(BOTH, id="other", title="Other", reach=Impact(("other",), (), ("other",), ("other",), ()))
    text = diff_text(
        project(BOTH, other, replace(BOTH, id="third", differences=(SettingDifference("top_p", None, "1"),)))
    )
    assert "2 prompts change alike: note, other\n  the text changes in all 4 cases" in text
    assert "owned by @acme/words (nobody for other) · tested by note, other · pinned in prod" in text
    assert "  the edit, in all 4 cases\n    ── prompts/note.prompt.yml ──\n" in text
    assert text.count("+ Be very kind.") == 1
    assert "  prompts/note.prompt.yml: the same edit as under note, above\n" in text
    assert "  top_p: new, 1\n" in text


def test_an_edit_of_a_shared_file_is_told_once_over_all_prompts() -> None:
    style = FileEdit("prompts/shared/style.j2", ("-Be kind.", "+Be very kind."))
    own = FileEdit("prompts/third.prompt.yml", ("@@ user @@", "-Hello {{ who }}", "+Hi {{ who }}"))
    first = replace(BOTH, edit=(style,))
    found = project(first, replace(first, id="other"), replace(first, id="third", edit=(own, style)))
    text, page = diff_text(found), diff_markdown(found)
    assert text.count("+ Be very kind.") == text.count("+ Hi {{ who }}") == 1
    assert "  prompts/shared/style.j2: the same edit as under note, above\n" in text
    assert page.count("\n```diff\n-Be kind.\n+Be very kind.\n```") == page.count("\n+Hi {{ who }}\n") == 1
    assert "**`prompts/shared/style.j2`**, the same edit as under *note*, above" in page


def test_what_only_some_cases_receive_is_told_of_those() -> None:
    written = "{% if sales %}Promise nothing.{% endif %}\nBe kind.\n"
    edit = edited(written, written.replace("Promise nothing", "Promise no discount").replace("kind", "very kind"))
    sales = case("eve", "Promise nothing.\nBe kind.\n", "Promise no discount.\nBe very kind.\n")
    text = diff_text(project(prompt(*BOTH.cases, sales, edit=edit)))
    assert text.count("Be very kind.") == 1
    assert "  the edit, in all 3 cases\n" in text
    assert (
        "\n  in 2 of 3 cases, such as ada\n"
        "\n  in 1 of 3 cases, eve; only there:\n"
        "    - {% if sales %}Promise nothing.{% endif %}\n"
        "    + {% if sales %}Promise no discount.{% endif %}\n"
    ) in text


def test_a_case_is_filled_in_when_it_is_asked_for() -> None:
    secret = case("secret", "Be kind.\n", "Be very kind.\n", held_out=True, user="SECRET")
    found = project(replace(BOTH, cases=(*BOTH.cases, secret)))
    text = diff_text(found, case="bob")
    assert "\n  case bob of note, filled in\n    ── system ──\n    - Be kind.\n    + Be very kind.\n" in text
    assert "--case" not in text
    assert "filled in\n" not in diff_text(found, case="secret")


def test_white_space_is_seen_and_said() -> None:
    text = diff_text(project(prompt(case("ada", "Be kind.\n\nNow.\n", "  Be  kind. \n\tNow.\n"))))
    assert "  in its one case, ada, in spaces or line breaks only\n" in text
    assert "    + ␣␣Be␣␣kind.␣\n    + ⇥Now.\n" in text
    assert "    - Be kind.\n    - ¶\n    - Now.\n" in text
    assert "(␣ is a space, ⇥ is a tab, ¶ is an empty line)" in text


@pytest.mark.parametrize(
    ("diff", "told"),
    [
        (["-a", "+a "], ["-a", "+a␣"]),
        (["-  a b", "+  a c"], ["-  a b", "+  a c"]),
        (["-  a", "+    a"], ["-␣␣a", "+␣␣␣␣a"]),
        (["-a !", "+a\xa0!"], ["-a !", "+a⍽!"]),
        ([" a  b ", "+x"], [" a  b ", "+x"]),
        (["-a", "+a\r"], ["-a", "+a⟨U+000D⟩"]),
        (["+   "], ["+␣␣␣"]),
    ],
)
def test_marks_stand_where_white_space_matters(diff: list[str], told: list[str]) -> None:
    assert mark_whitespace(diff) == told


def test_marks_of_a_huge_line_take_no_time() -> None:
    assert whitespace_legend(mark_whitespace([f"+{' ' * 100_000}{'a  ' * 100_000}{' ' * 100_000}b"])) == "␣ is a space"


def test_held_out_cases_are_counted_and_never_shown() -> None:
    secret = case("secret", "Be kind.\n", "Be very kind.\n", held_out=True, user="SECRET")
    alone = case("secret-2", "SECRET old", "SECRET new", held_out=True)
    unfit = CaseDiff("secret-3", {}, True, None, None, "SECRET", "SECRET")
    found = project(prompt(*BOTH.cases, secret, alone, unfit, edit=KINDER))
    for told in (diff_text(found), diff_markdown(found), diff_json(found)):
        assert "secret" not in told.lower()
    assert "  the edit, in all 4 cases (2 of them held out)\n" in diff_text(found)
    assert "  in 3 of 4 cases (1 of them held out), such as ada; only there:\n" in diff_text(found)
    assert "  in 1 of 4 cases, held out: counted, not shown\n" in diff_text(found)
    assert "1 case held out fits neither version\n" in diff_text(found)
    data = json.loads(diff_json(found))["prompts"][0]
    assert data["cases"] == {"compared": 4, "changed": 4, "heldOut": 2}
    assert [(one["cases"], one["heldOut"], one["shownFor"]) for one in data["changes"]] == [
        (["ada", "bob"], 1, "ada"),
        ([], 1, None),
    ]


@pytest.mark.parametrize(
    ("cases", "said", "above"),
    [
        ((), "the text changes; there are no cases to show the change in", "the edit, as it is written\n"),
        (
            (case("ada", "a", "a"),),
            "the text is the same in its one case",
            "the edit, as it is written; no case reaches it",
        ),
        (
            (case("ada", "a", "b", held_out=True),),
            "the text changes in its one case",
            "the edit, in its one case (all of them held out)",
        ),
        (
            (CaseDiff("ada", {}, False, None, None, "x", "x"),),
            "the text changes; none of the cases fits both versions",
            "the edit, as it is written\n",
        ),
    ],
)
def test_the_edit_is_shown_as_it_is_written_whatever_cases_show(
    cases: tuple[CaseDiff, ...], said: str, above: str
) -> None:
    text = diff_text(project(prompt(*cases, edit=edited("Hi {{ who }}", "Ho {{ who }}"))))
    assert said in text
    assert above in text
    assert "    ── prompts/note.prompt.yml ──\n    ── system ──\n    - Hi {{ who }}\n    + Ho {{ who }}\n" in text
    assert "Ho {{ who }}" in diff_markdown(project(prompt(*cases, edit=edited("Hi {{ who }}", "Ho {{ who }}"))))


def test_what_differs_besides_the_text_is_a_line_each() -> None:
    told = (SettingDifference("model", "small (local/a)", "small (openai/b)"), SettingDifference("top_p", "1", None))
    text = diff_text(project(prompt(*(replace(one, head=one.base) for one in BOTH.cases), differences=told)))
    assert "  the text is the same\n" in text
    assert "  model: small (local/a) → small (openai/b)\n  top_p: taken out, was 1\n" in text
    many = tuple(SettingDifference(f"p{number}", "0", "1") for number in range(30))
    assert "and 18 more differences besides the text" in diff_text(project(replace(BOTH, differences=many)))


def test_new_deleted_renamed_and_unreadable_prompts_are_told_as_such() -> None:
    states = [
        prompt(id="a", status="new"),
        prompt(id="b", status="deleted", notes=("prod still pins 'b' and keeps the version it pinned",)),
        prompt(id="c", status="renamed", was="old", was_path="prompts/old.prompt.yml"),
        prompt(id="d", status="renamed", was_path="prompts/d.prompt.yaml"),
        prompt(id="e", status="unreadable", errors=("", "e.prompt.yml:1: not YAML")),
    ]
    text = diff_text(project(*states))
    assert "new: there is nothing to compare it with" in text
    assert "  deleted\n  prod still pins 'b' and keeps the version it pinned\n" in text
    assert "renamed: it was old before; the model receives the same" in text
    assert "its file was moved: it was prompts/d.prompt.yaml before; the model receives the same" in text
    assert "  it cannot be compared\n  now: e.prompt.yml:1: not YAML\n" in text
    assert text.endswith("1 prompt is new, 1 was deleted, 2 were moved or renamed only, 1 cannot be compared\n")


def test_cases_that_fit_one_version_are_said_with_the_reason() -> None:
    gone = [CaseDiff(name, {}, False, (), None, "", "the input 'tone' has no value") for name in ("tom", "ina")]
    text = diff_text(project(prompt(*BOTH.cases, *gone)))
    assert "  2 cases fit only the old version (tom, ina): the input 'tone' has no value\n" in text


def test_shared_changes_name_all_they_reach() -> None:
    shared = (
        SharedChange("template", "prompts/shared/tone.j2", "changed", Impact(tuple("abcde"), (), tuple("abcde"))),
        SharedChange("template", "prompts/shared/unused.j2", "new", Impact()),
        SharedChange("model", "small", "changed", REACH, "local/a", "openai/b at http://x"),
    )
    text = diff_text(project(unchanged=2, shared=shared))
    assert "  prompts/shared/tone.j2 changed\n    prompts       a, b, c, d, e (5)\n" in text
    assert "    owners        nobody is named as owner\n    suites        none\n    environments  none\n" in text
    assert "  prompts/shared/unused.j2 is new\n    prompts       no prompt uses it\n" in text
    assert "  the model small: local/a → openai/b at http://x\n" in text
    assert "    environments  pinned in prod; prod keeps its version until it is pinned anew\n" in text


def test_colour_is_ours_alone_and_only_when_asked_for() -> None:
    coloured = diff_text(project(BOTH), color=True)
    assert "\x1b[32m    + Be \x1b[4mvery\x1b[24m kind.\x1b[0m" in coloured
    assert "\x1b[31m    - Be kind.\x1b[0m" in coloured
    for found in (project(BOTH), hostile(), project(prompt(case("ada", "a\nb\nc", "x y z\nb")))):
        assert re.sub(r"\x1b\[\d+m", "", diff_text(found, color=True)) == diff_text(found)


def hostile() -> ProjectDiff:
    text = HOSTILE * 300
    pair = replace(case("x", text, text + HOSTILE), case=HOSTILE, fields={"f": text})
    gone = CaseDiff(HOSTILE, {}, False, (), None, "", text)
    reach = Impact(*((HOSTILE, text) for _ in range(5)))
    one = prompt(
        pair,
        gone,
        id=HOSTILE,
        title=text,
        reach=reach,
        notes=(text,),
        differences=(SettingDifference(HOSTILE, text, text),),
    )
    broken = replace(one, id="b", status="unreadable", errors=(text, text))
    raw = replace(one, id="c", cases=(), edit=(replace(edited(text, HOSTILE)[0], path=HOSTILE, was=text),))
    moved = replace(one, id="d", status="renamed", was=text, was_path=text)
    shared = (
        SharedChange("template", text, "changed", reach),
        SharedChange("model", text, "changed", reach, text, text),
    )
    return project(one, broken, raw, moved, base_words=text, notes=(text,), shared=shared)


def test_hostile_text_controls_no_terminal() -> None:
    text = diff_text(hostile())
    assert visible(text) == text
    assert not any(line.startswith("::") for line in text.splitlines())
    assert diff_json(hostile()).isascii()


def test_hostile_text_is_inert_in_markdown() -> None:
    page = diff_markdown(hostile())
    outside = re.sub(r"(?ms)^(`{3,})diff\n.*?^\1$", "", page)
    assert outside.count("<details>") == outside.count("</details>")
    assert visible(page.replace(JOINER, "")) == page.replace(JOINER, "")
    for live in (r"@acme", r"#12", r"GH-7", r"://", r"<!--", r"<img", r"<script", r"^\s*::"):
        assert not re.search(live, page, re.MULTILINE), live


@pytest.mark.parametrize("count", [1, 40, 1000])
def test_markdown_is_never_too_long(count: int) -> None:
    long = "\n".join(f"word {number}" for number in range(30_000 // (30 + count)))
    many = [
        prompt(case("ada", long, f"{long} {number}\n" * 2), id=f"p{number}", title=HOSTILE) for number in range(count)
    ]
    shared = tuple(SharedChange("template", HOSTILE * 3, "changed", REACH) for _ in range(count))
    page = diff_markdown(project(*many, shared=shared))
    assert len(page) <= 65_536
    assert f"{count:d} prompt" in page.replace(",", "")
    assert "#### p0" in page


def test_a_long_diff_is_cut_and_says_so() -> None:
    long = "\n".join(f"line {number}" for number in range(MOST_LINES))
    assert "… 3 more lines" in diff_text(project(prompt(case("ada", "x", long + "\ny"))))


def test_json_holds_every_key_that_is_documented() -> None:
    shared = (SharedChange("model", "small", "changed", REACH, "local/a", "openai/b"),)
    gone = CaseDiff("tom", {}, False, (), None, "", "why")
    told = prompt(*BOTH.cases, gone, differences=(SettingDifference("top_p", None, "1"),), edit=edited("a", "b"))
    data = json.loads(diff_json(project(told, unchanged=7, shared=shared, notes=("n",))))
    assert data["format"] == "promptops-diff/1"
    assert data["base"] == {"revision": "4f2a91c", "commit": "4f2a91c" + "0" * 33, "found": "where this work left main"}
    assert data["head"] == {"revision": "uncommitted", "commit": None, "found": None}
    assert (data["unchanged"], data["notes"]) == (7, ["n"])
    (one,) = data["prompts"]
    assert one["changes"] == [
        {
            "cases": ["ada", "bob"],
            "heldOut": 0,
            "shownFor": "ada",
            "diff": ["@@ system @@", "-Be kind.", "+Be very kind."],
            "estimatedTokens": {"least": 5, "most": 5},
        }
    ]
    assert one["apart"] == [{"fits": "base", "problem": "why", "cases": ["tom"], "heldOut": 0}]
    assert one["differences"] == [{"what": "top_p", "old": None, "new": "1"}]
    assert one["written"] == ["@@ system @@", "-a", "+b"]
    assert one["edit"] == [
        {"path": "prompts/note.prompt.yml", "was": None, "diff": ["@@ system @@", "-a", "+b"]},
    ]
    assert one["reach"]["environments"] == ["prod"]
    assert data["shared"][0]["reach"] == one["reach"]

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    undocumented = {key for key in keys(data) if not re.search(rf"\b{key}\b", diff_json.__doc__ or "")}
    assert undocumented == set()
