"""An example answer is not what the prompt demands: no JSON, or JSON that does not fit its `jsonSchema`.

A model follows examples more than rules, and a case that expects what no reply can be is never passed.

Bad:   enum: [billing, technical]   assistant: {"team": "Billing team"}
Good:  enum: [billing, technical]   assistant: {"team": "billing"}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from promptops.lint.engine.limits import MOST
from promptops.lint.engine.locations import locate_case
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

if TYPE_CHECKING:
    from promptops.lint.engine.text_spans import TextSpan
    from promptops.lint.json_schema.instance_validation import Fit
    from promptops.model.suite import Case, Criterion

_MOST_EACH = 3
_NOT_JSON = object()
_MOST_COMPARED = 20_000
_LOOKED_INTO = 50_000

CODE = "P604"
PREFILTER = Prefilter(("prompt", "suite"), ("json_", "equals"))


def check(target: Target) -> Iterator[Finding]:
    """What does not fit: in a prompt's example answers, and in what cases expect of the whole reply."""
    prompt = target.tested_prompt
    if prompt is None or prompt.response_format == "text":
        return
    from promptops.lint.json_schema.instance_validation import Fit

    asked = (prompt.json_schema or {}).get("schema") if prompt.response_format == "json_schema" else None
    schema = asked if isinstance(asked, dict) else {"type": "object"}
    fit = Fit(schema)
    if target.kind == "prompt":
        last = target.messages[-1] if target.messages else None
        answers = (text_span for text_span in target.messages if text_span.role == "assistant")
        yield from islice((one for answer in answers for one in _answer(answer, fit, answer is last)), MOST)
        if not prompt.is_text_only:
            from promptops.lint.located_values.linked_files import example_texts

            linked = (one for one in example_texts(target) if one.role == "assistant")
            yield from islice((one for answer in linked for one in _answer(answer, fit, False)), MOST)
    yield from islice(_expected(target, schema, fit), MOST)


def _answer(text_span: TextSpan, fit: Fit, last: bool) -> Iterator[Finding]:
    text = text_span.text.strip()
    if not text or len(text) > _LOOKED_INTO or text_span.tags:
        return  # braces are filled later
    value = _parsed(text)
    if last and value is _NOT_JSON:
        return  # it is the beginning of the reply
    start = text_span.text.index(text[0])
    place = text_span.span(start, start + len(text))
    if value is _NOT_JSON:
        message = "this example answer is not JSON, and the prompt asks for JSON (responseFormat)"
        hint = "write the answer as the JSON that the application should get"
        if text.startswith("```"):
            hint = "take out the lines with ```: the reply is the JSON alone"
        yield Finding(text_span.path, place, CODE, message, hint, "warning")
        return
    for misfit in islice(fit.misfits(value), _MOST_EACH):
        at = text_span.text.find(json.dumps(misfit.field, ensure_ascii=False)) if misfit.field else -1
        span = place if at < 0 else text_span.span(at, at + len(misfit.field) + 2)
        message = f"this example answer does not fit jsonSchema: {misfit.message}"
        hint = "change the example, or what jsonSchema allows"
        yield Finding(text_span.path, span, CODE, message, hint, "warning")


def _expected(target: Target, schema: Mapping[str, Any], fit: Fit) -> Iterator[Finding]:
    left, compared = _MOST_COMPARED, set()
    for criterion in target.criteria:
        field = _compared_field(criterion)
        if field is None or left <= 0:
            continue
        compared.add(field)
        left -= len(target.cases)
        part = _part(schema, criterion)
        for case in target.cases:
            if field in case.fields and criterion.covers(case):
                value = case.fields[field]
                problem = _off_choices(value, part) if _is_of_a_place(criterion) else _off_whole(value, fit)
                if problem:
                    yield _case(target, case, field, problem, f"so '{criterion.name[:80]}' is never passed")
    if target.kind == "prompt" and "expected" not in compared:
        for case in target.cases[:_MOST_COMPARED]:
            if problem := _off_partly(case.fields.get("expected"), fit):
                yield _case(target, case, "expected", problem)


def _case(target: Target, case: Case, field: str, problem: str, effect: str = "") -> Finding:
    path, span = locate_case(target, case)
    whose = f"the case '{case.id[:80]}'" if case.held_out else "this case"
    why = "" if case.held_out else f": {problem}"  # which may show the value
    message = f"'{field[:80]}' of {whose} is not an answer that the prompt can give{why}"
    hint = "change the case, or what jsonSchema allows"
    return Finding(path, span, CODE, message, hint, "warning", detail=effect)


def _parsed(text: str) -> Any:
    """The JSON value that the text is; `_NOT_JSON` when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _compared_field(criterion: Criterion) -> str | None:
    """The case's field that the whole reply, or one place in it, must be equal to."""
    wanted = criterion.options.get("equals")
    if "equals" not in criterion.kind.templates or not isinstance(wanted, str) or criterion.options.get("not"):
        return None
    found = re.fullmatch(r"\s*\{\{-?\s*(\w+)\s*-?\}\}\s*", wanted)
    return found[1] if found else None


def _is_of_a_place(criterion: Criterion) -> bool:
    """Whether a place in the reply's JSON is compared, and not the text of the whole reply."""
    return "equals" in criterion.kind.json_values


def _part(schema: Mapping[str, Any], criterion: Criterion) -> Any:
    """The schema of the place that is compared; None where it is not written out."""
    if not _is_of_a_place(criterion):
        return schema
    path = criterion.options.get("path")
    part: Any = schema
    for name in str(path or "").strip().removeprefix("$").lstrip(".").split(".") if path else ():
        known = part.get("properties") if isinstance(part, dict) else None
        part = known.get(name) if isinstance(known, dict) else None
    return part


def _off_choices(value: Any, part: Any) -> str:
    """Why the place can never have the value: it is none of the words that the schema allows there."""
    from promptops.lint.json_schema.instance_validation import choices, shown
    from promptops.templating.value_text import as_text

    options = part.get("enum") if isinstance(part, dict) else None
    if not isinstance(options, list) or not options or isinstance(value, (dict, list)):
        return ""
    if as_text(value).strip() in [as_text(option) for option in options if not isinstance(option, (dict, list))]:
        return ""
    return f"it is {shown(value)}, and the schema allows only: {choices(options)}"


def _off_whole(value: Any, fit: Fit) -> str:
    """Why no reply can be this text."""
    from promptops.templating.value_text import as_text

    text = as_text(value)
    if len(text) > _LOOKED_INTO:
        return ""
    data = _parsed(text)
    if data is _NOT_JSON:
        return "it is not JSON"
    misfit = next(fit.misfits(data), None)
    return misfit.message if misfit is not None else ""


def _off_partly(value: Any, fit: Fit) -> str:
    """What does not fit in a part of a reply, written as JSON; other texts are notes for people or for a judge."""
    if not isinstance(value, str) or not value.lstrip().startswith("{") or len(value) > _LOOKED_INTO:
        return ""
    data = _parsed(value)
    return next((one.message for one in fit.misfits(data) if not one.missing), "") if data is not _NOT_JSON else ""
