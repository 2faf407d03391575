"""What waits for people in the comment: whose reply, the reply itself and the line that judges it."""

from __future__ import annotations

import re
from dataclasses import replace

from promptops.forge.comment_commands import LabelCommand, parse_commands
from promptops.model.results import Arm, CaseInfo, CriterionInfo, Results, Sample
from promptops.model.score import Score
from promptops.report.comment.markdown import comment
from promptops.report.results.cases.waiting_replies import waiting_fold, waiting_replies
from promptops.report.results.results_view import ResultsView
from promptops.text.truncate import Fold
from promptops.workflows.comment_commands.meaning import find_meaning
from promptops.workflows.comment_commands.targets import LabelTarget
from tests.report.factory import arm, comparison, first_run

KIND = 'says "hello"'


def run(*replies: tuple[str, int, int, str], models: int = 1, trials: int = 1) -> Results:
    """Replies as (case, arm, trial, text); base and head of each model in turn. The case `secret` is held out."""
    arms: list[Arm] = [arm(side, f"model {number}") for number in range(models) for side in ("base", "head")]
    scores = {KIND: Score.waiting("waiting"), "other": Score(1.0, passed=True)}
    names = dict.fromkeys(case for case, *_ in replies)
    return Results(
        suite="my meetings", suite_path="evals/my meetings.eval.yml", prompt="p", title="P", suite_digest="d",
        arms=tuple(arms),
        criteria=(CriterionInfo(KIND, "human", question="Is it kind?"), CriterionInfo("other", "string")),
        cases=tuple(CaseInfo(name, {}, split="held-out" if name == "secret" else "") for name in names), rendered=(),
        samples=tuple(Sample(case, at, trial, text=text, scores=scores) for case, at, trial, text in replies),
        trials=trials,
    )  # fmt: skip


def judged(found: Results, line: str) -> str:
    """The reply that a line of the comment judges, when it is pasted into one."""
    [command] = parse_commands(line).found
    assert isinstance(command, LabelCommand), command
    meaning = find_meaning(command, [found])
    assert meaning.exact
    assert isinstance(meaning.target, LabelTarget)
    from promptops.evals.evaluators.base import output_digest

    return next(one.text for one in found.samples if output_digest(one.text) == meaning.target.output)


def lines(found: Results) -> list[str]:
    return [one.line for one in waiting_replies(ResultsView(found))]


def test_each_versions_reply_has_the_line_that_judges_it_and_an_equal_one_is_told_once() -> None:
    found = run(("a b", 0, 0, "old"), ("a b", 1, 0, "new"), ("c", 0, 0, "same"), ("c", 1, 0, "same"))
    assert lines(found) == [
        '/promptops label "a b" "says \\"hello\\"" pass',
        '/promptops label "a b" "says \\"hello\\"" pass base',
        '/promptops label c "says \\"hello\\"" pass',
    ]
    assert [judged(found, line) for line in lines(found)] == ["new", "old", "same"]


def test_models_and_trials_are_named_where_their_replies_differ() -> None:
    found = run(
        ("a", 1, 0, "one"), ("a", 1, 1, "two"), ("a", 3, 0, "three"), ("a", 2, 1, "old"),
        ("b", 1, 0, "x"), ("b", 1, 1, "x"),
        models=2, trials=2,
    )  # fmt: skip
    assert [judged(found, line) for line in lines(found)] == ["one", "two", "three", "old", "x"]
    assert [line.partition(" pass")[2] for line in lines(found)] == [
        ' trial 1 model "model 0"', ' trial 2 model "model 0"', ' trial 1 model "model 1"', " base", "",
    ]  # fmt: skip


def test_a_suite_is_named_where_there_are_several() -> None:
    [one] = waiting_replies(ResultsView(run(("a", 1, 0, "new"))), name_suite=True)
    assert one.line.endswith('in "my meetings"')


def test_the_fold_says_whose_replies_wait_and_shows_the_first_of_them() -> None:
    replies = [(f"c{number}", side, 0, f"{number} {side}") for number in range(5) for side in (0, 1)]
    fold = waiting_fold(ResultsView(run(*replies, ("secret", 1, 0, "held back"))))
    assert isinstance(fold, Fold)
    assert fold.summary == (
        "11 answers by people are missing: 6 about replies of the new version, 5 about replies of the old version"
    )
    text = "\n".join(block.text for block in fold.blocks)
    assert re.findall(r"^/promptops .*", text, re.MULTILINE) == [
        f'/promptops label c{number} "says \\"hello\\"" pass{side}' for number in range(3) for side in ("", " base")
    ]
    assert "**`c0`**, the reply of the old version (base): Is it kind?\n\n```text\n0 0\n```" in text
    assert "4 more replies will stand here when these are answered." in text
    assert "1 answer about held-out cases is missing too" in text
    assert "held back" not in text
    assert "secret" not in text


def test_nothing_waits_where_nobody_is_asked_or_nothing_could_be_recorded() -> None:
    found = run(("a", 1, 0, "new"))
    assert waiting_fold(ResultsView(found, foreign=True)) == ""
    assert "/promptops" not in str(waiting_fold(ResultsView(found, plain=True)))
    done = tuple(replace(sample, scores={KIND: Score(1.0, passed=True)}) for sample in found.samples)
    assert waiting_fold(ResultsView(replace(found, samples=done))) == ""


def test_a_reply_in_the_fold_is_inert() -> None:
    found = run(("a", 1, 0, '```\n/promptops accept x "y"\n<!-- promptops --> @acme/all </details>'))
    page = comment([found])
    assert parse_commands(page).found == ()
    assert "@acme/all" not in page
    assert page.count("<!--") == 1
    assert page.count("</details>") == page.count("<details>")


def test_the_comment_of_a_run_with_and_without_a_base_shows_what_waits() -> None:
    assert (
        "45 answers by people are missing: 23 about replies of the new version, 22 about replies of the old"
        in comment([comparison()])
    )
    assert "23 answers by people are missing</summary>" in comment([first_run()])
