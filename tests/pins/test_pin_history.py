"""The history of a pin: how far back it goes, and what is no part of it."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptops.errors import PromptopsError
from promptops.model.environment import Environment, Pin, Rollout
from promptops.pins import pin_history as module
from promptops.pins.document import EnvironmentDocument
from promptops.pins.pin_history import PinChanges, pin_history
from promptops.pins.pin_lines import PinLines, UnknownLineError
from promptops.pins.yaml_format import pin_rows, yaml_name
from promptops.source.formats.environments import load_environment
from promptops.source.git.repository import Repository
from promptops.source.source import Source
from tests.conftest import GitRepository, RepositoryBuilder

PROD = PurePosixPath("environments/prod.yml")


def pin(name: str, number: int, rollout: int | None = None) -> Pin:
    """A pin at a commit that need not be there."""
    second = None if rollout is None else Rollout(f"{rollout:040x}", f"sha256:{rollout:064x}", 10.0)
    return Pin(name, f"{number:040x}", f"sha256:{number:064x}", second)


def text(*pins: Pin) -> str:
    """As `promptops pin` writes it."""
    return "pins:\n" + "".join(f"{row}\n" for one in pins for row in pin_rows(one, yaml_name(one.prompt), "  "))


def changes(repo: GitRepository) -> list[PinChanges]:
    """The history of `prod` at HEAD."""
    opened = Repository(repo.root)
    head = opened.head()
    assert head is not None
    found = list(pin_history(opened, PROD, head))
    opened.close()
    return found


def test_only_what_a_commit_changed_is_its_own(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({str(PROD): text(pin("a", 1), pin("b", 1))})
    second = repo.commit({str(PROD): text(pin("a", 1), pin("b", 2, rollout=3))})
    repo.commit({str(PROD): "# a remark\n" + text(pin("a", 1), pin("b", 2, rollout=3))})
    last = repo.commit({str(PROD): "# a remark\n" + text(pin("b", 2, rollout=3))})
    found = changes(repo)
    assert [one.commit for one in found[1:]] == [second, last], "a remark changes no pin"
    assert (found[1].before, found[1].after) == ({"b": pin("b", 1)}, {"b": pin("b", 2, rollout=3)})
    assert (found[2].before, found[2].after) == ({"a": pin("a", 1)}, {"a": None})


def test_a_version_that_cannot_be_read_was_never_served(repository: RepositoryBuilder) -> None:
    """Who mends the file has not pinned what stood in it before."""
    repo = repository()
    first = repo.commit({str(PROD): text(pin("a", 1), pin("b", 1))})
    repo.commit({str(PROD): text(pin("a", 1), pin("b", 1)) + "  c: {commit: short}\n"})
    repo.commit({str(PROD): text(pin("a", 9), pin("a", 1))})
    mended = repo.commit({str(PROD): text(pin("a", 1), pin("b", 2))})
    assert [(one.commit, [*one.after]) for one in changes(repo)] == [(first, ["a", "b"]), (mended, ["b"])]


def test_both_endings_are_one_environment_and_another_name_is_another(repository: RepositoryBuilder) -> None:
    repo = repository()
    first = repo.commit({"environments/prod.yaml": text(pin("a", 1))})
    repo.git("mv", "environments/prod.yaml", "environments/prod.yml")
    repo.commit()
    repo.git("mv", "environments/prod.yml", "environments/live.yml")
    gone = repo.commit()
    repo.git("mv", "environments/live.yml", "environments/prod.yml")
    back = repo.commit()
    found = changes(repo)
    assert [one.commit for one in found] == [first, gone, back]
    assert found[1].after == {"a": None}
    assert found[2].before == {"a": None}


def test_what_a_branch_tried_is_not_its_history_and_a_merge_that_decided_is(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit({str(PROD): text(pin("a", 1))})
    repo.git("checkout", "--quiet", "-b", "work")
    repo.commit({str(PROD): text(pin("a", 2))})
    repo.git("checkout", "--quiet", "main")
    repo.commit({str(PROD): text(pin("a", 3))})
    repo.git("merge", "--quiet", "--strategy=ours", "--no-commit", "work")
    merge = repo.commit({str(PROD): text(pin("a", 4))})
    numbers = [one.after["a"] for one in changes(repo)]
    assert numbers == [pin("a", 1), pin("a", 3), pin("a", 4)]
    assert changes(repo)[-1].commit == merge


def test_the_file_is_read_whole_only_where_it_is_written_otherwise(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many versions as one likes: not one is parsed by the reader of YAML."""
    repo = repository()
    whole: list[object] = []
    real = load_environment

    def load(source: Source, path: PurePosixPath) -> Environment:
        whole.append(path)
        return real(source, path)

    monkeypatch.setattr(module, "load_environment", load)
    for number in range(12):
        repo.commit({str(PROD): text(*(pin(f"p{n}", number if n == number else 1) for n in range(50)))})
    assert len(changes(repo)) == 12
    assert whole == []
    repo.commit({str(PROD): "pins: {a: {commit: '" + "1" * 40 + "', digest: 'sha256:" + "2" * 64 + "'}}\n"})
    changes(repo)
    assert len(whole) == 1


NAMES = st.sampled_from(("a", "b", "legal/clause", "null", "1st", "grüße", 'with "quotes"', "x y"))
ROWS = st.one_of(
    st.builds(lambda name, one: "\n".join(pin_rows(pin(name, one), yaml_name(name), "  ")), NAMES, st.integers(1, 4)),
    st.builds(
        lambda name, number: "\n".join(pin_rows(pin(name, number, 7), yaml_name(name), "  ")), NAMES, st.integers(1, 4)
    ),
    st.sampled_from((
        "", "  # a remark", "# grüße", "  a:", "    commit: " + "3" * 40, "    digest: sha256:" + "4" * 64, "---",
        "pins:",
        "  b: {commit: short}", "   c: {commit: " + "a" * 40 + ", digest: sha256:" + "5" * 64 + "}", "\t", "  d: &x {}",
        "...",
        "    rollout: {commit: " + "6" * 40 + ", digest: sha256:" + "7" * 64 + ", percent: 12.50}",
    )),
)  # fmt: skip


@given(st.lists(ROWS, max_size=7), st.sampled_from(("\n", "\r\n")))
def test_lines_say_what_the_reader_of_yaml_says_or_nothing(rows: list[str], end: str) -> None:
    whole = end.join(["pins:", *rows, ""])
    lines = [line + b"\n" for line in whole.encode().split(b"\n")[:-1]]
    try:
        pins, _, _ = PinLines().all_pins(lines)
    except UnknownLineError:
        return
    try:
        parsed = EnvironmentDocument(whole.replace("\r\n", "\n"), "environments/prod.yml").pins
    except PromptopsError as exc:
        raise AssertionError(f"read although it is none: {exc}") from exc
    assert pins == {name: one.without_spans() for name, one in parsed.items()}
