"""What a run will ask.

A plan is made from files read once, so an edit during the run changes nothing, and results carry the version at start.
Its requests are rendered as they are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from promptops.errors import EvalError, RenderError
from promptops.evals.arms import ModelTarget, PlannedArm, PromptAtRevision, plan_arm
from promptops.evals.scoring_inputs import ScoringInputs, scored_digest
from promptops.model.canonical_json import digest
from promptops.model.chat.message import Message
from promptops.model.edit import FileEdit
from promptops.model.model_call import Request
from promptops.model.prompt import Prompt
from promptops.model.results import Arm, Side
from promptops.model.suite import Case, Suite
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.templating.renderer_protocol import CaseRenderer, MakeRenderer, RenderStoppedError


@dataclass(frozen=True, slots=True)
class Unit:
    """One reply to get: a case, an arm (index into the plan's arms) and a trial, or why it cannot be asked."""

    case: Case
    arm: int
    trial: int
    request: Request | None
    key: str = ""
    problem: str = ""


Rendering = tuple[Message, ...] | RenderError
"""The messages, or why there are none."""


class RenderedCases:
    """Every case, in order, with its messages for each version or why there are none.

    A case is rendered when it is wanted first, and kept: results show it. `misfits` counts, by side, those rendered so
    far that have no messages.
    """

    def __init__(self, cases: Sequence[Case], fillings: Mapping[Side, CaseRenderer]) -> None:
        self._cases, self._fillings = cases, fillings
        self._kept: list[tuple[Rendering, ...]] = []
        self.misfits: dict[Side, int] = dict.fromkeys(fillings, 0)

    def __iter__(self) -> Iterator[tuple[Case, dict[Side, Rendering]]]:
        for place, case in enumerate(self._cases):
            if place == len(self._kept):
                self._kept.append(tuple([self._render(case, side) for side in self._fillings]))
            yield case, dict(zip(self._fillings, self._kept[place], strict=True))

    def _render(self, case: Case, side: Side) -> Rendering:
        try:
            return self._fillings[side].render_case(case)
        except RenderError as exc:
            self.misfits[side] += 1
            return exc.with_traceback(None)  # which holds on to all that was at hand


@dataclass(frozen=True)
class Plan:
    """A suite's run.

    `untrusted`: nothing that the suite or the prompt says is worked out in this process. `content` is the digest of all
    that the suite says and people judged, `questions` of that which people had no part in. `former_prompt` and
    `former_suite` are what they are called in the base; empty where nothing was renamed.
    """

    suite: Suite
    prompt: Prompt
    planned_arms: tuple[PlannedArm, ...]
    fillings: Mapping[Side, CaseRenderer]
    scoring: ScoringInputs
    trials: int
    content: str
    questions: str
    notes: tuple[str, ...] = ()
    untrusted: bool = False
    former_prompt: str = ""
    former_suite: str = ""
    edit: tuple[FileEdit, ...] = ()

    @property
    def title(self) -> str:
        """What the results are called; suites of one prompt are told apart."""
        prompt = self.prompt.title
        return self.suite.name or (prompt if self.suite.id == self.prompt.id else f"{prompt} ({self.suite.id})")

    @property
    def suite_digest(self) -> str:
        """All that decides scores besides the replies."""
        return scored_digest(self.content)

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """As results name them: for each model the base, if there is one, and the head."""
        return tuple(planned.arm for planned in self.planned_arms)

    @cached_property
    def targets(self) -> dict[str, ModelTarget]:
        """The models of arms and judges by alias; the head's where base and head mean different ones."""
        of_arms = [(planned.arm.side, planned.target) for planned in self.planned_arms]
        asked = [target for side in ("base", "head") for of, target in of_arms if of == side]
        return {target.spec.alias: target for target in asked} | dict(self.scoring.judges)

    @cached_property
    def rendered(self) -> RenderedCases:
        """The cases' messages on each side."""
        return RenderedCases(self.suite.cases, self.fillings)

    @cached_property
    def _keys(self) -> list[str]:
        """The reply keys found so far: results name every one."""
        return []

    @property
    def units(self) -> Iterator[Unit]:
        """Every reply to get: base and head in turn, case by case, so that a slow hour hits both alike.

        A base is always followed by the head of its pair.
        """
        keys, number = self._keys, 0
        for case, messages in self.rendered:
            for trial in range(self.trials):
                for index, planned in enumerate(self.planned_arms):
                    found = messages[planned.arm.side]
                    if not isinstance(found, RenderError):
                        request = planned.request(found, trial)
                        if number == len(keys):
                            keys.append(request.key)
                        yield Unit(case, index, trial, request, keys[number])
                        number += 1
                    elif planned.arm.side == "head":  # a case that fits the head only is shown apart
                        yield Unit(case, index, trial, None, problem=found.with_hint)

    @property
    def size(self) -> int:
        """How many units there are; until all are rendered, with those of the base that will be left out."""
        bases = sum(arm.side == "base" for arm in self.arms)
        left_out = bases * self.rendered.misfits.get("base", 0)
        return self.trials * (len(self.arms) * len(self.suite.cases) - left_out)

    @cached_property
    def digest(self) -> str:
        """Equal plans ask the same: only then may one go on with the other's journal."""
        versions = [arm.evaluation_digest for arm in self.arms]
        # Not `suite_digest`: a journal holds replies and no scores, so a newer version goes on with it all the same.
        return digest({"suite": self.content, "versions": versions, "trials": self.trials})

    @property
    def former_digest(self) -> str:
        """What stood for the digest when all was rendered before the first call: older journals carry it."""
        return digest({"suite": self.content, "keys": [unit.key for unit in self.units]})

    def narrowed(self, case: str) -> Plan:
        """This case alone, asked of the first arm, with nothing to prove."""
        cases = tuple(one for one in self.suite.cases if one.id == case)
        return replace(self, suite=replace(self.suite, cases=cases, gates=()), planned_arms=self.planned_arms[:1])


def make_plan(
    suite: Suite,
    head: PromptAtRevision,
    base: PromptAtRevision | None,
    models: Sequence[ModelTarget],
    scoring: ScoringInputs,
    *,
    base_models: Sequence[ModelTarget] = (),
    trials: int | None = None,
    notes: tuple[str, ...] = (),
    filling: MakeRenderer = GuardedRenderer,
    untrusted: bool = False,
    former_suite: str = "",
    edit: tuple[FileEdit, ...] = (),
) -> Plan:
    """Line up what to ask of whom.

    `base_models` are what the base is asked with, one for each of `models`; by default the same. Both arms of a pair
    carry the head's alias, which is how they are compared. `filling` makes what fills a closure.
    `former_suite` is what the base calls the suite; `edit` is what was edited since, for results to tell.

    Raises EvalError when there is nothing to ask: no cases, or none that the head's inputs fit.
    """
    if not suite.cases:
        raise EvalError("the suite has no cases", where=str(suite.path), hint="add at least one under testData")
    versions = [version for version in (base, head) if version is not None]
    content = scoring.digest(suite)
    pairs = list(zip(models, base_models or models, strict=True))
    arms = tuple(
        plan_arm(version, old if version.side == "base" else new, new.spec.alias)
        for new, old in pairs
        for version in versions
    )
    plan = Plan(
        suite=suite,
        prompt=head.closure.prompt,
        planned_arms=arms,
        fillings={version.side: filling(version.closure) for version in versions},
        scoring=scoring,
        trials=trials or suite.trials,
        content=content,
        questions=scoring.digest(suite, labels=False) if scoring.labels else content,
        notes=(*notes, *dict.fromkeys(arm.note for arm in arms if arm.note)),
        untrusted=untrusted,
        former_prompt=_other_name(base.closure.prompt.id if base is not None else "", head.closure.prompt.id),
        former_suite=_other_name(former_suite, suite.id),
        edit=edit,
    )
    if (misfit := _misfit(plan.rendered)) is not None:
        raise EvalError(f"no case fits the prompt: {misfit.with_hint}", where=str(suite.path))
    return plan


def _other_name(was: str, now: str) -> str:
    return was if was != now else ""


def _misfit(rendered: RenderedCases) -> RenderError | None:
    """Why no case fits the head; None as soon as one does, or had to be stopped: that is no such answer."""
    first = None
    for _, messages in rendered:
        found = messages["head"]
        if not isinstance(found, RenderError) or isinstance(found, RenderStoppedError):
            return None
        first = first or found
    return first
