"""What a save means, worked out without a process: which prompts it concerns, and what they show."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import EvalError, SourceError
from promptops.workflows.watch.watch import SavedFile, SaveReport, Watch
from tests.conftest import write_files
from tests.test_hooks import GOOD, HIDDEN
from tests.workflows.scene import GREET, SUITE, files_for, workspace_at

GREET_FILE, SUITE_FILE, TONE = "prompts/greet.prompt.yml", "evals/greet.eval.yml", "prompts/shared/tone.j2"
INCLUDE = "{% include 'shared/tone.j2' %}"
KIND = GREET.replace("content: 'Greet {{ who }}'", f'content: "Greet {{{{ who }}}} {INCLUDE}"')


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A prompt and its suite of three cases."""
    root = tmp_path / "project"
    write_files(root, files_for("http://127.0.0.1:9/v1"))
    return root


def saved(watch: Watch, root: Path, files: dict[str, str]) -> SaveReport:
    """Write the files, and the answer."""
    write_files(root, files)
    found = watch.saved([PurePosixPath(name) for name in files])
    assert found is not None
    return found


def _shown(found: SaveReport) -> dict[str, tuple[str, str | None, str | None]]:
    """Prompt → case, the last message before, the last message now."""
    return {
        one.prompt: (one.case, one.before[-1][1] if one.before else None, one.after[-1][1] if one.after else None)
        for one in found.previews
    }


def test_a_prompt_shows_its_first_case_before_and_now(root: Path) -> None:
    watch = Watch(workspace_at(root))
    assert (watch.prompts, watch.suites) == (1, 1)
    found = saved(watch, root, {GREET_FILE: GREET.replace("Greet", "Meet")})
    assert found.changes == (SavedFile(PurePosixPath(GREET_FILE), "saved"),)
    assert _shown(found) == {"greet": ("ada", "Greet Ada", "Meet Ada")}
    assert (found.concerned, found.others, found.previews[0].suite) == (1, (), "greet")
    assert watch.saved([PurePosixPath(GREET_FILE)]) is None


def test_a_held_out_case_is_shown_only_when_it_is_asked_for(root: Path) -> None:
    hidden = SUITE.replace("who: Ada", "who: Ada, split: held-out")
    write_files(root, {SUITE_FILE: hidden})
    meet = {GREET_FILE: GREET.replace("Greet", "Meet")}
    assert _shown(saved(Watch(workspace_at(root)), root, meet))["greet"][0] == "bob"
    assert _shown(saved(Watch(workspace_at(root), case="ada"), root, {GREET_FILE: GREET}))["greet"][0] == "ada"
    all_hidden = hidden.replace("Bob", "Bob, split: held-out").replace("Eve", "Eve, split: held-out")
    found = saved(Watch(workspace_at(root)), root, {SUITE_FILE: all_hidden})
    assert (found.previews[0].written, found.previews[0].case) == ("held out", "")


def test_a_prompt_without_cases_is_shown_as_written_with_the_templates_that_changed(root: Path) -> None:
    (root / SUITE_FILE).unlink()
    write_files(root, {GREET_FILE: KIND, TONE: "Be kind."})
    watch = Watch(workspace_at(root))
    (one,) = saved(watch, root, {TONE: "Be brief."}).previews
    assert one.written == "no cases"
    assert one.before is not None
    assert one.after is not None
    assert (one.before[-1], one.after[-1]) == ((TONE, "Be kind."), (TONE, "Be brief."))


def test_a_template_concerns_the_prompts_that_reach_it_through_others_too(root: Path) -> None:
    deep = {TONE: "{% include './deep.j2' %}", "prompts/shared/deep.j2": "Deep."}
    write_files(root, {GREET_FILE: KIND, "prompts/plain.prompt.yml": GREET, **deep})
    watch = Watch(workspace_at(root))
    assert _shown(saved(watch, root, {"prompts/shared/deep.j2": "Deeper."})) == {
        "greet": ("ada", "Greet Ada Deep.", "Greet Ada Deeper.")
    }
    saved(watch, root, {TONE: "Flat."})
    assert saved(watch, root, {"prompts/shared/deep.j2": "Deepest."}).previews == ()


def test_a_template_that_was_missing_concerns_who_looked_for_it(root: Path) -> None:
    write_files(root, {GREET_FILE: KIND.replace("shared/tone.j2", "../texts/tone.txt")})
    watch = Watch(workspace_at(root))
    assert _shown(saved(watch, root, {"texts/tone.txt": "Be kind."})) == {"greet": ("ada", None, "Greet Ada Be kind.")}


def test_of_many_prompts_three_are_shown_and_the_rest_is_left_for_later(root: Path) -> None:
    write_files(root, {TONE: "Be kind."} | {f"prompts/p{n}.prompt.yml": KIND for n in range(9)})
    watch = Watch(workspace_at(root))
    found = saved(watch, root, {TONE: "Be brief."})
    assert [one.prompt for one in found.previews] == ["p0", "p1", "p2"]
    assert found.concerned == 9
    assert [path.name for path in found.others] == [f"p{n}.prompt.yml" for n in range(3, 9)]
    assert watch.lint(found.others).checked["prompt"] == 6


