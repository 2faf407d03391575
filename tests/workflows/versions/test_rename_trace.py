"""Prompts and suites that were renamed, as the history of the name of today tells them."""

from __future__ import annotations

import pytest

from promptops.errors import SourceError
from promptops.model.outcomes.history import CriterionRate, History, Scorecard
from promptops.report.history.view import suite_history
from promptops.source.git.notes import add_note_lines
from promptops.source.git.repository import Repository
from promptops.workflows.history import history
from promptops.workflows.notes.note_format import dump_line
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.diff.test_diff import GREET, SUITE, edited
from tests.workflows.pins import FILES, pinned
from tests.workflows.scene import workspace_at

OLD, NEW = "prompts/greet.prompt.yml", "prompts/hello.prompt.yml"
SAME_NO_MORE = "model: small\nmessages: [{role: user, content: Every word is another one now.}]\n"
SUITE_FILE = "evals/greet.eval.yml"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """Two versions of a prompt under its old name."""
    found = repository()
    found.commit(FILES, "Begin (#1)")
    found.commit({OLD: edited(GREET, "Greet", "Welcome")}, "Kinder (#2)")
    return found


def seen(repo: GitRepository, name: str = "hello", **choice: object) -> History:
    return history(workspace_at(repo.root), name, **choice)  # type: ignore[arg-type]


def renamed(repo: GitRepository, old: str = OLD, new: str = NEW, message: str = "Another name (#15)") -> str:
    repo.git("mv", old, new)
    return repo.commit({SUITE_FILE: SUITE.replace("prompt: greet", "prompt: hello")}, message)


def changed(repo: GitRepository, words: str = "Salute") -> str:
    return repo.commit({NEW: edited(GREET, "Greet", words)}, "Stiffer (#16)")


def noted(repo: GitRepository, number: int, suite: str, prompt: str, names: tuple[str, ...] = ("contains",)) -> None:
    """Results of the version in this row, under these names."""
    row = seen(repo).versions[number]
    rates = tuple(CriterionRate(name, 12, 0.75, 0.5, 0.9) for name in names)
    when = "2026-11-20T05:00:00+00:00"
    card = Scorecard(suite, prompt, "small", "openai/m", row.digest or "", "e", "s", rates, (), 0.4, 1.2, when)
    add_note_lines(Repository(repo.root), {row.commit: [dump_line(card)]})


def test_the_rename_is_told_with_the_commit_that_did_it(repo: GitRepository) -> None:
    commit = renamed(repo)
    changed(repo)
    rows = seen(repo).versions
    assert [row.renamed for row in rows] == [((commit, "greet", "hello", 15),), (), ()]
    assert [row.prompt for row in rows] == ["hello", "greet", "greet"]


def test_a_rename_after_the_newest_version_is_told_there(repo: GitRepository) -> None:
    commit = renamed(repo)
    assert [row.renamed for row in seen(repo).versions] == [((commit, "greet", "hello", 15),), ()]


def test_a_rename_with_a_change_belongs_to_its_version(repo: GitRepository) -> None:
    repo.git("mv", OLD, NEW)
    commit = changed(repo)
    rows = seen(repo).versions
    assert [row.renamed for row in rows] == [((commit, "greet", "hello", 16),), (), ()]
    assert rows[0].commit == commit


def test_a_renamed_suite_has_all_versions_in_one_table(repo: GitRepository) -> None:
    repo.git("mv", SUITE_FILE, "evals/welcome.eval.yml")
    repo.git("mv", OLD, NEW)
    repo.commit({"evals/welcome.eval.yml": SUITE.replace("prompt: greet", "prompt: hello")}, "renamed")
    changed(repo)
    noted(repo, 0, "welcome", "hello")
    noted(repo, 1, "greet", "greet")
    noted(repo, 2, "greet", "greet")
    found = seen(repo)
    assert (found.suites, found.former_suites) == (("welcome",), {"greet": "welcome"})
    table = suite_history(found)
    assert table is not None
    assert table.suite == "welcome"
    assert all(table.cards)


