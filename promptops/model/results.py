"""What one evaluation produced: every reply with its scores, and what the comparison says.

`Results` is written to `results.json` and is all a report needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from promptops.model.budget import IGNORE_BELOW, MAX_ERRORS, IgnoreBelow
from promptops.model.chat.message import ToolCall
from promptops.model.edit import FileEdit
from promptops.model.score import Score
from promptops.model.suite import Gate

FORMAT = "promptops-results/1"
NO_BASE = "nothing to compare with yet"
"""The reason of a gate that compares with a version that is not there: no fault of the run."""
FOR_PEOPLE = "waiting for people"
"""The reason of a gate whose criterion nobody has answered yet: no fault of the run either."""

Side = Literal["base", "head"]
Verdict = Literal[
    "better", "worse", "probably better", "probably worse", "no worse", "cannot tell", "unchanged", "not measured"
]
GateStatus = Literal["passed", "failed", "undecided", "advisory", "not measured"]
Overall = Literal["better", "worse", "trade-off", "no difference shown", "unchanged", "first run", "not measured"]


@dataclass(frozen=True, slots=True)
class Arm:
    """One version of the prompt with one model. `commit` is None and `dirty` False for files outside git."""

    side: Side
    model: str
    full_model: str
    revision: str
    commit: str | None
    dirty: bool
    prompt_digest: str
    evaluation_digest: str


@dataclass(frozen=True, slots=True)
class CriterionInfo:
    """A criterion as it was asked. `certificate` says in words whether a judge was checked against people.

    With `tags` it looks only at cases that carry one of them. `negated` (`not: true`): it passes where its kind would
    not.
    """

    name: str
    kind: str
    threshold: float = 1.0
    advisory: bool = False
    advisory_reason: str = ""
    question: str = ""
    certificate: str = ""
    tags: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """A case as it was run; `sides` lists the versions whose inputs it fits.

    Cases of one `cluster` belong together; an empty one is a case of its own.
    """

    id: str
    fields: Mapping[str, Any]
    split: str = ""
    tags: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ("head",)
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The messages a model received for a case on one side: (role, text) pairs, and the sha256 of pictures in them."""

    case: str
    side: Side
    messages: tuple[tuple[str, str], ...]
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One reply of one arm (index into `Results.arms`) to one case, or the error that took its place.

    `cost` in US dollars (None: unknown), `latency` in seconds, as the call took. `cached` replies were not called in
    this run, but when `asked` says (ISO 8601, UTC; empty: unknown, or in this run). `reasoning` is what the model
    thought before its text; its tokens are among `output_tokens`, remembered ones among `input_tokens`.
    """

    case: str
    arm: int
    trial: int
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    latency: float | None = None
    finish_reason: str = ""
    cached: bool = False
    attempts: int = 1
    error: str = ""
    reply_key: str = ""
    scores: Mapping[str, Score] = field(default_factory=dict)
    asked: str = ""
    reasoning: str = ""
    reasoning_tokens: int | None = None
    cached_input_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class RateSummary:
    """The share of cases that pass (trials averaged first), with its 95% interval where there is one.

    `n` counts cases. With clusters, `groups` counts those, and the rate is the mean of theirs.
    """

    n: int
    rate: float
    low: float | None = None
    high: float | None = None
    groups: int | None = None


@dataclass(frozen=True, slots=True)
class CriterionComparison:
    """One criterion, one model: before, after and what may be said about the change.

    Rates are shares; with a base, both are of the `paired` cases, which both sides answered, as are `change`, `low` and
    `high` (unadjusted 95%); `left_out` counts the other cases, and `alone` is the head's rate with those it answered,
    where there are any. `missing` says how many lack an answer, where they are so many that nothing good can be said of
    the rest. `p_adjusted` is weighted Holm's over the model's non-advisory criteria, cost and latency.
    `needed` says how many more cases would decide, or clusters where `groups` counts them. `margin` is the gate's or
    the default margin behind "no worse".
    """

    criterion: str
    base: RateSummary | None
    head: RateSummary | None
    paired: int = 0
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    verdict: Verdict = "not measured"
    margin: float | None = None
    needed: int | None = None
    improved: tuple[str, ...] = ()
    regressed: tuple[str, ...] = ()
    errors: int = 0
    waiting: int = 0
    left_out: int = 0
    missing: str = ""
    alone: RateSummary | None = None
    groups: int | None = None


@dataclass(frozen=True, slots=True)
class MeasureComparison:
    """Cost, latency or tokens of one model: medians or means before and after, and the paired ratio head/base.

    `unit` is `usd per 1000`, `seconds` or `tokens`; None means not measured, never 0. "negligible" is a difference that
    is proven and smaller than the suite's `ignoreBelow`; tokens are shown and "not tested". `p_adjusted` as in
    CriterionComparison.
    """

    name: Literal["cost", "latency", "output tokens", "input tokens"]
    unit: str
    base: float | None
    head: float | None
    paired: int = 0
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    verdict: Literal["lower", "higher", "negligible", "cannot tell", "not tested", "not measured"] = "not measured"
    p_adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate's answer; `rule` is the gate in words, `reason` the answer in words. `blocks`: it fails the run.

    `accepted` is who takes responsibility for a gate that does not hold, and why; it then blocks no more. `needed` more
    cases would decide, or clusters where `of_groups`. `before` is what the same rule says of the base alone, empty
    where there is no base, where the rule compares with it, and in older files.
    """

    criterion: str
    rule: str
    status: GateStatus
    reason: str = ""
    blocks: bool = False
    needed: int | None = None
    model: str = ""
    accepted: str = ""
    of_groups: bool = False
    before: GateStatus | Literal[""] = ""

    @property
    def as_before(self) -> bool:
        """Whether the rule fails, and the base alone fails it too: no news of this change."""
        return self.status == self.before == "failed"


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Something that a run was to measure and did not: what it is, and why in a sentence; `model` is empty for all."""

    what: str
    why: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything the run can say about one model."""

    model: str
    criteria: tuple[CriterionComparison, ...]
    measures: tuple[MeasureComparison, ...] = ()
    overall: Overall = "first run"
    pareto: str = ""


