"""What people said about outputs: `evals/labels/NAME.jsonl`, one judgement a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Label:
    """One person's judgement: `output` is the digest of the text judged, `when` ISO 8601, `url` where it was said."""

    case: str
    output: str
    criterion: str
    verdict: Literal["pass", "fail"]
    who: str = ""
    when: str = ""
    why: str = ""
    url: str = ""
