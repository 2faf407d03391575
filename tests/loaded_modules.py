"""Which modules a command loads: what people wait for before anything happens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def loaded_by(project: Path, arguments: list[str]) -> set[str]:
    """The modules that are loaded when the command ends, whatever it said."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('LOADED', *sys.modules))\n"
        f"sys.argv[1:] = {arguments}\n"
        "from promptops.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False)
    *_, last = done.stdout.splitlines()
    assert last.startswith("LOADED "), done.stdout + done.stderr
    return set(last.split())
