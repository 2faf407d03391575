"""The same 1,000 cases, prompt and checks for every runner.

A case is about as long as a short paragraph from a meeting: enough that a template is really filled in, little enough
that it is the runner and not the text that is measured. Check 1: the reply names the case (a text from the case's
fields, so it is rendered once a case). Check 2: the reply is at most 60 words. Both hold for every reply of
`benchmarks.endpoint`; a runner that does not pass all of them has not done the work, and its figure is thrown away.
"""

from __future__ import annotations

from typing import TypedDict

IN_FLIGHT = 200
MAX_WORDS = 60
MODEL = "bench-model"
SYSTEM = "You write meeting summaries for {{ audience }}. Write one short paragraph, name {{ topic }} in it."
USER = "{{ transcript }}"
_AUDIENCES = ("sales", "product", "engineering")
_SAID = ("Anna: the report is nearly done. ", "Ben: then we send it on Friday. ", "Chi: I tell the customer. ")


class Case(TypedDict):
    """The fields of one case; `topic` is `case-N`."""

    topic: str
    audience: str
    transcript: str


def make_cases(number: int) -> list[Case]:
    """`number` different cases, the same in every run."""
    return [
        Case(
            topic=f"case-{index}",
            audience=_AUDIENCES[index % 3],
            transcript=f"About case-{index}. " + "".join(_SAID[(index + turn) % 3] for turn in range(12)),
        )
        for index in range(number)
    ]
