"""A repository whose objects have SHA-256 ids is one like any other: commands, pins, bundles, remotes, signatures."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promptops import Prompts
from promptops.cli.main import cli
from promptops.errors import DamagedError, SourceError
from promptops.source.git.notes import add_note_lines, read_notes
from promptops.source.git.remote.mirror import Mirror
from promptops.source.git.repository import Repository
from tests.conftest import GitRepository
from tests.remotes import HttpRemote
from tests.workflows.pinning import Pinned

SUITE = "prompt: greet\ntestData: [{who: Ada}]\nevaluators: [{name: named, string: {contains: Ada}}]\n"


def _run(command: str) -> Result:
    return CliRunner().invoke(cli, shlex.split(command))


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pinned:
    pinned = Pinned(GitRepository(tmp_path / "prompts", "--object-format=sha256"))
    pinned.commit({"evals/greet.eval.yml": SUITE})
    monkeypatch.chdir(pinned.root)
    return pinned


@pytest.mark.parametrize(
    "command",
    [
        "lint",
        "lint --at HEAD~1",
        "history greet",
        "diff HEAD~2 HEAD",
        "diff",
        "render greet --at HEAD~1 --set who=Ada",
        "owners",
        "pin greet --env new",
        "pin greet@HEAD~2 --env prod",
        "verify",
        "verify --protected main",
        "audit",
        "bundle --env prod --out b.bundle",
    ],
)
def test_every_command_works(pinned: Pinned, command: str) -> None:
    result = _run(command)
    assert result.exit_code == 0, result.output
    assert "SHA-256" not in result.output


def test_a_pin_goes_back_to_the_one_before(pinned: Pinned) -> None:
    pinned.commit({"prompts/tone.j2": "Be loud.\n"})
    assert _run("pin greet --env staging").exit_code == 0
    pinned.commit({})
    pinned.repository.git("gc", "--quiet")
    assert _run("rollback greet --env staging").exit_code == 0
    assert pinned.two in (pinned.root / "environments/staging.yml").read_text()


def test_pins_name_full_ids_and_are_served(pinned: Pinned, tmp_path: Path) -> None:
    assert len(pinned.one) == 64
    assert _run("bundle --env prod --out b.bundle").exit_code == 0
    options = {"cache": tmp_path / "cache", "refresh": None}
    for prompts in (
        Prompts.from_git(pinned.root, env="prod", **options),  # type: ignore[arg-type]
        Prompts.from_git(pinned.root, commit=pinned.two, **options),  # type: ignore[arg-type]
        Prompts.from_bundle(pinned.root / "b.bundle"),
    ):
        assert prompts.get("legal/bye").render(who="Ada").messages()[0]["content"].startswith("Bye Ada. Be brief.")
    assert _run("verify b.bundle").exit_code == 0
    with pytest.raises(SourceError, match="not a full object id"):
        Prompts.from_git(pinned.root, commit=pinned.one[:40], **options)  # type: ignore[arg-type]


def test_a_remote_is_copied_and_followed(pinned: Pinned, tmp_path: Path) -> None:
    with HttpRemote(tmp_path) as remote:
        url, options = remote.url("prompts/.git"), {"cache": tmp_path / "cache", "refresh": None, "timeout": 20.0}
        for choice in ({"env": "prod"}, {"commit": pinned.two}, {"env": "staging"}):
            assert "greet" in Prompts.from_git(url, **choice, **options)  # type: ignore[arg-type]
        head = pinned.commit({"prompts/tone.j2": "Be slow.\n"})
        mirror = Mirror(url, tmp_path / "cache" / "mirrors", timeout=20.0)
        assert mirror.update("main").head == head


def test_a_remote_may_change_its_kind_of_ids(tmp_path: Path) -> None:
    cache, url = tmp_path / "cache", f"file://{tmp_path}/served"
    for number, option in enumerate(("sha1", "sha256", "sha1")):
        repo = GitRepository(tmp_path / "served", f"--object-format={option}")
        head = repo.commit({"a": str(number)})
        assert Mirror(url, cache, timeout=20.0).update("main").head == head
        repo.root.rename(tmp_path / f"was-{number}")


def test_notes_are_kept(pinned: Pinned) -> None:
    repository = Repository(pinned.root)
    assert add_note_lines(repository, {pinned.one: ["a line"]})
    assert dict(read_notes(repository)) == {pinned.one: b"a line\n"}


def test_damage_is_found(pinned: Pinned) -> None:
    blob = pinned.repository.git("rev-parse", "HEAD:prompts/tone.j2")
    other = pinned.repository.git("rev-parse", "HEAD:prompts/greet.prompt.yml")
    objects = pinned.root / ".git/objects"
    file = objects / blob[:2] / blob[2:]
    file.chmod(0o600)
    file.write_bytes((objects / other[:2] / other[2:]).read_bytes())
    with pytest.raises(DamagedError):
        Repository(pinned.root).read_objects([blob])


def test_signatures_count(pinned: Pinned, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signers = tmp_path / "signers"
    signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    for name, value in {"gpg.format": "ssh", "user.signingKey": str(key), "commit.gpgSign": "true"}.items():
        pinned.repository.git("config", name, value)
    assert _run(f"verify --signers {signers}").exit_code == 1
    signed = pinned.commit({"prompts/tone.j2": "Be signed.\n"})
    (pinned.root / "environments/staging.yml").unlink()
    pinned.write({"environments/prod.yml": "pins:\n" + pinned.row("greet", signed)})
    pinned.commit({})
    result = _run(f"verify --signers {signers}")
    assert result.exit_code == 0, result.output
