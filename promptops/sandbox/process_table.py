"""Which running processes belong to which sandbox, and what memory they use: read from /proc."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
HAS_PROC = os.path.exists("/proc/self/stat")


class ProcessTable:
    """A sandbox is named by its session: the id of the process that was started in it.

    A process belongs to it by its session or, should it have left that, by the one that started it. What was seen to
    belong elsewhere is not read again, so a look costs little more than listing /proc.
    """

    def __init__(self) -> None:
        self._owners: dict[int, int] = {}
        self._strangers: set[int] = set()

    def forget_strangers(self) -> None:
        """Before a new session is looked for: its first process may have been seen before it had a session."""
        self._strangers.clear()

    def read(self, sessions: Collection[int]) -> dict[int, dict[int, int]]:
        """For each session its processes, each with its resident memory in bytes. Empty without /proc."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        if not HAS_PROC:
            return found
        running = {int(name) for name in os.listdir("/proc") if name.isdecimal()}
        owners: dict[int, int] = {}
        for pid in sorted(running - self._strangers):
            try:
                state, parent, session, pages = _read_stat(pid)
            except (OSError, ValueError):
                continue  # ended meanwhile
            owner = session if session in sessions else self._owners.get(pid, owners.get(parent))
            if owner is None or owner not in sessions:
                self._strangers.add(pid)
            elif state != b"Z" or parent in owners:  # a dead one that waits for init takes nothing
                owners[pid] = owner
                found[owner][pid] = pages * _PAGE
        self._strangers &= running
        self._owners = owners
        return found


def memory_in_use(processes: dict[int, int], limit: int) -> int:
    """Bytes used by these processes together; what several share counts once where that decides about the limit."""
    resident = sum(processes.values())
    if resident <= limit or len(processes) == 1:
        return resident
    return sum(_proportional_memory(pid, size) for pid, size in processes.items())


def _read_stat(pid: int) -> tuple[bytes, int, int, int]:
    """State, parent, session and resident pages."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        text = file.read()
    fields = text[text.rindex(b")") + 2 :].split()  # the name before may hold anything
    return fields[0], int(fields[1]), int(fields[3]), int(fields[21])


def _proportional_memory(pid: int, resident: int) -> int:
    with suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return resident
