"""A model in `promptops.yml`: who serves it, where, how it is asked, what it costs and how hard it may be driven."""

from __future__ import annotations

from promptops.model.schema_builders import (
    BOOLEAN,
    FREE_GROUP,
    STRINGS,
    Schema,
    described,
    group,
    integer,
    mapping,
    number,
    string,
)
from promptops.model.vendors.table import LISTED

_VALUE: Schema = {
    "anyOf": [{"type": "string"}, group({"env": string("the NAME of an environment variable")}, ("env",))],
    "description": "a text, or {env: NAME}: the value of that environment variable",
}

MODEL: Schema = group(
    {
        "provider": described(
            {"enum": list(LISTED)},
            "who serves it: local is this machine, openai any OpenAI-compatible address, python a function of the "
            "project, the others a vendor's own",
        ),
        "model": string("the provider's name for it, or a GGUF file"),
        "baseUrl": string("the endpoint's address, where it is not the vendor's usual one; a query in it is kept"),
        "baseUrlEnv": string("the NAME of an environment variable with the address; where set, before baseUrl"),
        "apiKeyEnv": string("the NAME of the environment variable that holds the key"),
        "headers": mapping(_VALUE, "headers of every call; a secret as {env: NAME}"),
        "query": mapping(_VALUE, "what is added to the address of every call, like api-version"),
        "extraBody": described(FREE_GROUP, "what every request's body has besides, under the server's own names"),
        "file": string("for python: the file with the function, from the project's root"),
        "function": string("for python: its function, complete(request); by default complete"),
        "network": described(BOOLEAN, "for python: whether the function may use the network; by default it may not"),
        "env": described(STRINGS, "for python: NAMES of environment variables that the function may see"),
        "client": described({"enum": ["openai"]}, "openai: every call is made by the official client"),
        "project": string("the cloud's project, where the vendor asks for one"),
        "location": string("the cloud's location, where the vendor asks for one"),
        "region": string("the cloud's region, where the vendor asks for one"),
        "parameters": described(FREE_GROUP, "temperature, maxTokens and so on, where a prompt does not set them"),
        "prices": group(
            {
                "input": number("USD per million", 0),
                "output": number("USD per million", 0),
                "cachedInput": number("USD per million that the provider remembered", 0),
            },
            ("input", "output"),
            "what tokens cost, where the built-in list does not know",
        ),
        "limits": group(
            {
                "concurrency": integer("calls in flight", 1),
                "requestsPerMinute": integer("calls a minute", 1),
                "timeout": number("seconds for one call", 0),
                "maxRetries": integer("tries after the first"),
                "maxWait": number("the longest wait a server may ask for, in seconds", 0),
                "maxReplyBytes": integer("bytes of one answer; what is longer is not read on", 1),
            },
            description="how hard the model may be driven",
        ),
    },
    ("provider",),
)
