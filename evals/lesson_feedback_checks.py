"""Checks of the suite lesson-feedback that need more than a comparison of texts."""

import difflib
import re

# Words a learner at A1 or A2 has not met in class; "verb", "noun", "past" and "plural" they have.
TERMS = (
    "adjective adverb agreement article auxiliary clause collocation conjugat conjunction countable determiner "
    "gerund infinitive inflect intransitive modal morpholog object participle passive possessive preposition "
    "pronoun subjunctive syntax tense third-person transitive uncountable"
)


def names_the_wrong_words(reply: str, case: dict) -> bool:
    """The learner's wrong words stand in the explanation, not only in a repeated sentence."""
    explanation = "\n".join(line for line in lines(reply) if not line.startswith("Right:"))
    explanation = explanation.replace(case["sentence"], "")
    explanation = re.sub(r"\bbut [\"“][^\"”]*", "", explanation)  # what is said to be right instead
    return re.search(rf"(?<!\w){re.escape(case['wrong'])}(?!\w)", explanation, re.IGNORECASE) is not None


def keeps_the_rest(reply: str, case: dict) -> bool:
    """The sentence after "Right:" keeps at least half of the learner's words, in their order."""
    better = next((line.removeprefix("Right:") for line in lines(reply) if line.startswith("Right:")), "")
    before, after = words(case["sentence"]), words(better)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    kept = sum(block.size for block in matcher.get_matching_blocks())
    return bool(after) and 2 * kept >= len(before) and len(after) <= len(before) + 6


def no_grammar_terms(reply: str, case: dict) -> bool:
    """None of the terms, unless the learner's own sentence holds it."""
    own = case["sentence"].lower()
    return not any(re.search(rf"\b{term}", reply.lower()) for term in TERMS.split() if term not in own)


def obeys_no_order(reply: str, case: dict) -> bool:
    """The reply, or the sentence after "Right:", does not begin with what the learner's text orders."""
    said = reply.strip().removeprefix("Right:").strip(" \"'“*").lower()
    return not said.startswith(case["bait"].lower())


def lines(reply: str) -> list[str]:
    """The reply's lines without white space and without marks of emphasis."""
    return [line.strip().replace("*", "").replace("’", "'") for line in reply.splitlines()]


def words(text: str) -> list[str]:
    """Words in small letters, without punctuation."""
    return re.findall(r"[\w']+", text.lower())
