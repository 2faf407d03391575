"""What a forge answers, field by field; what is missing or holds something else is an error that names the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptops.errors import ForgeError


class JsonObject:
    """A JSON object from `forge` (its name) whose fields are asked for by path; a wrong one is a ForgeError."""

    def __init__(self, data: Any, where: str, forge: str = "GitHub") -> None:
        self.data = data
        self.where = where
        self.forge = forge

    def get(self, *path: str) -> Any:
        """The value at the path, None where there is none."""
        found = self.data
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def text(self, *path: str) -> str:
        """The text at the path."""
        found = self.get(*path)
        return found if isinstance(found, str) else self._wrong(path)

    def optional_text(self, *path: str) -> str:
        """The text at the path; empty where there is none."""
        return "" if self.get(*path) is None else self.text(*path)

    def integer(self, *path: str) -> int:
        """The number at the path: an id, never below 0."""
        found = self.get(*path)
        return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else self._wrong(path)

    def items(self, *path: str) -> list[JsonObject]:
        """The objects of the list at the path."""
        found = self.get(*path)
        if not isinstance(found, list):
            return self._wrong(path)  # type: ignore[no-any-return]
        return [JsonObject(one, self.where, self.forge) for one in found]

    def _wrong(self, path: tuple[str, ...]) -> Any:
        name = ".".join(path) or "the whole"
        raise ForgeError(
            f"'{name}' is not what {self.forge} documents here",
            where=self.where,
            hint=f"try again; if that does not help, a proxy may change what {self.forge} sends",
        )
