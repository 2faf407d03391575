"""Where values of inputs are pasted into a message, and whether the message marks where they begin and end.

Marks are tags (`<text>…</text>`, `[text]…[/text]`, `<{{ tag }}>…</{{ tag }}>`), fences (three or more of one sign on
a line of their own, three quotes or backticks anywhere), `<<< … >>>`, lines that say BEGIN and END, the filter `fence`,
and macros that put one of these around what they are given. Ordinary quotes are none: people type them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from promptops.lint.engine.target import Target
from promptops.lint.engine.template_tags import Tag
from promptops.lint.engine.text_spans import TextSpan
from promptops.lint.templates.free_text import item_of, may_hold_text, part_of
from promptops.model.chat.message_template import MESSAGES
from promptops.model.prompt import Input

_OPEN_TAG = re.compile(r"<([A-Za-z][\w.-]*)(?:\s[^<>]*)?>|\[([A-Za-z][\w. -]*)\]")
_CLOSE_TAG = re.compile(r"</([A-Za-z][\w.-]*)|\[/([A-Za-z][\w. -]*)")
_FENCE_LINE = re.compile(r"^[ \t]*([-=~#*_+])\1{2,}[^\n]*$", re.MULTILINE)
_FENCE = re.compile(r"(`{3,}|\"{3,}|'{3,})")
_THREE = tuple(sign * 3 for sign in "`\"'-=~#*_+")
_BEGIN = re.compile(r"^.*\bBEGIN\b.*$", re.MULTILINE)
_END = re.compile(r"^.*\bEND\b.*$", re.MULTILINE)
_NOT_MARKS = frozenset({"instruction", "instructions", "system", "prompt", "task", "rules", "guidelines"})
ORDERS = ("system", "developer")
"""The messages where a model takes orders from: no stranger's text belongs there (P202)."""
TYPED_THERE = "whatever is typed there would be read as your instruction"
_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_NAME = re.compile(r"(?<![\w.|])(?<!\|[ \t])([^\W\d]\w*)")
_PATH = re.compile(_NAME.pattern + r"((?:\.[^\W\d]\w*)*)")
_HARMLESS = re.compile(r"\|\s*(?:tojson|length|count|urlencode|int|float|wordcount|fence)\b")
_JOINT = re.compile(r"[~+()\[\]{}]")
_CALL = re.compile(r"(?:[^\W\d]\w*\.)*([^\W\d]\w*)\s*\(")
_MACRO = re.compile(r"[-+]?\s*macro\s+([^\W\d]\w*)\s*\((.*)\)", re.DOTALL)
_CONDITION = re.compile(r"\bif\b.*?(?:\belse\b|$)", re.DOTALL)


class _Taint(NamedTuple):
    """The input that a value comes from, and the JSON Schema of the value; True where that is not told."""

    name: str
    schema: Any


class Interpolation(NamedTuple):
    """A `{{ … }}` that brings the value of the input `name` into a message of this `role`."""

    name: str
    role: str
    text_span: TextSpan
    tag: Tag
    marked: bool


@lru_cache(maxsize=1)  # two rules ask, one after the other
def interpolations(target: Target) -> tuple[Interpolation, ...]:
    """Every place where an untrusted input is pasted, in messages and in the files they include."""
    inputs = target.prompt.inputs if target.prompt is not None else ()
    sources = {item.name: _Taint(item.name, item.schema) for item in inputs if item.untrusted and _has_text(item)}
    return tuple(_interpolations(target, sources)) if sources else ()


def _has_text(item: Input) -> bool:
    return not item.kind or item.kind == MESSAGES  # what else is printed is no text (P115)


