"""What cannot be read is told by every command that would have read it, never passed over: real files, real git."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository
from tests.workflows.pinning import Pinned
from tests.workflows.scene import SUITE, Endpoint, settings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and such names are those of POSIX")

PROMPT, CASES = "messages: [{role: user, content: hi}]\n", "evals/greet.cases.jsonl"
LINT = ["lint", "lint --format json", "lint ."]
READ = ["eval greet --plan", "github check --base none"]
ALL = [*READ, "eval --plan"]
SERVE = ["verify", "audit", "pin greet@HEAD --env prod", "bundle --env prod --out -", "rollback greet --env prod"]

Break = Callable[[Path, Path], None]


def linked(name: str) -> Break:
    """Put a link in place of a file or folder, whose content stays what it was, outside of the project."""

    def put(root: Path, away: Path) -> None:
        (root / name).rename(away / "theirs")
        (root / name).symlink_to(away / "theirs")

    return put


def added(name: str, text: str) -> Break:
    """A further file."""

    def put(root: Path, _away: Path) -> None:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)

    return put


def padded(name: str, size: int) -> Break:
    """A comment of so many bytes behind what the file holds."""

    def put(root: Path, _away: Path) -> None:
        with (root / name).open("a") as file:
            file.write("\n#" + "x" * size + "\n")

    return put


def piped(name: str) -> Break:
    """A pipe in place of a file: nobody may wait for it."""

    def put(root: Path, _away: Path) -> None:
        (root / name).unlink()
        os.mkfifo(root / name)

    return put


LINK, NAME, SIZE = (
    "is a symbolic link, which is not followed",
    "the name holds a line break",
    "is the most that is read",
)
BROKEN: dict[str, tuple[Break, str, list[str]]] = {
    "a linked prompt": (linked("prompts/greet.prompt.yml"), LINK, [*LINT, *ALL, "render greet", "owners"]),
    "a linked folder of prompts": (linked("prompts"), LINK, [*LINT, *ALL, "render greet", "owners"]),
    "a linked folder below": (linked("prompts/legal"), LINK, [*LINT, "render legal/bye", "owners"]),
    "a linked suite": (linked("evals/greet.eval.yml"), LINK, [*LINT, *ALL]),
    "a linked file of cases": (linked(CASES), LINK, [*LINT, *ALL]),
    "a linked template": (linked("prompts/tone.j2"), LINK, [*LINT, *ALL, "render greet"]),
    "a linked environment": (linked("environments/prod.yml"), LINK, [*LINT, "github check --base none", *SERVE]),
    "linked environments": (linked("environments"), LINK, [*LINT, "github check --base none", *SERVE]),
    "linked settings": (linked("promptops.yml"), LINK, [*LINT, *ALL, *SERVE, "render greet", "owners"]),
    "a prompt that is a pipe": (piped("prompts/greet.prompt.yml"), "not a plain file", [*LINT, *ALL, "render greet"]),
    "a padded prompt": (padded("prompts/greet.prompt.yml", 5 << 20), SIZE, [*LINT, *ALL, "render greet", "owners"]),
    "a padded template": (padded("prompts/tone.j2", 5 << 20), SIZE, [*LINT, *ALL, "render greet"]),
    "a padded suite": (padded("evals/greet.eval.yml", 5 << 20), SIZE, [*LINT, *ALL]),
    "a padded environment": (padded("environments/prod.yml", 5 << 20), SIZE, [*LINT, *SERVE]),
    "padded settings": (padded("promptops.yml", 5 << 20), SIZE, [*LINT, *ALL, *SERVE]),
    "a name with a line break": (added("prompts/a\nb.prompt.yml", PROMPT), NAME, [*LINT, "eval --plan", "owners"]),
    "a folder with one": (added("prompts/a\nb/c.prompt.yml", PROMPT), NAME, [*LINT, "eval --plan", "owners"]),
    "a suite with one": (added("evals/a\nb.eval.yml", SUITE), NAME, [*LINT, "eval --plan"]),
    "an environment with one": (added("environments/a\nb.yml", "pins: {}\n"), NAME, [*LINT, "verify", "audit"]),
    "bytes that are not UTF-8": (added("prompts/\udcff.prompt.yml", PROMPT), NAME, [*LINT, "eval --plan", "owners"]),
}  # fmt: skip


@pytest.fixture
def pinned(tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Pinned:
    """A project with all kinds of files, and the current folder in it."""
    found = Pinned(GitRepository(tmp_path / "work"))
    before, evaluators = SUITE[: SUITE.index("testData")], SUITE[SUITE.index("evaluators") :]
    suite = f"{before}testData: {CASES[6:]}\n{evaluators}"
    cases = '{"id": "a", "who": "Ada"}\n'
    found.commit({"evals/greet.eval.yml": suite, CASES: cases, "promptops.yml": settings(endpoint.url)})
    monkeypatch.chdir(found.root)
    (tmp_path / "away").mkdir()
    return found


def run(line: str) -> Result:
    return CliRunner().invoke(cli, line.split(), env={"OPENAI_API_KEY": "k"})


@pytest.mark.parametrize(
    ("what", "line"), [(what, line) for what, (_, _, lines) in BROKEN.items() for line in lines], ids=str
)
def test_it_is_an_error_that_says_why(what: str, line: str, pinned: Pinned, tmp_path: Path) -> None:
    put, reason, _ = BROKEN[what]
    put(pinned.root, tmp_path / "away")
    result = run(line)
    assert result.exit_code == (1 if line.startswith("lint") else result.exit_code or 1), result.output
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit), result.output
    assert reason in result.output
    assert not [row for row in result.output.splitlines() if row.startswith(("b.", "b/"))]  # no name ends its line


@pytest.mark.parametrize("what", [what for what in BROKEN if "padded" not in what and "pipe" not in what])
def test_the_same_at_a_commit(what: str, pinned: Pinned, tmp_path: Path) -> None:
    put, reason, _ = BROKEN[what]
    # Behind a link that leads out of the repository, a commit has nothing; so here it leads to another folder of it.
    (pinned.root / "away").mkdir()
    put(pinned.root, pinned.root / "away")
    for link in [path for path in pinned.root.rglob("*") if path.is_symlink()]:
        target = os.path.relpath(os.readlink(link), link.parent)
        link.unlink()
        link.symlink_to(target)
    commit = pinned.repository.commit()
    result = run(f"lint --at {commit}")
    assert result.exit_code == 1, result.output
    assert "symbolic link" in result.output if reason == LINK else reason in result.output


def test_a_pin_of_a_commit_where_the_prompt_is_a_link_does_not_hold(pinned: Pinned, tmp_path: Path) -> None:
    linked("prompts/greet.prompt.yml")(pinned.root, tmp_path / "away")
    commit = pinned.repository.commit()
    pinned.write({"environments/prod.yml": f"pins:\n  greet:\n    commit: {commit}\n    digest: sha256:{'0' * 64}\n"})
    result = run("verify")
    assert (result.exit_code, "symbolic link" in result.output) == (1, True), result.output


def test_nothing_is_said_of_links_that_are_no_prompts(pinned: Pinned, tmp_path: Path) -> None:
    (pinned.root / "prompts/README.md").symlink_to(tmp_path / "away")
    (pinned.root / "node_modules").symlink_to(tmp_path / "away")
    (pinned.root / "evals/data").symlink_to(tmp_path / "away")
    assert run("lint").exit_code == 0
    assert run("verify").exit_code == 0
