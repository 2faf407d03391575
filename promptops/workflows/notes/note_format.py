"""Results as lines of a note: the few figures that travel with a commit, and back. Never a reply, never a case's text.

Whoever may push can write notes, so they are read strictly: a line that is not whole and in its bounds counts for
nothing, and neither does one of a format this version does not know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast, get_args

from promptops.errors import PromptopsError
from promptops.model.outcomes.history import CriterionRate, Scorecard
from promptops.model.results import GateResult, GateStatus, Verdict
from promptops.source.git.notes import read_notes
from promptops.source.git.repository import Repository
from promptops.store.results_file import CLOCK_SKEW
from promptops.workflows.eval.collect_results import runs_with_digests
from promptops.workflows.eval.confirmed_words import MergedLines
from promptops.workflows.notes.acceptances import Acceptances
from promptops.workflows.notes.run_scorecards import LONGEST_TEXT, base_scorecards, scorecards
from promptops.workflows.workspace import Workspace

FORMAT = "promptops-note/1"
BASE_FORMAT = "promptops-base-note/1"
"""Of what a comparison measured of its base. Versions that do not know it pass it over: they would miss its gates."""
ROOM = 2000
"""Bytes a line takes where it can: criteria without a gate are left out, the last ones first."""

_LONGEST_LINE = 32 * 1024
_MOST_ENTRIES = 200
_EMPTY: tuple[object, ...] = (None, "", (), [])


def dump_line(card: Scorecard) -> str:
    """The scorecard as one line of JSON in ASCII, always the same for the same figures."""
    criteria = list(card.criteria)
    gated = {gate.criterion for gate in card.gates}
    left_out = card.left_out
    while len(line := _line(card, criteria, left_out)) > ROOM:
        spare = next((one for one in reversed(criteria) if one.name not in gated), None)
        if spare is None:
            break
        criteria.remove(spare)
        left_out += 1
    return line


def _line(card: Scorecard, criteria: Iterable[CriterionRate], left_out: int) -> str:
    gates = [asdict(gate).items() for gate in card.gates]
    data = card._asdict() | {
        "format": BASE_FORMAT if card.base_of else FORMAT,
        "criteria": [one._asdict() | {"name": one.name[:LONGEST_TEXT]} for one in criteria],
        "gates": [{key: one[:LONGEST_TEXT] if isinstance(one, str) else one for key, one in gate} for gate in gates],
        "left_out": left_out,
    }
    del data["commit"]  # a note says by its place where it belongs
    return json.dumps(_sparse(data), sort_keys=True, separators=(",", ":"))


def _sparse(value: Any) -> Any:
    """Without what is empty: most of a line's room."""
    if isinstance(value, dict):
        return {key: _sparse(item) for key, item in value.items() if item is not False and item not in _EMPTY}
    return [_sparse(item) for item in value] if isinstance(value, list) else value


def read_line(line: str | bytes, commit: str = "") -> Scorecard | None:
    """The scorecard that a note's line holds; None for any other line."""
    if len(line) > _LONGEST_LINE:
        return None
    try:
        data = json.loads(line)
        if not isinstance(data, dict) or (written := data.pop("format", "")) not in (FORMAT, BASE_FORMAT):
            return None
        return _scorecard(data, commit)._replace(base_of=_base_of(data) if written == BASE_FORMAT else "")
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None


def _scorecard(data: dict[str, Any], commit: str) -> Scorecard:
    digest, when, run = _text(data, "digest"), _text(data, "when"), _text(data, "run")
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise ValueError
    datetime.fromisoformat(when)
    return Scorecard(
        suite=_text(data, "suite", needed=True),
        prompt=_text(data, "prompt", needed=True),
        model=_text(data, "model", needed=True),
        full_model=_text(data, "full_model"),
        digest=digest,
        evaluation_digest=_text(data, "evaluation_digest"),
        suite_digest=_text(data, "suite_digest"),
        criteria=tuple(_criterion(one) for one in _entries(data, "criteria")),
        gates=tuple(_gate(one) for one in _entries(data, "gates")),
        cost=_number(data, "cost"),
        latency=_number(data, "latency"),
        when=when,
        version=_text(data, "version"),
        run=run if re.fullmatch(r"https?://[!-~]+", run) else "",
        stopped=_text(data, "stopped"),
        left_out=_count(data, "left_out"),
        commit=commit,
        questions=_text(data, "questions"),
    )


def _base_of(data: dict[str, Any]) -> str:
    """The version that it was compared with. Of a base nobody checked gates."""
    if data.get("gates"):
        raise ValueError
    return _text(data, "base_of", needed=True)


def _criterion(data: dict[str, Any]) -> CriterionRate:
    name, verdict, rate = _text(data, "name", needed=True), _text(data, "verdict"), _number(data, "rate", most=1.0)
    low, high = _number(data, "low", most=1.0), _number(data, "high", most=1.0)
    if rate is None or (verdict and verdict not in get_args(Verdict)):
        raise ValueError
    if low is None or high is None:
        low = high = None
    elif not low <= rate <= high:
        raise ValueError
    is_advisory, groups = data.get("advisory") is True, _count(data, "groups") or None
    return CriterionRate(name, _count(data, "n"), rate, low, high, verdict, is_advisory, groups)


