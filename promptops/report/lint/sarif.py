"""Findings of lint as SARIF 2.1.0, the form in which code hosts take the results of checkers.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from promptops.lint.engine.rule_manual import Page, pages
from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding, Span
from promptops.text.sanitize import visible

MAX_RESULTS = 25_000
"""GitHub refuses a file with more in one run."""
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RANK = {"error": 0, "warning": 1, "note": 2}


def sarif(report: Report, prefix: str = "", version: str = "") -> str:
    """The findings as one run; `prefix` is the project's folder in the repository, with a slash at its end.

    Columns count Unicode characters from 1. Where there are more findings than a host takes, the gravest stay, and a
    notification says how many were left out. Files that were not looked into are notifications too. Where some were
    there before a change, each says in its `baselineState` which it is; one left out would look mended to a host.
    """
    chosen: Sequence[Finding] = report.findings
    notes = [f"{prefix}{skip.path}: skipped: {skip.reason}" for skip in report.skipped]
    if len(chosen) > MAX_RESULTS:
        chosen = sorted(chosen, key=lambda finding: _RANK[finding.severity])[:MAX_RESULTS]
        notes.append(f"{len(report.findings) - MAX_RESULTS} further findings were left out")
    codes = {finding.code for finding in chosen}
    rules = [page for page in pages() if page.code in codes]
    places = {page.code: index for index, page in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "promptops", "version": version or "0", "rules": [_rule(page) for page in rules]}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the top of the repository"}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": _one_line(note)}} for note in notes
                ],
            }
        ],
        "results": [
            _result(finding, places[finding.code], prefix) | _state(finding, report.inherited) for finding in chosen
        ],
    }
    data = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8", "replace").decode()


def _rule(page: Page) -> dict[str, Any]:
    return {
        "id": page.code,
        "name": page.name,
        "shortDescription": {"text": page.what},
        "fullDescription": {"text": page.why},
        "help": {"text": f"{page.what}\n\n{page.why}\n\n{page.examples}"},
    }


def _result(finding: Finding, rule: int, prefix: str) -> dict[str, Any]:
    text = _one_line(finding.problem)
    hint = "\n".join(_one_line(line) for line in finding.hint.split("\n"))
    location = _location(finding.path, finding.span, prefix)
    found: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": f"{text}\n{hint}" if hint else text},
        "locations": [location],
    }
    if finding.occurrences > 1:
        found["occurrenceCount"] = finding.occurrences
        found["relatedLocations"] = [_location(one.path, one.span, prefix) for one in finding.places]
    if finding.fix is not None:
        replacement = {"deletedRegion": _region(finding.fix.span), "insertedContent": {"text": finding.fix.text}}
        place = location["physicalLocation"]["artifactLocation"]
        change = {"artifactLocation": place, "replacements": [replacement]}
        found["fixes"] = [{"description": {"text": "promptops lint --fix"}, "artifactChanges": [change]}]
    return found


def _location(path: PurePosixPath, span: Span, prefix: str) -> dict[str, Any]:
    place = {"uri": quote(f"{prefix}{path}".encode("utf-8", "surrogateescape")), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": place, "region": _region(span)}}


def _state(finding: Finding, inherited: frozenset[Finding]) -> dict[str, str]:
    return {"baselineState": "unchanged" if finding in inherited else "new"} if inherited else {}


def _region(span: Span) -> dict[str, int]:
    end = (span.end_line, span.end_column)
    region = {"startLine": span.line, "startColumn": span.column}
    return region | {"endLine": end[0], "endColumn": end[1]} if end > (span.line, span.column) else region


def _one_line(text: str) -> str:
    return visible(text).replace("\n", " ")
