"""`verify` and `audit` say the same of every pin, whatever became of it: one place decides."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from promptops.errors import PromptopsError
from promptops.pins.yaml_format import FORCED
from promptops.workflows.audit.audit import AuditChoice, audit
from promptops.workflows.bundle import save_bundle
from promptops.workflows.verify.verify import VerifyChoice, verify
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.auditing import ANA, TOM, Audited
from tests.workflows.pinning import FILES, NOWHERE, WRONG, environment
from tests.workflows.scene import workspace_at

BRIEF = {"prompts/tone.j2": "Be brief.\n"}
POLICY = {"promptops.yml": f"{FILES['promptops.yml']}policy: {{evaluatedBeforePin: true}}\n"}


def verdict(made: Audited, at: str | None = None) -> tuple[bool, list[tuple[str, str, str]]]:
    """What both say; they must say the same: whether all holds, and of which version what is wrong."""
    audited = audit(workspace_at(made.root), AuditChoice(at=at))
    verified = verify(workspace_at(made.root), VerifyChoice(at=at))
    problems = [(pin.environment, pin.prompt, one) for pin in audited.pins for one in pin.problems]
    told = [(each.name, one.prompt, one.message) for each in verified.checked for one in each.problems]
    assert audited.holds == verified.holds
    assert sorted(problems) == sorted(told)
    return verified.holds, problems


def pinned_commit(made: Audited) -> None:
    made.pin(made.first)


def unmerged(made: Audited) -> None:
    made.pin(made.branch((BRIEF, "brief", ANA)))


def squashed(made: Audited) -> None:
    tip = made.branch((BRIEF, "brief", ANA))
    made.repository.git("merge", "--quiet", "--squash", tip)
    made.commit({}, "Brief (#7)")
    made.pin(tip)


def only_tried(made: Audited) -> None:
    tip = made.branch((BRIEF, "try", ANA), ({"prompts/tone.j2": "Final.\n"}, "final", ANA))
    made.merge(tip, "Merge", TOM)
    made.pin(made.repository.git("rev-parse", f"{tip}~1"))


def merged(made: Audited) -> None:
    made.pin(made.merge(made.branch((BRIEF, "brief", ANA)), "Merge", TOM))


def forced_and_unmerged(made: Audited) -> None:
    made.pin(made.branch((BRIEF, "brief", ANA)), comment=f" # {FORCED}the customer waits")


def missing_commit(made: Audited) -> None:
    made.commit(environment("prod", f"  greet: {{commit: {NOWHERE}, digest: '{WRONG}'}}\n"))


def wrong_digest(made: Audited) -> None:
    made.commit(environment("prod", f"  greet: {{commit: {made.first}, digest: '{WRONG}'}}\n"))


def no_such_prompt(made: Audited) -> None:
    made.commit(environment("prod", f"  nothing: {{commit: {made.first}, digest: '{WRONG}'}}\n"))


def bad_rollout(made: Audited) -> None:
    made.pin(made.first, rollout=made.branch((BRIEF, "brief", ANA)))


def not_committed(made: Audited) -> None:
    write_files(made.root, environment("prod", made.row(made.branch((BRIEF, "brief", ANA)))))


def rewritten(made: Audited) -> None:
    """Main was thrown back behind the commit that is pinned."""
    later = made.commit(BRIEF)
    row = made.row(later)
    made.repository.git("reset", "--quiet", "--hard", made.first)
    made.commit(environment("prod", row))


def removed(made: Audited) -> None:
    """One environment is gone, and with it what was wrong in it; another is as it was."""
    made.commit(environment("staging", f"  greet: {{commit: {NOWHERE}, digest: '{WRONG}'}}\n"))
    made.pin(made.first)
    (made.root / "environments/staging.yml").unlink()


def emptied(made: Audited) -> None:
    made.pin(made.first)
    made.commit({"environments/prod.yml": "pins: {}\n"})


def nobody_evaluated(made: Audited) -> None:
    made.commit(POLICY)
    made.pin(made.first)


def nobody_evaluated_but_forced(made: Audited) -> None:
    made.commit(POLICY)
    made.pin(made.first, comment=f" # {FORCED}the customer waits")


def no_main_branch(made: Audited) -> None:
    made.pin(made.branch((BRIEF, "brief", ANA)))
    made.repository.git("branch", "--quiet", "--move", "main", "work")


def a_tag_called_main(made: Audited) -> None:
    tip = made.branch((BRIEF, "brief", ANA))
    made.repository.git("tag", "main", tip)
    made.pin(tip)


def unpushed(made: Audited) -> None:
    """Main has it here, and the remote's main, which applications follow, does not."""
    bare = GitRepository(made.root.parent / "remote.git", "--bare")
    made.repository.git("remote", "add", "origin", f"file://{bare.root}")
    made.repository.git("push", "--quiet", "origin", "main")
    made.repository.git("remote", "set-head", "origin", "main")
    made.pin(made.commit(BRIEF))


