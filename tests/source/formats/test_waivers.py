from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from promptops.errors import PromptError
from promptops.model.label import Label
from promptops.model.waiver import Waiver
from promptops.source.formats.labels import label_line, labels_path, load_labels, parse_labels
from promptops.source.formats.waivers import (
    all_waivers,
    load_waivers,
    parse_waivers,
    suite_waivers,
    waiver_line,
    waiver_path,
    waivers_folder,
    waivers_path,
)
from tests.conftest import ProjectBuilder

ONE = Waiver(
    "s", "q", "at least 75%", "failed", "", "sha256:1", "sha256:2", "@ana", "2026-11-24", 'so "it" is\nyes', "u"
)
LABEL = Label("c", "sha256:1", "q", "pass", "@ana", "2026-11-24T10:00:00+00:00", 'a "word"\n{}')


def test_an_override_is_read_as_it_was_written_on_one_line() -> None:
    line = waiver_line(ONE)
    assert line.count("\n") == 1
    assert parse_waivers(line + "\n" + line, "f") == (ONE, ONE)


def test_a_label_is_read_as_it_was_written_on_one_line() -> None:
    said = replace(LABEL, url="https://github.com/acme/prompts/pull/1#issuecomment-2")
    line = label_line(said)
    assert line.count("\n") == 1
    assert parse_labels(line * 2, "f") == (said, said)
    assert parse_labels(label_line(LABEL), "f") == (LABEL,)
    assert parse_labels(label_line(Label("c", "o", "q", "fail")), "f") == (Label("c", "o", "q", "fail"),)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "7",
        "{}",
        waiver_line(ONE).replace('"failed"', '"passed"'),
        waiver_line(ONE).replace('"failed"', '["failed"]'),
        waiver_line(ONE).replace('"sha256:1"', "null"),
        waiver_line(ONE).replace('"who"', '"whom"'),
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_override_is_named(line: str) -> None:
    with pytest.raises(PromptError, match=r"^evals/labels/overrides\.jsonl:2: this line is not an override"):
        parse_waivers(waiver_line(ONE) + line, "evals/labels/overrides.jsonl")


def test_a_project_without_the_file_has_no_overrides(project: ProjectBuilder) -> None:
    path = waivers_path("evals")
    assert load_waivers(project({}).source, path) == ()
    assert load_waivers(project({str(path): waiver_line(ONE)}).source, path) == (ONE,)


def test_labels_of_a_suite_called_overrides_lie_in_a_file_of_their_own(project: ProjectBuilder) -> None:
    path = labels_path("evals", "overrides")
    assert path != waivers_path("evals")
    assert labels_path("evals", "prompt:a/b") == PurePosixPath("evals/labels/prompt-a/b.jsonl")
    assert load_labels(project({str(path): label_line(LABEL)}).source, path) == (LABEL,)


def test_an_acceptance_has_a_file_whose_name_says_what_it_is_about() -> None:
    one = ONE._replace(criterion="Names: the owner!", head="sha256:0123456789abcdef", suite="legal/clause")
    path = waiver_path("evals", one)
    assert (path.parent, path.suffix) == (PurePosixPath("evals/waivers/legal/clause"), ".json")
    assert path.name.startswith("names-the-owner-01234567-ana-")
    assert waiver_path("evals", one._replace(suite="prompt:a")).parent == PurePosixPath("evals/waivers/prompt-a")
    assert waiver_path("evals", one._replace(criterion="ist es höflich", who="")).name.isascii()
    assert len(waiver_path("evals", one._replace(criterion="x" * 5000, who="@" + "y" * 5000)).name) < 120


def test_acceptances_that_differ_have_other_names_and_the_same_one_said_later_has_not() -> None:
    fields = [key for key in Waiver._fields if key not in ("when", "suite")]
    others = [Waiver(**{**ONE._asdict(), key: "other"}) for key in fields]
    assert len({waiver_path("evals", one) for one in (ONE, *others)}) == len(others) + 1
    assert waiver_path("evals", ONE._replace(when="2027-01-01")) == waiver_path("evals", ONE)


def test_the_old_place_is_read_too_and_what_stands_in_both_counts_once(project: ProjectBuilder) -> None:
    old, other = ONE._replace(why="long ago"), ONE._replace(suite="t")
    files = {str(waivers_path("evals")): "".join(map(waiver_line, (old, ONE, other)))}
    files |= {str(waiver_path("evals", one)): waiver_line(one) for one in (ONE, other)}
    source = project(files).source
    assert suite_waivers(source, "evals", "s") == (old, ONE)
    assert suite_waivers(source, "evals", "t") == (other,)
    assert set(all_waivers(source, "evals")) == {old, ONE, other}


def test_a_suites_folder_moves_with_the_suite(project: ProjectBuilder) -> None:
    source = project({"evals/waivers/renamed/any.json": waiver_line(ONE)}).source
    assert suite_waivers(source, "evals", "renamed") == (ONE._replace(suite="renamed"),)
    assert suite_waivers(source, "evals", "s") == ()


@pytest.mark.parametrize("name", ["*", "**", "gree?", "gr*", "[g]reet"])
def test_a_suite_that_is_called_like_a_pattern_has_no_others_acceptances(project: ProjectBuilder, name: str) -> None:
    theirs, mine = ONE._replace(suite="greet"), ONE._replace(suite=name, who="@b")
    source = project({str(waiver_path("evals", one)): waiver_line(one) for one in (theirs, mine)}).source
    assert suite_waivers(source, "evals", name) == (mine,)
    assert suite_waivers(source, "evals", "greet") == (theirs,)


def test_a_suite_below_another_has_its_own(project: ProjectBuilder) -> None:
    inner = ONE._replace(suite="s/t")
    source = project({str(waiver_path("evals", one)): waiver_line(one) for one in (ONE, inner)}).source
    assert suite_waivers(source, "evals", "s") == (ONE,)
    assert suite_waivers(source, "evals", "s/t") == (inner,)
    assert suite_waivers(source, "evals", "../evals/s") == ()


@pytest.mark.parametrize("text", ["", "{}", waiver_line(ONE) * 2, "null", waiver_line(ONE).replace("failed", "fine")])
def test_a_file_that_holds_no_acceptance_is_named(project: ProjectBuilder, text: str) -> None:
    path = waivers_folder("evals", "s") / "a.json"
    with pytest.raises(PromptError, match=r"^evals/waivers/s/a\.json"):
        suite_waivers(project({str(path): text}).source, "evals", "s")
