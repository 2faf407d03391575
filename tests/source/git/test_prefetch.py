from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from promptops.errors import SourceError
from promptops.source.git.commit import Commit
from promptops.source.git.prefetch import PrefetchedCommit
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository, RepositoryBuilder

P = PurePosixPath
FILES = {f"prompts/{number}.yml": f"text {number}\r\n" for number in range(40)}


@pytest.fixture
def history(repository: RepositoryBuilder) -> GitRepository:
    """One commit with forty prompts in a folder below the top."""
    repo = repository()
    repo.commit({f"sub/{path}": text for path, text in FILES.items()})
    return repo


def ahead(history: GitRepository) -> PrefetchedCommit:
    return PrefetchedCommit(Commit(Repository(history.root), history.git("rev-parse", "HEAD"), P("sub")))


def test_it_is_the_commit_it_stands_for(history: GitRepository) -> None:
    found = ahead(history)
    assert found.revision.label == history.git("rev-parse", "HEAD")[:7]
    assert found.list("prompts/*.yml") == sorted(P(path) for path in FILES)
    assert found.exists(P("prompts/1.yml"))
    assert not found.exists(P("prompts/none.yml"))
    assert found.read(P("prompts/1.yml")) == b"text 1\r\n"


def test_what_was_read_is_read_no_more(history: GitRepository) -> None:
    found = ahead(history)
    found.prefetch([P("prompts/1.yml"), P("prompts/2.yml")])
    assert found.read(P("prompts/3.yml")) == b"text 3\r\n"
    found._commit._repository.close()
    shutil.rmtree(history.root)
    assert [found.read(P(f"prompts/{number}.yml")) for number in (1, 2, 3)] == [
        b"text 1\r\n",
        b"text 2\r\n",
        b"text 3\r\n",
    ]
    found.prefetch([P("prompts/1.yml"), P("prompts/3.yml")])
    with pytest.raises(SourceError):
        found.read(P("prompts/4.yml"))


def test_many_files_come_in_few_rounds(history: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []
    real = Repository.lookup

    def counting(self: Repository, names: Sequence[str]) -> object:
        rounds.append(len(names))
        return real(self, names)

    monkeypatch.setattr(Repository, "lookup", counting)
    found = ahead(history)
    found.prefetch(map(P, FILES))
    assert len(rounds) <= 3, rounds
    assert {str(path): found.read(path).decode() for path in map(P, FILES)} == FILES
    assert len(rounds) <= 3, rounds


def test_a_file_that_is_not_there_is_said_with_the_version(history: GitRepository) -> None:
    found = ahead(history)
    for reading in (found.read, lambda path: found.prefetch([P("prompts/1.yml"), path])):
        with pytest.raises(SourceError, match="no such file") as caught:
            reading(P("prompts/none.yml"))
        assert f"prompts/none.yml at {found.revision.label}" in caught.value.where
