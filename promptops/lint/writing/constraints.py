"""What single sentences demand of a reply, where that is certain: its length, language, form, and what to leave out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from promptops.lint.writing.instructions import Sentence

ENDLESS = 10**9
LONGEST = 300
"""Characters of a sentence that is looked at: in a longer one too much else is said."""


def _any(*options: str) -> str:
    return f"(?:{'|'.join(options)})"


_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
           "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20}  # fmt: skip
_N = _any(r"\d{1,6}", "a single", *_COUNTS)
_LEAST = ("at least", "no fewer than", "no less than", "not less than", "a minimum of", "more than")
_MOST = ("at most", "no more than", "not more than", "a maximum of", "up to", "under", "fewer than", "less than",
         "below", "within")  # fmt: skip
_LIMIT = (
    rf"(?P<how>{_any(*_LEAST, *_MOST, 'exactly', 'between')})?\s*(?P<low>{_N})(?:\s*{_any('-', '–', 'to', 'or', 'and')}"
    rf"\s*(?P<high>{_N}))?(?:\s+or\s+(?P<before>fewer|less|more))?[\s-]+(?:(?:short|full|complete|simple|clear)\s+)?"
    r"(?P<unit>words?|sentences?|paragraphs?|lines?|characters?|bullet points?|bullets)\b"
    r"(?:\s+(?:or|at)\s+(?P<after>fewer|less|more|most|least))?"
)
_UNSURE = r"\b(?:about|around|roughly|approximately|ideally|typically|usually|preferably)\b"
_NOT_ALWAYS = (
    r"\b(?:if|when|whenever|unless|except|otherwise|each|every|per|where|until|while|in case|depending|for|first|second"
    r"|then|next|finally|last|followed|after|before|start|begin|ends?|unlike|but|translat\w*|section|field|example|e\.g"
    r"|instead|may|can|could)\b"
)
_LANGUAGES = _any(
    "English", "German", "French", "Spanish", "Italian", "Portuguese", "Dutch", "Polish", "Russian", "Chinese",
    "Japanese", "Korean", "Arabic", "Turkish", "Swedish", "Norwegian", "Danish", "Finnish", "Greek", "Hindi",
    "Ukrainian", "Czech", "Hungarian", "Romanian", "Hebrew", "Vietnamese", "Indonesian", "Thai",
)  # fmt: skip
_REPLY = r"(?:(?:your|the|all) )?(?:entire |whole |final )?(?:answers?|repl(?:y|ies)|responses?|output)"
_SAY = r"(?:please |always |only |you |must |should |will )*(?:answer|reply|respond)"
_THINGS = (
    ("lists", _any("bullet points", "bullets", "bullet lists", "bulleted lists", "bullet-point lists", "lists")),
    ("emojis", "emojis?"),
    ("Markdown", "markdown(?: formatting)?"),
    ("headings", "(?:section )?head(?:ing|er)s"),
    ("tables", "(?:markdown )?tables"),
    ("contractions", "contractions"),
    ("code blocks", "code (?:blocks|fences)"),
)


class Constraint(NamedTuple):
    """What a sentence demands under a topic; `clash` says whether two under one topic exclude each other.

    `low` and `high` are those of a limit, `value` is any other demand, and of a limit what it is about.
    """

    topic: str
    value: str
    sentence: Sentence
    low: int = 0
    high: int = 0


def constraints_in(sentence: Sentence) -> Iterator[Constraint]:
    """All that is certain about one sentence; nothing for one that holds only sometimes, or for a part of the reply."""
    words = sentence.words.replace("*", "").strip()
    lower = words.lower().rstrip(" .!;:,")
    if len(words) > LONGEST or "\0" in lower:
        return
    yield from _verb_phrase(sentence, lower)
    found = [find for trigger, find in _FINDERS if trigger.search(lower)]
    if found and not re.search(_NOT_ALWAYS, lower):
        for find in found:
            yield from find(sentence, lower)


def clash(one: Constraint, other: Constraint) -> bool:
    """Whether both cannot be met at once."""
    if one.high or other.high:
        both = {one.value, other.value}
        same = len(both) == 1 or both in ({"", "reply"}, {"", "summary"})
        return same and (one.high < other.low or other.high < one.low)
    return one.value != other.value


def _limits(sentence: Sentence, lower: str) -> Iterator[Constraint]:
    if re.search(_UNSURE, lower):
        return
    found = list(re.finditer(_LIMIT, lower))
    if len(found) != 1:
        return
    limit = found[0]
    about = _subject(lower[: limit.start()], lower[limit.end() :])
    if about is not None and (about or not (sentence.numbered or sentence.nested)):
        unit = limit["unit"].removesuffix("s").replace("bullet point", "bullet")
        yield Constraint(f"length in {unit}s", about, sentence, *_range(limit))


def _range(limit: re.Match[str]) -> tuple[int, int]:
    low = _count(limit["low"])
    high = _count(limit["high"]) if limit["high"] else low
    side = limit["before"] or limit["after"]
    if limit["how"] in _LEAST or side in ("more", "least"):
        return low, ENDLESS
    if limit["how"] in _MOST or side in ("fewer", "less", "most"):
        return 0, high
    if limit["unit"].startswith(("word", "character")) and limit["how"] is None and not limit["high"]:
        return low // 2, high * 2  # nobody counts words one by one
    return low, high


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _COUNTS.get(word, 1)


def _subject(before: str, after: str) -> str | None:
    """What a limit is about: `reply`, `summary`, the thing that is written, `""` for no thing; None when unclear."""
    if after.strip() and not re.match(r"\s*(?:[,;(]|long\b|(?:in )?total\b)", after):
        return None
    before = re.sub(r"^(?:please |always |you (?:must |should |will )?)+", "", before.strip())
    before = re.sub(
        r"(?:^|(?<=\s))(?:in|with|using|to|of|must|should|be|is|are|have|a|only|just|\s)+$", "", before
    ).strip()
    if before in ("", "use", "write", "limit yourself", "keep", "stay", "stick"):
        return ""
    verb = _any("keep", "limit", "restrict", "make", "give", "write", "return")
    to_whom = r"(?: (?:to )?the (?:user|question|customer|message))?"
    if re.fullmatch(rf"(?:answer|reply|respond){to_whom}|(?:{verb} )?{_REPLY}(?: (?:short|brief|concise))?", before):
        return "reply"
    if re.fullmatch(
        r"(?:write |keep |give )?(?:a|the|your) (?:short |brief |concise )?summary|summari[sz]e\b.{0,60}", before
    ):
        return "summary"
    found = re.fullmatch(r"(?:write|give|provide|produce|create|compose) (?:a|an|the|your) ([a-z ]{2,40})", before)
    return found[1] if found else None


def _language(sentence: Sentence, lower: str) -> Iterator[Constraint]:
    said = re.findall(rf"\b{_LANGUAGES}\b", sentence.words)
    if len(said) != 1:
        return
    written = rf"(?:only |always |exclusively |back |strictly |entirely )*in {said[0].lower()}(?: only)?"
    if re.fullmatch(
        _any(
            rf"{_SAY} {written}",
            rf"(?:please |always |you |must |should )*(?:write|speak|give|keep)(?: {_REPLY})? {written}",
            rf"{_REPLY} (?:must|should|has to|is to) (?:always )?be (?:written )?{written}",
        ),
        lower,
    ):
        yield Constraint("language", said[0], sentence)


def _form(sentence: Sentence, lower: str) -> Iterator[Constraint]:
    if "json" in lower:
        only = _any("only", "just", "nothing but", "exclusively", "strictly")
        json = "(?:with |in |as |a |an |the |one |single |valid |raw )*json(?: object| array| format)?"
        verb = _any(_SAY, "return", "output")
        if re.fullmatch(
            rf"{verb} (?:{only} {json}|(?:with |in )?{only} {json}|{json} only)(?:[,;] ?(?:and )?nothing else)?", lower
        ):
            yield Constraint("form", "json", sentence)
        return
    found = re.fullmatch(
        rf"{_any(_SAY, rf'(?:write|format|return) {_REPLY}')}(?: only| always)? (?:in|as|with|using) (?:valid |clean )?"
        r"(?:github[- ]flavou?red )?(markdown|plain text|plain prose|prose|html|xml|yaml|csv)(?: format| only)*",
        lower,
    )
    if found:
        yield Constraint("form", found[1].removeprefix("plain "), sentence)


def _extent(sentence: Sentence, lower: str) -> Iterator[Constraint]:
    all_of_it = r"(?: (?:everything|all|it|your answer|the answer))?"
    length = _any("in (?:great |full |as much )?detail(?: as possible)?", "at (?:great )?length")
    if re.fullmatch(
        _any(
            rf"{_any(_SAY, '(?:always )?(?:explain|describe|elaborate|write)')}{all_of_it} {length}",
            r"(?:give|write|provide) (?:a |an )?(?:very )?(?:long|lengthy) (?:answers?|repl(?:y|ies)|responses?)",
        ),
        lower,
    ):
        yield Constraint("extent", "long", sentence)
    elif re.fullmatch(
        _any(
            r"(?:please |always |you |must |should )*be (?:very |as )?(?:brief|concise|succinct)(?: as possible)?",
            rf"(?:keep|make) {_any(_REPLY, 'it')} (?:as |very )?(?:short|brief|concise)(?: as possible)?",
            rf"{_SAY} (?:briefly|concisely|succinctly)",
        ),
        lower,
    ):
        yield Constraint("extent", "short", sentence)


def _things(sentence: Sentence, lower: str) -> Iterator[Constraint]:
    where = rf"(?: in {_REPLY}| anywhere| at all)?"
    never = r"(?:please )?(?:never|do not|don't|you must not) (?:ever )?(?:use|write|add|include)"
    use = rf"(?:always |please )*(?:use|write in|{_SAY} (?:in|with|using)|format {_REPLY} (?:as|in|with))"
    for topic, words in _THINGS:
        if re.fullmatch(rf"(?:{never}|avoid(?: using)?|no|without) (?:any )?{words}{where}", lower):
            yield Constraint(topic, "leave out", sentence)
        elif re.fullmatch(rf"{use} (?:only |short |some |a few )?{words}{where}", lower):
            yield Constraint(topic, "use", sentence)


def _verb_phrase(sentence: Sentence, lower: str) -> Iterator[Constraint]:
    """`never X` against `always X`, or X alone, word for word."""
    found = re.fullmatch(r"(?:please )?(?:you (?:must|should) )?(never|always|not|do not|don't)(?: ever)? (.+)", lower)
    rest = found[2] if found else lower
    if " " in rest:
        yield Constraint(f"“{rest}”", "never" if found and found[1] != "always" else "always", sentence)


_FINDERS: tuple[tuple[re.Pattern[str], Callable[[Sentence, str], Iterator[Constraint]]], ...] = (
    (re.compile("word|sentence|paragraph|line|character|bullet"), _limits),
    (re.compile(rf"\bin {_LANGUAGES.lower()}\b"), _language),
    (re.compile("json|markdown|plain|prose|html|xml|yaml|csv"), _form),
    (re.compile("detail|length|long|brief|concise|succinct|short"), _extent),
    (re.compile("bullet|lists|emoji|markdown|head|tables|contractions|code"), _things),
)
"""Words without one of which a sentence is not looked at, and who looks."""
