"""With a list of signers, only commits that are signed by somebody on it are served."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from promptops.errors import PinError
from tests.runtime.world import World

ADA = "ada@example.org"


class Keys:
    """Real keys, git set to sign with one of them, and the list of who may sign."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.signers = folder / "signers"
        self.sign_with("ada")
        self.allow(ADA, "ada")

    def sign_with(self, name: str | None) -> None:
        """From now on git signs all commits with this person's key; None: not at all."""
        settings = f"[gpg]\n\tformat = ssh\n[commit]\n\tgpgsign = {str(name is not None).lower()}\n"
        if name is not None:
            settings += f"[user]\n\tsigningkey = {self._key(name)}\n"
        Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text(settings)

    def allow(self, principal: str, *names: str) -> None:
        """From now on this e-mail may sign with the keys of these names, and nobody else may."""
        keys = [self._key(name).with_suffix(".pub").read_text() for name in names]
        self.signers.write_text("".join(f"{principal} {key}" for key in keys))

    def _key(self, name: str) -> Path:
        key = self._folder / name
        if not key.exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)]
            subprocess.run(command, check=True)
        return key


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


@pytest.fixture
def signed(keys: Keys, request: pytest.FixtureRequest) -> World:
    """All commits are signed by Ada, who may sign."""
    world = request.getfixturevalue("world")
    assert isinstance(world, World)
    return world


@pytest.mark.parametrize("kind", ["http", "folder"])
def test_36_a_commit_of_somebody_who_may_not_sign_keeps_what_was_served(signed: World, keys: Keys, kind: str) -> None:
    signed.is_remote = kind == "http"
    prompts = signed.open(signers=keys.signers)
    assert prompts.status().fresh
    keys.sign_with("eve")
    commit = signed.scene.edit("Evil")
    keys.sign_with("ada")
    signed.pin(commit)
    status = prompts.refresh()
    assert f"commit {commit}: the commit's signature is not accepted" in status.reason
    assert "which the list of allowed signers does not give to ada@example.org" in status.reason
    assert signed.words(prompts) == "Hello"
    assert commit in str(signed.refused(signers=keys.signers))
    assert commit in str(signed.refused(signers=keys.signers, commit=commit))
    signed.approve("Hi")
    assert prompts.refresh().fresh
    assert signed.words(prompts) == "Hi"


def test_36_a_good_key_of_somebody_else_than_the_committer_is_refused(signed: World, keys: Keys) -> None:
    keys.allow("eve@example.org", "ada")
    error = signed.refused(signers=keys.signers)
    assert isinstance(error, PinError)
    assert "it is signed by a key of eve@example.org, but the committer is ada@example.org" in str(error)


@pytest.mark.parametrize("who", ["eve", None])
def test_36_an_environment_that_nobody_who_may_has_signed_is_not_followed(
    signed: World, keys: Keys, who: str | None
) -> None:
    """The pinned commits are good, old and signed: what is served is chosen by the last commit."""
    newer = signed.approve("Hi")
    prompts = signed.open(signers=keys.signers)
    keys.sign_with(who)
    signed.pin(signed.scene.first)
    status = prompts.refresh()
    assert "signature is not accepted" in status.reason or "the commit is not signed" in status.reason
    assert status.commit == newer
    assert signed.words(prompts) == "Hi"
    assert signed.words(signed.open(signers=keys.signers)) == "Hi", "so it is after a new start"


def test_36_a_signer_who_is_struck_off_the_list_is_noticed_at_the_next_look(signed: World, keys: Keys) -> None:
    keys.allow(ADA, "ada", "bob")
    keys.sign_with("bob")
    head = signed.approve("Hi")
    prompts = signed.open(signers=keys.signers)
    signed.open(signers=keys.signers, commit=head)
    keys.allow(ADA, "ada")
    for status in (prompts.refresh(), prompts.refresh()):
        assert not status.fresh
        assert "signature is not accepted" in status.reason
    assert signed.words(prompts) == "Hi"
    for options in ({}, {"commit": head}):  # what was kept under the other list is not served by a new start
        assert "signature is not accepted" in str(signed.refused(signers=keys.signers, cache=signed.cache, **options))


def test_a_list_of_signers_that_is_not_there_is_told(signed: World, keys: Keys) -> None:
    prompts = signed.open(signers=keys.signers)
    keys.signers.unlink()
    assert "no list of allowed signers" in str(signed.refused(signers=keys.signers))
    signed.approve("Hi")
    assert "no list of allowed signers" in prompts.refresh().reason
    assert signed.words(prompts) == "Hello"


@pytest.mark.parametrize("kind", ["http", "folder"])
def test_an_unsigned_commit_that_leaves_the_environment_alone_stops_nobody(
    signed: World, keys: Keys, kind: str
) -> None:
    signed.is_remote = kind == "http"
    prompts = signed.open(signers=keys.signers)
    keys.sign_with(None)
    signed.scene.repository.commit({"README.md": "a word"}, "an unsigned word")
    assert prompts.refresh().fresh
    assert signed.open(signers=keys.signers).status().fresh


def test_an_old_environment_cannot_be_merged_back_by_somebody_who_may_not_sign(signed: World, keys: Keys) -> None:
    signed.is_remote = False
    old = signed.scene.repository.git("rev-parse", "HEAD")
    signed.approve("Hi")
    prompts = signed.open(signers=keys.signers)
    assert signed.words(prompts) == "Hi"
    keys.sign_with(None)
    git = signed.scene.repository.git
    git("checkout", "--quiet", "-b", "side", old)
    git("commit", "--quiet", "--allow-empty", "--message=side")
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    git("checkout", old, "--", "environments", "prompts")
    git("commit", "--quiet", "--message=merge")
    status = prompts.refresh()
    assert "not signed" in status.reason
    assert "which changed environments/prod.yml" in status.reason
    assert signed.words(prompts) == "Hi"
