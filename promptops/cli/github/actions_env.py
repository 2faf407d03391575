"""What GitHub tells a workflow's step by its environment, read in this one place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from promptops.errors import ForgeError
from promptops.forge.github.client import API, GitHub
from promptops.forge.github.event import EVENT_HINT, MAX_BYTES, Event, event_label, parse_event

_LONGEST_NAME = 200
_LONGEST_NUMBER = 15


class ActionsEnv(NamedTuple):
    """The workflow's step. Texts are empty and files None where GitHub says nothing, as on one's own machine.

    `event_path` is the file with the event's payload; `run_id` is the workflow run's number as text, and `run_attempt`
    which time it runs: above 1, somebody asked for it once more.
    """

    repository: str = ""
    api: str = API
    server: str = "https://github.com"
    event_name: str = ""
    event_path: str = ""
    token: str = ""
    summary: Path | None = None
    output: Path | None = None
    run_id: str = ""
    run_attempt: str = ""
    workspace: Path | None = None

    def github(self, *, login: str = "") -> GitHub:
        """The repository this runs in, or ForgeError that says what is missing."""
        if not self.repository:
            raise ForgeError(
                "no repository is named", where="GITHUB_REPOSITORY", hint="this runs inside a workflow on GitHub"
            )
        if not self.token:
            raise ForgeError(
                "there is no token",
                where="GITHUB_TOKEN",
                hint="give the step one: env: GITHUB_TOKEN: ${{ github.token }}",
            )
        return GitHub(self.repository, self.token, api=self.api, login=login)

    def parsed_event(self) -> Event:
        """The event that started the workflow; an event without a name where there is none. Raises ForgeError."""
        if not self.event_name:
            return Event("")
        name, where = self.event_path[:_LONGEST_NAME], event_label(self.event_name)
        if not name:
            raise ForgeError("GITHUB_EVENT_PATH names no file", where=where, hint=EVENT_HINT)
        try:
            with Path(self.event_path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise ForgeError(f"there is no such file: {name}", where=where, hint=EVENT_HINT) from None
        except (OSError, ValueError) as exc:
            why = getattr(exc, "strerror", None) or exc
            raise ForgeError(f"its file cannot be read: {name}: {why}", where=where, hint=EVENT_HINT) from None
        return parse_event(self.event_name, data)

    @property
    def run(self) -> int:
        """The workflow run's number, 0 where there is none."""
        return _number(self.run_id)

    @property
    def attempt(self) -> int:
        """Which time this run runs: 1, and one more each time that people press "Re-run jobs"."""
        return _number(self.run_attempt) or 1

    @property
    def run_url(self) -> str:
        """The page of this workflow run, empty where there is none."""
        return f"{self.server}/{self.repository}/actions/runs/{self.run_id}" if self.repository and self.run_id else ""


def read_actions_env() -> ActionsEnv:
    """The environment as it is now."""
    env = os.environ
    return ActionsEnv(
        repository=env.get("GITHUB_REPOSITORY", ""),
        api=env.get("GITHUB_API_URL") or API,
        server=(env.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/"),
        event_name=env.get("GITHUB_EVENT_NAME", ""),
        event_path=env.get("GITHUB_EVENT_PATH", ""),
        token=env.get("GITHUB_TOKEN") or env.get("GH_TOKEN", ""),
        summary=_path(env.get("GITHUB_STEP_SUMMARY", "")),
        output=_path(env.get("GITHUB_OUTPUT", "")),
        run_id=env.get("GITHUB_RUN_ID", ""),
        run_attempt=env.get("GITHUB_RUN_ATTEMPT", ""),
        workspace=_path(env.get("GITHUB_WORKSPACE", "")),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else 0


def _path(text: str) -> Path | None:
    return Path(text) if text else None
