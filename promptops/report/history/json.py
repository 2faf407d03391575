"""The versions of a prompt as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from promptops.model.outcomes.history import CommitSummary, History, PromptVersion, Scorecard
from promptops.report.diff.json import prompt_data
from promptops.report.diff.view import view
from promptops.report.json_fields import fields_of, or_null

FORMAT = "promptops-history/1"


def history_json(history: History) -> str:
    """All of it, in ASCII, so that no text in it can act on a terminal. Keys are added, never renamed:

    - `format`, `prompt`, `title`, `head` (40 hex), `older` (whether there are older versions), `notes`: texts
    - `suites`: the names of those that test the prompt now; `formerSuites`: `{what it was called then: now}`
    - `versions`, newest first, each: `commit` (that brought it, 40 hex), `prompt` and `path` (as it was called then),
      `digest` (null where nobody knows the model), `author`, `when` (ISO 8601), `title`, `pullRequest` (a number or
      null), `served`: `[{environment, percent}]`, `change`, `scorecards` and `renamed`: `[{commit, was, now,
      pullRequest}]`, what renamed it since the version before; for the newest version also what did so after it
    - `change`: against the version before, as one of the `prompts` of `promptops diff --format json`; null where there
      is none before
    - `scorecards`, newest first, each: `suite`, `prompt` (another's results where its text is the same), `model`,
      `fullModel`, `digest`, `evaluationDigest`, `suiteDigest` (rates of different ones are not to be compared),
      `costPer1000` (US dollars), `medianLatency` (seconds), `when`, `version` (of promptops), `run` (an address or
      null), `stopped` (why, or null), `notedAt` (a commit, or null for results of this machine), `baseOf` (the version
      that was compared with this one, by the start of its commit; no gate was checked then; else null), `leftOut`
      (criteria there was no room for), `gates` (as in results.json) and `criteria`: `[{name, n, rate, low, high,
      verdict, advisory, groups}]` (shares; low and high: 95%, null where there is no interval; verdict: against the
      version it was compared with, or null; groups: how many groups the n cases are in, or null)
    """
    data = {
        "format": FORMAT,
        **fields_of(history, "prompt", "title", "head", "older", "notes", "suites"),
        "formerSuites": dict(history.former_suites),
        "versions": [_version(row) for row in history.versions],
    }
    return json.dumps(data, indent=1) + "\n"


def _version(row: PromptVersion) -> dict[str, Any]:
    return {
        **fields_of(row, "commit", "prompt", "path", "digest"),
        **about_data(row.about),
        "served": [one._asdict() for one in row.served],
        "renamed": [fields_of(one, "commit", "was", "now", "pull_request") for one in row.renamed],
        "change": prompt_data(view(row.diff)) if row.diff is not None else None,
        "scorecards": [scorecard_data(card) for card in row.scorecards],
    }


def about_data(about: CommitSummary) -> dict[str, Any]:
    """Who made a commit, when, and what it is called."""
    return fields_of(about, "author") | {"when": iso(about.when)} | fields_of(about, "title", "pull_request")


def scorecard_data(card: Scorecard) -> dict[str, Any]:
    """One of the `scorecards`."""
    return {
        **fields_of(card, "suite", "prompt", "model", "full_model", "digest", "evaluation_digest", "suite_digest"),
        "costPer1000": card.cost,
        "medianLatency": card.latency,
        **fields_of(card, "when", "version"),
        **or_null(card, "run", "stopped"),
        "notedAt": card.commit or None,
        "baseOf": card.base_of or None,
        "leftOut": card.left_out,
        "gates": [asdict(gate) for gate in card.gates],
        "criteria": [one._asdict() | {"verdict": one.verdict or None} for one in card.criteria],
    }


def iso(when: int) -> str:
    """Seconds since 1970 as ISO 8601 in UTC; the earliest date for what no calendar has."""
    try:
        return datetime.fromtimestamp(when, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC).isoformat()
