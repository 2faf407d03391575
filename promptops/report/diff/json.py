"""A diff of two versions as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from promptops.model.outcomes.diff import ProjectDiff
from promptops.report.diff.view import PromptView, view
from promptops.report.json_fields import fields_of, or_null
from promptops.report.results.edit.message_diffs import RenderedChange

FORMAT = "promptops-diff/1"


def diff_json(diff: ProjectDiff) -> str:
    """The whole diff, in ASCII, so that no text in it can act on a terminal. Keys are added, never renamed:

    - `format`; `base`, `head`: `{revision, commit, found}` (commit: 40 hex, null for files; found: how it was chosen)
    - `unchanged`: how many prompts are the same; `notes`: texts
    - `prompts`, each: `id`, `title`, `path`, `status` (changed, new, deleted, renamed, unreadable), `was` and `wasPath`
      (null unless renamed or moved), `errors` and `digests`: `{base, head}` (null where there is none), `differences`:
      `[{what, old, new}]` (JSON texts, null where it was not there), `reach`, `notes`, `cases`, `changes`, `apart`,
      `edit` and `written`: the lines of the diffs of `edit` together
    - `edit`: what was edited, before values fill it, each file: `path`, `was` (its former path, null where it is the
      same), `diff` (lines as in `changes`; a prompt's are message by message, below `@@ system @@`)
    - `cases`: `{compared, changed, heldOut}`, numbers; `heldOut` of those compared
    - `changes`, each the cases with one change of their messages: `cases` (identifiers, held-out ones left out),
      `heldOut` (how many more), `shownFor` (the case the diff is of, or null), `diff` (lines that begin with ' ', '+',
      '-' or '@@', white space as it is), `estimatedTokens`: `{least, most}` more in a case (below 0: fewer)
    - `apart`, cases that do not fit both versions: `{fits, problem, cases, heldOut}` (fits: base, head or null)
    - `shared`, each: `kind` (template, model), `what`, `status`, `old`, `new` (a model's meaning, or null), `reach`
    - `reach`: `{prompts, owners, unowned, suites, environments}`, lists of identifiers
    """
    data = {
        "format": FORMAT,
        "base": {"revision": diff.base, "commit": diff.base_commit, "found": diff.base_words},
        "head": {"revision": diff.head, "commit": diff.head_commit, "found": None},
        "unchanged": diff.unchanged,
        "notes": diff.notes,
        "prompts": [prompt_data(view(prompt)) for prompt in diff.prompts],
        "shared": [
            fields_of(found, "kind", "what", "status") | or_null(found, "old", "new") | {"reach": asdict(found.reach)}
            for found in diff.shared
        ],
    }
    return json.dumps(data, indent=1) + "\n"


def prompt_data(one: PromptView) -> dict[str, Any]:
    """One of `prompts` in the JSON of a diff."""
    prompt = one.prompt
    compared = [case for case in prompt.cases if case.base is not None and case.head is not None]
    return {
        **fields_of(prompt, "id", "title", "path", "status"),
        **or_null(prompt, "was", "was_path"),
        "errors": {"base": prompt.errors[0] or None, "head": prompt.errors[1] or None},
        "digests": {"base": prompt.digests[0], "head": prompt.digests[1]},
        "differences": [asdict(found) for found in prompt.differences],
        "reach": asdict(prompt.reach),
        "notes": prompt.notes,
        "cases": {
            **fields_of(one.changes, "compared", "changed"),
            "heldOut": sum(case.held_out for case in compared),
        },
        "changes": [_change(found, one) for found in one.changes.changes],
        "apart": [or_null(found, "fits", "problem") | fields_of(found, "cases", "held_out") for found in one.apart],
        "edit": [fields_of(file, "path", "diff") | or_null(file, "was") for file in prompt.edit],
        "written": one.written,
    }


def _change(found: RenderedChange, one: PromptView) -> dict[str, Any]:
    named = [case for case in found.cases if case not in one.held]
    deltas = [one.deltas[case] for case in found.cases]
    return {
        "cases": named,
        "heldOut": len(found.cases) - len(named),
        "shownFor": found.case or None,
        "diff": found.diff,
        "estimatedTokens": {"least": min(deltas), "most": max(deltas)},
    }
