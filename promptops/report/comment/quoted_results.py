"""A stranger's results, for a page of ours: figures stay, and every word of theirs is quoted, cut or left out.

What stands in “quotation marks”, in a code span or in a fence is theirs; nothing of it can stand in a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from promptops.evals.unmeasured import MARKED_ADVISORY, UNCHECKED_JUDGE
from promptops.model.edit import SettingDifference
from promptops.model.results import FOR_PEOPLE, NO_BASE, Comparison, CriterionInfo, GateResult, Results, Sample
from promptops.model.score import Score
from promptops.text.sanitize import visible

# Short enough for all places of the page to show them whole, so that no quotation loses its end.
_NAME, _SENTENCE, _REASON, _MOST_NOTES, _MOST_FILES = 44, 90, 110, 5, 40
_RULE = re.compile(r"at least \d{1,3}(\.\d{1,4})?%|no worse than \d{1,3}(\.\d{1,4})? points", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.+Z-]{0,30})?", re.ASCII)
_SHARD = re.compile(r"\d{1,4}/\d{1,4}", re.ASCII)
_REASONS = frozenset({MARKED_ADVISORY, UNCHECKED_JUDGE})
_BUDGET = frozenset({"cost", "latency", "tokens"})


def quote(text: str, limit: int = _SENTENCE) -> str:
    """“What somebody wrote”: one line, which cannot end its own quotation; empty for an empty text."""
    line = re.sub("[“”„]", "'", " ".join(visible(text[:limit]).split()))
    is_whole = len(line) <= limit and len(text) <= limit
    return f"“{line if is_whole else line[: limit - 1] + '…'}”" if line else ""


def quote_results(runs: Sequence[Results]) -> list[Results]:
    """The results by their suites' names, each with a title of ours and nobody's acceptance, command or description."""
    ordered = sorted(runs, key=lambda one: one.suite)
    titles = [f"Suite {number}" if len(ordered) > 1 else "The fork's suite" for number in range(1, len(ordered) + 1)]
    return [_quoted(one, title) for one, title in zip(ordered, titles, strict=True)]


def _quoted(results: Results, title: str) -> Results:
    criteria = _names([info.name for info in results.criteria])
    models = _names([arm.model for arm in results.arms])
    notes = [f"{title} is called {quote(results.suite, _NAME)}", *map(quote, results.notes[:_MOST_NOTES])]
    return replace(
        results,
        suite=title,
        suite_path="",
        prompt="",
        title=title,
        command="",
        version="",
        cluster="",
        owners=(),
        prompt_path="",
        unconfirmed=(),
        former_prompt="",
        former_suite="",
        unmeasured=(),  # it is worked out from the rest
        shard=results.shard if _SHARD.fullmatch(results.shard) else "",
        stopped=quote(results.stopped) if results.stopped.strip() else results.stopped and "no reason is given",
        notes=tuple(notes),
        arms=tuple(replace(a, model=models[a.model], full_model=quote(a.full_model, _NAME)) for a in results.arms),
        criteria=tuple(_criterion(info, criteria) for info in results.criteria),
        cases=tuple(replace(one, fields=dict(_fields(one.fields))) for one in results.cases),
        samples=tuple(_sample(one, criteria) for one in results.samples),
        comparisons=tuple(_comparison(one, criteria, models) for one in results.comparisons),
        gates=tuple(_gate(one, criteria, models) for one in results.gates),
        rules=tuple(replace(one, criterion=_name(one.criterion, criteria)) for one in results.rules),
        edit=tuple(replace(one, settings=tuple(map(_setting, one.settings))) for one in results.edit[:_MOST_FILES]),
    )


def _setting(one: SettingDifference) -> SettingDifference:
    old, new = (side if side is None else quote(side) for side in (one.old, one.new))
    return SettingDifference(quote(one.what, _NAME), old, new)


def _names(names: Iterable[str]) -> dict[str, str]:
    """Each name as it is shown; two that begin alike stay two."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        shown = base = quote(name, _NAME) or "“”"
        while shown in found.values():
            shown = f"{base} ({len(found) + 1})"
        found[name] = shown
    return found


def _name(name: str, known: Mapping[str, str]) -> str:
    """A name that is none of the known ones: the budget's gates have names of ours."""
    return known.get(name) or (name if name in _BUDGET else quote(name, _NAME))


def _criterion(info: CriterionInfo, names: Mapping[str, str]) -> CriterionInfo:
    why = info.advisory_reason if info.advisory_reason in _REASONS else quote(info.advisory_reason)
    certificate, question = quote(info.certificate), quote(info.question)
    return replace(info, name=names[info.name], certificate=certificate, question=question, advisory_reason=why)


def _fields(fields: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    names = _names(fields)
    return ((names[name], value) for name, value in fields.items())


def _sample(sample: Sample, names: Mapping[str, str]) -> Sample:
    return replace(
        sample,
        error=quote(sample.error) or sample.error,
        asked=sample.asked if _DAY.fullmatch(sample.asked) else "",
        scores={_name(name, names): _score(score) for name, score in sample.scores.items()},
    )


def _score(score: Score) -> Score:
    return replace(score, reason=quote(score.reason, _REASON), expected=())


def _comparison(one: Comparison, criteria: Mapping[str, str], models: Mapping[str, str]) -> Comparison:
    told = [replace(it, criterion=_name(it.criterion, criteria), missing=quote(it.missing)) for it in one.criteria]
    return replace(one, model=_name(one.model, models), pareto="", criteria=tuple(told))


def _gate(gate: GateResult, criteria: Mapping[str, str], models: Mapping[str, str]) -> GateResult:
    reason = gate.reason if gate.reason in (NO_BASE, FOR_PEOPLE) else quote(gate.reason)
    return replace(
        gate,
        criterion=_name(gate.criterion, criteria),
        rule=gate.rule if _RULE.fullmatch(gate.rule) else quote(gate.rule, _NAME),
        reason=reason,
        model=_name(gate.model, models) if gate.model else "",
        accepted="",
    )
