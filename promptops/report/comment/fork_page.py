"""The page of a fork's commit: what its run left behind, read as hostile. Nothing of its words stands in a heading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promptops.evals.unmeasured import unmeasured
from promptops.lint.engine.registry import NAMES
from promptops.model.outcomes.check import DRAFT
from promptops.model.results import Results
from promptops.report.comment.check_json import CheckSummary, MissedSuite
from promptops.report.comment.compose import NOTHING, deferred_part
from promptops.report.comment.environments import reported_environments
from promptops.report.comment.markdown import LIMIT, comment
from promptops.report.comment.mending.mend import NO_KEYS, baseline_words, cut_list
from promptops.report.comment.quoted_results import quote_results
from promptops.report.comment.shown_head import named_by
from promptops.report.lint.findings import capitalized
from promptops.text import humanize
from promptops.text.sanitize import code

_FORK_FIGURES = (
    "*This change comes from a fork, and so do these figures: they are what its own run says. "
    "Nobody else has measured them, so read the change before you rely on them.*"
)
_FORK_FILES = "The whole report is among the files that the check's run keeps."
_NOT_CARRIED_OUT = "the check was not carried out, or not to its end"


def fork_comment(results: Sequence[Results], said: CheckSummary | None, commit: str, marker: str) -> str:
    """What the run of a fork's commit left behind; `said` is None where it left nothing but results."""
    if said is None:
        if not results:
            return f"{marker}\n\nThe check of {code(commit[:7])} left no results behind; its log says why.\n\n{NO_KEYS}"
        said = CheckSummary("", (), (MissedSuite("", False),))  # cut off: other suites may be without results
    title = f"{NOTHING}: {DRAFT}" if said.deferred else _title(results, said)
    told = [
        *deferred_part(said.deferred),
        "\n".join(_missed(said)),
        "\n".join(reported_environments(said.environments)),
    ]
    before, after = "\n\n".join(filter(None, told)), "\n".join(_reported_lint(said))
    suites = ""
    if results or not before:
        room = LIMIT - sum(map(len, (marker, title, _FORK_FIGURES, before, after))) - 210
        shown = named_by(quote_results(results), commit)
        suites = comment(shown, limit=room, marker="", artifact_hint=_FORK_FILES, foreign=True).strip()
    of = f"This is about commit {code(commit[:7])}."
    figures = _verdict(results, said, title)
    return "\n\n".join([marker, *filter(None, (title, figures, of, before, suites, after))])


def _title(results: Sequence[Results], said: CheckSummary) -> str:
    """How many, not which: nothing that a fork says stands above the words on whose figures these are."""
    missed = {one.suite for one in said.missed}
    if "" in missed and not results:
        return f"{NOTHING}: {_NOT_CARRIED_OUT}"
    count = len((missed | {one.suite for one in results if unmeasured(one)}) - {""})
    silent = humanize.plural(count, "suite") if count else ""
    told = "; ".join(filter(None, [_NOT_CARRIED_OUT if "" in missed else "", silent]))
    if told:
        return f"{NOTHING}: {told}"
    if refused := _refused(said):
        return f"### {humanize.FAILS} Must not be served: {humanize.plural(refused, 'pin')}"
    if said.brought and not results:  # else the results' own heading is the first that fits
        return f"### {capitalized(humanize.spell_out(said.brought))} thing{'s' * (said.brought > 1)} to mend"
    return ""


def _refused(said: CheckSummary) -> int:
    return sum(pin.refused for pin in said.environments)


def _verdict(results: Sequence[Results], said: CheckSummary, title: str) -> str:
    """Whose the figures are, and why the check fails by them, or that it passes. Nothing of it is a fork's words."""
    gates = sum(gate.blocks for one in results for gate in one.gates)
    fails = humanize.plural(gates, "rule fails", "rules fail") if gates else ""
    refused = _refused(said)
    served = humanize.plural(refused, "pin must not be served", "pins must not be served") if refused else ""
    brings = f"this change brings {humanize.plural(said.brought, 'problem')}" if said.brought else ""
    if failed := "; ".join(filter(None, [fails, served, brings])):
        return f"{_FORK_FIGURES} **By them the check fails: {failed}.**"
    return _FORK_FIGURES if title else f"{_FORK_FIGURES} *By them the check passes.*"


def _missed(said: CheckSummary) -> Iterator[str]:
    """What a fork's run could not evaluate: nothing it says itself but names of suites."""
    if not said.missed:
        return
    why = {True: "its model needs a key", False: "the run's log says why"}
    named = (
        (f"{code(suite, 80)} was not evaluated" if suite else _NOT_CARRIED_OUT[:1].upper() + _NOT_CARRIED_OUT[1:], key)
        for suite, key in said.missed
    )
    lines = (f"- {humanize.TROUBLE} {what}: {why[key]}" for what, key in named)
    yield from cut_list(lines, lambda n: f"- … and {humanize.plural(n, 'more suite')}")
    if any(one.key for one in said.missed):
        yield f"\n{NO_KEYS}"


def _reported_lint(said: CheckSummary) -> Iterator[str]:
    """What lint saw and found in a fork's run: places and rules."""
    if said.looked_at:
        lines = (f"- {code(at.path, 160)}, line {at.line}: {_rule(at.code)}" for at in said.problems)
        yield f"**Lint:** {said.looked_at}.{baseline_words(said.brought, said.earlier)}\n"
        yield from cut_list(lines, lambda n: "- … and more, which the run's log lists")


def _rule(of: str) -> str:
    """What the rule is about, in its own words: `unused input (P101)`."""
    return f"{NAMES[of].replace('-', ' ')} ({of})"
