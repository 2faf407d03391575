"""SSH signatures of commits, checked by `ssh-keygen -Y verify` against a list of allowed signers.

The format of the list is in `man ssh-keygen`, ALLOWED SIGNERS. It must not come from the commit under test: where it
lies is the caller's business. As git does it, a key's `valid-after` and `valid-before` are compared with the commit's
own time. That time is the committer's word, so a stolen key must be taken out of the list, not just end in it.
Unlike git, a good signature is not enough: the key must be the committer's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from promptops.errors import PinError
from promptops.source.git.signing.signed_commit import SignedCommit, parse_signed_commit

_TIME_LIMIT = 10.0
"""Seconds for one answer of ssh-keygen, which takes milliseconds."""
# Times without a zone in the list are read as UTC, so that all machines come to the same verdict.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC0"}
_REASONS = {
    "key has expired": "the key was no longer valid when the commit was made",
    "key is not yet valid": "the key was not valid yet when the commit was made",
    "key is not permitted for use": "the key may sign other things, but not commits (namespace git)",
    "certificate not authorized": "the key's certificate does not hold for the committer",
}
"""What ssh-keygen says of a line of the list that names the committer, in people's words."""


def verify_signature(raw_commit: bytes, signers: Path, where: str) -> str:
    """Check that a commit is signed with a key that `signers` gives to its committer; return the committer's e-mail.

    `raw_commit` are the bytes that `git cat-file commit` gives; `signers` is an allowed-signers file; `where` names the
    commit in errors. PinError says which of all that can be wrong it is.
    """
    commit = parse_signed_commit(raw_commit, where)
    if not (signers.is_file() and os.access(signers, os.R_OK)):
        hint = "write one line for each person who may sign: their e-mail, a space, and their public SSH key"
        raise PinError("there is no list of allowed signers here that can be read", where=str(signers), hint=hint)
    try:
        with tempfile.TemporaryDirectory(prefix="promptops-") as folder:  # nobody else can look into it
            signature = Path(folder) / "signature"
            signature.write_bytes(commit.signature)
            _SshKeygenCheck(commit, signers, signature, where).verify()
    except OSError as exc:
        raise PinError(f"the signature cannot be checked: {exc.strerror or exc}", where=where) from exc
    return commit.email


class _SshKeygenCheck:
    def __init__(self, commit: SignedCommit, signers: Path, signature: Path, where: str) -> None:
        self._commit, self._signers, self._signature, self._where = commit, signers, signature, where
        self._time = f"-Overify-time={commit.time:%Y%m%d%H%M%S}"

    def verify(self) -> None:
        """PinError unless the committer's key made the signature. Only a refusal asks for its reason."""
        arguments = ("-f", str(self._signers), "-I", self._commit.email, "-n", "git", self._time)
        found = self._ask("verify", *arguments)
        if found.returncode != 0:
            raise self._reason(found.stderr)

    def _reason(self, complaints: str) -> PinError:
        """Why, from the most basic question to the last: is it this commit's signature, and whose key made it?"""
        made = self._ask("check-novalidate", "-n", "git")
        if made.returncode != 0:
            return self._not_its_own(made.stderr)
        by = made.stdout.partition(" with ")[2].strip() or "an unknown key"  # `ED25519 key SHA256:…`
        email, hint = self._commit.email, f"if this is right, add a line to {self._signers}: their e-mail and this key"
        for line in complaints.splitlines():
            for said, reason in _REASONS.items():
                if said in line:
                    return self._refusal(f"it is signed by {by}, but {reason}", f"ssh-keygen says: {line}")
        owners = self._ask("find-principals", "-f", str(self._signers), self._time).stdout.split()
        if owners:
            names = ", ".join(owners[:3]) + (" …" if len(owners) > 3 else "")
            return self._refusal(f"it is signed by a key of {names}, but the committer is {email}", hint)
        return self._refusal(f"it is signed by {by}, which the list of allowed signers does not give to {email}", hint)

    def _not_its_own(self, complaint: str) -> PinError:
        if "incorrect signature" in complaint:
            reason = "its signature does not belong to it: the commit or the signature was changed"
            return self._refusal(reason, "do not serve it; ask its committer")
        if "namespace" in complaint:
            reason = "its signature was made for something else than a git commit"
            return self._refusal(reason, "sign it with `git commit -S`")
        said = complaint.strip().splitlines()[:1]
        return self._refusal("its signature cannot be read", f"ssh-keygen says: {said[0][:200]}" if said else "")

    def _refusal(self, reason: str, hint: str) -> PinError:
        return PinError(f"the commit's signature is not accepted: {reason}", where=self._where, hint=hint)

    def _ask(self, question: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = shutil.which("ssh-keygen")
        if program is None:
            hint = "install OpenSSH's client (on Debian and Ubuntu: apt install openssh-client)"
            raise PinError("signatures cannot be checked: there is no ssh-keygen here", where=self._where, hint=hint)
        command = [program, "-Y", question, *arguments, "-s", str(self._signature)]
        commit = self._commit.payload
        try:
            done = subprocess.run(
                command, input=commit, capture_output=True, env=_ENVIRONMENT, timeout=_TIME_LIMIT, check=False
            )
        except subprocess.TimeoutExpired as exc:
            reason = f"signatures cannot be checked: ssh-keygen gave no answer in {_TIME_LIMIT:g} seconds"
            raise PinError(reason, where=self._where) from exc
        out, error = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(command, done.returncode, out, error)
