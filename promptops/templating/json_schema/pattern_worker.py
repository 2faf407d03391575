"""The process that runs patterns which may take for ever; see promptops.templating.json_schema.pattern_process.

Started as `python -I pattern_worker.py`. One JSON line in, one out: `{}`, as soon as it is ready, → `{}`;
`{pattern, text}`, with `flags` or without, → `{found}`: the text that was found, or null; `{error}` for no pattern.
"""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
from typing import Any

_MOST_TEXT = 5_000
"""Characters of what was found: up to twelve bytes each in JSON, of an answer of 64 kB."""


def main() -> None:
    """Serve until the other side closes the pipe."""
    warnings.simplefilter("ignore")
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    for line in iter(requests.readline, b""):
        asked = json.loads(line)
        answers.write(json.dumps(_answer(asked) if asked else {}).encode() + b"\n")
        answers.flush()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        found = re.search(asked["pattern"], asked["text"], asked.get("flags", 0))
    except (re.error, RecursionError, OverflowError, ValueError) as exc:
        return {"error": str(exc)}
    return {"found": None if found is None else found[0][:_MOST_TEXT]}


if __name__ == "__main__":
    main()
    os._exit(0)  # there is nothing to tidy up
