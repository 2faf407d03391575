"""The one verdict on a run: a sign and a word out of a fixed set. Headings, tables and pages take it from here.

The first that fits: ❔ not measured · ⛔ a rule fails · ❌ worse · ⚖️ better and worse · ✅ better · ➖ no difference
seen.
What the sentence below a heading says is in promptops.report.results.verdict_sentences.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from promptops.model.results import Comparison, Results
from promptops.report.results.results_view import ResultsView, is_unchanged
from promptops.text import humanize
from promptops.text.sanitize import shorten

Kind = Literal["not measured", "rule fails", "worse", "mixed", "better", "same", "first run", "unchanged"]
"""In the order in which people should look at them."""

ORDER: tuple[Kind, ...] = get_args(Kind)
_RED: frozenset[Kind] = frozenset({"not measured", "rule fails"})
_LOOK: frozenset[Kind] = _RED | {"worse", "mixed"}
_WORDS: dict[Kind, tuple[str, str]] = {
    "not measured": (humanize.UNKNOWN, "Not measured"),
    "rule fails": (humanize.FAILS, "A rule fails"),
    "worse": (humanize.WORSE, "Worse"),
    "mixed": (humanize.MIXED, "Better and worse"),
    "better": (humanize.BETTER, "Better"),
    "same": (humanize.UNSURE, "No difference seen"),
    "first run": (humanize.UNSURE, "First run"),
    "unchanged": (humanize.UNSURE, "Nothing changed"),
}


class RunVerdict(NamedTuple):
    """A suite by the `title` that people call it by; `more` belongs to the word: `, as it did before`."""

    kind: Kind
    title: str
    more: str = ""

    @property
    def sign(self) -> str:
        """⛔, ❌ and so on."""
        return _WORDS[self.kind][0]

    @property
    def words(self) -> str:
        """`A rule fails, as it did before`."""
        return _WORDS[self.kind][1] + self.more

    @property
    def heading(self) -> str:
        """`⛔ A rule fails, as it did before: Meeting summary`."""
        return f"{self.sign} {self.words}: {self.title}"

    @property
    def fails(self) -> bool:
        """Whether it makes a check red."""
        return self.kind in _RED

    @property
    def needs_a_look(self) -> bool:
        """Whether it is shown unfolded."""
        return self.kind in _LOOK


def title(results: Results) -> str:
    """What people call the prompt or suite."""
    return shorten(results.title or results.suite, 120)


def run_verdict(view: ResultsView) -> RunVerdict:
    """The verdict over all models of a run."""
    kind = _kind(view)
    more = ""
    if kind == "rule fails":
        more = ", as it did before" * all(gate.as_before for gate in view.results.gates if gate.blocks)
    elif kind == "same":
        more = "".join(f", {words}" for words in _prices_in_short(view.results.comparisons))
    return RunVerdict(kind, title(view.results), more)


def _kind(view: ResultsView) -> Kind:
    results = view.results
    words = {comparison.overall for comparison in results.comparisons}
    if is_unchanged(results):
        return "unchanged"
    if view.unmeasured or not words or "not measured" in words:
        return "not measured"
    if results.blocked:
        return "rule fails"
    if not view.has_base:
        return "first run"
    return _weighed(results.comparisons)


def _weighed(comparisons: tuple[Comparison, ...]) -> Kind:
    """Several models together: what is better with one and worse, dearer or slower with another is both."""
    words = {comparison.overall for comparison in comparisons}
    prices = {one.verdict for found in comparisons for one in found.measures if one.name in ("cost", "latency")}
    if "trade-off" in words or words >= {"better", "worse"}:
        return "mixed"
    if "worse" in words:
        return "mixed" if len(comparisons) > 1 and "lower" in prices else "worse"
    if "better" in words:
        return "mixed" if len(comparisons) > 1 and "higher" in prices else "better"
    return "same"


def _prices_in_short(comparisons: tuple[Comparison, ...]) -> list[str]:
    """`costs 7% more`, `slower`: what all models that moved have in common; of one that has no common word, nothing."""
    told = []
    for name in ("cost", "latency"):
        found = [one for comparison in comparisons for one in comparison.measures if one.name == name]
        moved = [one for one in found if one.verdict in ("lower", "higher")]
        directions = {one.verdict for one in moved}
        if len(directions) != 1:
            continue
        if name == "latency":
            told.append("faster" if directions == {"lower"} else "slower")
        else:
            exact = {humanize.ratio_words(one) for one in moved} if len(moved) == len(found) else set()
            told.append(exact.pop() if len(exact) == 1 else "costs less" if directions == {"lower"} else "costs more")
    return [words for words in told if words]
