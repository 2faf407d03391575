"""Recorded replies, the cassette: a suite runs without a model, without a key, on any machine."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from promptops.errors import PromptError, ProviderError
from promptops.model.canonical_json import digest
from promptops.model.model_call import Reply, Request, reply_from_data, reply_to_data

FORMAT = "promptops-replies/1"
RECORDED = "recorded:"
"""The prefix of a request's fingerprint when a cassette answers it."""
NOBODY_ASKED = "nobody asked the model"
"""How the error of a reply that is not recorded begins; older versions wrote that of `NOT_RECORDED`."""
NOT_RECORDED = "no recorded reply for this request"


@dataclass(frozen=True, slots=True)
class CassetteEntry:
    """One line: a case's reply. `request` is the cassette key; `by` is `hand` or `recorded`."""

    case: str
    request: str
    reply: Reply
    trial: int = 0
    by: str = "recorded"
    model: str = ""


def cassette_key(request: Request) -> str:
    """Identifies a request by all the model sees, its name and the trial, but not by its address.

    So a reply recorded at one endpoint stands for the same model anywhere.
    """
    return digest(request.content)


def make_entry(case: str, request: Request, reply: Reply) -> CassetteEntry:
    """The entry for a new reply. Its attempts and time belong to this run and are not recorded."""
    reply = replace(reply, attempts=1, model="", asked="")
    return CassetteEntry(case, cassette_key(request), reply, request.trial, "recorded", request.model.model)


class CassetteProvider:
    """Answers from a cassette; a request that is not in it is an error, never a call.

    `digest` is that of the replies, whatever their order and the header say.
    """

    def __init__(self, entries: Iterable[CassetteEntry]) -> None:
        self.entries = tuple(entries)
        self.digest = digest([_entry_data(entry) for entry in sorted(self.entries, key=_sort_key)])
        self._replies = {entry.request: replace(entry.reply, model=entry.model) for entry in self.entries}

    @classmethod
    def load(cls, text: str, path: PurePath) -> CassetteProvider:
        """From JSON lines. Raises PromptError naming the line; two replies to one request are an error too."""
        entries: list[CassetteEntry] = []
        lines: dict[str, tuple[int, Reply]] = {}
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            where = f"{path}:{number}"
            data = _parse_line(line, where)
            if "format" in data and not entries:
                if data["format"] != FORMAT:
                    message = f"the file says format '{data['format']}'; this version reads '{FORMAT}'"
                    raise PromptError(message, where=where, hint="a newer promptops may have written it")
                continue
            entry = _parse_entry(data, where)
            first, reply = lines.setdefault(entry.request, (number, entry.reply))
            if reply != entry.reply:
                raise PromptError(f"line {first} has another reply to the same request", where=where)
            entries.append(entry)
        return cls(entries)

    def has(self, request: Request) -> bool:
        """Whether a reply to this request is recorded."""
        return cassette_key(request) in self._replies

    async def complete(self, request: Request) -> Reply:
        """The recorded reply. Raises ProviderError when there is none."""
        reply = self._replies.get(cassette_key(request))
        if reply is None:
            raise ProviderError(
                f"{NOBODY_ASKED}: {NOT_RECORDED} (the prompt or case changed since it was recorded)",
                where=request.model.alias,
                hint="record anew with a real model: promptops eval SUITE --record",
            )
        if not reply.is_answer:  # recorded by a version that took such a thing for a reply
            said = f"the recorded answer has no text (finish reason: {reply.finish_reason})"
            raise ProviderError(said, where=request.model.alias)
        return reply

    async def close(self) -> None:
        """Nothing is open."""


def dump_cassette(entries: Iterable[CassetteEntry], note: str = "") -> str:
    """The cassette's text: the header, then lines by case and trial. The same entries always give the same text."""
    header = {"format": FORMAT, **({"note": note} if note else {})}
    rows = [header, *(_entry_data(entry) for entry in sorted(entries, key=_sort_key))]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _sort_key(entry: CassetteEntry) -> tuple[str, int, str]:
    return entry.case, entry.trial, entry.request


def _entry_data(entry: CassetteEntry) -> dict[str, Any]:
    return {
        "case": entry.case,
        "request": entry.request,
        "trial": entry.trial,
        "by": entry.by,
        "model": entry.model,
        "reply": reply_to_data(entry.reply),
    }


def _parse_line(line: str, where: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise PromptError(f"not a line of JSON: {exc}", where=where) from None
    if not isinstance(data, dict):
        raise PromptError("not a JSON object", where=where)
    return data


def _parse_entry(data: dict[str, Any], where: str) -> CassetteEntry:
    try:
        by, trial = data.get("by", "recorded"), data.get("trial", 0)
        if by not in ("hand", "recorded") or not isinstance(trial, int):
            raise ValueError("'by' is hand or recorded, 'trial' a whole number")
        reply = reply_from_data(data["reply"])
        return CassetteEntry(str(data["case"]), str(data["request"]), reply, trial, by, str(data.get("model", "")))
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        said = f"{exc} is missing" if isinstance(exc, KeyError) else str(exc)
        raise PromptError(f"not a recorded reply: {said}", where=where) from None
