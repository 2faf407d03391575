"""The patterns of one schema: written for the linear engine where they can be, else run by keywords of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from promptops.templating.json_schema.pattern_search import SchemaPattern, prepare_pattern
from promptops.templating.json_schema.python_patterns import translate
from promptops.templating.json_schema.schema_cleaning import map_subschemas


class SchemaPatterns:
    """Prepares what stands under `pattern` and `patternProperties`. Raises PatternError for what nobody can read."""

    def __init__(self, body: Mapping[str, Any], run: Callable[[str, str], bool]) -> None:
        self.values: dict[str, SchemaPattern] = {}
        self.names: dict[str, SchemaPattern] = {}
        self._run = run
        self._collect(body)
        self.need_keyword = any(pattern.linear is None for pattern in self.values.values())
        self.need_names = any(pattern.linear is None for pattern in self.names.values())
        self.is_linear = not (self.need_keyword or self.need_names)
        """Whether the linear engine runs all of them."""

    @property
    def sources(self) -> dict[str, str]:
        """Each pattern as the schema writes it, by how the engine writes it."""
        return {pattern.linear or pattern.source: pattern.source for pattern in self.values.values()}

    def written(self, body: Any, value: Any = None) -> Any:
        """The schema for the library. `value` is what will be checked; it matters only if `need_names`.

        A pattern of names that the engine cannot run is written as the names of the value that it finds.
        """
        found = set(_names(value)) if self.need_names else set()
        return self._rewritten(body, found)

    def _collect(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        pattern, named = schema.get("pattern"), schema.get("patternProperties")
        if isinstance(pattern, str):
            self.values[pattern] = self.values.get(pattern) or prepare_pattern(pattern, self._run)
        for name in named if isinstance(named, Mapping) else ():
            self.names[name] = self.names.get(name) or prepare_pattern(name, self._run)
        return map_subschemas(schema, self._collect)

    def _rewritten(self, schema: Any, found: set[str]) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        body = map_subschemas(schema, lambda below: self._rewritten(below, found))
        if isinstance(body.get("pattern"), str) and not self.need_keyword:
            body["pattern"] = self.values[body["pattern"]].linear
        if isinstance(body.get("patternProperties"), Mapping):
            groups = body["patternProperties"].items()
            body["patternProperties"] = {
                self._name(name, index, found): one for index, (name, one) in enumerate(groups)
            }
        return body

    def _name(self, name: str, index: int, found: set[str]) -> str:
        pattern = self.names[name]
        if pattern.linear is not None:
            return f"(?:){{{index}}}{pattern.linear}" if self.need_names else pattern.linear
        listed = "|".join(_literally(each) for each in sorted(found) if pattern.search(each))
        # Two patterns that find the same names would be one; the empty repetition tells them apart.
        return f"(?:){{{index}}}(?:^(?:{listed})$)" if listed else f"(?:){{{index}}}[^\\x{{0}}-\\x{{10FFFF}}]"


def _literally(name: str) -> str:
    import re

    found = translate(re.escape(name))
    assert found is not None
    return found.text


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
