"""What `pin` and `rollback` do, as JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from promptops.model.environment import Pin
from promptops.model.outcomes.pin_change import PinChange, PinReport
from promptops.report.diff.view import view
from promptops.report.json_fields import fields_of, or_null

FORMAT = "promptops-pins/1"


def pins_json(report: PinReport) -> str:
    """The report in ASCII, for programs. Keys are added, never renamed:

    - `format`; `environment`; `file`, its path from the project's root; `written`; `unread_notes`: why results that
      others noted are not known here, or null
    - `prompts`, each: `prompt`; `before` and `after`: `{commit, digest, rollout}` (null where it is not pinned;
      `rollout`: `{commit, digest, percent}`, only while one runs); `what` (same, first, pinned, rollout, share, whole,
      ended, moved, back, removed, unpinned); `cases_changed`; `last_result`; `refused` (the reason, also when it was
      forced, or null); `forced`; `notes`
    - `last_result`, of the version it changes to: `{evaluated, suites}` (null: never here; `evaluated`: ISO 8601 UTC);
      `suites`: `[{suite, evaluated, stopped, unmeasured, later, noted, gates}]`; `unmeasured`: what that run was to
      measure and did not, in words, or null; `later`: why an older run counts (`no answers`: a
      newer one had none; `not measured`: it left these gates open), else null; `noted`: whether a git note tells it;
      `gates`: `[{criterion, rule, status, reason, blocks}]`
    """
    data = {
        "format": FORMAT,
        "environment": report.environment,
        "file": str(report.path),
        "written": report.written,
        **or_null(report, "unread_notes"),
        "prompts": [
            {
                "prompt": one.prompt,
                "what": one.kind,
                "before": _pin(one.before),
                "after": _pin(one.after),
                "cases_changed": view(one.diff).changes.changed if one.diff is not None else 0,
                "last_result": _last_result(one),
                **or_null(one, "refused"),
                **fields_of(one, "forced", "notes"),
            }
            for one in report.prompts
        ],
    }
    return json.dumps(data, indent=1) + "\n"


def _pin(pin: Pin | None) -> dict[str, Any] | None:
    if pin is None:
        return None
    rollout = {"rollout": fields_of(pin.rollout, "commit", "digest", "percent")} if pin.rollout is not None else {}
    return fields_of(pin, "commit", "digest") | rollout


def _last_result(change: PinChange) -> dict[str, Any] | None:
    if not change.evaluations:
        return None
    return {
        "evaluated": max(run.started for run in change.evaluations),
        "suites": [
            {
                "suite": run.suite,
                "evaluated": run.started,
                **or_null(run, "stopped", "unmeasured", "later"),
                "noted": run.noted,
                "gates": [fields_of(gate, "criterion", "rule", "status", "reason", "blocks") for gate in run.gates],
            }
            for run in change.evaluations
        ],
    }
