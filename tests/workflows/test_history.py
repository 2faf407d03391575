"""A prompt's versions over real repositories: which commits make one, and what is known of each."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from promptops.errors import SourceError
from promptops.model.outcomes.history import CriterionRate, History, Scorecard
from promptops.source.git.notes import add_note_lines
from promptops.source.git.repository import Repository
from promptops.workflows.history import history
from promptops.workflows.notes.note_format import dump_line
from tests.conftest import Files, GitRepository, RepositoryBuilder
from tests.workflows.diff.test_diff import GREET, SETTINGS, edited
from tests.workflows.pins import FILES, PASSED, evaluated, pinned, tone
from tests.workflows.scene import workspace_at

PROMPT = "prompts/greet.prompt.yml"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    found = repository()
    found.commit(FILES, "The first (#1)")
    return found


def seen(repo: GitRepository, name: str = "greet", **choice: object) -> History:
    return history(workspace_at(repo.root), name, **choice)  # type: ignore[arg-type]


def commits(found: History) -> list[str]:
    return [row.commit for row in found.versions]


def greet(words: str) -> Files:
    return {PROMPT: edited(GREET, "Greet {{", f"{words} {{{{")}


def card(digest: str | None, when: str = "2026-11-20T05:00:00+00:00", suite: str = "greet") -> Scorecard:
    rates = (CriterionRate("says the name", 12, 0.75, 0.5, 0.9),)
    return Scorecard(suite, "greet", "small", "openai/m", digest or "", "e", "s", rates, (PASSED,), 0.4, 1.2, when)


def test_only_what_a_model_notices_makes_a_version(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.commit({"src/a": "1"})
    repo.commit({PROMPT: f"name: A title\n{GREET}"}, "a title")
    repo.commit({"promptops.yml": SETTINGS.replace("9/v1'}", "9/v1', prices: {input: 1, output: 2}}")}, "prices")
    text = repo.commit(greet("Welcome"), "text")
    partial = repo.commit(tone("Be brief"), "an included file")
    model = repo.commit({"promptops.yml": SETTINGS.replace("model: m", "model: m2")}, "another model")
    repo.commit({"prompts/bye.prompt.yml": "messages: [{role: user, content: x}]\n"}, "another prompt")
    found = seen(repo)
    assert commits(found) == [model, partial, text, first]
    assert len({row.key for row in found.versions}) == 4
    assert not found.older
    assert found.versions[0].diff is not None
    assert [d.what for d in found.versions[0].diff.differences] == ["model"]
    assert found.versions[1].diff is not None
    assert [case.case for case in found.versions[1].diff.cases] == ["ada", "bob", "eve"]
    assert found.versions[-1].diff is None


def test_going_back_is_a_version_of_its_own(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    there, back = repo.commit(greet("Welcome")), repo.commit({PROMPT: GREET})
    found = seen(repo)
    assert commits(found) == [back, there, first]
    assert found.versions[0].digest == found.versions[2].digest


def test_who_and_which_pull_request(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Änne Petit")
    repo.commit(greet("One"), "try")
    tip = repo.commit(greet("Two"), "try again")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Merging Bot")
    repo.git("switch", "--quiet", "main")
    repo.commit({"other": "1"})
    message = "Merge pull request #214 from acme/work\n\nSales tone\n"
    repo.git("merge", "--quiet", "--no-ff", "--message", message, "work")
    merge = repo.git("rev-parse", "HEAD")
    found = seen(repo)
    assert commits(found)[0] == merge != tip  # what the branch tried on its way is no version of main
    about = found.versions[0].about
    assert (about.author, about.pull_request, about.title) == ("Änne Petit", 214, "Sales tone")
    assert (found.versions[1].about.pull_request, found.versions[1].about.title) == (1, "The first")


@pytest.mark.parametrize(
    ("message", "number", "title"),
    [
        ("Shorter (#12)", 12, "Shorter"),
        ("Merge pull request #7 from a/b", 7, "Merge pull request #7 from a/b"),
        ("Plain", None, "Plain"),
        ("Fixes (#12) things", None, "Fixes (#12) things"),
        ("Long (#99999999999999999999)", None, "Long (#99999999999999999999)"),
    ],
)
def test_numbers_of_pull_requests(repo: GitRepository, message: str, number: int | None, title: str) -> None:
    repo.commit(greet("One"), message)
    about = seen(repo).versions[0].about
    assert (about.pull_request, about.title) == (number, title)


def test_a_renamed_prompt_is_followed(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit(greet("Welcome"))
    repo.git("mv", PROMPT, "prompts/hello.prompt.yml")
    repo.commit(message="renamed only")
    third = repo.commit({"prompts/hello.prompt.yml": edited(GREET, "Greet", "Salute")})
    found = seen(repo, "hello")
    assert commits(found) == [third, second, first]
    assert [row.prompt for row in found.versions] == ["hello", "greet", "greet"]
    assert found.versions[1].path == PROMPT


def test_a_prompt_that_is_renamed_and_changed_at_once(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.git("mv", PROMPT, "prompts/hello.prompt.yml")
    second = repo.commit({"prompts/hello.prompt.yml": edited(GREET, "Greet", "Salute")})
    found = seen(repo, "hello")
    assert commits(found) == [second, first]
    assert found.versions[0].diff is not None
    assert found.versions[0].diff.was == "greet"


def test_the_folder_of_all_prompts_is_moved(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    (repo.root / ".github").mkdir()
    repo.git("mv", "prompts", ".github/prompts")
    moved = f"{SETTINGS}paths: {{prompts: .github/prompts/**}}\n"
    found_at = repo.commit({"promptops.yml": moved}, "moved")
    last = repo.commit({f".github/{PROMPT}": edited(GREET, "Greet", "Salute")})
    found = seen(repo)
    assert commits(found)[0] == last
    # An include's path is part of what is sealed, so the move is a version, as it is for `pin`.
    assert commits(found) == [last, found_at, first]


def test_a_copy_begins_anew(repo: GitRepository) -> None:
    begun = repo.commit({"prompts/copy.prompt.yml": GREET})
    assert commits(seen(repo, "copy")) == [begun]


def test_a_prompt_that_was_gone_for_a_while(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.git("rm", "--quiet", PROMPT)
    repo.commit(message="gone")
    back = repo.commit(greet("Welcome"))
    assert commits(seen(repo)) == [back, first]


def test_a_broken_state_is_passed_over_and_told(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    broken = repo.commit({PROMPT: "messages: ["})
    settings = repo.commit({**greet("Welcome"), "promptops.yml": "models: ["})
    mended = repo.commit({"promptops.yml": SETTINGS})
    found = seen(repo)
    assert commits(found) == [mended, first]
    [note] = [note for note in found.notes if "cannot be read" in note]
    assert settings[:7] in note
    assert broken[:7] in note


def test_an_unknown_model_is_a_version_without_a_digest(repo: GitRepository) -> None:
    repo.commit({PROMPT: edited(GREET, "model: small", "model: nobody/knows")})
    found = seen(repo)
    assert found.versions[0].digest is None
    assert len(found.versions) == 2


def test_the_newest_versions_first_and_more_on_demand(repo: GitRepository) -> None:
    made = [repo.commit(greet(f"Word {number}")) for number in range(6)]
    found = seen(repo, limit=3)
    assert commits(found) == made[:2:-1]
    assert found.older
    assert all(row.diff is not None for row in found.versions)
    assert commits(seen(repo, at=made[2], limit=2)) == [made[2], made[1]]


def test_a_shallow_clone_says_so(repo: GitRepository, tmp_path: Path) -> None:
    for number in range(4):
        repo.commit(greet(f"Word {number}"))
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.root}", str(tmp_path / "shallow"))
    found = seen(GitRepository(tmp_path / "shallow"))
    assert len(found.versions) == 2
    assert any("git fetch --unshallow" in note for note in found.notes)
    assert not any("git fetch --unshallow" in note for note in seen(repo).notes)


def test_many_commits_are_walked_and_few_are_looked_at(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    wanted = _many(repo, 400, {100: greet("At 100"), 250: tone("At 250"), 399: greet("At 399")})
    assert commits(seen(repo)) == [*reversed(wanted), first]


def _many(repo: GitRepository, count: int, changes: Mapping[int, Files]) -> Sequence[str]:
    """So many commits in one go, most of which change something else; the ids of those that change a prompt."""
    lines: list[str] = []
    for number in range(count):
        files = {f"src/{number % 7}.txt": str(number), **changes.get(number, {})}
        lines += [
            "commit refs/heads/main",
            f"mark :{number + 1}",
            f"committer Ada <a@b> {1_800_000_000 + number} +0000",
        ]
        lines += ["data 1", "c", f"from {f':{number}' if number else 'refs/heads/main^0'}"]
        for path, text in files.items():
            lines += [f"M 100644 inline {path}", f"data {len(str(text).encode())}", str(text)]
    marks = repo.root.parent / "marks"
    given = "\n".join([*lines, ""]).encode()
    subprocess.run(["git", "fast-import", "--quiet", f"--export-marks={marks}"], cwd=repo.root, input=given, check=True)
    repo.git("reset", "--quiet", "--hard")
    ids = dict(line.split() for line in marks.read_text().splitlines())
    return [ids[f":{number + 1}"] for number in sorted(changes)]


# How it did, and where it is served


def test_results_come_from_notes_by_digest_wherever_they_were_noted(repo: GitRepository) -> None:
    first = seen(repo).versions[0]
    elsewhere = repo.commit({"other": "1"})
    add_note_lines(Repository(repo.root), {elsewhere: [dump_line(card(first.digest))]})
    repo.commit(greet("Welcome"))
    found = seen(repo)
    assert [len(row.scorecards) for row in found.versions] == [0, 1]
    assert found.versions[1].scorecards[0].commit == elsewhere
    assert found.versions[1].scorecards[0].criteria[0].rate == 0.75


def test_a_run_of_this_machine_without_answers_has_no_figures(repo: GitRepository) -> None:
    digest = seen(repo).versions[0].digest
    assert digest is not None
    evaluated(repo, digest, PASSED)
    assert seen(repo).versions[0].scorecards == ()


def test_without_notes_it_says_how_to_fetch_them(repo: GitRepository) -> None:
    hint = "git fetch origin refs/notes/promptops:refs/notes/promptops"
    assert any(hint in note for note in seen(repo).notes)
    add_note_lines(Repository(repo.root), {repo.git("rev-parse", "HEAD"): ["x"]})
    assert not any(hint in note for note in seen(repo).notes)


def test_notes_that_cannot_be_read_are_told_and_stop_nothing(repo: GitRepository) -> None:
    add_note_lines(Repository(repo.root), {repo.git("rev-parse", "HEAD"): ["x"]})
    tree = repo.git("rev-parse", "refs/notes/promptops^{tree}")
    (repo.root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    found = seen(repo)
    assert len(found.versions) == 1
    assert any("the notes cannot be read" in note for note in found.notes)


def test_where_it_is_served(repo: GitRepository) -> None:
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit(tone("Be brief"))
    pinned(repo, f"greet@{first}")
    pinned(repo, f"greet@{second}", percent=10.0)
    pinned(repo, f"greet@{first}", environment="staging")
    repo.commit(message="pins")
    found = {row.commit: row.served for row in seen(repo).versions}
    assert found == {second: (("prod", 10.0),), first: (("prod", 90.0), ("staging", 100.0))}


def test_a_broken_environment_stops_nothing(repo: GitRepository) -> None:
    repo.commit({"environments/prod.yml": "pins: ["})
    found = seen(repo)
    assert len(found.versions) == 1
    assert any("what 'prod' pins cannot be said" in note for note in found.notes)


# What is not there


def test_a_prompt_that_is_not_there(repo: GitRepository) -> None:
    with pytest.raises(SourceError, match="no prompt called 'great'") as caught:
        seen(repo, "great")
    assert "did you mean 'greet'" in caught.value.hint


def test_nothing_is_committed_yet(repository: RepositoryBuilder) -> None:
    with pytest.raises(SourceError, match="nothing is committed here yet"):
        seen(repository("empty"))


def test_a_project_in_a_subfolder(repository: RepositoryBuilder) -> None:
    repo = repository("mono")
    first = repo.commit({f"team/{name}": text for name, text in FILES.items()})
    repo.commit({PROMPT: GREET}, "another project's")
    second = repo.commit({f"team/{PROMPT}": edited(GREET, "Greet", "Salute")})
    found = history(workspace_at(repo.root / "team"), "greet")
    assert commits(found) == [second, first]


def test_a_path_names_a_prompt_too(repo: GitRepository) -> None:
    assert seen(repo, PROMPT).prompt == "greet"


def test_a_prompt_none_of_whose_versions_can_be_read_has_a_history_that_says_so(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({**FILES, PROMPT: "messages: ["})
    repo.commit({PROMPT: "messages: [["})
    found = seen(repo)
    assert found.versions == ()
    assert "no version of it can be read" in found.notes


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "take too much work"),
        ("{{ who | center(900000000) }}", "more than 10,000,000 characters"),
    ],
)
def test_an_old_version_that_cannot_be_filled_is_named_and_the_others_are_told(
    repo: GitRepository, attack: str, words: str
) -> None:
    evil = repo.commit({PROMPT: edited(GREET, "Greet {{", f"{attack} Greet {{{{")}, "evil")
    good = repo.commit(greet("Welcome"), "good")
    best = repo.commit(greet("Hello"), "best")
    found = seen(repo)
    assert commits(found)[:3] == [best, good, evil]
    assert found.versions[0].diff is not None
    assert all(case.head and case.base for case in found.versions[0].diff.cases)
    (note,) = [one for one in found.notes if "can be filled" in one]
    assert note.startswith(f"at {evil[:7]} none of the cases can be filled: {PROMPT}")
    assert words in note
