"""Whose settings lint follows: a stranger switches nothing off, and one's own colleagues do it in the open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from promptops.model.config import Config, LintSettings, Paths
from promptops.report.comment.compose import check_comment
from promptops.workflows.check.lint_change import ChangeReport, lint_change
from promptops.workflows.eval.fork_policy import with_base_config
from tests.conftest import GitRepository, write_files
from tests.workflows.check.test_check import Scene
from tests.workflows.scene import GREET, Endpoint, workspace_at

SETTINGS = "models: {small: {provider: openai, model: m}}\npolicy: {owners: ['@acme/platform']}\n"
SECRET = "sk-proj-" + "a1B2c3D4e5F6g7H8i9J0" * 2
LEAKS = GREET.replace("Greet", f"Use {SECRET} and greet")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    repo = GitRepository(tmp_path / "work")
    repo.commit({"promptops.yml": SETTINGS, "prompts/greet.prompt.yml": GREET})
    return repo


def looked(repo: GitRepository, files: Mapping[str, str], *, untrusted: bool) -> ChangeReport:
    base = repo.git("rev-parse", "HEAD")
    write_files(repo.root, files)
    return lint_change(workspace_at(repo.root), base, untrusted=untrusted)


def codes(found: ChangeReport) -> set[str]:
    return {one.code for one in found.report.findings}


def ignoring(text: str) -> str:
    return text.replace("messages:", "messages:  # promptops: ignore[P203] it is only for a test")


OFF = {
    "a folder left out": {"promptops.yml": SETTINGS + "lint: {exclude: [prompts/**]}\n"},
    "a rule": {"promptops.yml": SETTINGS + "lint: {rules: {P203: 'off'}}\n"},
    "a group of rules": {"promptops.yml": SETTINGS + "lint: {rules: {P2: note}}\n"},
    "other folders": {"promptops.yml": SETTINGS + "paths: {prompts: elsewhere}\n"},
}


@pytest.mark.parametrize("change", OFF.values(), ids=OFF)
def test_a_fork_switches_nothing_off_and_a_colleague_does_it_in_the_open(
    repo: GitRepository, change: dict[str, str]
) -> None:
    files = {"prompts/greet.prompt.yml": LEAKS, **change}
    theirs = looked(repo, files, untrusted=True)
    assert [one.severity for one in theirs.report.findings if one.code == "P203"] == ["error"]
    assert "it is a fork's, so the settings of the base were used" in theirs.settings[0]
    ours = looked(repo, files, untrusted=False)
    assert [one.severity for one in ours.report.findings if one.code == "P203"] in ([], ["note"])
    assert "this holds here already" in ours.settings[0]
    assert "must approve it: @acme/platform" in ours.settings[0]


def test_a_comment_in_a_forks_file_takes_on_nothing_that_the_base_did_not(repo: GitRepository) -> None:
    assert "P203" in codes(looked(repo, {"prompts/greet.prompt.yml": ignoring(LEAKS)}, untrusted=True))
    assert "P203" not in codes(looked(repo, {"prompts/greet.prompt.yml": ignoring(LEAKS)}, untrusted=False))
    repo.commit({"prompts/greet.prompt.yml": ignoring(LEAKS)})
    changed = {"prompts/greet.prompt.yml": ignoring(LEAKS).replace("greet {{", "greet kindly {{")}
    assert "P203" not in codes(looked(repo, changed, untrusted=True))
    assert "P203" in codes(looked(repo, {"prompts/new.prompt.yml": ignoring(LEAKS)}, untrusted=True))


def test_broken_settings_of_a_fork_are_told_and_those_of_the_base_hold(repo: GitRepository) -> None:
    files = {"prompts/greet.prompt.yml": LEAKS, "promptops.yml": "lint: [\n"}
    assert {"P203", "P001"} <= codes(looked(repo, files, untrusted=True))


def test_without_a_base_a_stranger_has_no_settings_at_all(repo: GitRepository) -> None:
    files = {"prompts/greet.prompt.yml": ignoring(LEAKS), "promptops.yml": SETTINGS + "lint: {rules: {P203: 'off'}}\n"}
    write_files(repo.root, files)
    assert "P203" in codes(lint_change(workspace_at(repo.root), None, untrusted=True))


def test_what_is_as_it_was_is_not_told(repo: GitRepository) -> None:
    assert looked(repo, {"promptops.yml": SETTINGS + "judge: small\n"}, untrusted=False).settings == ()


def test_where_nobody_owns_the_settings_that_is_said(repo: GitRepository) -> None:
    repo.commit({"promptops.yml": SETTINGS.split("policy")[0]})
    found = looked(repo, {"promptops.yml": SETTINGS + "lint: {exclude: [x/**]}\n"}, untrusted=False)
    assert "promptops.yml names nobody who approves it" in found.settings[0]  # whom the change names says nothing


def test_every_setting_of_a_fork_is_the_bases_but_further_folders() -> None:
    own = Config(judge="mine", paths=Paths(("a/**",), ("b/**",)), lint=LintSettings({"P2": None}))
    base = Config(judge="theirs", paths=Paths(("prompts/**",), ("b/**",)))
    found = with_base_config(own, base)
    assert found == base._replace(paths=Paths(("prompts/**", "a/**"), ("b/**",)))


def test_the_comment_begins_with_changed_settings_and_they_are_inert(tmp_path: Path, endpoint: Endpoint) -> None:
    scene = Scene(tmp_path, endpoint.url)
    settings = (scene.repo.root / "promptops.yml").read_text("utf-8")
    scene.write({"promptops.yml": settings + "lint: {exclude: ['@org/<b>**']}\npolicy: {owners: ['@evil']}\n"})
    for untrusted in (False, True):
        page = check_comment(scene.check(untrusted=untrusted))
        assert page.split("\n\n")[0].split("\n")[-1].startswith("⚠️ this change changes what lint looks for")
        assert "@org" not in page
        assert "<b>" not in page
        assert "evil" not in page
