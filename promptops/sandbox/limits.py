"""What a sandboxed command may take: time, memory, processes, file size."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

# Soft before hard: no limit may be above its hard one. A system that already allows less keeps its own.
_LIMITED = 'ulimit -c 0; ulimit -f "$1"; ulimit -St "$2"; ulimit -Ht "$3"; shift 3; exec "$@"'
_BLOCK = 512
"""Bytes in a unit of `ulimit -f`; an old bash (macOS) takes 1024."""


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Sizes in bytes. The command with all it starts may have so much `memory` in use and so many `processes`.

    `seconds` of one call and `total_seconds` of all calls are wall time. `processor_seconds` and `file_size` hold for
    each process and file; `answer` is the longest line it may write.
    """

    seconds: float = 5.0
    total_seconds: float = math.inf
    processor_seconds: int = 3600
    memory: int = 512 * 2**20
    processes: int = 1
    file_size: int = 0
    answer: int = 65_536

    def apply(self, command: Sequence[str]) -> list[str]:
        """A command line that runs `command` under those of the limits that the kernel keeps."""
        if os.name != "posix":
            return list(command)
        seconds = self.processor_seconds
        numbers = map(str, (self.file_size // _BLOCK, seconds, seconds + 1))
        return ["/bin/sh", "-c", _LIMITED, "sh", *numbers, *command]

    def describe(self, limit: str, seconds: float) -> str:
        """What a command did that exceeded this limit, after its name: "needs more than 512 MB of memory"."""
        return {
            "seconds": f"took longer than {seconds:g} s",
            "total_seconds": f"took {self.total_seconds:g} s for the calls before and gets no more",
            "processor_seconds": f"needs more than {self.processor_seconds:,} s of processor time",
            "memory": f"needs more than {self.memory // 2**20:,} MB of memory",
            "processes": f"starts more than {self.processes - 1} other processes",
            "file_size": f"writes a file of more than {self.file_size // 2**20:,} MB",
            "answer": f"answers with more than {self.answer:,} bytes",
        }[limit]
