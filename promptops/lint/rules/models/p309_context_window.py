"""The prompt, its longest case and the reply together are longer than what the model can take in.

The server refuses the request, or the beginning is cut off, and with it most often your instructions. Counted is
roughly, four characters to a token: an estimate that is too low for most languages but English. What a picture costs
is a guess: vendors count them in ways that differ by a factor of ten.

Bad:   model: small (4,096 tokens)   maxTokens: 4000   and a message of three pages
Good:  model: small (4,096 tokens)   maxTokens: 500    and a message of three pages
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from promptops.errors import MissingExtraError
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.model.chat.message_template import MESSAGES, MediaSlot, MessageTemplate
from promptops.model.chat.token_estimate import estimate_tokens, media_tokens
from promptops.model.finding import START, Finding, Severity, Span
from promptops.model.prompt import Input, Prompt

if TYPE_CHECKING:
    from promptops.model.config import ModelSpec
    from promptops.model.suite import Case

_SMALLEST = 3000
"""No model that is called today has a smaller window, and looking its window up takes 0.15 s."""
_SHOWN = 60


class TokenSize(NamedTuple):
    """Tokens of what is always sent (`fixed`), of the longest case, and of the reply (0: not said)."""

    fixed: int
    case: int
    reply: int


CODE = "P309"
PREFILTER = Prefilter(("prompt", "suite"))


def check(target: Target) -> Iterator[Finding]:
    """At most one, at what is longest: a message, the reply's limit, or a case; in a suite also at its model."""
    tested = target.tested
    prompt = tested.prompt if tested is not None else None
    if tested is None or prompt is None or (target.suite is not None and target.suite.replies):
        return
    case, tokens = _longest(tested, prompt, target.cases)
    limit = prompt.parameters.get("max_completion_tokens", prompt.parameters.get("max_tokens"))
    size = TokenSize(_fixed(tested, prompt), tokens, limit if type(limit) is int and limit > 0 else 0)
    if sum(size) <= _SMALLEST:
        return
    from promptops.lint.located_values.model_references import known_model

    models = target.suite.models if target.suite is not None else ()
    specs = [(name, known_model(tested, name)) for name in models or (prompt.model,)]
    try:
        window, model = min(_windows(specs), default=(0, ""))
    except MissingExtraError as exc:
        if target.suite is None or models:  # else it is said where the prompt is
            yield _unknown(target, size, models[0] if models else prompt.model, exc)
        return
    if not window:
        return
    alone = size.fixed + size.reply
    if alone > window:
        if target.kind == "suite" and not models:
            return  # said where the prompt is
        severity: Severity = "error" if size.fixed > 2 * window else "warning"
        reply = f" and {size.reply:,} for the reply" if size.reply else ""
        message = f"about {size.fixed:,} tokens of text{reply} are more than the {window:,} that {model} takes"
        hint = "shorten the text, ask for a shorter reply, or take a model with a larger window"
        path, span = _place(target, size, model)
        yield Finding(path, span, CODE, f"{message} (estimated)", hint, severity)
    elif case is not None and sum(size) > window:
        message = f"with this case a call has about {sum(size):,} tokens, more than the {window:,} that {model} takes"
        hint = "shorten the case, or take a model with a larger window"
        path, span = target.locate(case)
        yield Finding(path, span, CODE, f"{message} (estimated)", hint, "warning")


def _windows(specs: Iterable[tuple[str, ModelSpec | None]]) -> Iterator[tuple[int, str]]:
    """The windows that are known, with the model's name. MissingExtraError where nobody can look them up."""
    from promptops.providers.prices import context_window

    for name, spec in specs:
        if spec is not None and (window := context_window(spec)):
            yield window, name


def _unknown(target: Target, size: TokenSize, model: str, exc: MissingExtraError) -> Finding:
    path, span = _place(target, size, model)
    message = f"whether {model} takes about {sum(size):,} tokens is not known here: the list of models is not installed"
    return Finding(path, span, CODE, message, f"to have it checked: {exc.hint}", "note")


def _fixed(target: Target, prompt: Prompt) -> int:
    """Messages, templates, and what is sent beside them; a template counts once, however often it is included."""
    texts = [text_span.text for text_span in (*target.messages, *_templates(target))]
    texts += [str(part) for part in (prompt.json_schema, *prompt.tools) if part]
    if prompt.is_text_only:
        return sum(estimate_tokens(text) for text in texts)
    from promptops.lint.located_values.linked_files import example_texts

    items = [item for item in prompt.messages if isinstance(item, MessageTemplate)]
    texts += [one.text for one in example_texts(target)]
    texts += [call.name + call.arguments for item in items for call in item.tool_calls]
    needed = {item.name for item in prompt.inputs if item.required}
    slots = [part for item in items for part in item.parts if isinstance(part, MediaSlot) and part.name in needed]
    return sum(estimate_tokens(text) for text in texts) + sum(media_tokens(slot.kind) for slot in slots)


def _templates(target: Target) -> tuple[TextSpan, ...]:
    """Looking for them reads every message as a template, so only where one can be named."""
    return target.templates if any("{%" in text_span.text for text_span in target.messages) else ()


def _longest(tested: Target, prompt: Prompt, cases: tuple[Case, ...]) -> tuple[Case | None, int]:
    """The case whose values make the longest request, and about how many tokens they have."""
    if not cases:
        return None, 0
    names = {item.name for item in prompt.inputs}
    if prompt.plain:
        names = set(tested.placeholders)
    best, most = None, 0
    kinds = {item.name: item for item in prompt.inputs if item.kind}
    for case in cases:
        length = sum(len(str(value)) for name, value in case.fields.items() if name in names and name not in kinds)
        for name in kinds.keys() & case.fields.keys() if kinds else ():
            length += 4 * _chat_tokens(case.fields[name], kinds[name])
        if length > most:
            best, most = case, length
    return best, -(-most // 4)


def _chat_tokens(value: Any, item: Input) -> int:
    """About how many tokens a history has, and a picture that may be left out: those that must be there are `fixed`."""
    if item.kind == MESSAGES:
        return _history_tokens(value)
    return 0 if item.required or value is None else media_tokens(item.kind)


def _history_tokens(value: Any) -> int:
    if isinstance(value, str):
        return media_tokens("image") if value[:5].lower() == "data:" else estimate_tokens(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(_history_tokens, inner))


def _place(target: Target, size: TokenSize, model: str) -> tuple[PurePosixPath, Span]:
    """In a suite its model's name, else the reply's limit or the longest text, whichever is more."""
    if target.suite is not None and target.node is not None:
        named = next(node for node in target.node.value["models"].value if node.text == model)
        return target.path, named.span
    if size.reply > size.fixed:
        from promptops.lint.located_values.model_parameters import parameters

        limits = [item for item in parameters(target) if item.name in ("max_tokens", "max_completion_tokens")]
        return target.path, limits[-1].value.span
    texts = (*target.messages, *_templates(target))
    if not texts:
        return target.path, START
    longest = max(texts, key=lambda text_span: len(text_span.text))
    start = len(longest.text) - len(longest.text.lstrip())
    return longest.path, longest.span(start, start + _SHOWN)