def test_a_suite_renamed_later_and_twice(repo: GitRepository) -> None:
    renamed(repo)
    noted(repo, 0, "greet", "greet")
    for old, new in (("greet", "one"), ("one", "two")):
        repo.git("mv", f"evals/{old}.eval.yml", f"evals/{new}.eval.yml")
        repo.commit(message=f"{old} to {new}")
    assert seen(repo).former_suites == {"greet": "two"}


def test_a_suite_that_went_is_not_taken_for_another_that_was_there(repo: GitRepository) -> None:
    repo.commit({"evals/tone.eval.yml": SUITE})
    repo.git("rm", "--quiet", SUITE_FILE)
    repo.git("mv", OLD, NEW)
    repo.commit({"evals/tone.eval.yml": SUITE.replace("prompt: greet", "prompt: hello")}, "one suite less")
    noted(repo, 0, "greet", "greet")
    found = seen(repo)
    assert (found.suites, found.former_suites) == (("tone",), {})


def test_a_suite_that_asks_something_else_is_another_one(repo: GitRepository) -> None:
    repo.git("mv", OLD, NEW)
    repo.git("rm", "--quiet", SUITE_FILE)
    other = SUITE.replace("prompt: greet", "prompt: hello").replace("{string", "{name: is polite, string")
    repo.commit({"evals/manners.eval.yml": other}, "other questions")
    noted(repo, 0, "greet", "greet")
    assert seen(repo).former_suites == {}


def test_the_suite_in_a_prompts_file_goes_with_it(repo: GitRepository) -> None:
    inline = f"{GREET}testData: [{{id: ada, who: Ada}}]\nevaluators: [{{string: {{contains: x}}}}]\n"
    repo.commit({OLD: inline}, "its own cases")
    renamed(repo)
    noted(repo, 0, "prompt:greet", "greet")
    found = seen(repo)
    assert found.former_suites == {"prompt:greet": "prompt:hello"}
    assert "prompt:hello" in found.suites


def test_the_former_name_leads_to_the_one_of_today(repo: GitRepository) -> None:
    commit = renamed(repo)
    for name in ("greet", OLD):
        with pytest.raises(SourceError, match="greet") as caught:
            seen(repo, name)
        assert caught.value.hint == f"greet was renamed to hello in {commit[:7]}: promptops history hello"


def test_two_renames_lead_on(repo: GitRepository) -> None:
    one = renamed(repo)
    repo.git("mv", NEW, "prompts/salute.prompt.yml")
    two = repo.commit(message="again")
    with pytest.raises(SourceError) as caught:
        seen(repo, "greet")
    assert caught.value.hint == (
        f"greet was renamed to hello in {one[:7]}, and hello was renamed to salute in {two[:7]}: "
        "promptops history salute"
    )


def test_a_prompt_that_is_gone_for_good_is_no_rename(repo: GitRepository) -> None:
    repo.git("rm", "--quiet", OLD)
    repo.commit(message="gone")
    with pytest.raises(SourceError, match="no prompt called 'greet'") as caught:
        seen(repo, "greet")
    assert "renamed" not in caught.value.hint


def test_a_pin_under_the_name_of_today_says_what_it_was_called_then(repo: GitRepository) -> None:
    then = repo.git("rev-parse", "HEAD")
    renamed(repo)
    repo.commit({NEW: SAME_NO_MORE, "prompts/copy.prompt.yml": GREET})
    with pytest.raises(SourceError) as caught:
        pinned(repo, f"hello@{then}")
    assert caught.value.hint == f"it was called greet then: greet@{then[:7]}"
    with pytest.raises(SourceError) as caught:
        pinned(repo, f"{NEW}@{then}")
    assert caught.value.hint == f"it was called greet then: greet@{then[:7]}"
    assert pinned(repo, f"greet@{then[:7]}").prompts[0].prompt == "greet"
    with pytest.raises(SourceError) as caught:
        pinned(repo, f"nothing@{then}")
    assert "then:" not in caught.value.hint


def test_of_three_names_a_pin_is_told_the_one_of_then(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    second = renamed(repo)
    repo.git("mv", NEW, "prompts/salute.prompt.yml")
    repo.commit(message="again")
    for commit, name in ((first, "greet"), (second, "hello")):
        with pytest.raises(SourceError) as caught:
            pinned(repo, f"salute@{commit}")
        assert caught.value.hint == f"it was called {name} then: {name}@{commit[:7]}"
