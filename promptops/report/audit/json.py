"""An audit as JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from promptops.model.outcomes.audit import Audit, AuditedPin, ChangeRecord, Unavailable
from promptops.report.audit import wording
from promptops.report.history.json import iso, scorecard_data
from promptops.report.json_fields import fields_of, or_null

FORMAT = "promptops-audit/1"


def audit_json(audit: Audit) -> str:
    """All of it, in ASCII, so that no text in it can act on a terminal. Keys are added, never renamed:

    - `format`; `holds`: whether all may be served; `revision`: the commit whose history was read; `signers`: the list
      that signatures were checked with, or null; `notes`: texts; `problems`: texts, why files of environments that pin
      nothing any more do not hold; `versions`, each:
    - `environment`, `file`, `prompt`; `arm`: `pin` or `rollout`; `percent`: of the calls, null for a pin; `commit`,
      `digest`; `holds`, `problems`: texts; `merged`: the main branch that the commit is part of and that itself had
      this text, null where it is not, `{unknown}` with the reason where there is none to compare with; `forced`: the
      reason why a failed gate was overruled, or null
    - `written` and `pinned`: how the version, and the pin, came to be: `{unknown}` with the reason, or `{commit, when,
      title, authors, pullRequest, isMerge, mergedBy, mergedByAuthor, committedBy, onGitHub, approvedBy, trailers}`;
      `when`: ISO 8601; `pullRequest`: null where the title names none; `mergedBy`: who made the merge, `committedBy`:
      who committed what others wrote, null where it does not say; `onGitHub`: whether GitHub itself did, for somebody
      it does not name; `approvedBy`: those who merged or reviewed it and did not write it, empty where nobody is
      known; `trailers`: `[{kind, name, email}]`; people: `{name, email}`
    - `signature`: `{state, detail}` of the pinned commit; `state`: verified, refused, not checked, none or unknown
    - `results`: the newest of each suite and model, each one of the `scorecards` of `promptops history --format json`,
      its `prompt` (another one than the version's where only their text is the same), and `older`, of which there are
      more; empty where none are known here
    - `acceptedGates`: `{unknown}` or `[{suite, criterion, rule, was, who, when, why, url}]`
    - `notKnown`: texts: all that is not known of it, and why
    """
    data = {
        "format": FORMAT,
        **fields_of(audit, "holds", "revision"),
        **or_null(audit, "signers"),
        "notes": audit.notes,
        "problems": audit.problems,
        "versions": [_version(pin) for pin in audit.pins],
    }
    return json.dumps(data, indent=1) + "\n"


def _version(pin: AuditedPin) -> dict[str, Any]:
    return {
        **fields_of(pin, "environment", "file", "prompt", "arm", "percent", "commit", "digest", "holds", "problems"),
        "merged": {"unknown": pin.merged.why} if isinstance(pin.merged, Unavailable) else pin.merged or None,
        "forced": pin.forced or None,
        "written": _how(pin.written),
        "pinned": _how(pin.pinned),
        "signature": pin.signature._asdict(),
        "results": [{**scorecard_data(one.scorecard), "older": one.older} for one in pin.results],
        "acceptedGates": _accepted(pin),
        "notKnown": wording.gaps(pin),
    }


def _how(how: ChangeRecord | Unavailable) -> dict[str, Any]:
    if isinstance(how, Unavailable):
        return {"unknown": how.why}
    return {
        "commit": how.commit,
        "when": iso(how.when),
        "title": how.title,
        "authors": [one._asdict() for one in how.authors],
        **fields_of(how, "pull_request", "is_merge"),
        "mergedBy": how.merged_by and how.merged_by._asdict(),
        "mergedByAuthor": how.merged_by is not None and how.is_author(how.merged_by),
        "committedBy": how.committed_by and how.committed_by._asdict(),
        "onGitHub": how.on_github,
        "approvedBy": [one._asdict() for one in how.approved_by],
        "trailers": [{"kind": one.kind, **one.who._asdict()} for one in how.trailers],
    }


def _accepted(pin: AuditedPin) -> Any:
    if isinstance(pin.waivers, Unavailable):
        return {"unknown": pin.waivers.why}
    names = ("suite", "criterion", "rule", "was", "who", "when", "why", "url")
    return [fields_of(one, *names) for one in pin.waivers]
