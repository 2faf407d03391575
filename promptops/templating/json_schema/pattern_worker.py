"""The process that runs patterns which only Python reads; see promptops.templating.json_schema.pattern_process.

Started as `python -I pattern_worker.py`. One JSON line in, one out: `{}`, as soon as it is ready, → `{}`;
`{pattern, text}` → `{found}`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import warnings


def main() -> None:
    """Serve until the other side closes the pipe."""
    warnings.simplefilter("ignore")
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    for line in iter(requests.readline, b""):
        asked = json.loads(line)
        answer = {"found": re.search(asked["pattern"], asked["text"]) is not None} if asked else {}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
    os._exit(0)  # there is nothing to tidy up
