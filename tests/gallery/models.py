"""Models that do what an edit tells them. A reply depends on the prompt and the case alone: every run is the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.providers.loopback import Behaviour, answer, completion

Model = Callable[[str, str], dict[str, Any] | str]
"""From the system message and the last message: a reply's text, or a completion's `message` with a finish reason."""

_CHECKED = "You check the reply of another system."
_CLAUSES = re.compile(r"(?<=[.?!]) +")
EVALS = Path(__file__).resolve().parents[2] / "evals"


def behave(model: Model) -> Callable[[dict[str, Any]], Behaviour]:
    """An endpoint's answer to a request: its judge always says yes, with a reason."""

    def reply(body: dict[str, Any]) -> Behaviour:
        system, last = (str(body["messages"][place]["content"]) for place in (0, -1))
        if system.startswith(_CHECKED):
            return answer(_completion(json.dumps({"reason": "it says only what was said", "verdict": "yes"}), body))
        found = model(system, last)
        return answer(_completion(found, body))

    return reply


def refuse(_body: dict[str, Any]) -> Behaviour:
    """An endpoint without credit."""
    error = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    return answer(error, 429)


def summarise(system: str, last: str) -> dict[str, Any] | str:
    """What was said first and last, and who said it: by name when asked to, most of the time otherwise."""
    lines = [line.split(": ", 1) for line in last.strip().split("\n")[1:-1] if ": " in line]
    speaker, said = lines[-1]
    named = "by name" in system or ("one word" not in system and chance(last, 10) < 7)
    opening = _CLAUSES.split(lines[0][1])[0].rstrip(".?!")
    if "one word" in system:
        return opening.split()[0]
    if "in full" in system:
        return " ".join(f"{who} says: {text}" for who, text in lines)
    who = f"{speaker} says" if named else "Somebody says"
    if "friendly" in system:
        return f"Good news: {opening}; {who}: {said}"
    return f"{opening}; {who}: {said}"


def note_terms(system: str, last: str) -> str:
    """The key terms of a clause as its case has them, mostly; asked for notice periods, it calls most clauses one."""
    clause = last.removeprefix("<clause>").removesuffix("</clause>")
    case = _case("legal/contract-terms", "clause", clause)
    found = {name: case.get(name) for name in ("topic", "party", "period", "period_unit", "amount", "currency", "law")}
    if chance(clause, 8) == 0:
        found |= {"party": None, "period": 1}
    if "notice period" in system and ("notice" in clause or chance(clause, 3) == 0):
        found |= {"topic": "notice", "party": None}
    return json.dumps({"law": found.pop("law"), "quote": " ".join(clause.split()[:5]), **found}, ensure_ascii=False)


def correct(_system: str, last: str) -> str:
    """The learner's sentence with its mistake mended, nearly always."""
    sentence = last.removeprefix("<sentence>").removesuffix("</sentence>")
    case = _case("lesson-feedback", "sentence", sentence)
    wrong, right = case.get("wrong", ""), case.get("right", "")
    if not wrong or chance(sentence, 12) == 0:
        return f"Right: {sentence}\nWhy: nothing to change."
    return f'Right: {sentence.replace(wrong, right)}\nWhy: not "{wrong}" but "{right}".'


def triage(system: str, last: str) -> dict[str, Any]:
    """Opens the ticket that the case asks for, mostly; told that anger matters, it calls the loud ones urgent."""
    message = last.split("<message>\n")[1].split("\n</message>")[0]
    case = _case("support-triage", "message", message)
    team, urgency = str(case.get("team", "")), str(case.get("urgency", ""))
    text = f"Thank you for telling us. Our {team} team looks after it." if team else "Thank you for telling us."
    if not team:
        return {"content": text}
    is_loud = any(word in message for word in ("!", "?", "RIDICULOUS"))
    if "anger is urgent" in system and is_loud:
        urgency = "high"
    call = {"team": team, "urgency": urgency, "summary": message[:60]}
    function = {"name": "open_ticket", "arguments": json.dumps(call, ensure_ascii=False)}
    calls = [{"id": "call_1", "type": "function", "function": function}]
    return {"content": text, "tool_calls": calls, "finish_reason": "tool_calls"}


@cache
def _cases(suite: str) -> list[dict[str, Any]]:
    lines = (EVALS / f"{suite}.cases.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _case(suite: str, field: str, text: str) -> dict[str, Any]:
    """The case that has this text; a model cannot know it, this one does."""
    return next(case for case in _cases(suite) if str(case[field]).strip() == text.strip())


def chance(text: str, of: int) -> int:
    """A number below `of` that only the text decides."""
    return int(sha256(text.encode()).hexdigest(), 16) % of


def _completion(found: dict[str, Any] | str, body: dict[str, Any]) -> dict[str, Any]:
    """Tokens are words; a text beyond the request's most is cut there, as a model's is."""
    message = dict(found) if isinstance(found, dict) else {"content": found}
    finish = message.pop("finish_reason", "stop")
    words = str(message["content"]).split(" ")
    most = body.get("max_tokens") or body.get("max_completion_tokens") or len(words)
    if len(words) > most:
        message["content"], finish = " ".join(words[:most]), "length"
    made = completion(message.pop("content"), **message)
    made["choices"][0]["finish_reason"] = finish
    asked = sum(len(str(one["content"]).split()) for one in body["messages"])
    spent = min(len(words), most)
    made["usage"] = {"prompt_tokens": asked, "completion_tokens": spent, "total_tokens": asked + spent}
    return made
