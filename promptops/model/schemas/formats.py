"""The file formats as JSON Schema: the one description that readers, lint and editors share.

Only this subset is used, so that `promptops.source.yaml.validate` can check located values in plain words: type,
properties, required, additionalProperties, items, enum, anyOf, minItems, minimum, maximum, pattern. Four keywords are
our own: files of GitHub's format need `blank` (the key may stand without a value, which counts as left out) and
`anyCase` (an enum's words may have capitals); people need `form` (what a text that fits `pattern` is, in words) and
`hint` (what to write instead of one that does not). `promptops.model.schemas.export` says the same to editors in
standard words.
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


def _form(pattern: str, form: str, hint: str, description: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$", "form": form, "hint": hint, "description": description}


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


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
                "containsAny": _said(_TEXTS, "the reply holds at least one of these texts"),
                "containsAll": _said(_TEXTS, "the reply holds all of these texts"),
                "matches": _text("a regular expression found somewhere in the reply"),
                "not": _said(_YES_NO, "turns the answer round: the text must not be there"),
                "ignoreCase": _said(_YES_NO, "whether capitals count as small letters"),
            }
        ),
        description="compare the reply with a text",
    ),
    "json": _group(
        {
            "path": _text("where to look: $.a.b[0]"),
            "equals": _said(_ANY, "the value there is exactly this"),
            "contains": _said(_ANY, "the text or list there holds this"),
            "exists": _said(_YES_NO, "whether anything must be there"),
        },
        description="the reply is JSON, and a part of it is as expected",
    ),
    "schema": _group(
        {"schema": _said(_FREE, "the JSON Schema; default is the prompt's own")},
        description="the reply is JSON that fits a JSON Schema",
    ),
    "length": _group(
        {
            f"{end}{unit}": _whole(f"the {word} number of {unit.lower()}")
            for unit in ("Words", "Characters", "Sentences", "Lines")
            for end, word in (("max", "largest"), ("min", "smallest"))
        },
        description="the reply's length",
    ),
    "tool": _group(
        {
            "name": _text("the function's name"),
            "arguments": _said(_FREE, "what it is called with"),
            "none": _said(_YES_NO, "no function may be called"),
        },
        description="the model calls a function with these arguments",
    ),
    "latency": _group({"maxSeconds": _number("seconds", 0)}, ("maxSeconds",), "the reply comes within this time"),
    "cost": _group({"maxUsd": _number("US dollars for one reply", 0)}, ("maxUsd",), "the reply costs at most this"),
    "tokens": _group(
        {"maxOutput": _whole("tokens of the reply"), "maxInput": _whole("tokens of the request")},
        description="the reply and the request are no longer than this",
    ),
    "python": _group(
        {"file": _text("a file beside the suite"), "function": _text("its function"), "timeout": _number("seconds", 0)},
        ("file", "function"),
        "a function of your own answers",
    ),
    "judge": _group(
        {
            "question": _text("one yes/no question about the reply"),
            "pass": _text("the answer that passes: yes or no"),
            "model": _text("a model alias; default is the project's judge"),
        },
        ("question",),
        "a model answers a question about the reply",
    ),
    "llm": _group(
        {
            **_blank({"modelId": _text("the model that judges"), "systemPrompt": _text("its system message")}),
            "prompt": _text("what it is asked; {{completion}} is the reply"),
            "choices": _list(
                _group({"choice": _text("a word"), "score": _number("its score")}, ("choice", "score")),
                "words it may answer with; the first one found in its answer counts",
            ),
        },
        ("prompt", "choices"),
        "a model chooses a word; as in GitHub's format",
    ),
    "human": _group(
        {"question": _text("what people are asked about the reply")}, ("question",), "people's labels answer"
    ),
}

EVALUATOR: Schema = _group(
    _blank(
        {
            "name": _text("the criterion's name, as it stands in the comment"),
            "description": _text("what the criterion is for"),
            "threshold": _number("the least score that passes", 0, 1),
            "advisory": _said(_YES_NO, "shown, and never blocks a change"),
            "tags": _said(_TEXTS, "only cases with one of these tags are looked at"),
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
    "properties": {
        "untrusted": _said(_YES_NO, "whether the value comes from strangers"),
        "description": _text("what the value is"),
        "type": _said(_ANY, "string, number, integer, boolean, array or object"),
        "enum": _said(_ANY, "the only values it can have"),
        "default": _said(_ANY, "the value where none is given; without it, one must be given"),
    },
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
                "responseFormat": _said({"enum": ["text", "json_object", "json_schema"]}, "the form of the reply"),
                "jsonSchema": _said({"anyOf": [{"type": "string"}, _FREE]}, "what a json_schema reply must fit"),
                "tools": _list(_FREE, "functions the model may call: name, description, parameters as JSON Schema"),
                "testData": _CASES,
                "evaluators": _list(EVALUATOR, "what a good reply is, in small questions"),
            }
        ),
        # Whether these two stand in a file decides how it is read, so they are never blank.
        "inputs": {
            "type": "object",
            "additionalProperties": {"anyOf": [_INPUT, {"type": "null"}]},
            "description": "the values that fill the {{ names }}, each with what it is",
        },
        "messages": _list(
            _group(
                {
                    "role": _said({"enum": list(ROLES), "anyCase": True}, "who speaks"),
                    "content": _text("the text; {{ name }} is where a value goes"),
                },
                ("role", "content"),
            ),
            "what the model receives, in this order",
            least=1,
        ),
        "promptops": _group(
            {"owners": _said(_TEXTS, "people or teams who answer for the prompt")}, description="settings of promptops"
        ),
    },
    ("messages",),
)

GATE: Schema = _group(
    {
        "atLeast": _number("the least share of cases that must pass", 0, 1),
        "noWorseThanBase": _number("the largest drop that is allowed", 0, 1),
        "undecided": _said({"enum": ["fail", "show"]}, "what a gate that is not yet proven does"),
    },
    description="what must hold for this criterion",
)

_BUDGET = _group(
    {
        "maxCost": _number("US dollars for one run", 0),
        "maxCostIncrease": _said(
            {"anyOf": [{"type": "number"}, {"type": "string"}]}, "the largest rise in cost against the base, like 10%"
        ),
    },
    description="what a run may cost",
)

SUITE: Schema = _group(
    {
        "name": _text("a title for people"),
        "description": _text("what the suite is for"),
        "prompt": _text("the prompt's identifier"),
        "models": _said(_TEXTS, "models to compare; default is the prompt's own"),
        "trials": _whole("how often each case is asked", 1),
        "testData": _CASES,
        "evaluators": _list(EVALUATOR, "what a good reply is, in small questions", least=1),
        "gates": {
            "type": "object",
            "additionalProperties": GATE,
            "description": "a criterion's name, and what must hold before a change is merged",
        },
        "budget": _BUDGET,
        "replies": _text("a file of recorded replies; no model is called"),
    },
    ("prompt", "testData", "evaluators"),
)

_MODEL: Schema = _group(
    {
        "provider": _said({"enum": ["openai", "local"]}, "an OpenAI-compatible endpoint, or this machine"),
        "model": _text("the provider's name for it, or a GGUF file"),
        "baseUrl": _text("the endpoint's address"),
        "apiKeyEnv": _text("the NAME of the environment variable that holds the key"),
        "prices": _group(
            {"input": _number("USD per million", 0), "output": _number("USD per million", 0)},
            ("input", "output"),
            "what tokens cost, where the built-in list does not know",
        ),
        "limits": _group(
            {
                "concurrency": _whole("calls in flight", 1),
                "requestsPerMinute": _whole("calls a minute", 1),
                "timeout": _number("seconds for one call", 0),
                "maxRetries": _whole("tries after the first"),
                "maxWait": _number("the longest wait a server may ask for, in seconds", 0),
            },
            description="how hard the model may be driven",
        ),
    },
    ("provider",),
)

PROJECT: Schema = _group(
    {
        "models": {"type": "object", "additionalProperties": _MODEL, "description": "models by the names prompts use"},
        "judge": _text("the model that answers judge questions"),
        "embeddings": _text("the model that compares meanings"),
        "budget": _BUDGET,
        "policy": _group(
            {
                "allowedModels": _list(
                    _text("a model's alias, or provider/model"), "the only models that may be named"
                ),
                "requiredCriteria": _list(_text("a criterion's name"), "criteria that every suite must have"),
                "requireOwner": {**_YES_NO, "description": "whether every prompt must name an owner"},
                "signers": _text("a file of people whose signatures count"),
                "owners": _list(
                    _text("@user, @organisation/team or an e-mail address"),
                    "people or teams who answer for these settings and the environments",
                ),
            },
            description="what holds for every prompt and suite",
        ),
        "lint": _group(
            {
                "rules": {
                    "type": "object",
                    "additionalProperties": {"enum": ["off", "note", "warning", "error"]},
                    "description": "a rule (P603) or a group of rules (P6), and how strictly it is taken",
                },
                "exclude": _list(_text("a glob"), "files that are not looked at"),
            },
            description="which rules hold",
        ),
        "paths": _group(
            {
                "prompts": {"anyOf": [{"type": "string"}, _TEXTS], "description": "where prompts lie, as globs"},
                "evals": {"anyOf": [{"type": "string"}, _TEXTS], "description": "where suites lie, as globs"},
            },
            description="where the files lie",
        ),
    }
)

_VERSION = {
    "commit": _form(
        "[0-9a-f]{40}",
        "a full commit id (40 digits and letters from a to f)",
        "a branch, a tag or a short id can come to mean another commit; write what"
        " `git log -1 --format=%H NAME` prints for it",
        "the commit's full id",
    ),
    "digest": _form(
        "sha256:[0-9a-f]{64}",
        "a digest (sha256: and 64 digits and letters from a to f)",
        "copy the whole of it; it says which text the commit must hold",
        "what the prompt must amount to at this commit",
    ),
}

ENVIRONMENT: Schema = _group(
    {
        "pins": {
            "type": "object",
            "additionalProperties": _group(
                {
                    **_VERSION,
                    "rollout": _group(
                        {**_VERSION, "percent": _number("how many of a hundred calls get it", 0, 100)},
                        ("commit", "digest", "percent"),
                        "a second version that is served to a part of the calls",
                    ),
                },
                ("commit", "digest"),
                "the version of this prompt that is served",
            ),
            "description": "a prompt's identifier, and the version that is served",
        }
    },
    ("pins",),
)
