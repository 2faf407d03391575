"""What a revision that people write means, for every command the same: a branch before all, never a tag of its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from promptops.errors import SourceError
from promptops.model.revision import FULL_ID
from promptops.source.git.process import GitOutput

_BASE = re.compile(r"([^~^:@{}]+)((?:[~^].*)?)", re.DOTALL)
_LITERAL = re.compile(rf"{FULL_ID}|HEAD")
_SHORT_ID = re.compile(r"[0-9a-f]{7,63}", re.IGNORECASE)
_USUAL = ("refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master")
_KINDS = {"refs/heads/": "a branch", "refs/remotes/": "a remote's branch", "refs/tags/": "a tag"}

RunGit = Callable[..., GitOutput]
"""`Repository.run`."""


class Meaning(NamedTuple):
    """`revision` is what git is asked, where no name means two things; `shown` is what people call it.

    `others` are names (`refs/tags/main`) that might have been meant and stand elsewhere.
    """

    revision: str
    shown: str
    others: tuple[str, ...] = ()

    def warning(self) -> str:
        """What to tell people of the others; empty where there are none."""
        if not self.others:
            return ""
        full = re.split("[~^]", self.revision)[0]
        kinds = " and ".join(_KINDS[re.match("refs/[a-z]+/", each)[0]] for each in self.others)  # type: ignore[index]
        if full.startswith("refs/"):
            message = f"'{self.shown}' is the name of a branch and of {kinds}; the branch is meant ({full})"
        else:
            message = f"'{self.shown}' is a commit's id and the name of {kinds}; the commit is meant ({full})"
        return f"{message}. For the other write {' or '.join(self.others)}"


def find_meaning(name: str, run: RunGit) -> Meaning | None:
    """What the name stands for; None where it can be nothing. SourceError for what is no revision at all.

    A branch comes before all, here or the remote's (a checkout in CI often has only those of the remote,
    `origin/NAME`): whoever may push tags moves no branch. A name that no branch or tag has is git's to understand.
    What begins a commit's id (7 digits or more, as reports show it) is that commit, whatever else is called so.
    """
    if not name or name.startswith("-") or any(ord(char) < 33 or char == "\x7f" for char in name):
        raise SourceError("this is not a revision", where=repr(name), hint="give a branch, a tag or a commit")
    found = _BASE.fullmatch(name)
    if found is None or _LITERAL.fullmatch(found[1]):
        return Meaning(name, name)
    base, steps = found[1], found[2]
    if base.startswith("refs/"):  # a branch called `refs/heads/main` is another one than `main`
        return Meaning(name, name) if _existing([base], run) else None
    branches = [f"refs/heads/{base}", f"refs/remotes/{base}", f"refs/remotes/origin/{base}"]
    targets = _existing([*branches, f"refs/tags/{base}"], run)
    if not targets:
        return Meaning(name, name)
    if commit := _abbreviated(base, run):
        return Meaning(f"{commit}{steps}", name, tuple(each for each in targets if targets[each] != commit))
    first, *rest = targets
    shown = f"origin/{base}" if first == branches[2] else base
    others = tuple(each for each in rest if targets[each] != targets[first] and each != branches[2])
    return Meaning(f"{first}{steps}", f"{shown}{steps}", others)


def default_branch(run: RunGit) -> str | None:
    """The remote's default branch (`origin/main`), or the first that exists of the usual names."""
    named = run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD").out.strip()
    found = _existing([*([named] if named else []), *_USUAL], run)
    if not found:
        return None
    full = next(iter(found))
    short = full.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    # A branch here may be called `origin/main` too.
    return full if full.startswith("refs/remotes/") and _existing([f"refs/heads/{short}"], run) else short


def _abbreviated(text: str, run: RunGit) -> str:
    """The full id of the one commit whose id begins so; empty where there is none, or more."""
    if not _SHORT_ID.fullmatch(text):
        return ""
    objects = run("rev-parse", f"--disambiguate={text}").out.split()
    commits = [each for each in objects if run("cat-file", "-t", each).out.strip() == "commit"]
    return commits[0] if len(commits) == 1 else ""


def _existing(refs: list[str], run: RunGit) -> dict[str, str]:
    """Those of these full names that there are, in this order, each with the id of what it stands on."""
    done = run("for-each-ref", "--format=%(refname)%00%(objectname)%00%(*objectname)", *refs)
    found = {}
    for line in done.out.splitlines():  # a name is also a pattern for those below it
        name, own, peeled = line.split("\0")
        found[name] = peeled or own  # an annotated tag stands on the commit that it names
    return {each: found[each] for each in dict.fromkeys(refs) if each in found}
