"""A prompt is taken out of an environment by command, and comes back by rollback."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.errors import PinError
from promptops.model.outcomes.pin_change import PinReport
from promptops.report.pins.text import pins_text
from promptops.workflows.pin.unpin import unpin
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.pins import FILES, bye, pinned, pins, rolled_back, tone
from tests.workflows.scene import workspace_at

PROD = "environments/prod.yml"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """`greet` and `bye` are pinned, and committed."""
    found = repository()
    found.commit(FILES)
    pinned(found, "greet", "bye")
    found.commit()
    return found


def removed(repo: GitRepository, *names: str, environment: str = "prod", dry_run: bool = False) -> PinReport:
    """`promptops pin … --remove`."""
    return unpin(workspace_at(repo.root), environment, names, dry_run=dry_run)


def text(repo: GitRepository) -> str:
    """The environment's file."""
    return (repo.root / PROD).read_text("utf-8")


def test_one_goes_and_the_others_stay_byte_for_byte(repo: GitRepository) -> None:
    before = text(repo).splitlines()
    report = removed(repo, "greet")
    assert report.written
    assert text(repo).splitlines() == [line for line in before if not line.startswith("  greet:")]
    told = pins_text(report, 0)
    assert "greet: not pinned any more\n" in told
    assert f"{PROD} written." in told
    assert "Applications that follow prod get no such prompt any more once it is merged." in told
    assert "not evaluated" not in told


def test_several_go_at_once_or_none(repo: GitRepository) -> None:
    before = text(repo)
    with pytest.raises(PinError, match="'gret' is not pinned here") as caught:
        removed(repo, "bye", "gret")
    assert caught.value.hint == "did you mean 'greet'?"
    assert text(repo) == before
    assert removed(repo, "bye", "prompts/greet.prompt.yml").written
    assert text(repo) == "pins: {}\n"
    assert pins(repo) == {}


def test_a_rollout_goes_with_its_pin(repo: GitRepository) -> None:
    repo.commit(tone("Be brief."))
    pinned(repo, "greet", percent=10.0)
    repo.commit()
    report = removed(repo, "greet")
    assert "to 10% ends with it" in pins_text(report, 0)
    assert list(pins(repo)) == ["bye"]


@pytest.mark.parametrize("names", [("greet",), ()])
def test_rollback_brings_it_back(repo: GitRepository, names: tuple[str, ...]) -> None:
    before = pins(repo)
    removed(repo, "greet")
    repo.commit()
    assert rolled_back(repo, *names).written
    assert pins(repo) == before


def test_the_last_one_leaves_no_pins_and_rollback_knows_what_there_were(
    repo: GitRepository,
) -> None:
    before = pins(repo)
    removed(repo, "greet", "bye")
    repo.commit()
    assert rolled_back(repo).written
    assert pins(repo) == before


def test_a_prompt_that_is_deleted_can_be_taken_out(repo: GitRepository) -> None:
    (repo.root / "prompts/bye.prompt.yml").unlink()
    repo.commit()
    assert removed(repo, "bye").written
    assert list(pins(repo)) == ["greet"]


def test_nothing_is_written_on_a_dry_run(repo: GitRepository) -> None:
    before = text(repo)
    assert not removed(repo, "greet", dry_run=True).written
    assert text(repo) == before


@pytest.mark.parametrize(
    ("names", "environment", "message", "hint"),
    [
        (
            ["greet@HEAD"],
            "prod",
            "'greet@HEAD' is not pinned here",
            "name it without a version",
        ),
        (["greet", "greet"], "prod", "this prompt is named twice", "name each prompt once"),
        (["greet"], "prd", "there is no such environment", "did you mean 'prod'?"),
        (["greet"], "../x", "not the name of an environment", "environments/prod.yml"),
    ],
)
def test_what_cannot_be_taken_out(
    repo: GitRepository, names: list[str], environment: str, message: str, hint: str
) -> None:
    before = text(repo)
    with pytest.raises(PinError, match=message) as caught:
        removed(repo, *names, environment=environment)
    assert hint in caught.value.hint
    assert text(repo) == before


@pytest.mark.parametrize(
    "written",
    [
        "pins: {greet: {commit: C, digest: D}}\n",
        "{pins: {greet: {commit: C, digest: D}}}\n",
        "# ours\npins:\n  greet:  # note\n    commit: C\n    digest: D\n",
    ],
)
def test_files_that_people_wrote(repo: GitRepository, written: str) -> None:
    pin = pins(repo)["greet"]
    (repo.root / PROD).write_text(written.replace("C", pin.commit).replace("D", pin.digest), "utf-8")
    assert removed(repo, "greet").written
    assert pins(repo) == {}


def test_by_command(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root)
    repo.commit(bye("Farewell"))
    result = CliRunner().invoke(cli, ["pin", "greet", "--env", "prod", "--remove"])
    assert (result.exit_code, list(pins(repo))) == (0, ["bye"]), result.output
    assert "greet: not pinned any more" in result.stdout
    found = CliRunner().invoke(cli, ["pin", "bye", "--env", "prod", "--remove", "--format", "json"])
    assert '"what": "unpinned"' in found.stdout
    for more in (["--percent", "5"], ["--force", "--reason", "x"], ["--reason", "x"]):
        assert CliRunner().invoke(cli, ["pin", "bye", "--env", "prod", "--remove", *more]).exit_code == 2
    assert Path(PROD).read_text("utf-8") == "pins: {}\n"
