"""Commits signed by real keys: only a key that the list gives to the committer is accepted (case 36)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from promptops.errors import PinError
from promptops.source.git.signing import signatures
from promptops.source.git.signing.signatures import verify_signature
from tests.conftest import GitRepository

WHERE = "commit 4f2a91c"
ADA = "ada@example.org"


def new_key(folder: Path, name: str) -> Path:
    """A private key without a passphrase; its public half lies beside it."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)], check=True)
    return folder / name


def public(key: Path) -> str:
    return key.with_name(key.name + ".pub").read_text().strip()


class Signed:
    """A repository whose commits are signed, and a list of allowed signers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = GitRepository(folder / "repository")
        self.repository.git("config", "gpg.format", "ssh")
        self.signers = folder / "allowed signers"
        self.key = new_key(folder, "ada")

    def allow(self, *lines: str) -> None:
        self.signers.write_text("".join(f"{line}\n" for line in lines))

    def commit(self, message: str = "change", key: str | Path | None = None) -> bytes:
        """The raw object of a new commit signed with the key (a public one, or a certificate)."""
        self.repository.git("config", "user.signingkey", str(key or f"{self.key}.pub"))
        self.repository.git("commit", "--quiet", "--allow-empty", "-S", "--message", message)
        return self.raw("HEAD")

    def raw(self, revision: str) -> bytes:
        command = ["git", "cat-file", "commit", revision]
        return subprocess.run(command, cwd=self.repository.root, capture_output=True, check=True).stdout

    def verify(self, raw: bytes) -> str:
        return verify_signature(raw, self.signers, WHERE)

    def refusal(self, raw: bytes) -> PinError:
        with pytest.raises(PinError) as caught:
            self.verify(raw)
        assert caught.value.where in (WHERE, str(self.signers))
        assert caught.value.hint
        return caught.value


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    return Signed(tmp_path)


def gpgsig_of(raw: bytes) -> bytes:
    start = raw.index(b"gpgsig ")
    return raw[start : raw.index(b"\n\n", start)]


def test_a_commit_signed_by_its_committer_is_accepted(signed: Signed) -> None:
    signed.allow("# who may sign", "", f"{ADA} {public(signed.key)}")
    assert signed.verify(signed.commit("two\n\nparagraphs\n")) == ADA


@pytest.mark.parametrize("principals", ["*@example.org", f"eve@example.org,{ADA}", "ada@*", "*"])
def test_patterns_and_lists_of_addresses_are_ssh_s_own(signed: Signed, principals: str) -> None:
    signed.allow(f"{principals} {public(signed.key)}")
    assert signed.verify(signed.commit()) == ADA


@pytest.mark.parametrize("principals", ["*@example.com", f"!{ADA},*@example.org", "ada@example.or", "Ada@example.org"])
def test_a_good_key_of_somebody_else_is_refused(signed: Signed, principals: str) -> None:
    signed.allow(f"{principals} {public(signed.key)}")
    problem = signed.refusal(signed.commit())
    shown = principals.replace(",", ", ")
    assert f"it is signed by a key of {shown}, but the committer is {ADA}" in str(problem)
    assert str(signed.signers) in problem.hint


def test_another_allowed_signer_cannot_commit_in_the_committer_s_name(
    signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    eve = new_key(signed.folder, "eve")
    signed.allow(f"{ADA} {public(signed.key)}", f"eve@example.org {public(eve)}")
    assert "a key of eve@example.org, but the committer is ada@example.org" in str(
        signed.refusal(signed.commit(key=f"{eve}.pub"))
    )
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "eve@example.org")  # the author stays Ada: the committer is who signs
    assert signed.verify(signed.commit(key=f"{eve}.pub")) == "eve@example.org"


def test_a_key_that_is_not_in_the_list_is_refused_by_name(signed: Signed) -> None:
    signed.allow(f"{ADA} {public(new_key(signed.folder, 'other'))}")
    problem = signed.refusal(signed.commit())
    assert "signed by ED25519 key SHA256:" in str(problem)
    assert f"which the list of allowed signers does not give to {ADA}" in str(problem)


def test_a_key_taken_out_of_the_list_is_refused(signed: Signed) -> None:
    line, raw = f"{ADA} {public(signed.key)}", signed.commit()
    signed.allow(line)
    assert signed.verify(raw) == ADA
    signed.allow(f"# {line}")
    assert "does not give to" in str(signed.refusal(raw))


def test_a_commit_that_is_not_signed_is_refused(signed: Signed) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    signed.repository.commit()
    assert "the commit is not signed" in str(signed.refusal(signed.raw("HEAD")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"change", b"chance"),
        (b"tree 4b825d", b"tree 5b825d"),
        (b"committer Ada ", b"committer Eve "),
        (b"author Ada", b"author Bob"),
        (b"\n\nchange\n", b"\n\nchange\n\n"),
        (b"\n\n", b"\nencoding latin-1\n\n"),
    ],
)
def test_one_changed_byte_of_the_commit_is_noticed(signed: Signed, old: bytes, new: bytes) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    assert signed.verify(raw) == ADA
    changed = raw.replace(old, new, 1)
    assert changed != raw
    assert "its signature does not belong to it" in str(signed.refusal(changed))


def test_one_changed_letter_of_the_signature_is_noticed(signed: Signed) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    place = raw.index(b"\n -----END") - 20
    changed = raw[:place] + (b"A" if raw[place : place + 1] != b"A" else b"B") + raw[place + 1 :]
    assert "not accepted" in str(signed.refusal(changed))


def test_the_signature_of_another_commit_is_refused(signed: Signed) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    one, other = signed.commit("one"), signed.commit("other")
    swapped = one.replace(gpgsig_of(one), gpgsig_of(other))
    assert "its signature does not belong to it" in str(signed.refusal(swapped))


def test_two_signatures_are_refused_though_both_are_good(signed: Signed) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    twice = raw.replace(gpgsig_of(raw), gpgsig_of(raw) + b"\n" + gpgsig_of(raw))
    assert "more than one signature" in str(signed.refusal(twice))


def test_a_signed_tag_does_not_pass_for_a_commit(signed: Signed) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    signed.commit()
    signed.repository.git("tag", "-s", "-m", "v1", "v1")
    raw = subprocess.run(
        ["git", "cat-file", "tag", "v1"], cwd=signed.repository.root, capture_output=True, check=True
    ).stdout
    body, begin, signature = raw.partition(b"-----BEGIN")
    gpgsig = b"gpgsig " + (begin + signature).rstrip(b"\n").replace(b"\n", b"\n ")
    forged = body.replace(b"\n\n", b"\n" + gpgsig + b"\n\n", 1)
    assert "not made as git makes commits" in str(signed.refusal(forged))


def test_a_signature_made_for_files_does_not_sign_a_commit(signed: Signed) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    payload = raw.replace(gpgsig_of(raw) + b"\n", b"").replace(b"\n" + gpgsig_of(raw), b"")
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(signed.key), "-n", "file"]
    made = subprocess.run(command, input=payload, capture_output=True, check=True).stdout
    forged = raw.replace(gpgsig_of(raw), b"gpgsig " + made.rstrip(b"\n").replace(b"\n", b"\n "))
    assert "made for something else than a git commit" in str(signed.refusal(forged))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ('valid-before="20250101Z"', "no longer valid when the commit was made"),
        ('valid-after="20300101Z"', "not valid yet when the commit was made"),
        ('namespaces="file"', "may sign other things, but not commits"),
    ],
)
def test_a_key_out_of_its_time_or_use_is_refused(
    signed: Signed, options: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-06-01T12:00:00Z")
    signed.allow("# people", f"{ADA} {options} {public(signed.key)}")
    problem = signed.refusal(signed.commit())
    assert reason in str(problem)
    assert f"ssh-keygen says: {signed.signers}:2: key " in problem.hint


@pytest.mark.parametrize("zone", ["UTC0", "XXX-14", "XXX+11"])
@pytest.mark.parametrize(("seconds", "accepted"), [(-1, True), (1, False)])
def test_a_key_that_ended_still_holds_for_commits_made_before(
    signed: Signed, zone: str, seconds: int, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)  # where the machine stands changes nothing
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{1_735_689_600 + seconds} +0900")
    signed.allow(f'{ADA} valid-before="20250101" {public(signed.key)}')
    raw = signed.commit()
    if accepted:
        assert signed.verify(raw) == ADA
    else:
        assert "no longer valid" in str(signed.refusal(raw))


def certificate(signed: Signed, authority: Path, *options: str) -> Path:
    command = ["ssh-keygen", "-q", "-s", str(authority), "-I", "ada", *options, f"{signed.key}.pub"]
    subprocess.run(command, check=True)
    return signed.key.with_name("ada-cert.pub")


def test_a_certificate_of_an_allowed_authority_is_accepted_for_its_principal_alone(
    signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = new_key(signed.folder, "authority")
    signed.allow(f"*@example.org cert-authority {public(authority)}")
    raw = signed.commit(key=certificate(signed, authority, "-n", ADA))
    assert signed.verify(raw) == ADA
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "eve@example.org")
    problem = signed.refusal(signed.commit(key=f"{signed.key}-cert.pub"))
    assert "certificate does not hold for the committer" in str(problem)
    assert "name is not a listed principal" in problem.hint


def test_a_certificate_out_of_its_time_is_refused(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = new_key(signed.folder, "authority")
    signed.allow(f"*@example.org cert-authority {public(authority)}")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-06-01T12:00:00Z")
    raw = signed.commit(key=certificate(signed, authority, "-n", ADA, "-V", "20200101:20210101"))
    assert "certificate does not hold" in str(signed.refusal(raw))


def test_an_authority_s_key_without_cert_authority_certifies_nobody(signed: Signed) -> None:
    authority = new_key(signed.folder, "authority")
    signed.allow(f"*@example.org {public(authority)}")
    raw = signed.commit(key=certificate(signed, authority, "-n", ADA))
    assert "does not give to" in str(signed.refusal(raw))


def test_a_huge_message_with_an_unreadable_signature_is_refused(signed: Signed) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    forged = raw.replace(
        gpgsig_of(raw),
        gpgsig_of(raw).replace(
            b"gpgsig -----BEGIN SSH SIGNATURE-----\n U1NI", b"gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA"
        ),
    )
    problem = signed.refusal(forged + b"x" * 5_000_000)  # ssh-keygen ends before it has read all of this
    assert "its signature cannot be read" in str(problem)
    assert "ssh-keygen says" in problem.hint


def test_a_line_that_cannot_be_read_does_not_hide_the_next(signed: Signed) -> None:
    signed.allow("junk", f"{ADA} ssh-ed25519 AAAA", f"{ADA} {public(signed.key)}")
    assert signed.verify(signed.commit()) == ADA


def test_a_list_that_is_not_there_is_named(signed: Signed) -> None:
    raw = signed.commit()
    for _ in ("no file", "a folder"):
        problem = signed.refusal(raw)
        assert problem.where == str(signed.signers)
        assert "no list of allowed signers" in str(problem)
        signed.signers.mkdir(exist_ok=True)


def test_an_empty_list_allows_nobody(signed: Signed) -> None:
    signed.allow()
    assert "does not give to" in str(signed.refusal(signed.commit()))


def test_without_ssh_keygen_nothing_is_accepted(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    monkeypatch.setenv("PATH", str(signed.folder))
    problem = signed.refusal(raw)
    assert "there is no ssh-keygen here" in str(problem)
    assert "openssh-client" in problem.hint


def test_an_ssh_keygen_that_hangs_is_ended(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    stuck = signed.folder / "bin" / "ssh-keygen"
    stuck.parent.mkdir()
    stuck.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setenv("PATH", str(stuck.parent))
    monkeypatch.setattr(signatures, "_TIME_LIMIT", 0.2)
    with pytest.raises(PinError, match=r"ssh-keygen gave no answer in 0\.2 seconds"):
        signed.verify(raw)


def test_nothing_is_left_behind(signed: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    signed.verify(raw)
    signed.refusal(raw.replace(b"change", b"chance"))
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_an_error_with_a_reason(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    signed.allow(f"{ADA} {public(signed.key)}")
    raw = signed.commit()
    monkeypatch.setattr("tempfile.tempdir", str(signed.folder / "nowhere"))
    with pytest.raises(PinError, match="the signature cannot be checked: No such file or directory"):
        signed.verify(raw)
