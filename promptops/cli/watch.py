"""`promptops watch [PROMPT…]`: an answer to every save."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import datetime

import click

from promptops.cli.completion import cases, prompts
from promptops.cli.context import MAX_COST_HELP, color, relative_name, say, workspace
from promptops.cli.output import reader_left, without_keys
from promptops.errors import PromptopsError
from promptops.extras import require_extra
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding
from promptops.report.lint import findings
from promptops.report.preview import previews_text, reply_text_of
from promptops.source.files.watcher import FileWatcher
from promptops.text.humanize import plural
from promptops.text.sanitize import visible_line
from promptops.workflows.watch.watch import SavedFile, SaveReport, Watch
from promptops.workflows.workspace import Workspace

_MOST_CHANGES, _MOST_FINDINGS, _CHUNK = 5, 20, 25
_MAX_COST_HELP = f"With --eval, for all saves together. {MAX_COST_HELP}"


@click.command("watch")
@click.argument("prompts", nargs=-1, metavar="[PROMPT]…", shell_complete=prompts)
@click.option(
    "--case", metavar="ID", help="Show this case; by default the first that is not held out.", shell_complete=cases
)
@click.option("--eval", "ask", is_flag=True, help="Ask the model for that case, and show the reply and its scores.")
@click.option("--max-cost", type=click.FloatRange(0), metavar="USD", help=_MAX_COST_HELP)
@click.option("--poll", is_flag=True, help="Look at the files again and again: for network drives and containers.")
def command(prompts: tuple[str, ...], case: str | None, ask: bool, max_cost: float | None, poll: bool) -> None:
    """Answer every save: what lint says, and what the model would now receive.

    PROMPT is an identifier or a file; without one, all prompts are watched. Ctrl-C ends it.
    """
    if max_cost is not None and not ask:
        raise click.UsageError("--max-cost says how much --eval may spend; give both.")
    if ask:
        require_extra("eval", "`promptops watch --eval`")
    space = workspace()
    saves = FileWatcher(space.root, poll=poll)
    try:
        watch = Watch(space, [relative_name(space.root, name) for name in prompts], case)
        gc.freeze()  # a thousand prompts stay: no search for cycles needs to look at them again
        if saves.note:
            say(saves.note)
        say(f"watching {plural(watch.prompts, 'prompt')} and {plural(watch.suites, 'suite')}; Ctrl-C ends it")
        answers = _SaveResponder(watch, saves, _CaseEvaluator(space, max_cost) if ask else None)
        while not reader_left():
            answers.next()
    finally:
        saves.stop()


class _CaseEvaluator:
    """What `--eval` may still spend, over all saves together."""

    def __init__(self, space: Workspace, max_cost: float | None) -> None:
        self._space = space
        self._left = max_cost

    def text(self, suite: str, case: str) -> str:
        """The reply and its scores; an error in its place, for the watch goes on."""
        from promptops.workflows.eval.evaluate import run_case  # brings the providers

        try:
            results = run_case(self._space, suite, case, self._left)
        except PromptopsError as exc:
            hint = f"\n  {visible_line(without_keys(exc.hint))}" if exc.hint else ""
            return f"nothing was asked: {visible_line(without_keys(str(exc)))}{hint}"
        if self._left is not None:
            self._left = max(0.0, self._left - (results.cost or 0.0))
        return reply_text_of(results, color=color())


class _SaveResponder:
    """An answer to each save, printed."""

    def __init__(self, watch: Watch, saves: FileWatcher, asking: _CaseEvaluator | None) -> None:
        self._watch = watch
        self._saves = saves
        self._asking = asking
        self._counted: set[Finding] = set()

    def next(self) -> None:
        """Wait for the next save and answer it."""
        paths = self._saves.wait(self._watch.may_concern)
        try:
            saved = self._watch.saved(paths)
        except PromptopsError as exc:  # the next save may mend it
            _show(f"{_now()}  {visible_line(without_keys(str(exc)))}")
            return
        if saved is None:
            return
        _show(_saved_text(saved))
        if saved.previews and not _explains_missing_preview(saved):
            _show(previews_text(saved.previews, color=color()))
        if (more := saved.concerned - len(saved.previews)) > 0:
            _show(f"and {plural(more, 'more prompt')}")
        self._lint_dependents(saved)
        can_ask = next((one for one in saved.previews if one.after is not None and one.suite), None)
        if self._asking is not None and can_ask is not None:
            _show(self._asking.text(can_ask.suite, can_ask.case))

    def _lint_dependents(self, saved: SaveReport) -> None:
        """The other files that a save concerns: findings in the saved file are shown, those elsewhere counted once."""
        seen = set(saved.report.findings)
        paths = {change.path for change in saved.changes}
        elsewhere: set[Finding] = set()
        for start in range(0, len(saved.others), _CHUNK):
            if self._saves.has_events:  # a new save matters more
                return
            report = self._watch.lint(saved.others[start : start + _CHUNK])
            new = [finding for finding in report.findings if finding not in seen]
            seen.update(new)
            elsewhere.update(finding for finding in new if finding.path not in paths)
            if here := tuple(finding for finding in new if finding.path in paths):
                _show(_findings_text(report._replace(findings=here)))
        if elsewhere - self._counted:
            _show(f"the others have {plural(len(elsewhere), 'finding')} of their own: promptops lint")
        self._counted |= elsewhere


def _saved_text(saved: SaveReport) -> str:
    """What was saved, and what lint says of it."""
    lines = [*_change_lines(saved.changes)]
    report = saved.report
    if report.findings or report.skipped:
        return "\n".join([*lines, "", _findings_text(report)])
    looked = f" · {findings.summary(report)}" if any(report.checked.values()) else ""
    return "\n".join([*lines[:-1], lines[-1] + looked])


def _explains_missing_preview(saved: SaveReport) -> bool:
    """Whether lint told already why there is no preview."""
    broken = any(finding.severity == "error" for finding in saved.report.findings)
    return broken and all(one.after is None for one in saved.previews)


def _change_lines(changes: tuple[SavedFile, ...]) -> Iterator[str]:
    for number, change in enumerate(changes[:_MOST_CHANGES]):
        what = {"saved": "saved", "new": "is new", "deleted": "was deleted", "renamed": "was renamed"}[change.what]
        path = f"{change.was} → {change.path}" if change.was else str(change.path)
        yield f"{_now() if not number else ' ' * 8}  {visible_line(path)} {what}"
    if (more := len(changes) - _MOST_CHANGES) > 0:
        yield f"{' ' * 10}and {plural(more, 'more file')}"


def _findings_text(report: Report) -> str:
    """As lint tells them; after a switch of branches, the first of very many."""
    text = findings.text(report._replace(findings=report.findings[:_MOST_FINDINGS]), color=color())
    more = len(report.findings) - _MOST_FINDINGS
    return f"{text}\nand {plural(more, 'more finding')}: promptops lint" if more > 0 else text


def _now() -> str:
    return f"{datetime.now():%H:%M:%S}"


def _show(text: str) -> None:
    if text:
        click.echo(f"{text}\n", color=color())
