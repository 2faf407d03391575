"""The closed forms answer without numpy, and fast: most evaluations need nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import promptops.statistics

PROGRAM = """
import importlib, pkgutil, sys, time
import promptops.statistics as package
for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
    if not module.name.endswith(".paired_outcomes"):  # which is imported where it is needed
        importlib.import_module(module.name)
from promptops.statistics import agreement, comparison, corrections, gate_power, power
base, head = [1.0] * 30 + [0.0] * 18, [1.0] * 27 + [0.0] * 10 + [1.0] * 11
comparison.rate(head), comparison.rate_bound(head, "lower")
gate_power.rate_shortfall(10, 0.9), gate_power.drop_shortfall(10, 0.1), gate_power.drop_shortfall(10, 0.105)
corrections.holm([0.01, 0.2]), agreement.cohen_kappa([True, False], [True, True])
power.cases_for_rate(0.75, 0.9), power.cases_for_drop(0.1, 0.1), power.cases_for_difference(0.1, 0.2)
comparison.log_ratio([1.0, 2.0], [2.0, 1.0])
comparison.difference([0.5] * 20, [0.5] * 20)
loaded = "numpy" in sys.modules
times = []
for _ in range(50):
    start = time.perf_counter()
    comparison.difference(base, head)
    times.append(time.perf_counter() - start)
print(loaded, min(times) < 0.001)
"""


def test_closed_forms_need_no_numpy_and_take_under_a_millisecond() -> None:
    root = Path(promptops.statistics.__path__[0]).parents[1]
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, cwd=root)
    assert (done.stdout.strip(), done.stderr) == ("False True", "")
