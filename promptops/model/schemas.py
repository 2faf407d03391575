"""The file formats as JSON Schema: the one description that readers, lint and editors share.

Only this subset is used, so that `promptops.source.shape` can check located values in plain words: type, properties,
required, additionalProperties, items, enum, anyOf, minItems, minimum, maximum. Two keywords are our own, because files
of GitHub's format are written so: `blank` (the key may stand without a value, which counts as left out) and `anyCase`
(an enum's words may have capitals).
"""

from __future__ import annotations

from typing import Any

from promptops.model.prompt import ROLES

Schema = dict[str, Any]


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _number(description: str, minimum: float | None = None, maximum: float | None = None) -> Schema:
    schema: Schema = {"type": "number", "description": description}
    if minimum is not None:
        schema["minimum"] = minimum
    if maximum is not None:
        schema["maximum"] = maximum
    return schema


def _whole(description: str, minimum: int = 0) -> Schema:
    return {"type": "integer", "minimum": minimum, "description": description}


def _group(properties: dict[str, Schema], required: tuple[str, ...] = (), description: str = "") -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        "description": description,
    }


def _list(items: Schema, description: str = "", least: int = 0) -> Schema:
    return {"type": "array", "items": items, "minItems": least, "description": description}


def _blank(properties: dict[str, Schema]) -> dict[str, Schema]:
    return {key: {**schema, "blank": True} for key, schema in properties.items()}


_FREE: Schema = {"type": "object", "additionalProperties": True}
_ANY: Schema = {}
_YES_NO: Schema = {"type": "boolean"}
_TEXTS = _list(_text("one text"))

EVALUATOR_KINDS: dict[str, Schema] = {
    "string": _group(
        _blank(
            {
                "equals": _text("the reply is exactly this text"),
                "contains": _text("the reply holds this text, in any case"),
                "startsWith": _text("the reply begins with this text, in any case"),
                "endsWith": _text("the reply ends with this text, in any case"),
                "containsAny": _TEXTS,
                "containsAll": _TEXTS,
                "matches": _text("a regular expression found somewhere in the reply"),
                "not": _YES_NO,
                "ignoreCase": _YES_NO,
            }
        ),
        description="compare the reply with a text",
    ),
    "json": _group(
        {"path": _text("where to look: $.a.b[0]"), "equals": _ANY, "contains": _ANY, "exists": _YES_NO},
        description="the reply is JSON, and a part of it is as expected",
    ),
    "schema": _group({"schema": _FREE}, description="the reply is JSON that fits a JSON Schema"),
    "length": _group(
        {
            name: _whole("a bound")
            for unit in ("Words", "Characters", "Sentences", "Lines")
            for name in (f"max{unit}", f"min{unit}")
        },
        description="the reply's length",
    ),
    "tool": _group(
        {"name": _text("the function's name"), "arguments": _FREE, "none": _YES_NO},
        description="the model calls a function with these arguments",
    ),
    "latency": _group({"maxSeconds": _number("seconds", 0)}, ("maxSeconds",)),
    "cost": _group({"maxUsd": _number("US dollars for one reply", 0)}, ("maxUsd",)),
    "tokens": _group({"maxOutput": _whole("tokens of the reply"), "maxInput": _whole("tokens of the request")}),
    "python": _group(
        {"file": _text("a file beside the suite"), "function": _text("its function"), "timeout": _number("seconds", 0)},
        ("file", "function"),
    ),
    "judge": _group(
        {
            "question": _text("one yes/no question about the reply"),
            "pass": _text("the answer that passes: yes or no"),
            "model": _text("a model alias; default is the project's judge"),
        },
        ("question",),
    ),
    "llm": _group(
        {
            **_blank({"modelId": _text("the model that judges"), "systemPrompt": _text("its system message")}),
            "prompt": _text("what it is asked; {{completion}} is the reply"),
            "choices": _list(_group({"choice": _text("a word"), "score": _number("its score")}, ("choice", "score"))),
        },
        ("prompt", "choices"),
    ),
    "human": _group({"question": _text("what people are asked about the reply")}, ("question",)),
}