def test_a_suite_concerns_the_prompt_it_tested_and_the_one_it_tests_now(root: Path) -> None:
    write_files(root, {"prompts/bye.prompt.yml": GREET.replace("Greet", "Leave")})
    watch = Watch(workspace_at(root))
    found = saved(watch, root, {SUITE_FILE: SUITE.replace("prompt: greet", "prompt: prompts/bye.prompt.yml")})
    assert _shown(found)["bye"] == ("ada", None, "Leave Ada")
    assert found.previews[1].written == "no cases"


def test_a_case_that_cannot_be_filled_says_why_and_comparing_goes_on_from_the_last_that_was_shown(root: Path) -> None:
    watch = Watch(workspace_at(root))
    saved(watch, root, {GREET_FILE: GREET.replace("Greet", "Meet")})
    (one,) = saved(watch, root, {GREET_FILE: GREET.replace("{{ who }}", "{{ whom }}")}).previews
    assert "whom" in one.problem
    assert one.after is None
    assert _shown(saved(watch, root, {GREET_FILE: GREET})) == {"greet": ("ada", "Meet Ada", "Greet Ada")}


def test_parameters_and_the_model_are_told_besides_the_messages(root: Path) -> None:
    watch = Watch(workspace_at(root))
    (one,) = saved(
        watch, root, {GREET_FILE: GREET.replace("model: small", "model: big\nmodelParameters: {temperature: 1}")}
    ).previews
    assert one.before == one.after
    assert [(found.what, found.old, found.new) for found in one.differences] == [
        ("model", "small", "big"),
        ("temperature", None, "1"),
    ]


def test_other_paths_in_the_settings_mean_other_prompts(root: Path) -> None:
    write_files(root, {"texts/bye.prompt.yml": GREET})
    watch = Watch(workspace_at(root))
    settings = (root / "promptops.yml").read_text("utf-8")
    saved(watch, root, {"promptops.yml": settings + "paths: {prompts: 'texts/**'}\n"})
    assert watch.prompts == 1
    assert list(_shown(saved(watch, root, {"texts/bye.prompt.yml": GREET.replace("Greet", "Leave")}))) == ["bye"]


def test_a_file_in_a_folder_that_went_is_told_as_deleted_and_a_moved_one_as_renamed(root: Path) -> None:
    write_files(root, {"prompts/a/x.prompt.yml": GREET, "prompts/a/y.prompt.yml": GREET.replace("Greet", "Y")})
    watch = Watch(workspace_at(root))
    (root / "prompts/a").rename(root / "prompts/b")
    found = watch.saved([PurePosixPath("prompts/a"), PurePosixPath("prompts/b")])
    assert found is not None
    assert [(str(one.path), one.what, str(one.was)) for one in found.changes] == [
        ("prompts/b/x.prompt.yml", "renamed", "prompts/a/x.prompt.yml"),
        ("prompts/b/y.prompt.yml", "renamed", "prompts/a/y.prompt.yml"),
    ]
    assert watch.prompts == 3


def test_a_new_file_that_a_suites_glob_names_brings_its_cases(root: Path) -> None:
    listed = SUITE[SUITE.index("[") : SUITE.index("]") + 1]
    write_files(
        root, {SUITE_FILE: SUITE.replace(listed, "../data/*.jsonl"), "data/b.jsonl": '{"id": "b", "who": "B"}\n'}
    )
    watch = Watch(workspace_at(root))
    assert not watch.may_concern(PurePosixPath("other/a.jsonl"))
    assert _shown(saved(watch, root, {"data/a.jsonl": '{"id": "a", "who": "A"}\n'})) == {
        "greet": ("a", None, "Greet A")
    }


def test_a_deleted_prompt_has_its_suites_looked_at(root: Path) -> None:
    watch = Watch(workspace_at(root))
    (root / GREET_FILE).unlink()
    found = watch.saved([PurePosixPath(GREET_FILE)])
    assert found is not None
    assert (found.changes[0].what, found.previews) == ("deleted", ())
    assert {str(finding.path) for finding in found.report.findings} == {SUITE_FILE}


def test_what_is_not_there_is_refused_at_the_start(root: Path) -> None:
    with pytest.raises(SourceError, match="no prompt called 'gret'"):
        Watch(workspace_at(root), ["gret"])
    with pytest.raises(EvalError, match="has a case 'zoe'"):
        Watch(workspace_at(root), [], "zoe")


def test_a_broken_project_is_watched_all_the_same(root: Path) -> None:
    write_files(root, {GREET_FILE: "messages: [", SUITE_FILE: "\0", "promptops.yml": "models: ["})
    watch = Watch(workspace_at(root))
    found = saved(watch, root, {GREET_FILE: GREET, SUITE_FILE: SUITE})
    assert _shown(found) == {"greet": ("ada", None, "Greet Ada")}


@pytest.mark.parametrize("what", HIDDEN)
def test_a_saved_file_counts_by_what_the_project_says_not_by_its_name(what: str, tmp_path: Path) -> None:
    before, change, said = HIDDEN[what]
    root = tmp_path / "project"
    write_files(root, {"prompts/good.prompt.yml": GOOD, **before})
    watch = Watch(workspace_at(root))
    for name, text in change.items():
        write_files(root, {name: text}) if text else (root / name).unlink()
    paths = [PurePosixPath(name) for name in change]
    assert all(map(watch.may_concern, paths))
    found = watch.saved(paths)
    assert found is not None
    assert any(said in (finding.code, str(finding.path)) for finding in found.report.findings)