def _interpolations(target: Target, sources: Mapping[str, _Taint]) -> Iterator[Interpolation]:
    by_path = {text_span.path: text_span for text_span in target.templates}
    marking = _marking_macros((*target.messages, *target.templates))
    done: set[tuple[str, str, bool]] = set()

    def walk(text_span: TextSpan, role: str, marked: bool, tainted: Mapping[str, _Taint]) -> Iterator[Interpolation]:
        if not text_span.tags or text_span.problem is not None:
            return
        regions, known = Regions(text_span, _calls(text_span, marking)), dict(tainted)
        included = {name: by_path[path] for name, _, path in target.references_of(text_span) if path in by_path}
        for tag in text_span.tags:
            inside = marked or regions.hold(tag)
            if tag.kind == "{{":
                if source := _brings(tag.body, known):
                    yield Interpolation(source.name, role, text_span, tag, inside or bool(marking & _called(tag.body)))
            elif tag.kind == "{%":
                _bind(tag.body, known)
                for name, other in included.items():
                    key = (other.path.as_posix(), role, inside)
                    if name in tag.body and key not in done:
                        done.add(key)
                        yield from walk(other, role, inside, known)

    for message in target.messages:
        yield from walk(message, message.role, False, sources)


def _brings(expression: str, tainted: Mapping[str, _Taint]) -> _Taint | None:
    """Where the text comes from that the expression pastes; None when only its length, its JSON or a number comes out.

    The schema is that of the whole expression where it is no more than a name and its parts.
    """
    bare = _CONDITION.sub(" ", _STRING.sub("''", expression)).strip("+- \t\n")
    for part in _operands(bare):
        for found in _PATH.finditer(part) if not _HARMLESS.search(part) else ():
            if found[1] in tainted:
                name, whole = tainted[found[1]]
                schema = part_of(whole, found[2].split(".")[1:])
                if may_hold_text(schema):
                    return _Taint(name, schema if found[0] == bare else True)
    return None


def _operands(expression: str) -> Iterator[str]:
    """What `~` and `+` put together: a filter after one of them is not for the others."""
    depth, position = 0, 0
    for found in _JOINT.finditer(expression):
        if found[0] in "~+" and depth == 0:
            yield expression[position : found.start()]
            position = found.end()
        depth += (found[0] in "([{") - (found[0] in ")]}")
    yield expression[position:]


def _bind(statement: str, tainted: dict[str, _Taint]) -> None:
    """`{% for line in text %}` and `{% set x = text %}` give the value another name."""
    word, _, rest = " ".join(statement.lstrip("-+").split()).partition(" ")
    divider = {"for": " in ", "set": "="}.get(word)
    if divider and divider in rest:
        targets, _, expression = rest.partition(divider)
        if source := _brings(expression, tainted):
            names = _NAME.findall(targets)
            schema = source.schema if len(names) == 1 else True
            schema = item_of(schema) if word == "for" else schema
            tainted.update(dict.fromkeys(names, source._replace(schema=schema)))


def _called(expression: str) -> set[str]:
    """The macros that an expression calls, by the last part of their names."""
    return set(_CALL.findall(expression))


def _marking_macros(text_spans: Iterable[TextSpan]) -> frozenset[str]:
    """Macros of these texts that put marks around each of their arguments, and around what `call` gives them."""
    found: set[str] = set()
    for text_span in text_spans:
        if "macro" not in text_span.text or text_span.problem is not None:
            continue
        regions = Regions(text_span)
        for opened, inner, _ in _blocks(text_span, "macro"):
            head = _MACRO.match(opened.body)
            given = {*_NAME.findall(head[2]), "caller"} if head else set()
            shown = [tag for tag in inner if tag.kind == "{{" and given & set(_NAME.findall(_STRING.sub("", tag.body)))]
            if head and shown and all(regions.hold(tag) or _HARMLESS.search(tag.body) for tag in shown):
                found.add(head[1])
    return frozenset(found)


def _calls(text_span: TextSpan, marking: frozenset[str]) -> Iterator[tuple[int, int]]:
    """What stands in `{% call quoted() %}…{% endcall %}` and `{% filter fence %}…{% endfilter %}`."""
    for opened, _, end in _blocks(text_span, "filter") if "fence" in text_span.text else ():
        if re.search(r"\bfence\b", opened.body):
            yield opened.end, end
    for opened, _, end in _blocks(text_span, "call") if marking else ():
        if marking & _called(opened.body):
            yield opened.end, end


