"""Manners of writing that prompts forbid, and words by which a prompt says what it wants in their place."""

from __future__ import annotations

from typing import NamedTuple

_TOO = "(?:too |so |overly |very |unnecessarily |excessively |needlessly |any )*"


class StyleTerm(NamedTuple):
    """`forbidden` and `wanted` are regular expressions that do not mind case; `hint` is a sentence that could stand."""

    forbidden: str
    wanted: str
    hint: str


def _style_term(hint: str, adjectives: str, nouns: str, alone: str, wanted: str) -> StyleTerm:
    """From lists of words, where `_` is a space and `*` any ending.

    Forbidden is an adjective before one of the nouns, or a word alone.
    """
    before, after, single, instead = map(_options, (adjectives, nouns, alone, wanted))
    forbidden = rf"{_TOO}(?:{before} {after}|{single}(?=[\s.!;,]*$| (?:or|and)\b))(?![\w-])"
    return StyleTerm(forbidden, rf"\b{instead}(?![\w-])", hint)


def _options(words: str) -> str:
    return f"(?:{'|'.join(words.split())})".replace("*", "[a-z]*").replace("_", " ")


STYLE_TERMS = (
    _style_term(
        "Use short, everyday words",
        "long big hard difficult complicated complex fancy rare technical academic legal",
        "words? language terms? vocabulary jargon wording",
        "jargon legalese buzzwords technical",
        "plain* simpl* short_words everyday easy easily common clear* child* layperson* lay beginner* non-technical"
        " glossary familiar explain* defin* accessible straightforward underst*",
    ),
    _style_term(
        "Write at most three sentences",
        "long lengthy verbose wordy rambling long-winded",
        "sentences? answers? reply replies responses? paragraphs? explanations? texts?",
        "verbose wordy long-winded lengthy long",
        "brief* concis* short* succinct* at_most no_more_than maximum limit* one two three four five [0-9]* compact"
        " terse tight few under within to_the_point direct focus*",
    ),
    _style_term(
        "Write as you would to a good colleague",
        "formal stiff robotic cold impersonal",
        "language tone words style",
        "formal stiff robotic cold impersonal",
        "friendly casual* conversation* warm* informal* natural* relaxed human personal*",
    ),
    _style_term(
        "Write as in a letter to a customer",
        "informal casual chatty colloquial slang",
        "language tone words style expressions",
        "informal casual chatty colloquial slang colloquialisms",
        "formal* professional* standard polite* neutral* respectful* business",
    ),
    _style_term(
        "Say who does it: “the team sends the form”",
        "passive",
        "voice sentences? constructions",
        "passive",
        "active actively",
    ),
    _style_term(
        "Name the figure, the date or the person meant",
        "vague generic general unspecific",
        "answers? reply replies responses? statements? language terms advice phrases",
        "vague generic unspecific",
        "specific* concrete* precise* exact* example* detail* figure* number* name* cite* citing quot* evidence"
        " actionable",
    ),
    _style_term(
        "Say what it does, in a sober tone",
        "flowery exaggerated sensational promotional salesy marketing dramatic hyperbolic",
        "language tone words style speak",
        "hype superlatives flowery sensational promotional salesy dramatic",
        "sober* neutral* fact* plain* matter-of-fact objective* calm* professional* honest* measured",
    ),
    _style_term(
        "Name one thing that is good, then what to change",
        "rude harsh negative condescending patronizing patronising judgmental aggressive impolite",
        "language tone words style",
        "rude harsh condescending patronizing patronising judgmental aggressive impolite",
        "kind* friendly polite* respect* constructiv* encourag* warm* gentl* supportiv* positiv* empath* courteous*"
        " professional* neutral* patient*",
    ),
)
