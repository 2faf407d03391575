"""What vendors cannot be asked for: parts of messages, parameters, a reply that is begun for the model.

Only what a vendor documents, or is known to refuse, stands here; of servers that are not named nothing is said. Sources
are the vendors' own references: platform.openai.com/docs/api-reference/chat, docs.claude.com/en/api/messages,
ai.google.dev/api/generate-content, docs.aws.amazon.com/bedrock/latest/APIReference (Converse), docs.mistral.ai/api,
api-docs.deepseek.com, console.groq.com/docs/openai, github.com/ggml-org/llama.cpp (tools/server).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from promptops.model.chat.message_template import (
    INSTRUCTIONS,
    ExamplesSlot,
    HistorySlot,
    MediaSlot,
    MessageItem,
    MessageTemplate,
    begins_the_reply,
    late_instructions,
)
from promptops.model.config import ModelSpec
from promptops.model.finding import Span
from promptops.model.prompt import Prompt

RefusalKind = Literal["parameter", "part", "order"]
_USER = frozenset({"user"})
_USER_AND_TOOL = frozenset({"user", "tool"})
_NOT_INSTRUCTIONS = frozenset({"user", "tool", "assistant"})
_NOWHERE = frozenset[str]()
_PLURALS = {"image": "pictures", "file": "documents", "audio": "sound"}
_OF_OPENAI = frozenset({
    "logit_bias", "logprobs", "top_logprobs", "prediction", "modalities", "audio", "verbosity", "functions",
    "function_call", "web_search_options", "stream_options",
})  # fmt: skip
_PENALTIES = frozenset({"presence_penalty", "frequency_penalty", "seed"})


class VendorLimits(NamedTuple):
    """What is known of one vendor.

    `media` says for a kind in which roles it may stand; a kind that is not there may stand anywhere. `refused` are
    parameters. `text_only` are models without eyes. `no_prefill` are models that refuse to go on with a message of the
    assistant, `starts_anew` those that write another reply instead. `late_instructions` are models that take messages
    of the system only at the beginning; `between_turns`: the others take later ones only where the assistant is next.
    """

    name: str
    media: Mapping[str, frozenset[str]] = {}
    refused: frozenset[str] = frozenset()
    text_only: str = ""
    no_prefill: str = ""
    starts_anew: str = ""
    late_instructions: str = ""
    between_turns: bool = False


_OLDER_CLAUDE = r"(?:2|3|instant|(?:opus|sonnet|haiku)-4(?:-[0-5](?!\d)|-20|$))"
_MID_CLAUDE = r"(?:2|3|instant|(?:opus|sonnet|haiku)-4(?:-[0-7](?!\d)|-20|$))"
_AT_OPENAI = VendorLimits(
    "OpenAI",
    {"image": _USER, "file": _USER, "audio": _USER},
    text_only=r"gpt-3\.5|gpt-4(?:-\d{4}|-32k|$)|o1-(?:mini|preview)|o3-mini",
    starts_anew=".",
)
LIMITS: dict[str, VendorLimits] = {
    "openai": _AT_OPENAI,
    "azure": _AT_OPENAI._replace(name="Azure", text_only=""),  # its models have names of one's own
    "anthropic": VendorLimits(
        "Anthropic",
        {"image": _USER_AND_TOOL, "file": _USER_AND_TOOL, "audio": _NOWHERE},
        _OF_OPENAI | _PENALTIES | {"temperature", "top_p", "top_k"},
        no_prefill=rf"claude-(?!{_OLDER_CLAUDE})",
        late_instructions=rf"claude-{_MID_CLAUDE}",
        between_turns=True,
    ),
    "gemini": VendorLimits(
        "Gemini",
        dict.fromkeys(("image", "file", "audio"), _NOT_INSTRUCTIONS),
        _OF_OPENAI - {"logprobs", "top_logprobs"},
        late_instructions=".",
    ),
    "bedrock": VendorLimits(
        "Bedrock",
        dict.fromkeys(("image", "file", "audio"), _NOT_INSTRUCTIONS),
        _OF_OPENAI | _PENALTIES,
        no_prefill=rf"(?:.*\.)?anthropic\.claude-(?!{_OLDER_CLAUDE})",
        late_instructions=".",
    ),
    "local": VendorLimits("the model on this machine", dict.fromkeys(("image", "file", "audio"), _NOWHERE)),
    "deepseek": VendorLimits("DeepSeek", dict.fromkeys(("image", "file", "audio"), _NOWHERE), starts_anew="."),
    "groq": VendorLimits("Groq", {"image": _USER, "file": _NOWHERE, "audio": _NOWHERE}),
    "llamacpp": VendorLimits("llama.cpp", {"file": _NOWHERE}),
    "mistral": VendorLimits("Mistral", {"file": _NOWHERE}, no_prefill="."),
    "ollama": VendorLimits("Ollama", {"file": _NOWHERE, "audio": _NOWHERE}),
    "vllm": VendorLimits("vLLM", {"file": _NOWHERE}),
}
"""By what `provider:` says."""


class VendorRefusal(NamedTuple):
    """What a vendor cannot do. `subject` is the parameter, or the input that would be sent or that decides on it.

    `is_refused`: the vendor refuses the request, or the reply cannot be read; else it does something else than is
    asked for. `always`: with every value, not only where the input is given.
    """

    kind: RefusalKind
    message: str
    hint: str
    subject: str = ""
    span: Span | None = None
    is_refused: bool = True
    always: bool = True


def limits_of(spec: ModelSpec) -> VendorLimits | None:
    """What is known of the vendor of a model; None for a server at an address of its own."""
    if spec.provider == "openai" and not _is_openais(spec):
        return None
    return LIMITS.get(spec.provider)


def refusals(prompt: Prompt, spec: ModelSpec, parameters: Mapping[str, Any]) -> Iterator[VendorRefusal]:
    """Everything in a prompt, asked with these parameters, that the model's vendor cannot do."""
    for name, value in parameters.items():
        if (refusal := parameter_refusal(spec, name, value)) is not None:
            yield refusal
    yield from message_refusals(prompt, spec)


