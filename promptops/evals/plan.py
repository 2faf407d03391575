"""What a run will ask: every request of every case, rendered before the first call.

A plan is made from files read once, so an edit during the run changes nothing, and results carry the version at start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from promptops.errors import EvalError, RenderError
from promptops.model.canonical_json import digest
from promptops.model.completion import Request
from promptops.model.config import ModelSpec
from promptops.model.label import Label
from promptops.model.prompt import Message, Prompt
from promptops.model.results import Arm, Side
from promptops.model.revision import Revision
from promptops.model.suite import Case, Suite
from promptops.model.waiver import Override
from promptops.pins.sealing import evaluation_digest, pin_digest
from promptops.templating.closure import Closure
from promptops.templating.protocol import Filling, MakeFilling, StoppedError
from promptops.templating.render import Renderer


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a comparison: a prompt's closure at a revision."""

    side: Side
    closure: Closure
    revision: Revision


@dataclass(frozen=True, slots=True)
class Target:
    """A model with the fingerprint of where it is (base address or the file's sha256)."""

    spec: ModelSpec
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One reply to get: a case, an arm (index into the plan's arms) and a trial, or why it cannot be asked."""

    case: Case
    arm: int
    trial: int
    request: Request | None
    key: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A suite's run. `units` interleave base and head case by case, so that a slow hour hits both alike.

    `specs` are the models of arms and judges by alias; `unresolved` says why a judge's model cannot be asked, `refused`
    why a python file is not run. `untrusted`: nothing that the suite or the prompt says is worked out in this process.
    """

    suite: Suite
    title: str
    prompt: Prompt
    renderer: Filling
    arms: tuple[Arm, ...]
    units: tuple[Unit, ...]
    rendered: Mapping[tuple[str, Side], tuple[Message, ...]]
    sides: Mapping[str, tuple[Side, ...]]
    specs: Mapping[str, Target]
    labels: tuple[Label, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    judge: str = ""
    unresolved: Mapping[str, str] = field(default_factory=dict)
    suite_digest: str = ""
    notes: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    questions: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    untrusted: bool = False

    @property
    def digest(self) -> str:
        """Equal plans ask the same: only then may one go on with the other's journal."""
        return digest({"suite": self.suite_digest, "keys": [unit.key for unit in self.units]})


def make_plan(
    suite: Suite,
    head: Version,
    base: Version | None,
    models: Sequence[Target],
    *,
    base_models: Sequence[Target] = (),
    judges: Mapping[str, Target],
    judge: str = "",
    unresolved: Mapping[str, str] | None = None,
    trials: int | None = None,
    labels: tuple[Label, ...] = (),
    files: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
    overrides: tuple[Override, ...] = (),
    refused: Mapping[str, str] | None = None,
    filling: MakeFilling = Renderer,
) -> Plan:
    """Render every case for every version and line the requests up.

    `base_models` are what the base is asked with, one for each of `models`; by default the same. Both arms of a pair
    carry the head's alias, which is how they are compared. `filling` makes what fills a closure.

    Raises EvalError when there is nothing to ask: no cases, or none that the head's inputs fit. A template that had to
    be stopped is no such answer: then every case carries the error.
    """
    if not suite.cases:
        raise EvalError("the suite has no cases", where=str(suite.path), hint="add at least one under testData")
    versions = [version for version in (base, head) if version is not None]
    fillings = {version.side: filling(version.closure) for version in versions}
    rendered, problems, sides = _render_all(suite.cases, fillings)
    unfit = [problem for case in suite.cases if (problem := problems.get((case.id, "head"))) is not None]
    if len(unfit) == len(suite.cases) and not any(isinstance(problem, StoppedError) for problem in unfit):
        raise EvalError(f"no case fits the prompt: {_told(unfit[0])}", where=str(suite.path))
    arms: list[Arm] = []
    units_by_arm: list[tuple[Version, Target]] = []
    for head_target, base_target in zip(models, base_models or models, strict=True):
        for version in versions:
            target = base_target if version.side == "base" else head_target
            arms.append(_arm(version, target, head_target.spec.alias))
            units_by_arm.append((version, target))
    units: list[Unit] = []
    for case in suite.cases:
        for trial in range(trials or suite.trials):
            for index, (version, target) in enumerate(units_by_arm):
                if version.side == "base" and (case.id, "base") in problems:
                    continue  # shown apart: the case fits one side only
                messages = rendered.get((case.id, version.side))
                if messages is None:
                    units.append(Unit(case, index, trial, None, "", _told(problems[case.id, version.side])))
                    continue
                request = _request(version.closure.prompt, target, messages, trial)
                units.append(Unit(case, index, trial, request, request.key))
    return Plan(
        suite=suite,
        title=suite.name or head.closure.prompt.title,
        prompt=head.closure.prompt,
        renderer=fillings["head"],
        arms=tuple(arms),
        units=tuple(units),
        rendered=rendered,
        sides=sides,
        specs={target.spec.alias: target for target in [*base_models, *models]} | dict(judges),
        labels=labels,
        files=files or {},
        judge=judge,
        unresolved=unresolved or {},
        suite_digest=suite_digest(suite, judge_models(judge, judges), labels, files or {}),
        notes=notes,
        overrides=overrides,
        questions=suite_digest(suite, judge_models(judge, judges), (), files or {}),
        refused=refused or {},
        untrusted=filling is not Renderer,
    )


def suite_digest(suite: Suite, judges: Mapping[str, str], labels: tuple[Label, ...], files: Mapping[str, str]) -> str:
    """Evaluators, cases, labels, judges (alias → model) and python files: what decides scores besides replies."""
    return digest(
        {
            "cases": [[case.id, dict(case.fields), case.tags, case.split] for case in suite.cases],
            "criteria": [[c.name, c.kind, dict(c.options), c.threshold, c.advisory, c.tags] for c in suite.criteria],
            "labels": [
                [label.case, label.output, label.criterion, label.verdict, label.who, label.when] for label in labels
            ],
            "judges": dict(judges),
            "files": dict(files),
        }
    )


def judge_models(judge: str, judges: Mapping[str, Target]) -> dict[str, str]:
    """Who judges, for the suite's digest: alias → provider/model; the project's own judge under no name."""
    return {"": judge} | {alias: target.spec.full_name for alias, target in judges.items()}


def _arm(version: Version, target: Target, label: str) -> Arm:
    return Arm(
        side=version.side,
        model=label,
        full_model=target.spec.full_name,
        revision=version.revision.label,
        commit=version.revision.commit,
        dirty=version.revision.dirty,
        prompt_digest=pin_digest(version.closure, target.spec),
        evaluation_digest=evaluation_digest(version.closure, target.spec, target.fingerprint),
    )


def _request(prompt: Prompt, target: Target, messages: tuple[Message, ...], trial: int) -> Request:
    return Request(
        model=target.spec,
        messages=messages,
        parameters=prompt.parameters,
        tools=prompt.tools,
        response_format=prompt.response_format,
        json_schema=prompt.json_schema,
        trial=trial,
        fingerprint=target.fingerprint,
    )


_Key = tuple[str, Side]


def _render_all(
    cases: Sequence[Case], fillings: Mapping[Side, Filling]
) -> tuple[dict[_Key, tuple[Message, ...]], dict[_Key, RenderError], dict[str, tuple[Side, ...]]]:
    rendered: dict[_Key, tuple[Message, ...]] = {}
    problems: dict[_Key, RenderError] = {}
    sides: dict[str, tuple[Side, ...]] = {}
    for case in cases:
        for side, filling in fillings.items():
            try:
                rendered[case.id, side] = filling.render_case(case)
            except RenderError as exc:
                problems[case.id, side] = exc
        sides[case.id] = tuple(side for side in fillings if (case.id, side) in rendered)
    return rendered, problems, sides


def _told(exc: RenderError) -> str:
    return f"{exc}. {exc.hint}" if exc.hint else str(exc)
