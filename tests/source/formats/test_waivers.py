from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from promptops.errors import PromptError
from promptops.model.label import Label
from promptops.model.waiver import Waiver
from promptops.source.formats.labels import label_line, labels_path, load_labels, parse_labels
from promptops.source.formats.waivers import load_waivers, parse_waivers, waiver_line, waivers_path
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
