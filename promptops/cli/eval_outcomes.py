"""What became of every suite of `promptops eval`, and the exit code that follows from all of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import click

from promptops.cli.context import say
from promptops.cli.output import without_keys
from promptops.errors import PromptopsError

if TYPE_CHECKING:
    from promptops.model.results import Results


class SuiteEnding(NamedTuple):
    """What of a suite's results decides the exit code."""

    unmeasured: str = ""
    gates: tuple[str, ...] = ()
    to_resume: bool = False


def ending_of(results: Results) -> SuiteEnding:
    """How a suite that ran has ended."""
    from promptops.text.humanize import in_short, named_rule, unmeasured_reasons

    reasons = unmeasured_reasons(results.unmeasured, len(results.comparisons))
    return SuiteEnding(
        f"{results.suite}: {in_short(reasons, 400)}" if reasons else "",
        tuple(named_rule(gate.criterion, gate.rule) for gate in results.gates if gate.blocks),
        bool(results.stopped) and not all(one.error for one in results.samples),
    )


class SuiteOutcomes:
    """Gathers how suites ended. 2 (something was not measured) wins over 1 (a gate blocks): nobody knows that run."""

    def __init__(self) -> None:
        self._silent: list[str] = []
        self._gates: list[str] = []
        self._to_resume = False

    def add_broken(self, suite: str, exc: PromptopsError) -> None:
        """A suite that could not be planned or run; it is shown where its results would stand."""
        from promptops.report.results.summary import NOT_MEASURED
        from promptops.text.sanitize import log_safe

        click.echo(log_safe(without_keys(f"{suite}: {NOT_MEASURED}: {exc}")))
        for line in log_safe(exc.hint).splitlines():
            say(f"  {line}")
        self._silent.append(f"{suite}: {exc}")

    def add(self, ending: SuiteEnding) -> None:
        """A suite that ran, to the end or not."""
        self._silent += filter(None, [ending.unmeasured])
        self._gates += ending.gates
        self._to_resume = self._to_resume or ending.to_resume

    def end(self) -> None:
        """Say what decides the exit code, and leave with it unless it is 0."""
        if self._to_resume:
            say("finished replies are kept; continue with --resume")
        silent = f"not measured: {'; '.join(self._silent)}" if self._silent else ""
        gates = f"does not hold: {'; '.join(self._gates)}" if self._gates else ""
        if code := 2 if silent else 1 if gates else 0:
            say(f"exit {code} ({'; '.join(filter(None, [silent, gates]))})")
            sys.exit(code)
