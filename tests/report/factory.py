"""Results built by hand: a rich comparison, a first run, two models, nothing changed, and hostile text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from promptops.model.chat.message import ToolCall
from promptops.model.results import (
    Arm,
    CallCounts,
    CaseInfo,
    Comparison,
    CriterionComparison,
    CriterionInfo,
    GateResult,
    MeasureComparison,
    RateSummary,
    Rendered,
    Results,
    Sample,
    Side,
)
from promptops.model.score import Score

OLD = "You write meeting summaries for {audience}.\nNever invent.\n\nBe brief.\n"
NEW = (
    "You write meeting summaries for {audience}.\nNever invent.\nSay who does what, by name.\n\n"
    "Use three sentences at most.\n"
)
TRANSCRIPT = (
    "Ana: the pilot in Lyon starts on Monday.\nTom: who tells the customer?\n"
    "Ana: I do, today. Tom, you send the offer by Friday.\nTom: fine. | And the {{ discount }}?\n"
)

CRITERIA = (
    CriterionInfo("names the owner", "string"),
    CriterionInfo("at most three sentences", "length"),
    CriterionInfo(
        "invents no date",
        "judge",
        question="Does every date in the summary appear in the transcript?",
        certificate="judge agrees with people on 91% of 120 labels; rate corrected for it",
    ),
    CriterionInfo(
        "fits the audience",
        "judge",
        advisory=True,
        question="Does it fit the audience?",
        advisory_reason="judge not checked against people yet: advisory, cannot block",
    ),
    CriterionInfo("would forward it", "human", question="Would you forward this to a customer team?"),
    CriterionInfo("is polite", "string"),
    CriterionInfo("keeps the numbers", "python"),
)


def arm(side: Side, model: str = "small", digest: str = "") -> Arm:
    revision = "4f2a91c" if side == "base" else "9be03d7"
    return Arm(
        side,
        model,
        f"openai/gpt-4.1-{model}",
        revision,
        (revision * 6)[:40],
        False,
        f"sha256:{digest or side}",
        f"sha256:{digest or side}-{model}",
    )


def rate(n: int, share: float) -> RateSummary:
    return RateSummary(n, share, max(0.0, share - 0.12), min(1.0, share + 0.09))


def cases(count: int = 24) -> tuple[CaseInfo, ...]:
    names = ["lyon-pilot", "berlin-kickoff", "خلاصه-جلسه", *(f"case-{i}" for i in range(3, count))]
    both: tuple[Side, ...] = ("base", "head")
    found = [
        CaseInfo(
            name,
            {
                "transcript": f"{TRANSCRIPT}Meeting number {i}.",
                "audience": ("sales", "product")[i % 2],
                "owner": "Ana",
            },
            split="held-out" if i in (count - 1, count - 2) else "",
            tags=("short",) if i % 3 else (),
            sides=both,
        )
        for i, name in enumerate(names[:count])
    ]
    if count > 8:
        found[6] = replace(found[6], sides=("head",))
        found[7] = replace(found[7], sides=("base",))
    return tuple(found)


def sample(case: str, index: int, arm_index: int, passed: Mapping[str, Score], **more: Any) -> Sample:
    side = "before" if arm_index % 2 == 0 else "after"
    text = f"Ana tells the customer about the Lyon pilot today. Tom sends the offer by Friday. ({side} {index})"
    values: dict[str, Any] = {
        "text": text,
        "input_tokens": 180,
        "output_tokens": 61 + index % 5,
        "cost": 0.0004,
        "latency": 1.2,
        "finish_reason": "stop",
        "reply_key": "sha256:" + "ab" * 32,
        "scores": passed,
    }
    return Sample(case, arm_index, 0, **(values | more))


def _scores(index: int, head: bool) -> dict[str, Score]:
    owner = head if 3 <= index < 12 else index != 0 or not head
    return {
        "names the owner": Score(float(owner), "" if owner else "missing: Ana", owner),
        "at most three sentences": Score(1.0, "2 sentences", True)
        if head or index % 4
        else Score(0.0, "4 sentences", False),
        "invents no date": Score(1.0, "yes", True) if index != 5 else Score.error("the judge answered in prose"),
        "fits the audience": Score(1.0, "It speaks to sales.", True)
        if index % 6
        else Score(0.0, "Too technical.", False),
        "would forward it": Score.waiting("nobody has judged this reply yet"),
        "is polite": Score(
            float(not head or index > 2), "" if not head or index > 2 else "begins with 'Hey'", not head or index > 2
        ),
        "keeps the numbers": Score(1.0, "", True),
    }


def comparison_of(model: str = "small") -> Comparison:
    def line(
        name: str, before: float, after: float, verdict: Any, width: float = 0.12, **more: Any
    ) -> CriterionComparison:
        change = after - before
        return CriterionComparison(
            name,
            rate(23, before),
            rate(23, after),
            22,
            change,
            change - width,
            change + width,
            0.01,
            0.04,
            verdict,
            0.10,
            **more,
        )

    return Comparison(
        model,
        (
            line(
                "names the owner",
                0.71,
                0.92,
                "better",
                improved=tuple(f"case-{i}" for i in range(3, 12) if i not in (6, 7)),
                regressed=("lyon-pilot",),
            ),
            line("at most three sentences", 0.88, 1.0, "probably better", improved=("case-4", "case-8", "case-22")),
            line("invents no date", 0.96, 0.95, "cannot tell", 0.06, needed=60, errors=2),
            line("fits the audience", 0.83, 0.85, "no worse", 0.08),
            CriterionComparison("would forward it", None, None, waiting=46),
            line("is polite", 1.0, 0.87, "worse", regressed=("lyon-pilot", "berlin-kickoff", "خلاصه-جلسه")),
            replace(line("keeps the numbers", 1.0, 1.0, "unchanged", needed=12), change=0.0, low=None, high=None),
        ),
        (
            MeasureComparison("cost", "usd per 1000", 0.41, 0.44, 22, 1.08, 1.05, 1.11, 0.001, "higher"),
            MeasureComparison("latency", "seconds", 1.2, 1.21, 22, 1.01, 0.98, 1.04, 0.6, "cannot tell"),
            MeasureComparison("output tokens", "tokens", 61.0, 66.2, 22, 1.08, 1.05, 1.11, None, "not tested"),
            MeasureComparison("input tokens", "tokens", 180.0, 191.0, 22, 1.06, 1.05, 1.07, None, "not tested"),
        ),
        "trade-off",
        "better on 'names the owner', worse on 'is polite', dearer by 8%",
    )


GATES = (
    GateResult(
        "names the owner", "at least 75%", "passed", "92% of 23 cases: at least 77%, with 95% confidence", model="small"
    ),
    GateResult("is polite", "no worse than 5 points", "failed", "−13 points over 22 cases", blocks=True, model="small"),
    GateResult(
        "invents no date", "no worse than 10 points", "undecided", "−1 points over 22 cases", needed=60, model="small"
    ),
    GateResult("fits the audience", "at least 80%", "advisory", model="small"),
    GateResult("cost", "at most 10% dearer", "passed", "+8%", model="small"),
)


def rendered(found: Sequence[CaseInfo]) -> tuple[Rendered, ...]:
    texts: tuple[tuple[Side, str], ...] = (("base", OLD), ("head", NEW))
    return tuple(
        Rendered(case.id, side, (("system", text.format(**case.fields)), ("user", str(case.fields["transcript"]))))
        for case in found
        for side, text in texts
        if side in case.sides
    )


def comparison(count: int = 24, **changes: Any) -> Results:
    """Base and head with every verdict, a failed gate, errors, waiting, held-out and one-sided cases."""
    found = cases(count)
    samples = [
        sample(case.id, index, number, _scores(index, side == "head"))
        for index, case in enumerate(found)
        for number, side in enumerate(("base", "head"))
        if side in case.sides
    ]
    if len(samples) > 30:
        samples[30] = Sample(samples[30].case, samples[30].arm, 0, error="no answer within 60 s", attempts=3)
        samples[20] = replace(samples[20], text="", tool_calls=(ToolCall("send_offer", '{"to": "Tom"}'),))
    results = Results(
        suite="meeting-summary",
        suite_path="evals/meeting-summary.eval.yml",
        prompt="meeting-summary",
        title="Meeting summary",
        suite_digest="sha256:5",
        arms=(arm("base"), arm("head")),
        criteria=CRITERIA,
        cases=found,
        rendered=rendered(found),
        samples=tuple(samples),
        comparisons=(comparison_of(),),
        gates=GATES,
        calls=CallCounts(len(samples), len(samples) - 4, 4, 1, 2, 2 * len(samples)),
        cost=0.0412,
        started="2026-11-23T17:26:00+00:00",
        duration=41.5,
        command="promptops eval meeting-summary --base 4f2a91c",
        notes=("the suite itself changed; its new cases and criteria judge both versions",),
        version="0.1.0",
    )
    return replace(results, **changes)


def first_run() -> Results:
    full = comparison()
    criteria = tuple(
        CriterionComparison(c.criterion, None, c.head, waiting=c.waiting, errors=c.errors)
        for c in full.comparisons[0].criteria
    )
    measures = tuple(MeasureComparison(m.name, m.unit, None, m.head) for m in full.comparisons[0].measures)
    return replace(
        full,
        arms=(arm("head"),),
        cases=tuple(replace(case, sides=("head",)) for case in full.cases),
        rendered=tuple(r for r in full.rendered if r.side == "head"),
        samples=tuple(replace(s, arm=0) for s in full.samples if s.arm == 1),
        comparisons=(Comparison("small", criteria, measures),),
        gates=GATES[:1],
        notes=(),
    )


def unchanged(name: str = "meeting-summary", title: str = "Meeting summary") -> Results:
    return comparison(
        suite=name,
        title=title,
        arms=(arm("base", digest="same"), arm("head", digest="same")),
        samples=(),
        gates=(),
        comparisons=(Comparison("small", (), (), "unchanged"),),
        cost=0.0,
        notes=(),
    )


def two_models() -> Results:
    full = comparison()
    large = replace(
        comparison_of("large"),
        measures=(
            MeasureComparison("cost", "usd per 1000", 2.1, 2.2, 22, 1.05, 1.02, 1.08, 0.01, "higher"),
            MeasureComparison("latency", "seconds", 2.4, 1.9, 22, 0.8, 0.7, 0.9, 0.001, "lower"),
        ),
        criteria=tuple(
            replace(c, verdict="cannot tell", regressed=(), improved=()) for c in full.comparisons[0].criteria
        ),
        overall="trade-off",
    )
    return replace(
        full,
        arms=(*full.arms, arm("base", "large"), arm("head", "large")),
        samples=(*full.samples, *(replace(s, arm=s.arm + 2) for s in full.samples)),
        comparisons=(full.comparisons[0], large),
        gates=(*GATES, replace(GATES[0], model="large")),
    )


HOSTILE = (
    "Thanks @acme/everyone and @octocat, see #12, GH-7 and acme/prompts#34.\n"
    "![pixel](https://evil.example/p.png) <img src=x onerror=alert(1)> <script>alert(1)</script>\n"
    "</details></details>\n<!-- promptops -->\n-->\n"
    "::error file=a.py,line=1::owned\n  ::add-mask::x\n##[error]owned\n"
    "```\n````\n``````` out of the fence\n~~~\n| a | b |\n|---|---|\n# heading\n"
    "www.evil.example mailto:a@evil.example $x^2$ \x1b[31mred\x1b[0m \u202eright to left\u202c zero\u200bwidth \x00nul "
    "tag\U000e0041 \ud800 lone </script><script>alert(2)</script> ]]> &amp;\n"
)


def hostile(text: str = HOSTILE, *, length: int = 70_000) -> Results:
    """Every place that others write in holds hostile text, most of them 70,000 characters of it."""
    long = (text * (length // max(1, len(text)) + 1))[:length] if text else ""
    full = comparison()
    names = {info.name: f"{text} {index}" for index, info in enumerate(CRITERIA)}

    def renamed(found: CriterionComparison) -> CriterionComparison:
        return replace(found, criterion=names[found.criterion])

    return replace(
        full,
        title=text,
        command=text,
        notes=(long,),
        arms=tuple(replace(a, full_model=text) for a in full.arms),
        criteria=tuple(
            replace(i, name=names[i.name], question=text, advisory_reason=long if i.advisory else "") for i in CRITERIA
        ),
        cases=tuple(
            replace(c, fields={text[:50] or "f": long, "n": {"deep": [text]}}, tags=(text,)) for c in full.cases
        ),
        rendered=tuple(
            replace(r, messages=((r.messages[0][0], r.messages[0][1] + text), ("user", long))) for r in full.rendered
        ),
        samples=tuple(
            replace(
                s,
                text=long,
                reasoning=long[:5_000],
                finish_reason=text,
                error=text if s.error else "",
                scores={names[n]: replace(score, reason=long) for n, score in s.scores.items()},
            )
            for s in full.samples
        ),
        comparisons=tuple(replace(c, criteria=tuple(map(renamed, c.criteria))) for c in full.comparisons),
        gates=tuple(replace(g, criterion=names.get(g.criterion, g.criterion), reason=text) for g in full.gates),
    )


def many_criteria(count: int = 300) -> Results:
    """So many criteria, with long names, that the table alone would pass the limit."""
    full = comparison()
    base = full.comparisons[0].criteria
    names = [f"criterion {i} " + "does what we ask of it, " * 4 for i in range(count)]
    lines = tuple(replace(base[i % len(base)], criterion=name) for i, name in enumerate(names))
    return replace(
        full,
        criteria=tuple(CriterionInfo(name, "string") for name in names),
        comparisons=(replace(full.comparisons[0], criteria=lines),),
        gates=tuple(GateResult(name, "at least 75%", "undecided", "92% of 23 cases", model="small") for name in names),
    )


def many_cases(number: int) -> Results:
    """As `first_run`, with so many cases; every third one fails its first criterion."""
    run = first_run()
    case, sample = run.cases[0], next(sample for sample in run.samples if sample.scores)
    name, score = next(iter(sample.scores.items()))
    scores = [{name: replace(score, passed=passed, status="scored")} for passed in (False, True, True)]
    return replace(
        run,
        cases=tuple(
            replace(case, id=f"c{index}", fields={"text": f"was said {index} </script>"}) for index in range(number)
        ),
        samples=tuple(replace(sample, case=f"c{index}", scores=scores[index % 3]) for index in range(number)),
        rendered=(),
        comparisons=(),
    )
