"""Checks of the suite legal/contract-terms that need more than a path and a value."""

import json


def quotes_word_for_word(reply: str, case: dict) -> bool:
    """The quote has at least two words, stands in the clause, and is not the whole of a long clause."""
    try:
        quote = plain(json.loads(reply)["quote"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    clause = plain(case["clause"])
    return len(quote.split()) >= 2 and quote in clause and len(quote) <= max(120, len(clause) // 2)


def plain(text: str) -> str:
    """Small letters, straight quotes and single spaces: differences no court minds."""
    return " ".join(text.replace("’", "'").lower().split()).rstrip(".")
