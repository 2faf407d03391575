"""A text is found on the branch wherever its prompt was moved, and only what its digest covers is looked at."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from promptops.errors import DamagedError, SourceError
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.git.cat_file import GitObject
from promptops.source.git.repository import Repository
from tests.conftest import RepositoryBuilder
from tests.pins.histories import SETTINGS, STYLE, Files, Judged, Moment, project, prompt, write_history

ONE, TWO = project(a="One"), project(a="Two")
START = Moment("start", [], ONE)


def without(files: Files, *names: str) -> dict[str, str]:
    return {name: text for name, text in files.items() if name not in names}


def judged(repository: RepositoryBuilder, *moments: Moment) -> Judged:
    repo = repository()
    return Judged(repo.root, write_history(repo, moments))


# Where a prompt was moved


def test_a_prompt_that_was_edited_and_moved_by_one_merge(repository: RepositoryBuilder) -> None:
    found = judged(
        repository,
        START,
        Moment("edit", ["start"], TWO),
        Moment("move", ["edit"], project(z="Two")),
        Moment("merge", ["start", "move"], project(z="Two")),
    )
    assert (found.said("edit"), found.said("move", "z")) == ("holds at merge:z", "holds at merge")


def test_a_prompt_that_was_moved_and_edited_by_one_merge(repository: RepositoryBuilder) -> None:
    """At the branch's first commit it has the text that main had under the old name."""
    found = judged(
        repository,
        START,
        Moment("move", ["start"], project(z="One")),
        Moment("edit", ["move"], project(z="Two")),
        Moment("merge", ["start", "edit"], project(z="Two")),
    )
    assert (found.said("move", "z"), found.said("edit", "z")) == ("holds at start:a", "holds at merge")


def test_a_branch_that_began_before_main_moved_the_prompt(repository: RepositoryBuilder) -> None:
    found = judged(
        repository,
        START,
        Moment("wip", ["start"], project(a="Wip")),
        Moment("edit", ["wip"], TWO),
        Moment("moved", ["start"], project(z="One")),
        Moment("merge", ["moved", "edit"], project(z="Two")),
    )
    assert (found.said("wip"), found.said("edit")) == ("refused", "holds at merge:z")


def test_another_prompt_with_the_same_text_approves_nothing(repository: RepositoryBuilder) -> None:
    found = judged(
        repository,
        Moment("start", [], project(a="One", b="Secret")),
        Moment("wip", ["start"], project(a="Secret", b="Secret")),
        Moment("final", ["wip"], project(a="Two", b="Secret")),
        Moment("merge", ["start", "final"], project(a="Two", b="Secret")),
    )
    assert (found.said("wip"), found.said("wip", "b")) == ("refused", "holds at start")


def test_a_prompt_beside_which_another_came_with_its_text_was_not_moved(repository: RepositoryBuilder) -> None:
    """The pinned commit has both: the other one is not what became of it."""
    found = judged(
        repository,
        START,
        Moment("wip", ["start"], project(a="Two", z="Two")),
        Moment("final", ["wip"], project(z="Two")),
        Moment("merge", ["start", "final"], project(z="Two")),
    )
    assert (found.said("wip"), found.said("wip", "z")) == ("refused", "holds at merge")


def test_another_ending_and_another_folder_by_the_settings(repository: RepositoryBuilder) -> None:
    there = {
        SETTINGS: f"{ONE[SETTINGS]}paths: {{prompts: llm/**}}\n",
        "llm/style.j2": "Kind.",
        "llm/a.prompt.yml": prompt("Two"),
    }
    early = {**ONE, "prompts/a.prompt.yaml": prompt("Two")}
    found = judged(
        repository,
        START,
        Moment("wip", ["start"], without(early, "prompts/a.prompt.yml")),
        Moment("moved", ["wip"], there),
        Moment("more", ["moved"], {**there, "README.md": "x"}),
        Moment("merge", ["start", "more"], there),
    )
    # The templates' paths are part of what a digest covers, so this is another version.
    assert (found.said("wip"), found.said("moved"), found.said("more")) == (
        "refused",
        "holds at merge",
        "holds at merge",
    )