EVALUATOR: Schema = _group(
    _blank(
        {
            "name": _text("the criterion's name, as it stands in the comment"),
            "description": _text("what the criterion is for"),
            "threshold": _number("the least score that passes", 0, 1),
            "advisory": _YES_NO,
            "tags": _TEXTS,
            **EVALUATOR_KINDS,
            "uses": _text("a built-in evaluator such as github/coherence"),
        }
    ),
    description="one criterion: a name and one kind of evaluator",
)

_CASES: Schema = {
    "anyOf": [{"type": "array", "items": _FREE}, {"type": "string"}],
    "description": "cases, or a file of cases (.jsonl, .csv, .yml)",
}

_INPUT: Schema = {
    **_FREE,
    "properties": {"untrusted": _YES_NO, "description": _text("what the value is")},
    "description": "JSON Schema of the value, its default, and whether it comes from strangers",
}

PROMPT: Schema = _group(
    {
        **_blank(
            {
                "name": _text("a title for people"),
                "description": _text("what the prompt is for"),
                "model": _text("an alias from promptops.yml, or provider/model"),
                "modelParameters": {**_FREE, "description": "temperature, maxTokens and so on"},
                "responseFormat": {"enum": ["text", "json_object", "json_schema"]},
                "jsonSchema": {"anyOf": [{"type": "string"}, _FREE]},
                "tools": _list(_FREE),
                "testData": _CASES,
                "evaluators": _list(EVALUATOR),
            }
        ),
        # Whether these two stand in a file decides how it is read, so they are never blank.
        "inputs": {"type": "object", "additionalProperties": {"anyOf": [_INPUT, {"type": "null"}]}},
        "messages": _list(
            _group({"role": {"enum": list(ROLES), "anyCase": True}, "content": _text("the text")}, ("role", "content")),
            least=1,
        ),
        "promptops": _group({"owners": _TEXTS}, description="settings of promptops"),
    },
    ("messages",),
)

GATE: Schema = _group(
    {
        "atLeast": _number("the least share of cases that must pass", 0, 1),
        "noWorseThanBase": _number("the largest drop that is allowed", 0, 1),
        "undecided": {"enum": ["fail", "show"]},
    }
)

_BUDGET = _group(
    {
        "maxCost": _number("US dollars for one run", 0),
        "maxCostIncrease": {"anyOf": [{"type": "number"}, {"type": "string"}]},
    }
)

SUITE: Schema = _group(
    {
        "name": _text("a title for people"),
        "description": _text("what the suite is for"),
        "prompt": _text("the prompt's identifier"),
        "models": _TEXTS,
        "trials": _whole("how often each case is asked", 1),
        "testData": _CASES,
        "evaluators": _list(EVALUATOR, least=1),
        "gates": {"type": "object", "additionalProperties": GATE},
        "budget": _BUDGET,
        "replies": _text("a file of recorded replies; no model is called"),
    },
    ("prompt", "testData", "evaluators"),
)

_MODEL: Schema = _group(
    {
        "provider": {"enum": ["openai", "local"]},
        "model": _text("the provider's name for it, or a GGUF file"),
        "baseUrl": _text("the endpoint's address"),
        "apiKeyEnv": _text("the NAME of the environment variable that holds the key"),
        "prices": _group(
            {"input": _number("USD per million", 0), "output": _number("USD per million", 0)}, ("input", "output")
        ),
        "limits": _group(
            {
                "concurrency": _whole("calls in flight", 1),
                "requestsPerMinute": _whole("calls a minute", 1),
                "timeout": _number("seconds for one call", 0),
                "maxRetries": _whole("tries after the first"),
                "maxWait": _number("the longest wait a server may ask for, in seconds", 0),
            }
        ),
    },
    ("provider",),
)

PROJECT: Schema = _group(
    {
        "models": {"type": "object", "additionalProperties": _MODEL},
        "judge": _text("the model that answers judge questions"),
        "embeddings": _text("the model that compares meanings"),
        "budget": _BUDGET,
        "policy": _FREE,
        "paths": _group(
            {"prompts": {"anyOf": [{"type": "string"}, _TEXTS]}, "evals": {"anyOf": [{"type": "string"}, _TEXTS]}}
        ),
    }
)
