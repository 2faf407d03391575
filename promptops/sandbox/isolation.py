"""How a user's command is kept from keys, from other processes and from the network."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from promptops.sandbox.environment import credential_places

UNLOCK = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
HOW_TO_ISOLATE = f"Ubuntu allows it after: {UNLOCK}" if sys.platform == "linux" else "run it on Linux"
"""What to do where a command cannot be isolated: AppArmor of Ubuntu keeps programs from making namespaces."""
ONLY_LINUX = "only Linux can"
CAN_BE_REQUIRED = sys.platform == "linux"
"""Elsewhere there is nothing that would allow it, so that whoever must do without is told, not stopped."""
_PACKAGE = Path(__file__).resolve().parents[2]
_LAUNCHER = "import sys; sys.path[:0] = {}; from promptops.sandbox.launcher import main; del sys.path[0]; main()"


@dataclass(frozen=True, slots=True)
class ProcessIsolation:
    """What a command may reach: no network unless `network`. `required`: it does not run where it cannot be isolated.

    Where the system has no namespaces for us, a command that is not required to be isolated runs with what is left: an
    environment without keys, and on Linux since 5.13 no sight of the memory and environment of other processes.
    """

    network: bool = False
    required: bool = False

    def command(self, command: Sequence[str]) -> list[str]:
        """A command line that isolates itself and reports it. Of Python's files give the file alone.

        As it is, without a report, on other systems than Linux.
        """
        python = [sys.executable, "-I", "-X", "utf8"]
        if not self.reports:
            return [*(python if command[0].endswith(".py") else []), *command]
        settings = {
            "namespaces": self.network not in _REFUSED,
            "why": _REFUSED.get(self.network, ""),
            "network": self.network,
            "required": self.required,
            "writable": sorted({os.path.realpath(tempfile.gettempdir()), "/dev/shm"}),  # noqa: S108
            "hide": credential_places(),
            "needed": _needed(command),
        }
        return [*python, "-c", _LAUNCHER.format([str(_PACKAGE)]), json.dumps(settings), *command]

    @property
    def reports(self) -> bool:
        """Whether the first line of the command's output is the launcher's."""
        return CAN_BE_REQUIRED

    @property
    def extra_processes(self) -> int:
        """So many of ours stand between us and the command."""
        return 2 if self.reports and self.network not in _REFUSED else 0

    def refuse(self, why: str) -> bool:
        """Remember that namespaces are not to be had; false where that was known."""
        known = self.network in _REFUSED
        _REFUSED.setdefault(self.network, why)
        return not known


_REFUSED: dict[bool, str] = {}
"""With and without network: why this process could not get namespaces. Nothing changes that while it lives."""


def hide_process() -> None:
    """Keep this process's memory and environment from other programs of its user, debuggers included."""
    if sys.platform == "linux":
        from promptops.sandbox import linux_calls  # loads ctypes

        linux_calls.hide_process()


def _needed(command: Sequence[str]) -> list[str]:
    """Without these it would not start."""
    places = (sys.prefix, sys.base_prefix, sys.executable, str(_PACKAGE), *command[:1])
    return sorted({os.path.realpath(place) for place in places})