@dataclass(frozen=True, slots=True)
class CallCounts:
    """Replies planned; model calls made, out of the cache and repeated, judgements included; replies that failed."""

    planned: int = 0
    called: int = 0
    cached: int = 0
    failed: int = 0
    retried: int = 0
    judgements: int = 0


@dataclass(frozen=True, slots=True)
class Results:
    """One run of one suite.

    `started` is ISO 8601 UTC; `duration` seconds (monotonic); `cost` US dollars spent in this run, None once one of its
    calls is unknown; `budget_spent` what counts towards a budget: all that is known, else an estimate. `rules` are the
    gates as the suite has them; `questions` is the digest of all that scores and people had no part in (cases,
    criteria, judges, python files): what an override is bound to. `max_errors` is the share of cases that may lack an
    answer, `ignore_below` says which differences in cost and latency are too small for a word, `cluster` is the
    field whose values say which cases belong together. `unmeasured` is what the run was to measure and did not,
    `unconfirmed` the labels and acceptances that do not count because nobody knows that they were said: sentences.
    `former_prompt` and `former_suite` are what both are called in the base, where the change renamed them. `owners` of
    the prompt and `prompt_path`, its file from the project's root, are empty in older files. `edit` is what was edited
    between base and head in all that decides what a model receives; older files do not say it. `pictures` are data URIs
    of those that cases show, by sha256: only small ones, and none of held-out cases.
    """

    suite: str
    suite_path: str
    prompt: str
    title: str
    suite_digest: str
    arms: tuple[Arm, ...]
    criteria: tuple[CriterionInfo, ...]
    cases: tuple[CaseInfo, ...]
    rendered: tuple[Rendered, ...]
    samples: tuple[Sample, ...]
    comparisons: tuple[Comparison, ...] = ()
    gates: tuple[GateResult, ...] = ()
    calls: CallCounts = field(default_factory=CallCounts)
    cost: float | None = None
    unknown_cost_calls: int = 0
    budget_spent: float = 0.0
    trials: int = 1
    shard: str = ""
    started: str = ""
    duration: float = 0.0
    command: str = ""
    notes: tuple[str, ...] = ()
    stopped: str = ""
    format: str = FORMAT
    version: str = ""
    rules: tuple[Gate, ...] = ()
    questions: str = ""
    max_errors: float = MAX_ERRORS
    ignore_below: IgnoreBelow = IGNORE_BELOW
    cluster: str = ""
    owners: tuple[str, ...] = ()
    prompt_path: str = ""
    unmeasured: tuple[Unmeasured, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    former_prompt: str = ""
    former_suite: str = ""
    edit: tuple[FileEdit, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocked(self) -> bool:
        """Whether a gate fails the run."""
        return any(gate.blocks for gate in self.gates)

    @property
    def is_worth_keeping(self) -> bool:
        """Whether there is something to read later: not where the run stopped before its first reply."""
        return bool(self.samples) or not self.stopped
