"""Findings as GitLab's Code Quality report, which shows them beside the lines of a merge request.

The format: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from promptops.lint.engine.runner import Report
from promptops.model.finding import Finding
from promptops.report.lint.findings import visible

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def code_quality(report: Report, prefix: str = "") -> str:
    """A JSON array. `prefix` is the project's folder in the repository, with a slash at its end.

    A fingerprint is unique, and stays the same when lines above are put in or taken out: so GitLab can tell what a
    merge request brings and what it mends.
    """
    # A file's name may hold bytes that are not UTF-8; they become `?`.
    text = json.dumps(list(_issues(report, prefix)), ensure_ascii=False, indent=2)
    return text.encode("utf-8", "replace").decode()


def _issues(report: Report, prefix: str) -> Iterator[dict[str, object]]:
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in report.findings:
        path = f"{prefix}{finding.path}"
        key = path, finding.code, finding.problem
        seen[key] += 1
        yield {
            "description": visible(f"{finding.code} {finding.problem}"),
            "check_name": finding.code,
            "fingerprint": _fingerprint(*key, str(seen[key])),
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": path, "lines": _lines(finding)},
        }


def _lines(finding: Finding) -> dict[str, int]:
    return {"begin": finding.span.line, "end": max(finding.span.line, finding.span.end_line)}


def _fingerprint(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
