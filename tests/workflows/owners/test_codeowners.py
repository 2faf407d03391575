"""CODEOWNERS beside what prompts and settings say, in real repositories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from promptops.errors import PromptError, SourceError
from promptops.model.outcomes.owners import OwnersReport
from promptops.source.formats.codeowners import MOST_BYTES
from promptops.workflows.owners.codeowners import owners
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.scene import workspace_at

LEGAL = """\
inputs: {clause: {type: string}}
messages: [{role: user, content: '{% include "./tone.j2" %}{% include "shared/all.j2" %} {{ clause }}'}]
promptops: {owners: ["@acme/legal"]}
"""
FILES = {
    "promptops.yml": 'policy: {owners: ["@acme/platform", "@Ana"], signers: signers.txt}\n',
    "prompts/legal/clause.prompt.yml": LEGAL,
    "prompts/legal/tone.j2": "Be dry.\n",
    "prompts/shared/all.j2": "Be kind.\n",
    "prompts/plain.prompt.yml": "messages: [{role: user, content: hi}]\n",
    "evals/clause.eval.yml": (
        "prompt: prompts/legal/clause.prompt.yml\ntestData: cases/*.jsonl\nreplies: clause.replies.jsonl\n"
        "evaluators: [{name: n, python: {file: checks.py, function: f}}]\n"
    ),
    "evals/cases/a b.jsonl": '{"clause": "x"}\n',
    "evals/cases/[1].jsonl": '{"clause": "y"}\n',
}
ROWS = (
    "/.github/CODEOWNERS @acme/platform @Ana",
    "/environments/ @acme/platform @Ana",
    "/evals/cases/?1?.jsonl @acme/legal",
    "/evals/cases/a\\ b.jsonl @acme/legal",
    "/evals/checks.py @acme/legal",
    "/evals/clause.eval.yml @acme/legal",
    "/evals/clause.replies.jsonl @acme/legal",
    "/evals/labels/ @acme/platform @Ana",
    "/evals/waivers/ @acme/platform @Ana",
    "/prompts/legal/clause.prompt.yml @acme/legal",
    "/prompts/legal/tone.j2 @acme/legal",
    "/promptops.yml @acme/platform @Ana",
    "/signers.txt @acme/platform @Ana",
)


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    made: GitRepository = repository()
    write_files(made.root, FILES)
    return made


def look(repo: GitRepository, folder: str = "", *, write: bool = False, at: str | None = None) -> OwnersReport:
    return owners(workspace_at(repo.root / folder), write=write, at=at)


def test_each_prompt_has_its_own_templates_suites_cases_and_checks(repo: GitRepository) -> None:
    found = look(repo)
    assert set(found.rows) == set(ROWS)
    assert list(found.rows) == sorted(found.rows)
    assert (str(found.path), found.before, found.current, found.written) == (".github/CODEOWNERS", "", False, False)
    assert found.notes == ("nobody is asked when prompts/plain.prompt.yml changes: name owners there",)
    assert not (repo.root / ".github").exists()


def test_what_is_written_is_current_and_other_lines_stay_byte_for_byte(repo: GitRepository) -> None:
    theirs = b"# who \xff answers\r\n*\t@all  # everything else\r\n"
    write_files(repo.root, {"CODEOWNERS": theirs})
    os.chmod(repo.root / "CODEOWNERS", 0o640)
    assert look(repo, write=True).written
    data = (repo.root / "CODEOWNERS").read_bytes()
    assert data.startswith(theirs)
    assert data.count(b"\r\n") == data.count(b"\n")
    assert (repo.root / "CODEOWNERS").stat().st_mode & 0o777 == 0o640
    again = look(repo, write=True)
    assert (again.current, again.written, again.notes) == (True, False, ())
    assert (repo.root / "CODEOWNERS").read_bytes() == data
    assert not (repo.root / ".github").exists()


def test_the_file_is_the_one_github_reads_and_the_others_are_told(repo: GitRepository) -> None:
    write_files(repo.root, {"CODEOWNERS": "* @all\n", "docs/CODEOWNERS": "* @docs\n"})
    found = look(repo)
    assert str(found.path) == "CODEOWNERS"
    assert found.notes == ("GitHub does not read docs/CODEOWNERS, because CODEOWNERS is there",)


def test_lines_below_the_block_that_name_others_are_told(repo: GitRepository) -> None:
    look(repo, write=True)
    file = repo.root / ".github/CODEOWNERS"
    last = file.read_text().count("\n")
    file.write_text(f"{file.read_text()}\n# ours\n/prompts/ @eve\n/environments/ @ANA @acme/platform\n*.jsonl\n")
    notes = look(repo).notes
    assert [note.partition(" ")[0] for note in notes] == [
        f".github/CODEOWNERS:{last + 5}",
        f".github/CODEOWNERS:{last + 3}",
    ]
    assert "names others for prompts/legal/clause.prompt.yml, prompts/legal/tone.j2: move the block" in notes[1]


def test_a_line_below_is_told_where_it_stands_once_the_block_is_written(repo: GitRepository) -> None:
    write_files(repo.root, {".github/CODEOWNERS": "# promptops: begin\n# promptops: end\n/prompts/ @eve\n"})
    [note] = look(repo, write=True).notes
    lines = (repo.root / ".github/CODEOWNERS").read_text().splitlines()
    number = int(note.partition(" ")[0].rpartition(":")[2])
    assert lines[number - 1] == "/prompts/ @eve"


def test_a_project_in_a_folder_has_its_own_block_with_its_folder(repository: RepositoryBuilder) -> None:
    repo: GitRepository = repository()
    for folder in ("a", "my prompts"):
        write_files(repo.root / folder, FILES)
        assert look(repo, folder, write=True).written
    text = (repo.root / ".github/CODEOWNERS").read_text()
    assert "/a/prompts/legal/tone.j2 @acme/legal\n" in text
    assert "/my\\ prompts/environments/ @acme/platform @Ana\n" in text
    assert "/.github/" not in text  # a folder's owners do not own what the whole repository has
    assert [look(repo, folder).current for folder in ("a", "my prompts")] == [True, True]
    assert text.count("# promptops: begin") == 2


def test_names_nobody_can_have_are_told_and_left_out(repo: GitRepository) -> None:
    broken = LEGAL.replace('"@acme/legal"', '"@acme/", "@acme/legal", "@eve\\n* @mallory", ana@example.org')
    write_files(repo.root, {"prompts/legal/clause.prompt.yml": broken})
    found = look(repo)
    assert "/prompts/legal/tone.j2 @acme/legal ana@example.org" in found.rows
    assert [one.partition(": ")[2] for one in found.unknown] == [
        "'@acme/' is not an owner",
        "'@eve\n* @mallory' is not an owner",
    ]
    assert "mallory" not in found.after


def test_one_file_of_two_prompts_belongs_to_both(repo: GitRepository) -> None:
    write_files(repo.root, {"prompts/legal/other.prompt.yml": LEGAL.replace("@acme/legal", "@bob")})
    assert "/prompts/legal/tone.j2 @acme/legal @bob" in look(repo).rows


def test_at_reads_prompts_and_file_of_that_time(repo: GitRepository) -> None:
    look(repo, write=True)
    old = repo.commit()
    write_files(repo.root, {"prompts/legal/clause.prompt.yml": LEGAL.replace("@acme/legal", "@bob")})
    assert (look(repo, at=old).current, look(repo).current) == (True, False)


def test_without_owners_nothing_is_written(repository: RepositoryBuilder) -> None:
    repo: GitRepository = repository()
    write_files(
        repo.root, {"prompts/a.prompt.yml": FILES["prompts/plain.prompt.yml"], ".github/CODEOWNERS": "* @all\n"}
    )
    found = look(repo, write=True)
    assert (found.current, found.written, found.notes) == (True, False, ())


def test_a_prompt_that_cannot_be_read_stops_it(repo: GitRepository) -> None:
    look(repo, write=True)
    before = (repo.root / ".github/CODEOWNERS").read_bytes()
    write_files(repo.root, {"prompts/legal/clause.prompt.yml": "messages: ["})
    with pytest.raises(PromptError):
        look(repo, write=True)
    assert (repo.root / ".github/CODEOWNERS").read_bytes() == before


@pytest.mark.parametrize("name", ["CODEOWNERS", ".github/CODEOWNERS"])
def test_a_link_is_not_followed(repo: GitRepository, name: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"elsewhere": "* @all\n"})
    (repo.root / name).parent.mkdir(exist_ok=True)
    (repo.root / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="symbolic link") as caught:
        look(repo, write=True)
    assert (caught.value.where, caught.value.hint) == (name, "put a plain file there; GitHub does not follow links")
    assert (tmp_path / "elsewhere").read_text() == "* @all\n"


def test_a_linked_folder_is_not_written_through(repo: GitRepository, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (repo.root / ".github").symlink_to(tmp_path / "away")
    with pytest.raises(SourceError, match="symbolic link"):
        look(repo, write=True)
    (repo.root / ".github").unlink()
    (repo.root / "docs").symlink_to(tmp_path / "away")  # nothing that matters lies there
    assert look(repo, write=True).written
    assert list((tmp_path / "away").iterdir()) == []


def test_a_file_that_may_only_be_read_is_left_alone(repo: GitRepository) -> None:
    write_files(repo.root, {"CODEOWNERS": "* @all\n"})
    os.chmod(repo.root / "CODEOWNERS", 0o444)
    with pytest.raises(SourceError, match="may only be read") as caught:
        look(repo, write=True)
    assert "chmod u+w" in caught.value.hint
    assert caught.value.hint.endswith("CODEOWNERS")
    assert (repo.root / "CODEOWNERS").read_text() == "* @all\n"


def test_a_file_github_would_pass_over_is_refused(repo: GitRepository) -> None:
    write_files(repo.root, {"CODEOWNERS": "# a long line of words\n" * (MOST_BYTES // 23)})
    with pytest.raises(SourceError, match="GitHub ignores a file") as caught:
        look(repo, write=True)
    assert caught.value.where == "CODEOWNERS"


def test_utf_16_is_refused(repo: GitRepository) -> None:
    write_files(repo.root, {"CODEOWNERS": "* @all\n".encode("utf-16")})
    with pytest.raises(SourceError, match="not saved as UTF-8"):
        look(repo, write=True)
