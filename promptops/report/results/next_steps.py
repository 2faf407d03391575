"""What people can do next, at most three lines: which, follows from the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from promptops.model.chat.finish_reason import was_cut
from promptops.model.comments.command import AcceptCommand, command_line
from promptops.report.results.reply_remarks import cut_limit, different_cases
from promptops.report.results.results_view import Changes, ResultsView
from promptops.report.results.verdict import RunVerdict, run_verdict
from promptops.text import humanize
from promptops.text.sanitize import number

_MOST = 3
_MOST_OWNERS = 3


class NextStep(NamedTuple):
    """What to do, in plain text; `file` is the file of the project that it is about, `lines` some to copy, `show` the
    filter of the page with the cases that it is about."""

    text: str
    file: str = ""
    lines: tuple[str, ...] = ()
    show: str = ""

    @property
    def words(self) -> str:
        """The text as a line begins with it."""
        return self.text[:1].upper() + self.text[1:]


def next_steps(view: ResultsView, found: Changes, *, name_suite: bool = False) -> list[NextStep]:
    """The steps, the most useful first; none for a stranger's results. `name_suite`: a line to copy names the suite."""
    return [] if view.foreign else list(_steps(view, found, run_verdict(view), name_suite=name_suite))[:_MOST]


def _steps(view: ResultsView, found: Changes, verdict: RunVerdict, *, name_suite: bool) -> Iterator[NextStep]:
    prompt = view.results.prompt_path
    if verdict.kind == "not measured":
        yield NextStep("do not merge yet: mend what is named above, and run the check again")
        return
    if verdict.kind == "rule fails":
        yield _accept(view, name_suite=name_suite)
    if found.worse:
        count = len(found.worse)
        text = "read the one that got worse" if count == 1 else f"read the {count} that got worse"
        yield NextStep(text, show="worse")
    if _cuts(view):
        limit = cut_limit(view)
        of = f" of {humanize.plural(limit, 'token')}" if limit else ""
        yield NextStep(f"raise the limit{of}, if longer replies are wanted: maxTokens in the prompt's file", prompt)
    if verdict.needs_a_look and prompt:
        yield NextStep("edit the file, or take the edit back", prompt)
    if verdict.kind in ("worse", "mixed"):
        yield NextStep(f"no rule fails, so it may be merged all the same{_who(view)}")
    elif not verdict.needs_a_look:
        if verdict.kind == "same" and (count := len(different_cases(view))):
            text = f"read some of the {number(count)} that read differently: no criterion tells them apart"
            yield NextStep(text, show="changed")
        yield NextStep(f"merge, if you agree with the edit{_who(view)}")


def _accept(view: ResultsView, *, name_suite: bool) -> NextStep:
    """Who may answer for a rule that fails, and the line to copy."""
    failing = list(dict.fromkeys(gate.criterion for gate in view.results.gates if gate.blocks))
    owners = view.results.owners
    who = ("" if len(owners) == 1 else "one of ") + humanize.listed(owners, _MOST_OWNERS) if owners else "an owner"
    what = "the rule fails" if len(failing) == 1 else "the rules fail"
    text = f"do not merge yet, unless {who} accepts that {what}"
    if view.plain:  # where no comment is obeyed
        return NextStep(text)
    suite = view.results.suite if name_suite else ""
    lines = tuple(command_line(AcceptCommand("", name, "why", suite)) for name in failing[:_MOST])
    how = "in a comment" if len(failing) == 1 else "in a comment with a line for each"
    return NextStep(f"{text}, {how}", lines=lines)


def _who(view: ResultsView) -> str:
    """`: one of @ana, @tom decides about this prompt`; empty where nobody is known."""
    owners = view.results.owners
    if not owners:
        return ""
    return f": {'one of ' * (len(owners) > 1)}{humanize.listed(owners, _MOST_OWNERS)} decides about this prompt"


def _cuts(view: ResultsView) -> bool:
    return any(was_cut(one.finish_reason) for model in view.models for one in view.head_samples(model) if not one.error)
