"""The address of a remote repository: which are taken, and how no secret in one is ever shown or kept."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple, NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

from promptops.errors import SourceError

PROTOCOLS = ("file", "git", "http", "https", "ssh")
_LIKE = "write it like https://github.com/acme/prompts.git or git@github.com:acme/prompts.git"
# Answers git's question for a user and password from the environment, which other people on the machine cannot read.
_HELPER = """!f() { printf 'username=%s\\npassword=%s\\n' "$PROMPTOPS_GIT_USER" "$PROMPTOPS_GIT_PASSWORD"; }; f"""


class RemoteUrl(NamedTuple):
    """A remote's address taken apart: what git is given, what people see, and what stays secret.

    `url` holds no user and no password for http; `shown` holds neither for any protocol. `password` is None where
    the address had none.
    """

    url: str
    shown: str
    user: str = ""
    password: str | None = None

    @property
    def folder_name(self) -> str:
        """A folder for this repository: its name for people, and a hash so that no two share one."""
        name = re.sub(r"[^a-z0-9]+", "-", re.split(r"[/:]", self.url)[-1].removesuffix(".git").lower()).strip("-")
        return f"{name[:40] or 'repository'}-{hashlib.sha256(self.url.encode()).hexdigest()[:16]}"

    def settings(self) -> list[str]:
        """Settings of git (`name=value`) that make it answer this server with the user and password, and no other."""
        if not self.user and self.password is None:
            return []
        server = self.url[: self.url.index("/", self.url.index("://") + 3)]
        mine = [f"credential.{server}.helper={_HELPER}"]
        # A full pair needs no helper of the user's own, which would also keep the password on disk.
        return mine if self.password is None else ["credential.helper=", *mine]

    def environment(self) -> dict[str, str]:
        """What the helper of `settings` reads."""
        return {"PROMPTOPS_GIT_USER": self.user, "PROMPTOPS_GIT_PASSWORD": self.password or ""}


def parse_remote_url(text: str) -> RemoteUrl:
    """Take an address (https, http, ssh, git, file, or `host:path`); SourceError where git could be led astray."""
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        _refuse(text, "the address holds an invisible control character")
    if re.match(r"[\w+.-]+::", text):
        _refuse(text, "an address of this kind can start any program, so it is refused")
    if "://" not in text:
        return _of_host_and_path(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        _refuse(text, "the address cannot be understood")
    if parts.scheme not in PROTOCOLS:
        _refuse(text, f"addresses that begin with {parts.scheme or 'this'}:// are not supported")
    if parts.scheme == "file":
        return _of_file(text, parts)
    if not parts.hostname or parts.hostname.startswith("-") or port == 0 or re.search(r"[\s\\]", parts.netloc):
        _refuse(text, "the address names no server")
    return _of_http(text, parts) if parts.scheme in ("http", "https") else _of_ssh_or_git(text, parts)


def _of_http(text: str, parts: SplitResult) -> RemoteUrl:
    if parts.query or parts.fragment or "?" in text:
        reason = "the address has a part after `?` or `#`, which others on this machine would see"
        _refuse(text, reason, "leave that part out")
    user, password = unquote(parts.username or ""), parts.password
    password = None if password is None else unquote(password)
    if any(ord(char) < 32 for char in user + (password or "")):
        _refuse(text, "the user or the password holds a control character")
    url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{parts.path.strip('/')}"
    return RemoteUrl(url, url, user, password)


def _of_ssh_or_git(text: str, parts: SplitResult) -> RemoteUrl:
    if parts.password is not None:
        _refuse(text, f"{parts.scheme} takes no password in the address", "leave it out; ssh uses your key")
    if parts.username and (parts.scheme == "git" or parts.username.startswith("-")):
        _refuse(text, f"{parts.scheme} takes no such user in the address", "leave it out")
    return RemoteUrl(text.rstrip("/"), text.rstrip("/").replace(f"{parts.username}@", "", 1))


def _of_file(text: str, parts: SplitResult) -> RemoteUrl:
    if parts.netloc or not parts.path.startswith("/"):
        _refuse(text, "the address names no folder", "write file:/// and the full path, or the path alone")
    return RemoteUrl(text.rstrip("/"), text.rstrip("/"))


def _of_host_and_path(text: str) -> RemoteUrl:
    """`git@host:path`, as ssh writes it. One letter before the colon is a drive of Windows."""
    found = re.fullmatch(r"(?:(\w[\w.+-]*)@)?(\w[\w.-]+|\[[0-9a-fA-F:.]+\]):([^@\s\\-][^@\\]*)", text)
    if not found or found[2] in PROTOCOLS:
        _refuse(text, "this is not the address of a remote repository")
    text = text.rstrip("/")
    return RemoteUrl(text, text.rpartition("@")[2])


def _refuse(text: str, reason: str, hint: str = _LIKE) -> NoReturn:
    # What was refused may hold a password in any place, so only its beginning is repeated.
    start = re.match(r"[A-Za-z0-9+.-]{1,20}:(?://|:)", text)
    raise SourceError(reason, where=f"{start[0] if start else ''}…", hint=hint)
