"""The file formats as JSON Schema: the one description that readers, lint and editors share.

What stands under `evaluators` depends on the kinds of evaluators there are, so the formats that have evaluators are
functions of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from promptops.model.chat.media import MEDIA_KINDS, MediaKind
from promptops.model.chat.message_template import ROLES
from promptops.model.evaluator_kind import NOT
from promptops.model.revision import FULL_ID
from promptops.model.schema_builders import (
    ANYTHING,
    BOOLEAN,
    FREE_GROUP,
    STRINGS,
    Schema,
    array,
    described,
    group,
    integer,
    mapping,
    may_be_blank,
    number,
    pattern,
    string,
)
from promptops.model.schemas.models import MODEL

if TYPE_CHECKING:
    from promptops.model.evaluator_kind import Kinds

_MEDIA_WORDS: dict[MediaKind, str] = {"image": "a picture", "file": "a document", "audio": "a sound"}

_COMMON = may_be_blank(
    {
        "name": string("the criterion's name, as it stands in the comment"),
        "description": string("what the criterion is for"),
        "threshold": number("the least score that passes", 0, 1),
        "advisory": described(BOOLEAN, "shown, and never blocks a change"),
        "tags": described(STRINGS, "only cases with one of these tags are looked at"),
        "not": NOT,
    }
)
"""What every evaluator may have, whatever its kind."""


class _EvaluatorKeys(Mapping[str, Schema]):
    """The keys of an evaluator. A kind is loaded when its key is asked for: most files have two or three kinds."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def __getitem__(self, key: str) -> Schema:
        return _COMMON[key] if key in _COMMON else {**self._kinds[key].written, "blank": True}

    def __iter__(self) -> Iterator[str]:
        yield from _COMMON
        yield from self._kinds

    def __len__(self) -> int:
        return len(_COMMON) + len(self._kinds)


def _evaluators(kinds: Kinds, least: int = 0) -> Schema:
    one = group(_EvaluatorKeys(kinds), description="one criterion: a name and one kind of evaluator")
    one["otherWords"] = "evaluator"
    return array(one, "what a good reply is, in small questions", least)


_CASES: Schema = {
    "anyOf": [{"type": "array", "items": FREE_GROUP}, {"type": "string"}],
    "description": "cases, or a file of cases (.jsonl, .csv, .tsv, .yml)",
}

_INPUT: Schema = {
    **FREE_GROUP,
    "properties": {
        "untrusted": described(BOOLEAN, "whether the value comes from strangers"),
        "description": string("what the value is"),
        "type": described(
            ANYTHING, "string, number, integer, boolean, array or object; or messages, image, file, audio"
        ),
        "enum": described(ANYTHING, "the only values it can have"),
        "default": described(ANYTHING, "the value where none is given; without it, one must be given"),
    },
    "description": "JSON Schema of the value, its default, and whether it comes from strangers",
}


_PROMPT_KEYS = may_be_blank(
    {
        "name": string("a title for people"),
        "description": string("what the prompt is for"),
        "model": string("an alias from promptops.yml, or provider/model"),
        "modelParameters": described(FREE_GROUP, "temperature, maxTokens and so on"),
        "responseFormat": described({"enum": ["text", "json_object", "json_schema"]}, "the form of the reply"),
        "jsonSchema": described(
            {"anyOf": [{"type": "string"}, FREE_GROUP]}, "what a json_schema reply must fit, or a file that says so"
        ),
        "tools": {
            "anyOf": [
                array(FREE_GROUP, "functions the model may call: name, description, parameters as JSON Schema"),
                {"type": "string"},
            ],
            "mainly": 0,
            "description": "functions the model may call (name, description, parameters as JSON Schema), or their file",
        },
        "toolChoice": {
            "anyOf": [{"type": "string"}, FREE_GROUP],
            "description": "whether the model calls one: auto, none, required, or a function by its name",
        },
        "parallelToolCalls": described(BOOLEAN, "whether the model may call several functions at once"),
        "testData": _CASES,
    }
)
_PART = group(
    {
        "type": described({"enum": ["text", *MEDIA_KINDS]}, "what this part is"),
        "text": string("the text; {{ name }} is where a value goes"),
        **{kind: string(f"the input whose value is sent as {words}") for kind, words in _MEDIA_WORDS.items()},
    },
    ("type",),
    "a part of a message",
)
_CONTENT: Schema = {
    "anyOf": [
        string("the text; {{ name }} is where a value goes"),
        array(_PART, "texts, pictures, files and sounds, in this order", least=1),
    ],
    "mainly": 0,
    "description": "the text; {{ name }} is where a value goes. Or a list of parts: text, image, file, audio",
}
_WHEN = string("an expression like `hint`; the message is left out where its value is empty, false or null")
_MESSAGE_KEYS: dict[str, Schema] = {
    "role": described({"enum": list(ROLES), "anyCase": True}, "who speaks"),
    "content": _CONTENT,
    "when": _WHEN,
    "tool_calls": array(FREE_GROUP, "the calls that the assistant made: id, and function with name and arguments"),
    "tool_call_id": string("the id of the call that this message answers"),
    "name": string("who speaks, where several have the same role"),
}
_HISTORY = group(
    {
        "messages": string("the input whose messages go here"),
        "roles": array({"enum": ["system", "developer"]}, "roles that these messages may have beside user and so on"),
        "when": _WHEN,
    },
    ("messages",),
    "messages that the application has so far",
)
_EXAMPLES = group(
    {
        "examples": string("a file with lines of JSON, each with `user` and `assistant`"),
        "when": _WHEN,
    },
    ("examples",),
    "examples, each a message of the user and one of the assistant",
)
_MESSAGE: Schema = {
    "type": "object",
    "byKey": {
        "messages": _HISTORY,
        "examples": _EXAMPLES,
        "tool_calls": group(_MESSAGE_KEYS, ("role",)),
    },
    "otherwise": group(_MESSAGE_KEYS, ("role", "content")),
}
_OWNERS = {"owners": described(STRINGS, "people or teams who answer for the prompt")}