def parameter_refusal(spec: ModelSpec | None, name: str, value: Any) -> VendorRefusal | None:
    """Why a parameter (API's name) cannot be sent to a model, or does not do what it says; None where it can."""
    if name == "stream" and value is True:
        message = "a reply that comes in pieces cannot be evaluated"
        hint = "delete it: an application asks for a stream where it calls the model"
        return VendorRefusal("parameter", message, hint, name)
    if name == "n" and type(value) is int and value > 1:
        message = f"{value} replies are written and paid for, and only the first is read"
        hint = "delete it; to ask several times, write `trials` into the suite"
        is_refused = spec is not None and spec.provider in ("anthropic", "bedrock", "gemini")
        return VendorRefusal("parameter", message, hint, name, is_refused=is_refused)
    limits = limits_of(spec) if spec is not None else None
    if limits is None or name not in limits.refused:
        return None
    return VendorRefusal("parameter", f"{limits.name} has no parameter '{name}'", "delete it", name)


def kind_refusal(spec: ModelSpec, kind: str) -> VendorRefusal | None:
    """Why a model takes no pictures (`image`), documents (`file`) or sound (`audio`) at all; None where it does."""
    limits = limits_of(spec)
    why = _refused_part(limits, spec, "user", kind) if limits is not None else ""
    return VendorRefusal("part", why, "take another model, or take the part out") if why else None


def message_refusals(prompt: Prompt, spec: ModelSpec) -> Iterator[VendorRefusal]:
    """What a vendor cannot do of a prompt's messages."""
    limits = limits_of(spec)
    if limits is None or not prompt.messages:
        return
    yield from _of_parts(prompt, spec, limits)
    for item in late_instructions(prompt.messages) if limits.late_instructions else ():
        if (late := _misplaced(limits, spec, item, prompt.messages)) is not None:
            yield late._replace(subject=item.when, span=item.span, always=not item.when)
    yield from _of_prefill(prompt, spec, limits)


