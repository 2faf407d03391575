"""A check for other programs. Stable: keys may be added, `format` changes when one changes its meaning."""

from __future__ import annotations

import json
from typing import Any

from promptops.model.finding import Finding
from promptops.model.outcomes.check import CheckResult, SavedReport
from promptops.report.lint.findings import finding_data
from promptops.store.results_file import serialize_results

FORMAT = "promptops-report/1"


def _finding(one: Finding, checked: CheckResult) -> dict[str, object]:
    """`inherited`: it was there before the change."""
    return finding_data(one) | {"inherited": one in checked.inherited}


def check_json(report: SavedReport) -> str:
    """The verdict, what could not be done, what lint found, and in `suites` each results.json as it is."""
    checked = report.check
    changes = checked.changes
    data: dict[str, Any] = {
        "format": FORMAT,
        "verdict": checked.verdict,
        "exitCode": checked.exit_code,
        "base": {"commit": checked.base.commit, "words": checked.base.words},
        "problems": [{"suite": one.suite, "why": one.why, "hint": one.hint} for one in checked.problems],
        "failures": [{"kind": one.kind, "about": one.what, "why": one.why} for one in checked.failures],
        "lint": {"summary": checked.looked_at, "findings": [_finding(one, checked) for one in checked.findings]},
        "changes": {"deleted": changes.deleted, "renamed": dict(changes.renamed), "untested": changes.untested},
    }
    head = json.dumps(data, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode()
    suites = ",\n".join(serialize_results(one).decode() for one in checked.results)
    return f'{head.removesuffix("}").rstrip()},\n  "suites": [{suites}]\n}}\n'