def _blocks(text_span: TextSpan, word: str) -> Iterator[tuple[Tag, list[Tag], int]]:
    """Each block of this kind: the tag that opens it, the tags within, and where it ends."""
    opened: list[tuple[Tag, list[Tag]]] = []
    for tag in text_span.tags:
        if tag.kind == "{%" and tag.word == word:
            opened.append((tag, []))
        elif tag.kind == "{%" and tag.word == f"end{word}" and opened:
            first, inner = opened.pop()
            yield first, inner, tag.start
        else:
            for _, inner in opened:
                inner.append(tag)


class Regions:
    """The stretches of a text that lie between marks, and those that are `given`."""

    def __init__(self, text_span: TextSpan, given: Iterable[tuple[int, int]] = ()) -> None:
        found = sorted([*_regions(text_span), *given])
        self._starts = [start for start, _ in found]
        self._ends = list(accumulate((end for _, end in found), max))

    def hold(self, tag: Tag) -> bool:
        """Whether the tag lies in one of them: the one that ends last among those that begin before it."""
        before = bisect_right(self._starts, tag.start)
        return before > 0 and self._ends[before - 1] >= tag.end


def _regions(text_span: TextSpan) -> list[tuple[int, int]]:
    text = text_span.text
    if not re.search(r"[<\[`\"'~=#*_+-]|BEGIN", text):
        return []
    found = [*_between_named_by_values(text_span)]
    # What stands in braces is no mark: `{{ a }}` may hold quotes, `{#- note -#}` dashes.
    text = text_span.without_tags
    found += [*_between_tags(text), *_between_fences(text)]
    if "<<<" in text:
        found.extend(_pairs(text, re.compile(r"<{3,}"), re.compile(r">{3,}")))
    if "BEGIN" in text:
        found.extend(_pairs(text, _BEGIN, _END))
    return found


def _between_tags(text: str) -> Iterator[tuple[int, int]]:
    closers: dict[str, list[int]] = {}
    for closer in _CLOSE_TAG.finditer(text):
        closers.setdefault(f"<{closer[1]}" if closer[1] else f"[{closer[2].rstrip()}", []).append(closer.start())
    for opener in _OPEN_TAG.finditer(text) if closers else ():
        name = opener[1] or opener[2].rstrip()
        ends = closers.get(f"<{name}" if opener[1] else f"[{name}", ())
        following = bisect_left(ends, opener.end())
        if following < len(ends) and name.lower() not in _NOT_MARKS:
            yield opener.end(), ends[following]


def _between_named_by_values(text_span: TextSpan) -> Iterator[tuple[int, int]]:
    """`<{{ tag }}>…</{{ tag }}>`."""
    text = text_span.text
    closers: dict[str, list[int]] = {}
    for tag in text_span.tags if "</{{" in text else ():
        if text.endswith("</", 0, tag.start):
            closers.setdefault(tag.body.strip(), []).append(tag.start - 2)
    for tag in text_span.tags if closers else ():
        ends = closers.get(tag.body.strip(), ())
        following = bisect_left(ends, tag.end)
        if text.endswith("<", 0, tag.start) and text.startswith(">", tag.end) and following < len(ends):
            yield tag.end + 1, ends[following]


def _between_fences(text: str) -> Iterator[tuple[int, int]]:
    if not any(three in text for three in _THREE):
        return
    opened: dict[str, int] = {}
    for fence in sorted([*_FENCE_LINE.finditer(text), *_FENCE.finditer(text)], key=lambda match: match.start()):
        sign = fence[1][0]
        start = opened.pop(sign, None)
        if start is None:
            opened[sign] = fence.end()
        else:
            yield start, fence.start()


def _pairs(text: str, opener: re.Pattern[str], closer: re.Pattern[str]) -> Iterable[tuple[int, int]]:
    openers = [found.end() for found in opener.finditer(text)]
    closers = [found.start() for found in closer.finditer(text)] if openers else []
    for begin in openers:
        following = bisect_left(closers, begin)
        if following < len(closers):
            yield begin, closers[following]