def _of_parts(prompt: Prompt, spec: ModelSpec, limits: VendorLimits) -> Iterator[VendorRefusal]:
    required = {item.name for item in prompt.inputs if item.required}
    for item in prompt.messages:
        if not isinstance(item, MessageTemplate):
            continue
        for part in item.parts:
            if isinstance(part, MediaSlot) and (why := _refused_part(limits, spec, item.role, part.kind)):
                hint = "take another model, or take the part out"
                if why.endswith("message"):
                    hint = "move it into a message of the user"
                always = part.name in required and not item.when
                yield VendorRefusal("part", why, hint, part.name, part.span, always=always)


def _misplaced(
    limits: VendorLimits, spec: ModelSpec, item: MessageTemplate, items: Sequence[MessageItem]
) -> VendorRefusal | None:
    """Why instructions may not stand where this one stands, behind other messages."""
    if re.match(limits.late_instructions, spec.model):
        message = f"{limits.name} takes messages of the {item.role} only before all others"
        return VendorRefusal("order", message, "move it to the beginning, or make it a message of the user")
    if not limits.between_turns:
        return None
    index = next(at for at, one in enumerate(items) if one is item)
    is_behind_user = _next_role(items[:index][::-1]) not in ("assistant", "examples")
    if is_behind_user and _next_role(items[index + 1 :]) not in ("user", "tool", "examples"):
        return None
    message = f"{limits.name} takes messages of the {item.role} only before all others, or where the assistant is next"
    return VendorRefusal("order", message, "move it to the beginning, or behind the last message of the user")


def _next_role(items: Sequence[MessageItem]) -> str:
    """Who speaks in the nearest of these beside the system; empty where values decide, or nobody does."""
    for item in items:
        if item.when or isinstance(item, HistorySlot):
            return ""
        if isinstance(item, ExamplesSlot):  # pairs of user and assistant
            return "examples"
        if item.role not in INSTRUCTIONS:
            return item.role
    return ""


def _refused_part(limits: VendorLimits, spec: ModelSpec, role: str, kind: str) -> str:
    """Why a model takes none of these in a message of the role; empty where it does."""
    allowed, what = limits.media.get(kind), _PLURALS[kind]
    if allowed is not None and not allowed:
        return f"{limits.name} takes no {what}"
    if limits.text_only and re.match(limits.text_only, spec.model):
        return f"{spec.model} takes no {what}"
    if kind == "audio" and limits.name == "OpenAI" and "audio" not in spec.model:
        return f"{spec.model} takes no {what}"
    if allowed is not None and role not in allowed:
        return f"{limits.name} takes no {what} in {'an' if role == 'assistant' else 'a'} {role} message"
    return ""


def _of_prefill(prompt: Prompt, spec: ModelSpec, limits: VendorLimits) -> Iterator[VendorRefusal]:
    last = prompt.messages[-1]
    if not begins_the_reply(prompt.messages):
        return
    if limits.no_prefill and re.match(limits.no_prefill, spec.model):
        message = f"{spec.model} takes no message of the assistant as the last one"
        hint = "end with a message of the user; what the reply must look like belongs into the instructions"
        yield VendorRefusal("order", message, hint, span=last.span, always=not last.when)
    elif limits.starts_anew and re.match(limits.starts_anew, spec.model):
        message = f"{limits.name} does not go on with this message: the model writes a reply of its own behind it"
        hint = "end with a message of the user; what the reply must look like belongs into the instructions"
        yield VendorRefusal("order", message, hint, span=last.span, is_refused=False, always=not last.when)


def _is_openais(spec: ModelSpec) -> bool:
    return not spec.base_url or re.match(r"https://([\w-]+\.)?openai\.com(/|:|$)", spec.base_url) is not None