@cache
def prompt_schema(kinds: Kinds) -> Schema:
    """`.prompt.yml`."""
    return group(
        {
            **_PROMPT_KEYS,
            **may_be_blank({"evaluators": _evaluators(kinds)}),
            # Whether `inputs` and `promptops` stand in a file decides how it is read, so they are never blank.
            "inputs": mapping(
                {"anyOf": [_INPUT, {"type": "null"}]}, "the values that fill the {{ names }}, each with what it is"
            ),
            "messages": array(_MESSAGE, "what the model receives, in this order", least=1),
            "promptops": group(_OWNERS, description="settings of promptops"),
        },
        ("messages",),
    )


GATE: Schema = group(
    {
        "atLeast": number("the least share of cases that must pass", 0, 1),
        "noWorseThanBase": number("the largest drop that is allowed", 0, 1),
        "undecided": described({"enum": ["fail", "show"]}, "what a rule that is not proven yet does"),
    },
    description="what must hold for this criterion",
)

_SHARE: Schema = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_MAX_ERRORS = described(_SHARE, "the share of cases that may lack an answer, like 10%; with more, nothing is measured")

_BUDGET = group(
    {
        "maxCost": number("US dollars for one run", 0),
        "maxCostIncrease": described(_SHARE, "the largest rise in cost against the base, like 10%"),
        "ignoreBelow": group(
            {
                "cost": described(_SHARE, "a smaller difference in cost is not spoken of; default is 5%"),
                "latency": described(_SHARE, "a smaller difference in time is not spoken of; default is 10%"),
            },
            description="how large a difference must be to matter",
        ),
    },
    description="what a run may cost",
)


@cache
def suite_schema(kinds: Kinds) -> Schema:
    """`.eval.yml`."""
    return group(
        {
            "name": string("a title for people"),
            "description": string("what the suite is for"),
            "prompt": string("the prompt's identifier"),
            "models": described(STRINGS, "models to compare; default is the prompt's own"),
            "trials": integer("how often each case is asked", 1),
            "testData": _CASES,
            "cluster": string(
                "the cases' field that says which of them belong together, like the document they ask about"
            ),
            "evaluators": _evaluators(kinds, least=1),
            "gates": mapping(GATE, "a criterion's name, and what must hold before a change is merged"),
            "budget": _BUDGET,
            "maxErrors": _MAX_ERRORS,
            "replies": string("a file of recorded replies; no model is called"),
        },
        ("prompt", "testData", "evaluators"),
    )


PROJECT: Schema = group(
    {
        "models": mapping(MODEL, "models by the names prompts use"),
        "judge": string("the model that answers judge questions"),
        "embeddings": string("the model that compares meanings"),
        "budget": _BUDGET,
        "maxErrors": _MAX_ERRORS,
        "policy": group(
            {
                "allowedModels": array(
                    string("a model's alias, or provider/model"), "the only models that may be named"
                ),
                "requiredCriteria": array(string("a criterion's name"), "criteria that every suite must have"),
                "requireOwner": described(BOOLEAN, "whether every prompt must name an owner"),
                "evaluatedBeforePin": described(BOOLEAN, "whether only a version that was evaluated may be pinned"),
                "fourEyes": described(
                    BOOLEAN, "whether the author of a change may not accept a rule that fails for it"
                ),
                "signers": string("a file of people whose signatures count"),
                "owners": array(
                    string("@user, @organisation/team or an e-mail address"),
                    "people or teams who answer for these settings and the environments",
                ),
            },
            description="what holds for every prompt and suite",
        ),
        "lint": group(
            {
                "rules": mapping(
                    {"enum": ["off", "note", "warning", "error"]},
                    "a rule (P603) or a group of rules (P6), and how strictly it is taken",
                ),
                "exclude": array(string("a glob"), "files that are not looked at"),
            },
            description="which rules hold",
        ),
        "paths": group(
            {
                "prompts": {"anyOf": [{"type": "string"}, STRINGS], "description": "where prompts lie, as globs"},
                "evals": {"anyOf": [{"type": "string"}, STRINGS], "description": "where suites lie, as globs"},
            },
            description="where the files lie",
        ),
    }
)

_VERSION = {
    "commit": pattern(
        FULL_ID,
        "a full commit id (40 digits and letters from a to f)",
        "a branch, a tag or a short id can come to mean another commit; write what"
        " `git log -1 --format=%H NAME` prints for it",
        "the commit's full id",
    ),
    "digest": pattern(
        "sha256:[0-9a-f]{64}",
        "a digest (sha256: and 64 digits and letters from a to f)",
        "copy the whole of it; it says which text the commit must hold",
        "what the prompt must amount to at this commit",
    ),
}

_PINS: Schema = mapping(
    group(
        {
            **_VERSION,
            "rollout": group(
                {**_VERSION, "percent": number("how many of a hundred calls get it", 0, 100)},
                ("commit", "digest", "percent"),
                "a second version that is served to a part of the calls",
            ),
        },
        ("commit", "digest"),
        "the version of this prompt that is served",
    ),
)

ENVIRONMENT: Schema = group(
    {
        # Whoever takes the last pin out leaves `pins:` with nothing below it.
        "pins": described(
            {"anyOf": [_PINS, {"type": "null"}]},
            "a prompt's identifier, and the version that is served; nothing where none is",
        )
    },
    ("pins",),
)
