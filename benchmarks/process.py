"""One command, run to its end: wall-clock time from start to exit, and the most memory it held.

The whole process is measured, start-up and imports included, since that is what somebody waits for. Memory is the
kernel's peak resident size (`wait4`): the largest single process among the command and the children it waited for.
On Linux a child begins with its parent's figure, so whoever calls this stays small: heavy imports happen in children.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 240.0
_ERROR = re.compile(r"[\w.]*(error|exception)\b.*?:", re.IGNORECASE)
_BYTES_A_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did: seconds, peak memory in MB (10^6 bytes), exit code and what it wrote.

    `processor_seconds`: those that it and the processes it waited for used.
    """

    seconds: float
    megabytes: float
    code: int
    output: str
    errors: str
    processor_seconds: float = 0.0

    def tail(self) -> str:
        """The line that says why it failed: the last one that names an error, else the last one."""
        lines = [line.strip() for line in (self.output + "\n" + self.errors).splitlines() if line.strip()]
        said = [line for line in lines if _ERROR.match(line)] or lines
        return said[-1][:200] if said else "it said nothing"


def environment(home: Path, **more: str) -> dict[str, str]:
    """A small environment with a home of its own: no keys, no proxies, no settings of this machine's user."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return kept | {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "NO_COLOR": "1"} | more


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float = TIMEOUT) -> Ran:
    """Run it; after `timeout` seconds its own process group is ended, and the exit code is not 0."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        timer = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            # ^C does not reach a process in a group of its own.
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - start
        # wait4 has taken the exit code; Popen must not ask for it again.
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Ran(
            seconds=seconds,
            megabytes=usage.ru_maxrss * _BYTES_A_UNIT / 1e6,
            code=process.returncode,
            output=out.read().decode("utf-8", "replace"),
            errors=err.read().decode("utf-8", "replace"),
            processor_seconds=usage.ru_utime + usage.ru_stime,
        )