def another_prompt(made: Audited) -> None:
    made.commit(environment("prod", made.row(made.first).replace("greet:", "legal/bye:")))


HOLD: list[Callable[[Audited], None]] = [
    pinned_commit,
    merged,
    removed,
    emptied,
    nobody_evaluated_but_forced,
    no_main_branch,
]
REFUSED: dict[Callable[[Audited], None], str] = {
    unmerged: "not part of main",
    squashed: "not part of main",
    only_tried: "a text that main itself never had",
    forced_and_unmerged: "not part of main",
    missing_commit: "no such commit",
    wrong_digest: "is not what was pinned",
    no_such_prompt: "no prompt called 'nothing'",
    bad_rollout: "not part of main",
    not_committed: "not part of main",
    rewritten: "not part of main",
    nobody_evaluated: "nobody has evaluated 'greet'",
    a_tag_called_main: "not part of",
    unpushed: "not part of origin/main",
    another_prompt: "is not what was pinned",
}


@pytest.fixture
def made(repository: RepositoryBuilder) -> Audited:
    return Audited(repository())


@pytest.mark.parametrize("scene", HOLD, ids=lambda scene: scene.__name__)
def test_what_holds_holds_for_both(made: Audited, scene: Callable[[Audited], None]) -> None:
    scene(made)
    assert verdict(made) == (True, [])


@pytest.mark.parametrize(("scene", "why"), REFUSED.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_what_does_not_hold_is_refused_by_both_in_the_same_words(
    made: Audited, scene: Callable[[Audited], None], why: str
) -> None:
    scene(made)
    holds, [(_, _, told)] = verdict(made)
    assert not holds
    assert why in told


def test_at_an_older_revision_too(made: Audited) -> None:
    held = made.pin(made.first)
    unmerged(made)
    assert verdict(made)[0] is False
    assert verdict(made, at=held) == (True, [])


def test_a_shallow_clone_and_one_without_the_commit(made: Audited, tmp_path: Path) -> None:
    unmerged(made)
    clone = tmp_path / "shallow"
    made.repository.git("clone", "--quiet", "--depth=1", f"file://{made.root}", str(clone))
    shallow = Audited.__new__(Audited)
    shallow.root, shallow.repository = clone, GitRepository(clone)
    holds, [(_, _, told)] = verdict(shallow)
    assert not holds
    assert "is pinned at commit" in told


def test_an_environment_that_nobody_signed_and_that_pins_nothing(made: Audited, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signers = f"ada@example.org {key.with_suffix('.pub').read_text()}"
    made.commit({"signers": signers, "promptops.yml": FILES["promptops.yml"] + "policy: {signers: signers}\n"})
    emptied(made)
    audited = audit(workspace_at(made.root), AuditChoice())
    verified = verify(workspace_at(made.root), VerifyChoice())
    assert (audited.holds, verified.holds) == (False, False)
    assert audited.pins == ()
    [problem] = verified.checked[0].problems
    assert audited.problems == (f"environments/prod.yml: {problem.message}",)


def test_a_bundle_says_what_its_environment_says(made: Audited, tmp_path: Path) -> None:
    for scene, holds in ((merged, True), (unmerged, False)):
        scene(made)
        file = tmp_path / f"{holds}.bundle"
        save_bundle(workspace_at(made.root), "prod", file)
        assert verify(workspace_at(made.root), VerifyChoice((str(file),))).holds is holds
        assert verdict(made)[0] is holds


def test_what_cannot_be_read_is_an_error_of_both(made: Audited) -> None:
    made.commit({"environments/prod.yml": "pins: [\n"})
    with pytest.raises(PromptopsError) as first:
        audit(workspace_at(made.root), AuditChoice())
    with pytest.raises(PromptopsError) as second:
        verify(workspace_at(made.root), VerifyChoice())
    assert str(first.value) == str(second.value)
