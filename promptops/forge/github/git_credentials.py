"""How git itself is let into a repository on GitHub with a workflow's token."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence


def credential_settings(server: str, token: str) -> Mapping[str, Sequence[str]]:
    """Settings of git, for its environment and no list of processes; none without a token or for a server in the open.

    The empty one comes first: it drops the header that a checkout may have left, as two would be refused.
    """
    if not token or not server.startswith("https://"):
        return {}
    secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {f"http.{server.rstrip('/')}/.extraheader": ("", f"AUTHORIZATION: basic {secret}")}
