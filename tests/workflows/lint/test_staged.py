"""What a commit answers for: what it changes and what it breaks, as git's index has it, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from promptops.errors import NoRepositoryError, SourceError
from promptops.workflows.lint.staged import StagedReport, lint_staged
from tests.conftest import GitRepository, write_files

GOOD = "inputs: {who: {type: string}}\nmessages: [{role: user, content: 'Hi {{ who }}'}]\n"
BAD = "inputs: {}\nmodle: x\nmessages: [{role: user, content: hi}]\n"
INCLUDING = "inputs: {}\nmessages: [{role: user, content: '{% include \"style.j2\" %}'}]\n"
SUITE = "prompt: good\ntestData: [{id: ada, who: Ada}]\nevaluators:\n  - {name: a, string: {contains: a}}\n"
SETTINGS = "models: {small: {provider: local}, big: {provider: local, model: m.gguf}}\n"
FILES: dict[str, str | bytes] = {
    "promptops.yml": SETTINGS,
    "README.md": "words\n",
    "prompts/good.prompt.yml": GOOD,
    "prompts/aliased.prompt.yml": f"model: big\n{GOOD}",
    "prompts/including.prompt.yml": INCLUDING,
    "prompts/style.j2": "Be kind.\n",
    "evals/good.eval.yml": SUITE,
}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    """A project in which lint finds nothing."""
    repository = GitRepository(tmp_path / "acme prompts")
    repository.commit(FILES)
    assert _codes(_lint(repository.root)) == []
    return repository


def _lint(here: Path, *names: str, committing: bool = True, **options: Path | str) -> StagedReport:
    return lint_staged(here, names, committing=committing, **options)  # type: ignore[arg-type]


def _codes(found: StagedReport) -> list[str]:
    return [f"{one.path} {one.code}" for one in found.report.findings if one.severity != "note"]


def _stage(repo: GitRepository, files: dict[str, str | bytes] | None = None, *gone: str) -> StagedReport:
    write_files(repo.root, files or {})
    for name in gone:
        (repo.root / name).unlink()
    repo.git("add", "--all")
    return _lint(repo.root)


def test_a_broken_untracked_prompt_stops_no_commit(repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/bad.prompt.yml": BAD, "README.md": "new\n"})
    repo.git("add", "README.md")
    found = _lint(repo.root)
    assert (_codes(found), found.older, found.report.failed) == ([], 0, False)


def test_edits_that_are_not_staged_do_not_count_and_staged_ones_do(repo: GitRepository) -> None:
    assert "prompts/good.prompt.yml P003" in _codes(_stage(repo, {"prompts/good.prompt.yml": BAD}))
    write_files(repo.root, {"prompts/good.prompt.yml": GOOD})
    assert "prompts/good.prompt.yml P003" in _codes(_lint(repo.root))
    repo.git("add", "--all")
    write_files(repo.root, {"prompts/good.prompt.yml": BAD, "README.md": "new\n"})
    repo.git("add", "README.md")
    assert _codes(_lint(repo.root)) == []


# What breaks a file that the commit does not touch: the files, what is deleted, and what is found.
BREAKING: dict[str, tuple[dict[str, str | bytes], tuple[str, ...], str]] = {
    "a deleted partial": ({}, ("prompts/style.j2",), "prompts/including.prompt.yml P104"),
    "a renamed input": ({"prompts/good.prompt.yml": GOOD.replace("who", "name")}, (), "evals/good.eval.yml P404"),
    "a removed alias": ({"promptops.yml": SETTINGS.replace("big", "huge")}, (), "prompts/aliased.prompt.yml P301"),
    "a deleted prompt": ({}, ("prompts/good.prompt.yml",), "evals/good.eval.yml"),
    "a partial that reads another name": (
        {"prompts/style.j2": "Be {{ tone }}.\n"}, (), "prompts/style.j2 P102",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKING)
def test_what_a_commit_breaks_elsewhere_is_its_own(repo: GitRepository, what: str) -> None:
    files, gone, said = BREAKING[what]
    found = _stage(repo, files, *gone)
    assert any(one.startswith(said) for one in _codes(found)), _codes(found)
    assert found.older == 0


def test_what_was_there_before_is_counted_and_stops_nobody(repo: GitRepository) -> None:
    repo.commit({"prompts/old.prompt.yml": BAD})
    found = _stage(repo, {"README.md": "new\n"})
    assert (_codes(found), found.older) == ([], 1)
    found = _stage(repo, {"README.md": "new\n"}, "prompts/style.j2")
    assert (_codes(found), found.older) == (["prompts/including.prompt.yml P104"], 1)


def test_whoever_changes_a_file_answers_for_all_of_it(repo: GitRepository) -> None:
    repo.commit({"prompts/old.prompt.yml": BAD})
    found = _stage(repo, {"prompts/old.prompt.yml": BAD.replace("hi", "hello")})
    assert (_codes(found), found.older) == (["prompts/old.prompt.yml P003"], 0)


def test_a_rule_that_becomes_stricter_brings_nothing_into_other_files(repo: GitRepository) -> None:
    repo.commit({"prompts/old.prompt.yml": BAD, "promptops.yml": SETTINGS + "lint: {rules: {P003: off}}\n"})
    found = _stage(repo, {"promptops.yml": SETTINGS})
    assert (_codes(found), found.older) == ([], 1)


def test_settings_that_are_mended_bring_nothing_into_other_files(repo: GitRepository) -> None:
    repo.commit({"prompts/old.prompt.yml": f"model: nope\n{GOOD}", "promptops.yml": "models: ["})
    found = _stage(repo, {"promptops.yml": SETTINGS})
    assert (_codes(found), found.older) == ([], 1)


def test_where_no_commit_is_made_all_that_git_has_counts(repo: GitRepository) -> None:
    repo.commit({"prompts/old.prompt.yml": BAD})
    _stage(repo, {"prompts/new.prompt.yml": BAD})
    write_files(repo.root, {"prompts/untracked.prompt.yml": BAD})
    both = ["prompts/new.prompt.yml P003", "prompts/old.prompt.yml P003"]
    assert _codes(_lint(repo.root, committing=False)) == both
    assert _codes(_lint(repo.root, committing=False, base="HEAD")) == both[:1]
    assert _codes(_lint(repo.root, "prompts/old.prompt.yml", committing=False)) == both[1:]


def test_a_commit_that_changes_no_file_is_stopped_by_nothing(repo: GitRepository) -> None:
    repo.commit({"prompts/old.prompt.yml": BAD})
    found = _lint(repo.root)
    assert (_codes(found), found.older) == ([], 1)


def test_the_first_commit_answers_for_all(tmp_path: Path) -> None:
    repo = GitRepository(tmp_path)
    assert _codes(_lint(repo.root)) == []
    assert _codes(_stage(repo, {**FILES, "prompts/bad.prompt.yml": BAD})) == ["prompts/bad.prompt.yml P003"]


def test_a_file_that_is_only_announced_is_not_there(repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/bad.prompt.yml": BAD, "README.md": "new\n"})
    repo.git("add", "--intent-to-add", "prompts/bad.prompt.yml")
    repo.git("add", "README.md")
    assert _codes(_lint(repo.root)) == []


def test_named_files_stand_for_the_staged_ones(repo: GitRepository) -> None:
    repo.commit({"prompts/old.prompt.yml": BAD, "prompts/older.prompt.yml": BAD})
    assert _codes(_lint(repo.root, "prompts/old.prompt.yml", "README.md")) == ["prompts/old.prompt.yml P003"]
    assert len(_codes(_lint(repo.root, *repo.git("ls-files").splitlines()))) == 2
    assert len(_codes(_lint(repo.root / "prompts", "."))) == 2
    _stage(repo, {}, "prompts/style.j2")
    found = _lint(repo.root, "README.md")
    assert (_codes(found), found.older) == (["prompts/including.prompt.yml P104"], 2)


def test_a_named_file_that_is_not_staged_is_told(repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/bad.prompt.yml": BAD})
    found = _lint(repo.root, "prompts/bad.prompt.yml")
    assert [str(skip.path) for skip in found.report.skipped] == ["prompts/bad.prompt.yml"]
    assert "git add" in found.report.skipped[0].reason
    with pytest.raises(SourceError, match="outside the repository"):
        _lint(repo.root, "../elsewhere.prompt.yml")


def test_a_merge_answers_for_what_it_makes_and_not_for_what_it_takes_over(repo: GitRepository) -> None:
    repo.git("switch", "--quiet", "--create", "theirs")
    repo.commit({"prompts/theirs.prompt.yml": BAD, "prompts/style.j2": "Be brief.\n"})
    repo.git("switch", "--quiet", "main")
    repo.commit({"prompts/second.prompt.yml": INCLUDING, "prompts/style.j2": "Be warm.\n"})
    subprocess.run(["git", "merge", "--quiet", "theirs"], cwd=repo.root, check=False, capture_output=True)
    with pytest.raises(SourceError, match="still in conflict"):
        _lint(repo.root)
    (repo.root / "prompts/style.j2").unlink()
    found = _stage(repo)
    assert _codes(found) == ["prompts/including.prompt.yml P104", "prompts/second.prompt.yml P104"]
    assert found.older == 1
    write_files(repo.root, {"prompts/style.j2": "Be both.\n"})
    assert _codes(_stage(repo)) == []


def test_each_project_of_a_repository_is_looked_at_by_its_own_settings(tmp_path: Path) -> None:
    repo = GitRepository(tmp_path / "mono")
    repo.commit({f"{name}/{path}": text for name in ("a", "b/deep") for path, text in FILES.items()})
    found = _stage(repo, {"a/prompts/bad.prompt.yml": BAD, "README.md": "top\n"}, "b/deep/prompts/style.j2")
    both = ["a/prompts/bad.prompt.yml P003", "b/deep/prompts/including.prompt.yml P104"]
    assert _codes(found) == both
    assert _codes(_lint(repo.root, folder=repo.root / "a")) == both[:1]
    assert _codes(_lint(repo.root / "b/deep")) == ["prompts/including.prompt.yml P104"]


def test_a_linked_work_tree_has_an_index_of_its_own(repo: GitRepository) -> None:
    repo.git("worktree", "add", "--quiet", "../other", "-b", "other")
    other = repo.root.parent / "other"
    write_files(other, {"prompts/bad.prompt.yml": BAD})
    subprocess.run(["git", "add", "--all"], cwd=other, check=True)
    assert _codes(_lint(other)) == ["prompts/bad.prompt.yml P003"]
    assert _codes(_lint(repo.root)) == []


def test_looking_changes_neither_index_nor_work_tree(repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/bad.prompt.yml": BAD, "README.md": "new\n"})
    repo.git("add", "README.md")
    before = (repo.root / ".git/index").read_bytes(), repo.git("status", "--porcelain")
    _lint(repo.root)
    assert ((repo.root / ".git/index").read_bytes(), repo.git("status", "--porcelain")) == before


def test_outside_of_git_there_is_nothing_staged(tmp_path: Path) -> None:
    with pytest.raises(NoRepositoryError):
        _lint(tmp_path)


# The plain hook of git, without pre-commit: what git itself tells it.

HOOK = '#!/bin/sh\nexec "{python}" -m promptops lint --staged\n'


@pytest.fixture
def hooked(repo: GitRepository) -> GitRepository:
    """A repository with an old finding and a plain hook."""
    repo.commit({"prompts/old.prompt.yml": BAD})
    hook = repo.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable), "utf-8")
    hook.chmod(0o755)
    return repo


def _commit(repo: GitRepository, *arguments: str, folder: str = ".") -> tuple[int, str]:
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        ["git", "commit", "--quiet", "--message=new", *arguments], cwd=repo.root / folder, capture_output=True,
        text=True, check=False, env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_plain_hook_lets_a_readme_pass_and_stops_what_breaks(hooked: GitRepository) -> None:
    write_files(hooked.root, {"README.md": "new\n", "prompts/untracked.prompt.yml": BAD})
    hooked.git("add", "README.md")
    code, said = _commit(hooked)
    assert code == 0, said
    assert "1 problem is older and in files that this commit leaves alone: promptops lint lists them" in said
    hooked.git("rm", "--quiet", "prompts/style.j2")
    code, said = _commit(hooked)
    assert code == 1
    assert "prompts/including.prompt.yml" in said
    assert "old.prompt.yml" not in said


def test_commit_all_and_commit_of_one_file_are_seen_as_they_will_be(hooked: GitRepository) -> None:
    write_files(hooked.root, {"prompts/good.prompt.yml": GOOD.replace("who", "name"), "README.md": "new\n"})
    code, said = _commit(hooked, "--all")  # an index of its own: nothing was added
    assert code == 1
    assert "evals/good.eval.yml" in said
    code, said = _commit(hooked, "README.md")
    assert code == 0, said
    hooked.git("add", "--all")
    write_files(hooked.root, {"README.md": "newer\n"})
    code, said = _commit(hooked, "README.md")  # what is added besides stays out of this commit
    assert code == 0, said
    assert _commit(hooked)[0] == 1


def test_an_amended_message_and_an_empty_commit_pass(hooked: GitRepository) -> None:
    assert _commit(hooked, "--amend")[0] == 0
    assert _commit(hooked, "--allow-empty")[0] == 0


def test_a_plain_hook_in_a_linked_work_tree_and_from_a_subfolder(hooked: GitRepository) -> None:
    hooked.git("worktree", "add", "--quiet", "../other", "-b", "other")
    other = hooked.root.parent / "other"
    write_files(other, {"prompts/bad.prompt.yml": BAD})
    subprocess.run(["git", "add", "--all"], cwd=other, check=True)
    code, said = _commit(hooked, folder="../other/prompts")
    assert code == 1, said
    assert "bad.prompt.yml" in said
