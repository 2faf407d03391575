"""What a warm render costs: `get().render()` beside the same templates in Jinja's own sandbox, without any check.

    python -m benchmarks.rendering --bundle FILE --prompt NAME --how WAY       WAY is a name in the table

The peer is Jinja's own sandbox as anybody would set it up, and as lean as can be: texts compiled once, included texts
under the names they are included by, no defaults to be filled in, no inputs to be checked, no work counted, and text as
the result instead of a call. That both say the same is checked. Each way runs in a process of its own and prints the
median of many batches, in seconds for one render.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.pinned import SMALL, SMALL_VALUES, VALUES
from benchmarks.process import environment, run
from benchmarks.rows import Sample

OURS, SANDBOX = "get().render()", "the sandbox alone"
DEFAULTS = {"language": "English"}
"""What the prompts give their inputs that are left out of `VALUES`."""
BATCHES, IN_A_BATCH = 300, 20


def measure(bundle: Path, prompt: str, way: str) -> Sample:
    """One run; seconds for one render."""
    command = [sys.executable, "-m", "benchmarks.rendering", "--bundle", str(bundle), "--prompt", prompt]
    ran = run([*command, "--how", way], cwd=Path(__file__).parent.parent, env=environment(bundle.parent))
    if ran.code:
        return Sample(problem=f"failed with exit code {ran.code}: {ran.tail()}")
    return Sample(float(json.loads(ran.output)["median"]), ran.megabytes)


def _ours(bundle: Path, name: str, values: Mapping[str, Any]) -> Callable[[], Any]:
    from promptops import Prompts

    prompts = Prompts.from_bundle(bundle)
    return lambda: prompts.get(name).render(**values)


def _sandbox(bundle: Path, name: str, values: Mapping[str, Any]) -> Callable[[], Any]:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from promptops.pins.bundle import load_bundle

    held = load_bundle(bundle)
    content = json.loads(held.contents[held.pins[name].digest])
    names = content["references"].get("", {})
    included = {each: held.texts[content["templates"][path]] for each, path in names.items()}
    loader = jinja2.DictLoader(included)
    sandbox = ImmutableSandboxedEnvironment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    # Without the chain of mappings that `from_string` looks names up in: it costs more than a short prompt.
    filled = [
        jinja2.Template.from_code(sandbox, sandbox.compile(text), sandbox.globals) for _, text in content["messages"]
    ]
    complete = {**DEFAULTS, **values}
    return lambda: [template.render(complete) for template in filled]


def _time(render: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(BATCHES):
        start = time.perf_counter()
        for _ in range(IN_A_BATCH):
            render()
        seconds.append((time.perf_counter() - start) / IN_A_BATCH)
    return statistics.median(seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="times rendering one prompt")
    for option in ("--bundle", "--prompt", "--how"):
        parser.add_argument(option, required=True)
    asked = parser.parse_args()
    given = SMALL_VALUES if asked.prompt == SMALL else VALUES
    ways = {
        OURS: _ours(Path(asked.bundle), asked.prompt, given),
        SANDBOX: _sandbox(Path(asked.bundle), asked.prompt, given),
    }
    said = [message["content"] for message in ways[OURS]().messages()]
    assert said == ways[SANDBOX](), "the two say different things"
    print(json.dumps({"median": _time(ways[asked.how])}))
