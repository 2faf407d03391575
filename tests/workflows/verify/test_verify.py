"""Environments and bundles looked at: everything that does not hold is told, at its place, and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from promptops.errors import PinError, PromptError, SourceError
from promptops.model.canonical_json import canonical_json
from promptops.model.outcomes.verification import VerificationProblem, VerificationReport, VerifiedPins
from promptops.model.sealed_prompt import content_digest
from promptops.report.pins.verification import verified_text
from promptops.workflows.audit.audit import AuditChoice, audit
from promptops.workflows.bundle import build_bundle, save_bundle
from promptops.workflows.verify.verify import VerifyChoice, verify
from promptops.workflows.workspace import Workspace
from tests.conftest import RepositoryBuilder, write_files
from tests.workflows.pinning import FILES, NOWHERE, WRONG, Pinned, digest, environment


@pytest.fixture
def pinned(repository: RepositoryBuilder) -> Pinned:
    return Pinned(repository())


def look(
    pinned: Pinned,
    *names: str | Path,
    at: str | None = None,
    protected: str | None = None,
    signers: Path | None = None,
) -> VerificationReport:
    return verify(pinned.workspace(), VerifyChoice(tuple(map(str, names)), at, protected, signers))


def problems(found: VerificationReport) -> list[tuple[str, str]]:
    return [(one.place, one.message) for each in found.checked for one in each.problems]


def only(found: VerificationReport) -> VerificationProblem:
    [problem] = [one for each in found.checked for one in each.problems]
    return problem


def bundle(pinned: Pinned, name: str = "prod") -> Path:
    path = pinned.repository.root.parent / f"{name}.bundle"
    save_bundle(pinned.workspace(), name, path)
    return path


# Environments


def test_without_names_every_environment_is_looked_at(pinned: Pinned) -> None:
    found = look(pinned)
    assert found == VerificationReport(
        (
            VerifiedPins("environment", "prod", "environments/prod.yml", 2, 1, 0),
            VerifiedPins("environment", "staging", "environments/staging.yml", 1, 0, 0),
        )
    )
    assert found.holds


def test_names_and_files_choose(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pinned.root / "environments")
    for names in (["staging"], ["staging.yml"], [pinned.root / "environments/staging.yml"], ["staging", "staging.yml"]):
        assert [each.name for each in look(pinned, *names).checked] == ["staging"]


def test_a_pin_holds_whatever_the_work_tree_says(pinned: Pinned) -> None:
    pinned.write({"prompts/greet.prompt.yml": "broken: [", "promptops.yml": "{}\n"})
    assert look(pinned).holds


def test_each_way_not_to_hold_is_told_at_its_place(pinned: Pinned) -> None:
    blob = pinned.repository.git("rev-parse", "HEAD:promptops.yml")
    pinned.repository.git("tag", "-m", "x", "tag", pinned.one)
    tag = pinned.repository.git("rev-parse", "tag")
    broken = pinned.commit({"promptops.yml": "models: 3\n"})
    pinned.write(FILES)
    rows = [
        pinned.row("greet", pinned.one, digest(pinned.root, pinned.two)),
        pinned.row("gone", pinned.one, WRONG),
        *(pinned.row(f"p{n}", commit, WRONG) for n, commit in enumerate((NOWHERE, blob, tag, broken))),
    ]
    pinned.write(environment("prod", *rows))
    short = [commit[:7] for commit in (pinned.one, NOWHERE, blob, tag, broken)]
    assert problems(look(pinned, "prod")) == [
        (
            "environments/prod.yml:4:13",
            f"'greet' at commit {short[0]} is not what was pinned, so this version is never served",
        ),
        (
            "environments/prod.yml:6:13",
            f"'gone' cannot be served as it was at commit {short[0]}: no prompt called 'gone' ({short[0]})",
        ),
        (
            "environments/prod.yml:9:13",
            f"'p0' is pinned at commit {short[1]}: there is no such commit in this repository",
        ),
        ("environments/prod.yml:12:13", f"'p1' is pinned at commit {short[2]}: this object is not a commit"),
        ("environments/prod.yml:15:13", f"'p2' is pinned at commit {short[3]}: this object is not a commit"),
        (
            "environments/prod.yml:18:13",
            f"'p3' cannot be served as it was at commit {short[4]}: promptops.yml:1:9: "
            "'models' is '3', but should be a group of `key: value` lines",
        ),
    ]
    [checked] = look(pinned, "prod").checked
    assert (checked.pins, checked.failing, checked.holds) == (6, 6, False)
    assert f"write: {digest(pinned.root, pinned.one)}" in checked.problems[0].hint
    assert all(one.hint for one in checked.problems)


def test_a_rollout_is_looked_at_like_its_pin(pinned: Pinned) -> None:
    row = pinned.row("greet", pinned.one, rollout=pinned.two)
    pinned.write(environment("prod", row.replace(digest(pinned.root, pinned.two), WRONG)))
    found = look(pinned, "prod")
    assert only(found).place.startswith("environments/prod.yml:5:")
    assert (found.checked[0].pins, found.checked[0].rollouts, found.checked[0].failing) == (1, 1, 1)


def test_a_digest_that_another_pin_has_is_not_enough(pinned: Pinned) -> None:
    """What is sealed once for one prompt must not stand for another prompt or commit."""
    right = digest(pinned.root, pinned.one)
    rows = [pinned.row("greet", pinned.one), pinned.row("legal/bye", pinned.one, right)]
    pinned.write(environment("prod", *rows) | environment("staging", pinned.row("greet", pinned.two, right)))
    assert [place for place, _ in problems(look(pinned))] == [
        "environments/prod.yml:7:13",
        "environments/staging.yml:4:13",
    ]


def test_a_damaged_object_is_told_at_the_pin(pinned: Pinned) -> None:
    blob = pinned.repository.git("rev-parse", f"{pinned.one}:prompts/tone.j2")
    path = pinned.repository.root / ".git/objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-3] + b"abc")
    found = look(pinned)
    assert only(found).place == "environments/prod.yml:3:13"
    assert "tone.j2" in only(found).message
    assert "damaged" in only(found).message


def test_a_project_below_the_repositorys_top(repository: RepositoryBuilder) -> None:
    pinned = Pinned(repository(), "texts")
    assert look(pinned, protected="main").holds
    pinned.write(environment("prod", pinned.row("greet", pinned.one, WRONG)))
    assert only(look(pinned, "prod")).place == "environments/prod.yml:4:13"


def test_at_a_revision_its_own_environments_are_read(pinned: Pinned) -> None:
    later = pinned.commit(
        environment("prod", pinned.row("greet", pinned.one, WRONG)) | {"environments/new.yml": "pins: {}\n"}
    )
    assert [each.name for each in look(pinned, at=pinned.three).checked] == ["prod", "staging"]
    assert look(pinned, at=pinned.three).holds
    assert not look(pinned, at=later[:9]).holds


def test_a_shallow_clone_says_how_to_get_the_rest(pinned: Pinned, tmp_path: Path) -> None:
    pinned.repository.git("clone", "--quiet", "--depth=1", f"file://{pinned.root}", str(tmp_path / "clone"))
    found = verify(Workspace.at(tmp_path / "clone", tmp_path / "cache", {}), VerifyChoice(("staging",)))
    assert "shallow" in only(found).message
    assert "git fetch --unshallow" in only(found).hint


@pytest.mark.parametrize("name", ["live", "environments/live.yml", "--output=x", "a\nb"])
def test_an_unknown_name_is_an_error_with_those_there_are(pinned: Pinned, name: str) -> None:
    with pytest.raises(SourceError, match=r"(?s)there is no environment '.*' in your files") as caught:
        look(pinned, "prod", name)
    assert "there are: prod, staging" in caught.value.hint
    with pytest.raises(SourceError, match=f"(?s)there is no environment '.*' at commit {pinned.two[:7]}"):
        look(pinned, name, at=pinned.two)


def test_an_environment_that_cannot_be_read_is_an_error(pinned: Pinned) -> None:
    pinned.write(environment("staging", f"  greet: {{commit: {pinned.two[:12]}, digest: '{WRONG}'}}\n"))
    with pytest.raises(PromptError, match=r"environments/staging\.yml:2:"):
        look(pinned)


def test_nothing_to_look_at_is_no_success(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    space = Workspace.at(tmp_path, tmp_path, {})
    with pytest.raises(SourceError, match="no environment here"):
        verify(space, VerifyChoice())
    write_files(tmp_path, environment("prod"))
    write_files(tmp_path, {"environments/prod.yml": "pins: {}\n"})
    with pytest.raises(SourceError, match="not in a git repository"):
        verify(space, VerifyChoice())


def test_an_environment_whose_last_pin_was_taken_out_pins_nothing(pinned: Pinned) -> None:
    pinned.commit({"environments/prod.yml": "pins:\n"})
    for found in (look(pinned, "prod"), look(pinned, "prod", at="HEAD"), look(pinned, "prod", protected="main")):
        assert found.checked == (VerifiedPins("environment", "prod", "environments/prod.yml", 0, 0, 0),)
    assert look(pinned, bundle(pinned)).holds


# Demands


def test_a_commit_outside_the_protected_branch_does_not_hold_whether_asked_or_not(pinned: Pinned) -> None:
    """Applications refuse it, and `audit` has said so all along. Who serves another branch names that."""
    pinned.repository.git("switch", "--quiet", "--create", "work")
    work = pinned.commit({"prompts/tone.j2": "Not approved.\n"})
    row = pinned.row("greet", work)
    pinned.repository.git("switch", "--quiet", "main")
    pinned.write(environment("prod", row))
    message = f"'greet' is pinned at commit {work[:7]}, which is not part of main"
    for found in (look(pinned, "prod", protected="main"), look(pinned, "prod")):
        assert found.checked[0].notes == ()
        assert problems(found) == [("environments/prod.yml:3:13", message)]
    assert only(look(pinned, bundle(pinned))).message == message
    assert look(pinned, "prod", protected="work").holds
    assert look(pinned, "staging", protected="main").protected == "main"
    with pytest.raises(SourceError, match="no such version"):
        look(pinned, "prod", protected="nowhere")


def test_a_merged_text_that_main_never_had_holds_nowhere_whether_asked_or_not(pinned: Pinned) -> None:
    """No later merge makes it right, so nobody has to demand a branch: `audit` has said so all along."""
    pinned.repository.git("switch", "--quiet", "--create", "work")
    tried = pinned.commit({"prompts/tone.j2": "Only tried.\n"})
    pinned.commit({"prompts/tone.j2": "Final.\n"})
    pinned.write(environment("prod", pinned.row("greet", pinned.one, rollout=tried)))
    tried_bundle = bundle(pinned)  # nobody knows yet what comes of it
    pinned.repository.git("stash", "--quiet")
    pinned.repository.git("switch", "--quiet", "main")
    pinned.repository.git("merge", "--quiet", "--no-ff", "--message", "Merge work", "work")
    pinned.repository.git("stash", "pop", "--quiet")
    message = f"'greet' is pinned at commit {tried[:7]}, which has a text that main itself never had"
    for found in (look(pinned, "prod"), look(pinned, tried_bundle)):
        assert (only(found).message, found.checked[0].notes, found.protected) == (message, (), "")
    audited = audit(pinned.workspace(), AuditChoice(("prod",)))
    assert [one.problems for one in audited.pins] == [(), (message,)]
    with pytest.raises(PinError, match="not every pin holds, so no bundle is written"):
        bundle(pinned)
    assert look(pinned, "prod", protected="work").holds


def test_what_was_merged_by_squash_is_found_under_its_new_commit(pinned: Pinned) -> None:
    greet = FILES["prompts/greet.prompt.yml"]
    pinned.repository.git("switch", "--quiet", "--create", "work")
    pinned.commit({"prompts/tone.j2": "A try.\n"})
    work = pinned.commit({"prompts/tone.j2": "Squashed.\n", "prompts/a b.prompt.yml": greet})
    rows = [pinned.row("greet", pinned.one, rollout=work), pinned.row("legal/bye", work), pinned.row("a b", work)]
    pinned.repository.git("switch", "--quiet", "main")
    pinned.repository.git("merge", "--quiet", "--squash", "work")
    squash = pinned.commit({})
    pinned.commit({"prompts/tone.j2": "Later.\n"})
    pinned.write(environment("prod", *rows))
    problems = look(pinned, "prod", protected="main").checked[0].problems
    before = f"main has the same text at commit {squash[:7]}, as after a squash or a rebase: promptops pin "
    assert [one.hint for one in problems] == [
        f"{before}greet@{squash} --env prod --percent 10",
        f"{before}legal/bye@{squash} --env prod",
        f"{before}'a b@{squash}' --env prod",
    ]
    found = look(pinned, bundle(pinned), protected="main")
    assert found.checked[0].problems[0].hint.endswith(f": pin a b at {squash}, and build the bundle again")


def test_what_main_never_had_has_to_be_merged_first(pinned: Pinned) -> None:
    pinned.repository.git("switch", "--quiet", "--create", "work")
    work = pinned.commit({"prompts/tone.j2": "Never merged.\n"})
    new = pinned.commit({"prompts/new.prompt.yml": FILES["prompts/greet.prompt.yml"]})
    rows = [pinned.row("greet", work), pinned.row("new", new)]
    pinned.repository.git("switch", "--quiet", "main")
    pinned.write(environment("prod", *rows))
    merge = "merge it there first; a commit that is only in a fork or on another branch was not approved"
    main = pinned.repository.git("rev-parse", "main")
    assert [one.hint for one in look(pinned, "prod", protected="main").checked[0].problems] == [
        f"{merge}\nor take what main has now: promptops pin greet@{main} --env prod",
        merge,
    ]


def test_many_unmerged_commits_are_one_note(pinned: Pinned) -> None:
    names = [f"p{number}" for number in range(7)]
    pinned.repository.git("switch", "--quiet", "--create", "work")
    commits = [pinned.commit({f"prompts/{name}.prompt.yml": FILES["prompts/greet.prompt.yml"]}) for name in names]
    pinned.write(environment("prod", *(pinned.row(*each) for each in zip(names, commits, strict=True))))
    [note] = build_bundle(pinned.workspace(), "prod").notes
    shown = ", ".join(commit[:7] for commit in commits[:5])
    assert note == f"{shown} and 2 more are not part of main; applications that follow it refuse them"


def test_the_usual_checkout_in_ci_has_the_protected_branch_only_as_the_remotes(pinned: Pinned, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    pinned.repository.git("clone", "--quiet", str(pinned.root), str(clone))
    for command in (["checkout", "--quiet", "--detach"], ["branch", "--quiet", "--delete", "--force", "main"]):
        subprocess.run(["git", *command], cwd=clone, check=True)
    space = Workspace.at(clone, tmp_path / "cache", {})
    found = verify(space, VerifyChoice(protected="main"))
    assert (found.holds, found.protected) == (True, "origin/main")
    subprocess.run(["git", "update-ref", "refs/remotes/origin/main", pinned.one], cwd=clone, check=True)
    assert "not part of origin/main" in verify(space, VerifyChoice(protected="main")).checked[0].problems[0].message


def test_a_shallow_clone_says_nothing_of_branches_that_it_cannot_know(pinned: Pinned, tmp_path: Path) -> None:
    pinned.repository.git("clone", "--quiet", "--depth=1", f"file://{pinned.root}", str(tmp_path / "clone"))
    subprocess.run(["git", "fetch", "--quiet", "--depth=1", "origin", pinned.two], cwd=tmp_path / "clone", check=True)
    found = verify(Workspace.at(tmp_path / "clone", tmp_path / "cache", {}), VerifyChoice(("staging",)))
    assert (found.holds, found.checked[0].notes) == (True, ())


def test_a_repository_of_another_user_is_said_to_be_one(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bundle(pinned)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own way to try this without another user
    for name in ("prod", "staging"):
        with pytest.raises(SourceError, match="git refuses this folder because it belongs to another user"):
            look(pinned, name)
        with pytest.raises(SourceError, match="git refuses this folder because it belongs to another user"):
            save_bundle(pinned.workspace(), name, path)
    found = look(pinned, path)
    assert (found.holds, len(found.checked[0].notes)) == (True, 1), "a bundle can be looked at anywhere"


def test_a_pin_may_fail_in_several_ways_at_once(pinned: Pinned) -> None:
    pinned.write(environment("prod", pinned.row("greet", pinned.two, WRONG)))
    found = look(pinned, "prod", protected=pinned.one)
    assert [one.place for one in found.checked[0].problems] == [f"environments/prod.yml:{n}:13" for n in (4, 3)]
    assert found.checked[0].failing == 1


@pytest.fixture
def key(pinned: Pinned, tmp_path: Path) -> Path:
    """The commits from now on are signed with this key."""
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", f"{path}.pub"), ("commit.gpgsign", "true")):
        pinned.repository.git("config", name, value)
    return path


def test_commits_must_be_signed_by_their_committer_where_a_list_says_who_may(pinned: Pinned, key: Path) -> None:
    signers = key.with_name("signers")
    signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    signed = pinned.commit({"prompts/tone.j2": "Signed.\n"})
    rows = [pinned.row("greet", signed), pinned.row("legal/bye", pinned.one)]
    pinned.write(environment("prod", *rows))
    assert look(pinned, "prod").holds
    found = look(pinned, "prod", signers=signers)
    assert only(found).place == "environments/prod.yml:6:13"
    assert f"'legal/bye' is pinned at commit {pinned.one[:7]}: the commit is not signed" in only(found).message
    signers.write_text(f"eve@example.org {key.with_suffix('.pub').read_text()}")
    assert [place[-4:] for place, _ in problems(look(pinned, "prod", signers=signers))] == ["3:13", "6:13"]


def test_the_list_of_signers_is_that_of_the_work_trees_settings_never_a_commits(pinned: Pinned, key: Path) -> None:
    public = key.with_suffix(".pub").read_text()
    pinned.write({"signers": f"eve@example.org {public}"})
    signed = pinned.commit(
        {
            "promptops.yml": FILES["promptops.yml"] + "policy: {signers: signers}\n",
            "signers": f"ada@example.org {public}",
        }
    )
    pinned.write(environment("prod", pinned.row("greet", signed)))
    assert look(pinned, "prod").signers == str(pinned.root / "signers")
    pinned.write({"signers": f"eve@example.org {public}"})
    assert "signed by a key of eve@example.org" in only(look(pinned, "prod")).message
    told = problems(look(pinned, "prod", at=pinned.commit({})))
    assert [place for place, _ in told] == ["environments/prod.yml", "environments/prod.yml:3:13"]
    assert all("signed by a key of eve@example.org" in message for _, message in told)
    (pinned.root / "signers").unlink()
    with pytest.raises(SourceError, match="no list of allowed signers"):
        look(pinned, "prod")


NOT_SIGNED = "the commit is not signed, but signed commits are required"


@pytest.fixture
def chosen_by_eve(pinned: Pinned, key: Path) -> Path:
    """The list of signers; the pinned commits are signed as it says, the commit that chose them is not."""
    signers = key.with_name("signers")
    signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    old = pinned.commit({"prompts/tone.j2": "Old.\n"})
    pinned.commit(environment("prod", pinned.row("greet", pinned.commit({"prompts/tone.j2": "New.\n"}))))
    pinned.repository.git("config", "commit.gpgsign", "false")
    pinned.commit(environment("prod", pinned.row("greet", old)))
    return signers


def test_who_chose_the_pins_must_have_signed_that_too(pinned: Pinned, chosen_by_eve: Path) -> None:
    head = pinned.repository.git("rev-parse", "HEAD")
    pinned.commit({"README.md": "this commit has nothing to do with it"})
    for at in (None, "HEAD", head):
        found = look(pinned, "prod", at=at, signers=chosen_by_eve)
        message = f"commit {head}, which changed environments/prod.yml: {NOT_SIGNED}"
        assert problems(found) == [("environments/prod.yml", message)]
        assert only(found).hint
    assert verified_text(found).endswith("1 environment must not be used\n")
    assert look(pinned, "prod", at=f"{head}~1", signers=chosen_by_eve).holds
    assert look(pinned, "prod").holds, "nobody asked"


def test_what_is_not_committed_yet_nobody_has_signed(pinned: Pinned, chosen_by_eve: Path) -> None:
    signed = pinned.repository.git("rev-parse", "HEAD~2")
    pinned.write(environment("prod", pinned.row("greet", signed)))
    [checked] = look(pinned, "prod", signers=chosen_by_eve).checked
    note = "it is not committed as it is, so nobody has signed what it pins"
    assert (checked.holds, checked.notes[:1]) == (True, (note,))


def test_a_bundle_of_an_environment_that_is_not_signed_does_not_hold(pinned: Pinned, chosen_by_eve: Path) -> None:
    head, signed = (pinned.repository.git("rev-parse", name) for name in ("HEAD", "HEAD~2"))
    path = bundle(pinned)
    assert look(pinned, path).holds
    found = only(look(pinned, path, signers=chosen_by_eve))
    assert found.message == f"commit {head}, which changed environments/prod.yml: {NOT_SIGNED}"
    rewritten(path, head.encode(), NOWHERE.encode())
    assert "which is not in this repository" in only(look(pinned, path, signers=chosen_by_eve)).message
    pinned.write(environment("prod", pinned.row("greet", signed)))
    found = only(look(pinned, bundle(pinned), signers=chosen_by_eve))
    assert "it does not say which commit its environment is from" in found.message


# Bundles


def test_a_bundle_holds_beside_its_repository_and_without_any(pinned: Pinned, tmp_path: Path) -> None:
    path = bundle(pinned)
    assert look(pinned, path, protected="main").checked == (VerifiedPins("bundle", "prod", str(path), 2, 1, 0),)
    (tmp_path / "elsewhere").mkdir()
    found = verify(Workspace.at(tmp_path / "elsewhere", tmp_path, {}), VerifyChoice((str(path),)))
    assert found.holds
    assert found.checked[0].notes == ("it was not compared with a repository, because git can read none here",)


def test_environments_and_bundles_are_looked_at_together(pinned: Pinned) -> None:
    assert [each.kind for each in look(pinned, bundle(pinned), "staging").checked] == ["environment", "bundle"]


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data.replace(b"kind", b"rude"), lambda _: b""])
def test_a_bundle_that_was_changed_does_not_hold(pinned: Pinned, change: object) -> None:
    path = bundle(pinned)
    assert callable(change)
    path.write_bytes(change(path.read_bytes()))
    found = look(pinned, path, "staging")
    assert only(found).place == str(path)
    assert [each.holds for each in found.checked] == [True, False]


def test_a_bundle_that_is_not_there_is_an_error(pinned: Pinned, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        look(pinned, tmp_path / "none.bundle")


def rewritten(path: Path, old: bytes, new: bytes) -> None:
    """Change a bundle as somebody would who knows how it is made: every digest in it is right again."""
    *lines, _ = path.read_bytes().splitlines()
    for place, line in enumerate(lines):
        lines[place] = line.replace(old, new)
        if line != lines[place] and place:
            lines[0] = lines[0].replace(content_digest(line).encode(), content_digest(lines[place]).encode())
    body = b"\n".join(lines) + b"\n"
    path.write_bytes(body + f"{content_digest(body)}\n".encode())


def test_a_bundle_made_right_again_after_a_change_is_not_what_the_repository_has(
    pinned: Pinned, tmp_path: Path
) -> None:
    path = bundle(pinned)
    rewritten(path, b"Bye", b"Die")
    found = look(pinned, path)
    assert [(one.prompt, one.message) for one in found.checked[0].problems] == [
        ("", f"environments/prod.yml at commit {pinned.three[:7]}, which it says it was made from, pins 'legal/bye' "
         "differently"),
        ("legal/bye", f"'legal/bye' at commit {pinned.two[:7]} is not what was pinned, "
         "so this version is never served"),
    ]  # fmt: skip
    assert verify(Workspace.at(tmp_path, tmp_path, {}), VerifyChoice((str(path),))).holds  # nothing knows better there


def test_versions_that_were_never_pinned_together_are_told(pinned: Pinned) -> None:
    path = bundle(pinned)
    head, _, rest = path.read_bytes().partition(b"\n")
    header = json.loads(head)
    header["pins"]["greet"]["rollout"]["percent"] = 100.0
    body = canonical_json(header) + b"\n" + rest[: rest.rindex(b"sha256:")]
    path.write_bytes(body + f"{content_digest(body)}\n".encode())
    assert "pins 'greet' differently" in only(look(pinned, path)).message


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_bundle_of_another_folders_project_is_whole_but_cannot_be_compared(
    repository: RepositoryBuilder, is_committed: bool
) -> None:
    pinned = Pinned(repository(), "services/texts")
    if not is_committed:
        pinned.write(environment("prod", pinned.row("greet", pinned.two)))
    path = str(bundle(pinned))
    assert look(pinned, path).checked[0].notes == ()
    top = Workspace.at(pinned.repository.root, pinned.repository.root.parent / "cache", {})
    found = verify(top, VerifyChoice((path,)))
    at = f" at commit {pinned.three[:7]}" if is_committed else ""
    lacks = f"this folder has no environments/prod.yml{at}, so it was not compared"
    assert found.holds
    assert found.checked[0].notes == (f"the bundle itself is whole, but {lacks}: run this in the project's folder",)
    demanded = only(verify(top, VerifyChoice((path,), protected="main")))
    assert (demanded.message, demanded.hint) == (lacks, "run this in the project's folder")


def test_a_bundle_that_names_a_commit_without_its_environment_is_told(pinned: Pinned) -> None:
    path = bundle(pinned)
    rewritten(path, pinned.three.encode(), pinned.one.encode())
    assert "where its environment cannot be read: there is no environments/prod.yml" in only(look(pinned, path)).message


def test_versions_whose_commits_are_not_here_are_noted_unless_something_is_demanded_of_them(
    pinned: Pinned, repository: RepositoryBuilder
) -> None:
    path = bundle(pinned)
    other = repository("other")
    other.commit(FILES, "the same files, but another commit")
    space = Workspace.at(other.root, other.root, {})
    found = verify(space, VerifyChoice((str(path),)))
    assert found.holds
    assert found.checked[0].notes == ("3 of its 3 versions were not compared: this repository lacks their commits",)
    demanded = verify(space, VerifyChoice((str(path),), protected="main"))
    assert [one.message.partition(": ")[2] for one in demanded.checked[0].problems] == [
        "there is no such commit in this repository"
    ] * 3


def test_what_is_demanded_of_commits_cannot_be_waived_by_leaving_the_repository(pinned: Pinned, tmp_path: Path) -> None:
    path = str(bundle(pinned))
    (tmp_path / "elsewhere").mkdir()
    space = Workspace.at(tmp_path / "elsewhere", tmp_path, {})
    for choice in (VerifyChoice((path,), protected="main"), VerifyChoice((path,), signers=Path(path))):
        with pytest.raises(SourceError, match="not in a git repository"):
            verify(space, choice)


def test_a_content_that_is_no_prompt_is_told(pinned: Pinned, tmp_path: Path) -> None:
    path = bundle(pinned)
    rewritten(path, b'"messages":[["user","Bye', b'"messages":[["user"],["user","Bye')
    found = verify(Workspace.at(tmp_path, tmp_path, {}), VerifyChoice((str(path),)))
    assert only(found).prompt == "legal/bye"
    assert "'legal/bye' cannot be served: what its digest covers is not a prompt" in only(found).message


# Many


def test_many_pins_need_few_processes(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"many/p{number}" for number in range(300)]
    commit = pinned.commit({f"prompts/{name}.prompt.yml": FILES["prompts/greet.prompt.yml"] for name in names})
    shared = digest(pinned.root, commit, names[0])
    pinned.write(environment("prod", *(pinned.row(name, commit, shared) for name in names)))
    started: list[object] = []
    real: Any = subprocess.Popen.__init__

    def counting(self: object, *arguments: object, **more: object) -> None:
        started.append(arguments)
        real(self, *arguments, **more)

    monkeypatch.setattr(subprocess.Popen, "__init__", counting)
    found = look(pinned, "prod", protected="main")
    assert (found.checked[0].pins, found.holds) == (300, True)
    assert len(started) < 10
