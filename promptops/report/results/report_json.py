"""What the report's script shows of every case, as plain JSON data. Held-out cases are not in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from promptops.model.chat.finish_reason import ended_normally, usual_name, was_cut, was_filtered
from promptops.model.results import CaseInfo, Rendered, Sample, Side
from promptops.report.results.cases.case_details import passes
from promptops.report.results.cases.field_text import field_text
from promptops.report.results.edit.message_diffs import Messages, paired
from promptops.report.results.page.case_index import case_index
from promptops.report.results.page.quality_and_price import quality_and_price
from promptops.report.results.reply_remarks import thought_tokens
from promptops.report.results.results_view import CaseChange, Changes, ResultsView, reply_text
from promptops.text import humanize
from promptops.text.sanitize import shorten, visible

MOST = 100_000
"""Characters of one text; beyond it the page says how many more there are in results.json."""

Data = dict[str, Any]


class ReportData:
    """Arms, criteria and cases of one report; criteria and models are named by their place.

    `cases` are in the order of the page: what changed most clearly comes first.
    """

    def __init__(self, view: ResultsView, found: Changes) -> None:
        self._view = view
        self._places = {info.name: index for index, info in enumerate(view.results.criteria)}
        self._models = {model: index for index, model in enumerate(view.models)}
        self._shifts: dict[Literal["worse", "better"], dict[str, list[Data]]] = {
            "worse": self._shifts_by_case(found.worse),
            "better": self._shifts_by_case(found.better),
        }
        self._messages: dict[tuple[str, Side], Rendered] = {(one.case, one.side): one for one in view.results.rendered}
        order = {change.case.id: index for index, change in reversed(list(enumerate((*found.worse, *found.better))))}
        shown = (case for case in view.results.cases if case.id not in view.held)
        self.cases = sorted(shown, key=lambda case: order.get(case.id, len(order)))

    def summary(self) -> Data:
        """What holds for all cases; `marks` and the columns of `case_index` tell what filters have to know of each."""
        view = self._view
        return {
            "compared": view.has_base,
            "held": len(view.held),
            "models": [_text(model) for model in view.models],
            "arms": [{"side": arm.side, "model": self._models[arm.model]} for arm in view.results.arms],
            "criteria": [{"name": _text(info.name)} for info in view.results.criteria],
            "marks": [self._mark(case) for case in self.cases],
            "picture": quality_and_price(view),
            **({"pictures": dict(view.results.pictures)} if view.results.pictures else {}),
            **case_index(view, self.cases),
        }

    def case_data(self, cases: Sequence[CaseInfo]) -> list[Data]:
        """Everything the page shows of these cases."""
        return [
            {
                "id": _text(case.id),
                "tags": [_text(tag) for tag in case.tags],
                "sides": list(case.sides),
                "fields": [[_text(str(name)), _text(field_text(value))] for name, value in case.fields.items()],
                "samples": [_sample(sample, self._places) for sample in self._view.all_samples(case.id)],
                "messages": _messages(self._received(case.id, "base"), self._received(case.id, "head")),
                **self._pictures(case.id),
            }
            for case in cases
        ]

    def _pictures(self, case: str) -> Data:
        """Those that a model received with the case, each once, by their digests."""
        sides: tuple[Side, ...] = ("base", "head")
        received = [self._messages[case, side] for side in sides if (case, side) in self._messages]
        known = self._view.results.pictures
        found = list(dict.fromkeys(one for rendered in received for one in rendered.pictures if one in known))
        return {"pictures": found} if found else {}

    def _mark(self, case: CaseInfo) -> Data:
        """Of one case, by [criterion, model]: what fails, what has no answer, what is asked; and what changed."""
        mark: dict[str, set[tuple[int, int]]] = {"fails": set(), "errors": set(), "asked": set()}
        arms = self._view.results.arms
        for sample in self._view.all_samples(case.id):
            arm = arms[sample.arm]
            model = self._models[arm.model]
            if sample.error:
                mark["errors"].add((-1, model))
            for name, score in sample.scores.items():
                if (place := self._places.get(name, -1)) >= 0:
                    mark["asked"].add((place, model))
                    if score.status == "error":
                        mark["errors"].add((place, model))
                    if score.passed is False and arm.side == "head":
                        mark["fails"].add((place, model))
        data: Data = {name: sorted(found) for name, found in mark.items() if found}
        if len(mark["asked"]) == len(self._places) * len(self._models):
            del data["asked"]  # as in most cases: every criterion
        return data | {kind: found[case.id] for kind, found in self._shifts.items() if case.id in found}

    def _shifts_by_case(self, found: Sequence[CaseChange]) -> dict[str, list[Data]]:
        by_case: dict[str, list[Data]] = {}
        for change in found:
            by_case.setdefault(change.case.id, []).extend(self._shift_data(change))
        return by_case

    def _shift_data(self, change: CaseChange) -> list[Data]:
        return [
            {
                "c": self._places[s.criterion],
                "m": self._models[change.model],
                "words": f"{passes(s.before)} → {passes(s.after)}",
            }
            for s in change.shifts
            if s.criterion in self._places and change.model in self._models
        ]

    def _received(self, case: str, side: Side) -> Messages | None:
        rendered = self._messages.get((case, side))
        return None if rendered is None else tuple((_text(role), _text(text)) for role, text in rendered.messages)


def _messages(base: Messages | None, head: Messages | None) -> list[Data]:
    """Each message once where it is the same on both sides (or has only one), else as it was and as it is."""
    if base is None or head is None:
        return [{"same": message} for message in base or head or ()]
    return [{"same": old} if old == new else {"base": old, "head": new} for old, new in paired(base, head)]


def _sample(sample: Sample, places: dict[str, int]) -> dict[str, Any]:
    facts = [
        "from the cache" if sample.cached else humanize.duration(sample.latency) if sample.latency is not None else "",
        f"{humanize.dollars(sample.cost)}" if sample.cost else "",
        _tokens(sample),
        f"tried {sample.attempts} times" if sample.attempts > 1 else "",
        _end(sample.finish_reason),
    ]
    return {
        "a": sample.arm,
        "t": sample.trial,
        "text": _text(_said(sample)),
        **(
            {"calls": [[_text(one.name), _text(one.arguments)] for one in sample.tool_calls]}
            if sample.tool_calls
            else {}
        ),
        **({"thought": _text(sample.reasoning), "long": thought_tokens(sample)} if sample.reasoning else {}),
        "error": bool(sample.error),
        "facts": _text(" · ".join(fact for fact in facts if fact) or "–"),
        "scores": [
            {
                "c": places[name],
                "p": score.passed,
                "v": _finite(score.value),
                "s": score.status,
                "r": _text(score.reason),
            }
            for name, score in sample.scores.items()
            if name in places
        ],
    }


def _said(sample: Sample) -> str:
    """The reply without its calls, which have a place of their own."""
    if not sample.tool_calls:
        return reply_text(sample)
    return reply_text(replace(sample, tool_calls=())) if sample.text else ""


def _tokens(sample: Sample) -> str:
    """`61 tokens (40 of them thinking)`."""
    if sample.output_tokens is None:
        return ""
    thought = f" ({humanize.token_count(sample.reasoning_tokens)} of them thinking)" if sample.reasoning_tokens else ""
    unit = "token" if sample.output_tokens == 1 else "tokens"
    return f"{humanize.token_count(sample.output_tokens)} {unit}{thought}"


def _end(reason: str) -> str:
    """How a reply ended, where not by itself; that it calls something, its calls show."""
    if not reason or ended_normally(reason) or usual_name(reason) in ("tool_calls", "tool_use", "function_call"):
        return ""
    if was_cut(reason):
        return "cut off"
    return "taken away by the provider's filter" if was_filtered(reason) else f"ended by {shorten(reason, 40)}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < 1e12 else None


@lru_cache(maxsize=4096)  # names, roles and the messages that every case shares
def _text(text: str) -> str:
    return visible(shorten(text, MOST))
