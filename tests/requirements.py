"""What some tests need that `pip install` does not bring: told loudly where it is missing, an error on CI."""

from __future__ import annotations

import os
from collections import Counter
from typing import NamedTuple, NoReturn

import pytest

_ON_CI = bool(os.environ.get("CI"))
_MARK = "missing: "


class Requirement(NamedTuple):
    """What it is called, and the command that brings it."""

    name: str
    command: str

    def missing(self) -> NoReturn:
        """Skip the test, or fail it on CI: there everything must run."""
        reason = f"{_MARK}{self.name}; {self.command}"
        if _ON_CI:
            pytest.fail(reason)
        pytest.skip(reason)


MODEL = Requirement("the embedded model", "make model")
GITHUB_API = Requirement("GitHub's description of its API", "make github-api")
NAMESPACES = Requirement(
    "namespaces for users and processes", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
)
BROWSER = Requirement("Chromium", "apt-get install chromium, or any Chrome on the PATH")


def report_missing(reporter: pytest.TerminalReporter) -> None:
    """A section at the end of the run: what was missing, how many tests that cost, how to get it."""
    reasons: Counter[str] = Counter()
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        reasons.update([reason.partition(_MARK)[2]] if _MARK in reason else [])
    if not reasons:
        return
    reporter.section("NOT TESTED: something is missing here", red=True, bold=True)
    for reason, count in reasons.most_common():
        name, _, command = reason.partition("; ")
        reporter.line(f"{name}: {count} test{'s' * (count != 1)} skipped. To get it: {command}", red=True)
