"""Where the policy demands it, what nobody evaluated is not pinned, and verify finds it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from promptops.model.outcomes.history import Scorecard
from promptops.report.pins.text import ending
from promptops.source.formats.settings import load_config
from promptops.source.git.notes import add_note_lines
from promptops.source.git.repository import Repository
from promptops.store.results_file import parse_results, serialize_results
from promptops.workflows.notes.note_format import dump_line
from promptops.workflows.verify.verify import VerifyChoice, verify
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.pins import FAILED, FILES, PASSED, evaluated, only, pinned, pins, rolled_back, tone
from tests.workflows.scene import workspace_at

DEMANDED = str(FILES["promptops.yml"]) + "policy: {evaluatedBeforePin: true}\n"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    found = repository()
    found.commit({**FILES, "promptops.yml": DEMANDED})
    return found


def digest(repo: GitRepository, name: str = "greet") -> str:
    change = only(pinned(repo, name, environment="only_to_ask", dry_run=True))
    assert change.new is not None
    return change.new.digest


def missing(repo: GitRepository, **choice: str) -> list[str]:
    """What verify finds."""
    found = verify(workspace_at(repo.root), VerifyChoice(**choice))  # type: ignore[arg-type]
    return [one.message for each in found.checked for one in each.problems]


def forced(repo: GitRepository, name: str = "greet") -> None:
    """A pin that the policy would not let through, without the comment that `--force` writes."""
    pinned(repo, name, force="x")
    path = repo.root / "environments/prod.yml"
    path.write_text(path.read_text("utf-8").split(" # forced")[0].rstrip() + "\n", "utf-8")


def test_what_nobody_evaluated_is_not_pinned_and_the_way_out_is_told(repo: GitRepository) -> None:
    report = pinned(repo, "greet")
    assert (report.refused, report.written) == (True, False)
    told = "\n".join(ending(report))
    assert "greet: nobody has evaluated it, and promptops.yml demands that (policy: evaluatedBeforePin)" in told
    assert "promptops eval greet" in told
    evaluated(repo, digest(repo), PASSED)
    assert pinned(repo, "greet").written
    assert missing(repo) == []


def test_notes_of_those_who_evaluated_it_count(repo: GitRepository) -> None:
    when = "2026-11-24T05:00:00Z"
    card = Scorecard("greet", "greet", "small", "openai/m", digest(repo), "e", "s", (), (PASSED,), when=when)
    add_note_lines(Repository(repo.root), {repo.git("rev-parse", "HEAD"): [dump_line(card)]})
    assert pinned(repo, "greet").written
    assert missing(repo) == []


def test_a_run_that_stopped_or_was_not_measured_is_none(repo: GitRepository) -> None:
    evaluated(repo, digest(repo), PASSED)
    [file] = repo.root.glob(".promptops/results/*/results.json")
    file.write_bytes(serialize_results(replace(parse_results(file.read_bytes()), stopped="the quota is used up")))
    assert pinned(repo, "greet").refused


def test_a_failed_gate_is_told_as_before_and_force_with_a_reason_overrules_both(repo: GitRepository) -> None:
    evaluated(repo, digest(repo), FAILED)
    assert "a rule does not hold for" in ending(pinned(repo, "greet"))[0]
    report = pinned(repo, "greet", "bye", force="agreed with legal")
    assert report.written
    assert [one.forced for one in report.prompts] == [True, True]
    told = "\n".join(ending(report))
    assert "Pinned although a rule failed: agreed with legal" in told
    assert "Pinned although nobody has evaluated it: agreed with legal" in told
    assert missing(repo) == []  # the reason stands in the file for people to judge


def test_verify_finds_a_pin_that_was_written_by_hand(repo: GitRepository) -> None:
    forced(repo)
    [told] = missing(repo)
    assert told.startswith("nobody has evaluated 'greet' as it is at commit")
    evaluated(repo, pins(repo)["greet"].digest, PASSED)
    assert missing(repo) == []


def test_a_change_cannot_switch_the_policy_off_for_itself(repo: GitRepository) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"promptops.yml": str(FILES["promptops.yml"])})
    assert pinned(repo, "greet").refused
    forced(repo)
    assert len(missing(repo)) == len(missing(repo, protected="main")) == 1
    repo.git("tag", "main")  # of the name of the branch
    assert len(missing(repo, protected="main")) == 1


def test_a_change_may_demand_it_already(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(FILES)
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"promptops.yml": DEMANDED})
    assert pinned(repo, "greet").refused


def test_without_the_policy_nothing_is_demanded(repository: RepositoryBuilder) -> None:
    repo = repository()
    repo.commit(FILES)
    assert pinned(repo, "greet").written
    assert missing(repo) == []


def test_a_way_back_in_an_incident_is_open(repo: GitRepository) -> None:
    evaluated(repo, digest(repo), PASSED)
    pinned(repo, "greet")
    repo.commit()
    repo.commit(tone("Be brief."))
    evaluated(repo, digest(repo), PASSED, when="20261124-060000")
    pinned(repo, "greet")
    repo.commit()
    for file in repo.root.glob(".promptops/results/*/results.json"):
        file.unlink()
    assert rolled_back(repo, "greet").written


def test_the_policy_is_read_from_the_settings(repo: GitRepository) -> None:
    config = load_config(workspace_at(repo.root).project().source)
    assert config.policy.evaluated_before_pin
    assert json.dumps(config.policy.owners) == "[]"


@pytest.mark.parametrize("text", ["pins:\n", "pins: {}\n", "pins: null\n", "# ours\npins:  # none\n"])
def test_an_environment_without_pins_has_none_for_everybody(repo: GitRepository, text: str) -> None:
    repo.commit({"environments/prod.yml": text})
    [found] = verify(workspace_at(repo.root), VerifyChoice()).checked
    assert (found.pins, found.problems) == (0, ())
    assert pins(repo) == {}
