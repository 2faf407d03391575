"""JUnit XML for CI: one testsuite a model, one testcase for each case and criterion of the head version.

A `failure` is one reply that does not pass one criterion; an `error` is a call or a judge that gave no answer, or what
a run did not measure at all; `skipped` waits for people. Most suites are not meant to pass whole: what decides the run
are the gates, and those stand in the suite's `properties`, with the verdicts, beside the exit code. Held-out cases are
counted in a property and never named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from promptops.model.results import FOR_PEOPLE, NO_BASE, Results, Sample
from promptops.report.results import summary
from promptops.report.results.criteria_table import criteria_rows
from promptops.report.results.results_view import ResultsView, reply_text
from promptops.report.results.verdict_sentences import verdict_sentences
from promptops.text import humanize
from promptops.text.sanitize import shorten, visible

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = 2000


@dataclass(frozen=True, slots=True)
class JUnitTest:
    """One test; `kind` is empty where it passes, else `failure`, `error` or `skipped`."""

    name: str
    seconds: float = 0.0
    kind: str = ""
    message: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class JUnitSuite:
    """Tests under one heading; `class_name` is what they are grouped by, `started` an ISO time."""

    name: str
    class_name: str
    tests: Sequence[JUnitTest]
    properties: Sequence[tuple[str, str]] = ()
    started: str = ""


def junit(results: Results) -> str:
    """The head's answers as JUnit XML, in one line a test."""
    return junit_document(results.suite, suites_of(results))


def suites_of(results: Results) -> list[JUnitSuite]:
    """A suite for each model that was asked."""
    view = ResultsView(results)
    return [
        JUnitSuite(
            f"{results.suite} · {model}",
            f"{results.suite}.{model}",
            [*_unmeasured(view, model), *_tests(view, model)],
            list(_properties(view, model)),
            results.started.removesuffix("Z").split("+")[0],
        )
        for model in view.models
    ]


def junit_document(name: str, suites: Sequence[JUnitSuite]) -> str:
    """The suites as one document; every text in it is inert."""
    every = [test for suite in suites for test in suite.tests]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="{_attribute(name)}" {_counts(every)}>']
    for suite in suites:
        when = f' timestamp="{_attribute(suite.started)}"' if suite.started else ""
        lines.append(f'<testsuite name="{_attribute(suite.name)}" {_counts(suite.tests)}{when}>')
        listed = [f'<property name="{_attribute(k)}" value="{_attribute(v)}"/>' for k, v in suite.properties]
        lines += ["<properties>", *listed, "</properties>"] if listed else []
        lines += [_line(test, _attribute(suite.class_name)) for test in suite.tests]
        lines.append("</testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _counts(tests: Sequence[JUnitTest]) -> str:
    kinds = [test.kind for test in tests]
    return (
        f'tests="{len(tests)}" failures="{kinds.count("failure")}" errors="{kinds.count("error")}" '
        f'skipped="{kinds.count("skipped")}" time="{sum(test.seconds for test in tests):.3f}"'
    )


def _unmeasured(view: ResultsView, model: str) -> Iterable[JUnitTest]:
    """What was not measured at all is an error of its own: it may have no case that could be one."""
    found = [one for one in view.unmeasured if one.model in ("", model)]
    return (JUnitTest(f"{summary.NOT_MEASURED}: {one.what}", 0.0, "error", one.why) for one in found)


def _tests(view: ResultsView, model: str) -> Iterable[JUnitTest]:
    for case in view.results.cases:
        samples = view.samples(model, "head", case.id)
        if case.id in view.held or not samples:
            continue
        asked = [info.name for info in view.results.criteria if any(info.name in s.scores for s in samples)]
        if not asked and any(sample.error for sample in samples):
            error = next(sample.error for sample in samples if sample.error)
            yield JUnitTest(f"no reply [{case.id}]", 0.0, "error", error)
        for index, criterion in enumerate(asked):
            # The time of a reply is counted once, not once for each criterion.
            took = sum(s.latency or 0.0 for s in samples if not s.cached) if index == 0 else 0.0
            yield _test(f"{criterion} [{case.id}]", criterion, samples, took if 0 <= took < 1e9 else 0.0)


def _test(name: str, criterion: str, samples: list[Sample], took: float) -> JUnitTest:
    answered = [(s, s.scores[criterion]) for s in samples if criterion in s.scores]
    failed = [(s, score) for s, score in answered if score.passed is False]
    if failed:
        sample, score = failed[0]
        trials = f"{len(failed)} of {humanize.plural(len(answered), 'trial')}: " if len(answered) > 1 else ""
        return JUnitTest(name, took, "failure", f"{trials}{score.reason or 'does not pass'}", reply_text(sample))
    if any(score.passed for _, score in answered):
        return JUnitTest(name, took)
    if error := next((score.reason for _, score in answered if score.status == "error"), ""):
        return JUnitTest(name, took, "error", error)
    return JUnitTest(name, took, "skipped", next((score.reason for _, score in answered), "") or "not answered yet")


def _properties(view: ResultsView, model: str) -> Iterable[tuple[str, str]]:
    results = view.results
    yield "summary", " ".join([summary.headline(view), *verdict_sentences(view)])
    yield "prompt", results.prompt
    for side in ("base", "head"):
        if version := summary.version(view, side):
            yield side, version
    for gate in results.gates:
        if gate.model in ("", model):
            blocks = ", blocks" if gate.blocks else f", accepted by {gate.accepted}" if gate.accepted else ""
            status = gate.reason if gate.reason in (NO_BASE, FOR_PEOPLE) else gate.status
            yield f"gate: {gate.criterion} {gate.rule}", f"{status}{blocks}"
    for row in criteria_rows(view):
        if row.model == model:
            yield f"criterion: {row.found.criterion}", row.meaning if view.has_base else row.passes
    if view.held:
        yield "held-out cases, counted above only", str(len(view.held))


def _line(test: JUnitTest, class_name: str) -> str:
    start = f'<testcase classname="{class_name}" name="{_attribute(test.name)}" time="{test.seconds:.3f}"'
    if not test.kind:
        return f"{start}/>"
    # Line ends are written as references: no line of model text begins a line of a CI log.
    body = _legal(test.text).replace("\n", "&#10;")
    return f'{start}><{test.kind} message="{_attribute(test.message)}">{body}</{test.kind}></testcase>'


def _attribute(text: str) -> str:
    return _legal(" ".join(text.split()), 500)


def _legal(text: str, limit: int = _TEXT) -> str:
    return escape(_ILLEGAL.sub("", visible(shorten(text, limit))))