def test_a_prompt_that_was_moved_twice_and_back(repository: RepositoryBuilder) -> None:
    found = judged(
        repository,
        START,
        Moment("wip", ["start"], project(a="Wip")),
        Moment("edit", ["wip"], TWO),
        Moment("moved", ["start"], project(y="One")),
        Moment("again", ["moved"], project(z="One")),
        Moment("merge", ["again", "edit"], project(z="Two")),
        Moment("home", ["merge"], project(a="Three")),
    )
    assert (found.said("wip"), found.said("edit")) == ("refused", "holds at merge:z")


# What a digest covers


def test_a_file_that_may_be_missing_counts_where_it_is_there(repository: RepositoryBuilder) -> None:
    """`ignore missing`: the same files with one more are another text."""
    files = project(a="One {% include 'more.j2' ignore missing %}")
    more = {**files, "prompts/more.j2": "More."}
    found = judged(
        repository,
        Moment("start", [], more),
        Moment("wip", ["start"], files),
        Moment("final", ["wip"], {**more, STYLE: "New."}),
        Moment("merge", ["start", "final"], {**more, STYLE: "New."}),
    )
    assert found.said("wip") == "refused"


def test_an_include_that_main_has_and_the_pin_has_not_is_not_even_read(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**project(a="Two {% include 'big.j2' %}"), "prompts/big.j2": "Big."}
    found = judged(
        repository,
        Moment("start", [], other),
        Moment("wip", ["start"], TWO),
        Moment("final", ["wip"], {**other, STYLE: "New."}),
        Moment("merge", ["start", "final"], {**other, STYLE: "New."}),
    )
    big = found.repository.lookup(["main:prompts/big.j2"])[0]
    assert big is not None
    asked: list[str] = []
    lookup = found.repository.lookup

    def noted(names: Sequence[str]) -> list[GitObject | None]:
        asked.extend(names)
        return lookup(names)

    monkeypatch.setattr(found.repository, "lookup", noted)
    assert found.said("wip") == "refused"
    assert big.id not in asked
    assert not any("big.j2" in name for name in asked)


def test_states_that_cannot_be_sealed_are_passed_over(repository: RepositoryBuilder) -> None:
    found = judged(
        repository,
        START,
        Moment("broken", ["start"], {**ONE, "prompts/a.prompt.yml": "messages: ["}),
        Moment("settings", ["broken"], {**ONE, SETTINGS: "models: 7\n"}),
        Moment("bad", ["settings"], {**ONE, STYLE: "{% if %}"}),
        Moment("wip", ["bad"], TWO),
        Moment("final", ["wip"], {**ONE, STYLE: "New."}),
        Moment("merge", ["bad", "final"], {**ONE, STYLE: "New."}),
    )
    assert (found.said("wip"), found.said("start"), found.said("final")) == (
        "refused",
        "holds at start",
        "holds at merge",
    )