def _gate(data: dict[str, Any]) -> GateResult:
    status, before = _text(data, "status", needed=True), _text(data, "before")
    if status not in get_args(GateStatus) or before not in ("", *get_args(GateStatus)):
        raise ValueError
    return GateResult(
        criterion=_text(data, "criterion", needed=True),
        rule=_text(data, "rule"),
        status=cast(GateStatus, status),
        reason=_text(data, "reason"),
        blocks=data.get("blocks") is True,
        needed=_count(data, "needed") or None,
        model=_text(data, "model"),
        accepted=_text(data, "accepted"),
        of_groups=data.get("of_groups") is True,
        before=cast(GateStatus, before) if before else "",
    )


def _text(data: Mapping[str, Any], key: str, *, needed: bool = False) -> str:
    value = data.get(key, "")
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or (needed and not value):
        raise ValueError
    return value


def _number(data: Mapping[str, Any], key: str, most: float = 1e9) -> float | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError
    return float(value)


def _count(data: Mapping[str, Any], key: str) -> int:
    value = data.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise ValueError
    return value


def _entries(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key, [])
    if not isinstance(value, list) or len(value) > _MOST_ENTRIES or not all(isinstance(one, dict) for one in value):
        raise ValueError
    return value


def find_scorecards(repository: Repository, digests: Collection[str], *, bases: bool = False) -> Iterator[Scorecard]:
    """What the notes of all commits say of these versions, at whichever commit they were noted.

    With `bases` also what comparisons measured of them as the version before, where no gate was checked.

    The same text has another commit's id after a squash merge. The newest ones count, so those that are dated in the
    future, or not at all, say nothing. SourceError for notes that cannot be read.
    """
    signs = {digest.encode() for digest in digests}
    latest = (datetime.now(UTC) + CLOCK_SKEW).timestamp()
    for commit, note in read_notes(repository):
        for line in note.split(b"\n"):
            # One look at each line, however many versions are asked for.
            if (
                not signs.isdisjoint(re.findall(rb"sha256:[0-9a-f]{64}", line))
                and (card := read_line(line, commit))
                and card.digest in digests
                and 0 < evaluated_at(card) <= latest
                and (bases or not card.base_of)
            ):
                yield card


def all_scorecards(
    workspace: Workspace, repository: Repository, digests: Collection[str]
) -> tuple[dict[str, tuple[Scorecard, ...]], tuple[str, ...]]:
    """Digest → all that is known of this version, newest first: from notes, and from runs on this machine.

    And words for people where notes could not be read. A run that is both here and noted stands once. What was accepted
    for a version is accepted in each of its results. What a comparison measured of the version before counts for that
    one, as the `base_of` the other.
    """
    cards: dict[object, Scorecard] = {}
    trouble: tuple[str, ...] = ()
    runs = runs_with_digests(workspace.state / "results", digests)
    here = [card for results in runs for card in (*scorecards(results), *base_scorecards(results))]
    try:
        found = [*find_scorecards(repository, digests, bases=True)]
    except PromptopsError as exc:
        found, trouble = [], (f"the notes cannot be read ({exc})",)
    for card in (*here, *found):  # the noted one last: it says where it belongs
        cards[card.suite, card.model, card.digest, card.evaluation_digest, card.when, card.base_of] = card
    acceptances = Acceptances.of(cards.values(), MergedLines(workspace).waivers)
    ordered = _latest_bases(sorted(map(acceptances.card, cards.values()), key=_newest_last, reverse=True))
    return {digest: tuple(card for card in ordered if card.digest == digest) for digest in digests}, trouble


def _latest_bases(cards: Iterable[Scorecard]) -> list[Scorecard]:
    """All, the newest first, but of what was measured of the same base again and again the newest alone."""
    seen: set[object] = set()
    kept = []
    for card in cards:
        same = card.suite, card.suite_digest, card.model, card.digest, card.evaluation_digest
        if not card.base_of or same not in seen:
            kept.append(card)
        seen |= {same} if card.base_of else set()
    return kept


def _newest_last(card: Scorecard) -> tuple[float, str, str]:
    return evaluated_at(card), card.suite, card.model


def cards_of(cards: Mapping[str, tuple[Scorecard, ...]], known_as: Iterable[str]) -> tuple[Scorecard, ...]:
    """Those of a version that is known by any of these digests, newest first."""
    found = (card for digest in known_as for card in cards.get(digest, ()))
    return tuple(sorted(found, key=evaluated_at, reverse=True))


def evaluated_at(card: Scorecard) -> float:
    """When it was evaluated, in seconds since 1970."""
    try:
        return datetime.fromisoformat(card.when).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
