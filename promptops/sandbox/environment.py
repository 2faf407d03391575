"""Which environment variables a sandboxed command sees."""

from __future__ import annotations

import os
from collections.abc import Mapping

# What programs need to start; keys and tokens are not among it, and neither is HOME, where tools look for keys.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "SYSTEMDRIVE", "TMPDIR", "TEMP", "TMP")


def sandbox_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """These variables, and the few of ours that a sandboxed command gets."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | dict(variables)