def test_each_state_is_looked_at_once_however_often_main_went_back_to_it(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = [START]
    for number in range(40):
        files = project(a=f"Text {number % 4}")
        moments.append(Moment(f"m{number}", [moments[-1].name], files))
    wip = Moment("wip", ["m39"], project(a="Wip"))
    other = Moment("other", ["wip"], project(a="Text 0"), time=500)
    found = judged(repository, *moments, wip, other, Moment("merge", ["m39", "other"], project(a="Text 3"), time=501))
    asked = looked_at(monkeypatch)
    assert found.said("wip") == "refused"
    assert len(asked) == 5  # the first text, and four others
    asked.clear()
    assert found.said("other") == "holds at m36"
    assert asked == [], "the same bytes are looked at first, and need no sealing"


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commits at which a prompt is sealed to be compared, from now on."""
    asked: list[str] = []
    has_digest = CommitSealer.has_digest

    def noted(self: CommitSealer, name: str, commit: str, *more: Any) -> bool:
        asked.append(commit)
        return has_digest(self, name, commit, *more)

    monkeypatch.setattr(CommitSealer, "has_digest", noted)
    return asked


def test_the_nearest_is_found_first(repository: RepositoryBuilder) -> None:
    moments = [START]
    for number in range(6):
        moments.append(Moment(f"m{number}", [moments[-1].name], project(a=f"Text {number}")))
        back = {**project(a="Same"), "README.md": str(number)}
        moments.append(Moment(f"same{number}", [moments[-1].name], back))
    side = Moment("side", ["m3"], {**project(a="Same"), "README.md": "side"}, time=9)
    found = judged(repository, *moments, side, Moment("merge", ["same5", "side"], project(a="Text 9")))
    assert found.said("side") == "holds at same3"


def test_what_cannot_be_read_is_not_said_to_be_missing(repository: RepositoryBuilder, tmp_path: Path) -> None:
    """In a clone without blobs main may well have had the text: that is an error, and no verdict."""
    repo = repository()
    moments = [
        START,
        Moment("wip", ["start"], project(a="Wip")),
        Moment("final", ["wip"], TWO),
        Moment("merge", ["start", "final"], TWO),
    ]
    commits = write_history(repo, moments)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    repo.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{repo.root}", str(clone))
    wip = repo.git("rev-parse", f"{commits['wip']}:prompts/a.prompt.yml", f"{commits['wip']}:{STYLE}").split()
    wip.append(repo.git("rev-parse", f"{commits['wip']}:{SETTINGS}"))
    for blob in wip:
        subprocess.run(["git", "cat-file", "-p", blob], cwd=clone, check=True, capture_output=True)
    asked = Judged(clone, commits, "origin/main")
    with pytest.raises(SourceError):
        asked.said("wip")


def test_a_damaged_state_is_an_error_and_no_verdict(repository: RepositoryBuilder) -> None:
    repo = repository()
    moments = [START, Moment("wip", ["start"], project(a="Wip")), Moment("merge", ["start", "wip"], TWO)]
    commits = write_history(repo, moments)
    blob = repo.git("rev-parse", f"{commits['merge']}:prompts/a.prompt.yml")
    # fast-import writes a pack: a loose object of the same id is looked at after it, so the pack is taken apart.
    for pack in (repo.root / ".git/objects/pack").glob("*.pack"):
        moved = pack.rename(repo.root / ".git/taken.pack")
        pack.with_suffix(".idx").unlink()
        with moved.open("rb") as file:
            subprocess.run(["git", "unpack-objects", "-q"], cwd=repo.root, stdin=file, check=True)
    place = repo.root / ".git/objects" / blob[:2] / blob[2:]
    place.chmod(0o600)
    other = repo.git("rev-parse", f"{commits['wip']}:prompts/a.prompt.yml")
    place.write_bytes((repo.root / ".git/objects" / other[:2] / other[2:]).read_bytes())
    asked = Judged(repo.root, commits)
    with pytest.raises(DamagedError):
        asked.said("wip")


def test_a_sealer_compares_by_the_named_files_alone(repository: RepositoryBuilder) -> None:
    repo = repository()
    commits = write_history(repo, [START])
    sealer = CommitSealer(Repository(repo.root), PurePosixPath())
    digest, file = sealer.seal("a", commits["start"]), "prompts/a.prompt.yml"
    files = [PurePosixPath(file), PurePosixPath(SETTINGS), PurePosixPath(STYLE)]
    assert sealer.has_digest(file, commits["start"], digest, files)
    assert sealer.has_digest("a", commits["start"], digest, files)
    assert not sealer.has_digest("a", commits["start"], digest, files[:2])
    assert not sealer.has_digest("a", commits["start"], digest[:-1], files)
    assert not sealer.has_digest("b", commits["start"], digest, files)
