"""An environment becomes one file: what is pinned and nothing else, and the same bytes from everywhere."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from promptops.errors import PinError, PromptError, SourceError, StoreError
from promptops.pins.bundle import load_bundle
from promptops.pins.unsealing import unseal
from promptops.workflows.bundle import build_bundle, save_bundle
from promptops.workflows.workspace import Workspace
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.pinning import FILES, NOWHERE, WRONG, Pinned, digest, environment


@pytest.fixture
def pinned(repository: RepositoryBuilder) -> Pinned:
    return Pinned(repository())


def test_it_holds_each_pinned_version_as_its_commit_has_it(pinned: Pinned, tmp_path: Path) -> None:
    pinned.write({"prompts/greet.prompt.yml": "broken: [", "prompts/tone.j2": "never served\n"})
    out = tmp_path / "a.bundle"
    made = save_bundle(pinned.workspace(), "prod", out)
    built = made.bundle
    assert (built, made.data) == (load_bundle(out), out.read_bytes())
    assert (made.notes, made.protected, made.signers) == ((), "", "")
    assert (built.environment, built.commit, list(built.pins)) == ("prod", pinned.three, ["greet", "legal/bye"])
    pin = built.pins["greet"]
    assert (pin.commit, pin.digest) == (pinned.one, digest(pinned.root, pinned.one))
    assert pin.rollout is not None
    assert (pin.rollout.commit, pin.rollout.percent) == (pinned.two, 10.0)
    texts = [unseal(built.sealed(each), "greet").closure.templates for each in (pin.digest, pin.rollout.digest)]
    assert texts == [{"prompts/tone.j2": "Be kind ☕.\n"}, {"prompts/tone.j2": "Be brief.\n"}]
    assert b"never served" not in out.read_bytes()


def test_a_project_below_the_repositorys_top(repository: RepositoryBuilder) -> None:
    pinned = Pinned(repository(), "texts")
    built = build_bundle(pinned.workspace(), "prod").bundle
    assert (built.commit, set(built.pins)) == (pinned.three, {"greet", "legal/bye"})


def test_the_commit_is_named_only_where_it_has_the_file_as_it_is(pinned: Pinned) -> None:
    def commit(at: str | None = None) -> str | None:
        return build_bundle(pinned.workspace(), "prod", at).bundle.commit

    assert (commit(), commit("HEAD"), commit(pinned.three[:8])) == (pinned.three,) * 3
    pinned.write({"prompts/tone.j2": "another file\n", **environment("staging")})
    assert commit() == pinned.three
    pinned.write(environment("prod", pinned.row("greet", pinned.two)))
    assert (commit(), commit("HEAD")) == (None, pinned.three)
    later = pinned.commit({})
    assert (commit(), commit(pinned.three)) == (later, pinned.three)


def test_at_a_revision_its_own_pins_are_taken(pinned: Pinned) -> None:
    pinned.commit(environment("prod", pinned.row("legal/bye", pinned.one)))
    built = build_bundle(pinned.workspace(), "prod", pinned.three).bundle
    assert set(built.pins) == {"greet", "legal/bye"}
    assert built.pins["legal/bye"].commit == pinned.two


def test_all_pins_that_do_not_hold_are_told_and_nothing_is_written(pinned: Pinned, tmp_path: Path) -> None:
    rows = [
        pinned.row("greet", pinned.one, WRONG, rollout=pinned.two),
        pinned.row("gone", pinned.one, WRONG),
        pinned.row("legal/bye", NOWHERE, WRONG),
    ]
    pinned.write(environment("prod", *rows))
    out = tmp_path / "a.bundle"
    out.write_bytes(b"as it was")
    with pytest.raises(PinError) as caught:
        save_bundle(pinned.workspace(), "prod", out)
    assert caught.value.where == "environments/prod.yml"
    places = [line.split(" ")[0] for line in caught.value.hint.splitlines() if not line.startswith(" ")]
    assert places == [f"environments/prod.yml:{line}:13:" for line in (4, 7, 10)]
    for said in (f"write: {digest(pinned.root, pinned.one)}", "no prompt called 'gone'", "there is no such commit"):
        assert said in caught.value.hint
    assert out.read_bytes() == b"as it was"


def test_a_broken_rollout_is_told_too(pinned: Pinned) -> None:
    row = pinned.row("greet", pinned.one, rollout=pinned.two)
    pinned.write(environment("prod", row.replace(digest(pinned.root, pinned.two), digest(pinned.root, pinned.one))))
    with pytest.raises(PinError) as caught:
        build_bundle(pinned.workspace(), "prod")
    assert caught.value.hint.startswith("environments/prod.yml:5:")


def test_what_cannot_be_bundled_says_why(pinned: Pinned, tmp_path: Path) -> None:
    with pytest.raises(PinError, match="no environment 'live'") as missing:
        build_bundle(pinned.workspace(), "live")
    assert missing.value.hint == "there are: prod, staging"
    with pytest.raises(PinError, match=r"no environment '\.\./prod'"):
        build_bundle(pinned.workspace(), "../prod")
    with pytest.raises(SourceError, match="no such version"):
        build_bundle(pinned.workspace(), "prod", "nowhere")
    pinned.write(environment("prod", "  greet: {commit: abc}\n"))
    with pytest.raises(PromptError, match=r"environments/prod\.yml:2:"):
        build_bundle(pinned.workspace(), "prod")
    for out in (tmp_path / "no folder" / "a.bundle", tmp_path, Path()):
        with pytest.raises(StoreError, match="cannot be written"):
            save_bundle(pinned.workspace(), "staging", out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["repository"]


def test_without_a_commit_no_pin_can_hold(tmp_path: Path) -> None:
    home = GitRepository(tmp_path / "empty")
    write_files(home.root, FILES)
    write_files(home.root, environment("prod", f"  greet: {{commit: '{NOWHERE}', digest: '{WRONG}'}}\n"))
    with pytest.raises(PinError, match="not every pin holds"):
        build_bundle(Workspace.at(home.root, tmp_path / "cache", {}), "prod")


BUNDLE = """
import os, sys
from pathlib import Path
os.umask(int(sys.argv[3], 8))
from promptops.workflows.bundle import save_bundle
from promptops.workflows.workspace import Workspace
save_bundle(Workspace.at(Path(sys.argv[1]), Path(sys.argv[1]), {}), "prod", Path(sys.argv[2]))
"""


def test_the_same_state_gives_the_same_bytes_from_everywhere(pinned: Pinned, tmp_path: Path) -> None:
    """Two clones, one of them packed and with its files written in another order, by other users on other machines."""
    for name in ("one", "two"):
        pinned.repository.git("clone", "--quiet", f"file://{pinned.root}", str(tmp_path / name))
    other = tmp_path / "two"
    for path in sorted((other / "environments").iterdir(), reverse=True):
        text = path.read_bytes()
        path.unlink()
        path.write_bytes(text)
    for command in (["repack", "-adq"], ["config", "core.autocrlf", "true"], ["tag", "-m", "x", "x"]):
        subprocess.run(["git", *command], cwd=other, check=True)
    surroundings = [
        ("one", "022", {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC0"}),
        ("two", "077", {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "PYTHONUTF8": "0"}),
    ]
    for name, mask, more in surroundings:
        command = [sys.executable, "-c", BUNDLE, str(tmp_path / name), str(tmp_path / f"{name}.bundle"), mask]
        subprocess.run(command, check=True, env={**os.environ, **more}, cwd=tmp_path)
    first, second = (tmp_path / f"{name}.bundle" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes() == build_bundle(pinned.workspace(), "prod").data
    if os.name == "posix":
        assert [stat.S_IMODE(path.stat().st_mode) for path in (first, second)] == [0o644, 0o600]


def test_the_order_of_pins_in_the_file_leaves_no_trace(pinned: Pinned) -> None:
    rows = [pinned.row("greet", pinned.one), pinned.row("legal/bye", pinned.two)]
    pinned.write(environment("prod", *rows))
    data = build_bundle(pinned.workspace(), "prod").data
    pinned.write(environment("prod", *reversed(rows)))
    assert build_bundle(pinned.workspace(), "prod").data == data


# Demands


def test_what_is_not_merged_is_noted_and_refused_where_a_branch_is_demanded(pinned: Pinned, tmp_path: Path) -> None:
    out = tmp_path / "a.bundle"
    pinned.repository.git("switch", "--quiet", "--create", "work")
    work = pinned.commit({"prompts/tone.j2": "Not approved.\n"})
    pinned.write(environment("prod", pinned.row("greet", work)))
    note = f"{work[:7]} is not part of main; applications that follow it refuse it"
    assert save_bundle(pinned.workspace(), "prod", out).notes == (note,)
    assert save_bundle(pinned.workspace(), "prod", out, protected="work").protected == "work"
    out.unlink()
    with pytest.raises(PinError, match="not every pin holds") as caught:
        save_bundle(pinned.workspace(), "prod", out, protected="main")
    assert f"'greet' is pinned at commit {work[:7]}, which is not part of main" in caught.value.hint
    assert f"promptops pin greet@{pinned.three} --env prod" in caught.value.hint
    assert not out.exists()


def test_commits_must_be_signed_where_the_settings_or_the_caller_say_by_whom(pinned: Pinned, tmp_path: Path) -> None:
    signers = tmp_path / "signers"
    signers.write_text("")
    assert save_bundle(pinned.workspace(), "prod", tmp_path / "a.bundle").signers == ""
    with pytest.raises(PinError, match="not every pin holds") as caught:
        save_bundle(pinned.workspace(), "prod", tmp_path / "a.bundle", signers=signers)
    assert "the commit is not signed" in caught.value.hint
    pinned.write({"promptops.yml": FILES["promptops.yml"] + "policy: {signers: who.txt}\n"})
    with pytest.raises(SourceError, match="no list of allowed signers"):
        build_bundle(pinned.workspace(), "prod")
    pinned.write({"who.txt": ""})
    with pytest.raises(PinError, match="not every pin holds"):
        build_bundle(pinned.workspace(), "prod")


def test_where_commits_must_be_signed_so_must_be_the_one_that_chose_them(pinned: Pinned, tmp_path: Path) -> None:
    key, signers, out = tmp_path / "key", tmp_path / "signers", tmp_path / "a.bundle"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", f"{key}.pub"), ("commit.gpgsign", "true")):
        pinned.repository.git("config", name, value)
    signed = pinned.commit({"prompts/tone.j2": "Signed.\n"})
    pinned.write(environment("prod", pinned.row("greet", signed)))
    with pytest.raises(PinError, match="not committed as it is, so nobody has signed") as caught:
        save_bundle(pinned.workspace(), "prod", out, signers=signers)
    assert "git commit -S" in caught.value.hint
    good = pinned.commit({})
    assert save_bundle(pinned.workspace(), "prod", out, signers=signers).bundle.commit == good
    out.unlink()
    pinned.repository.git("config", "commit.gpgsign", "false")
    pinned.commit(environment("prod", pinned.row("greet", signed), pinned.row("legal/bye", signed)))
    for at in (None, "HEAD"):
        with pytest.raises(PinError, match=r"which changed environments/prod\.yml: the commit is not signed"):
            save_bundle(pinned.workspace(), "prod", out, at, signers=signers)
    assert not out.exists()
    assert save_bundle(pinned.workspace(), "prod", out, good, signers=signers).bundle.commit == good
