"""What an edit did to the files of a prompt, as they are written: its messages, templates and examples, the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from promptops.model.chat.parameters import resolve_parameters
from promptops.model.chat.template_data import readable_item
from promptops.model.config import ModelSpec
from promptops.model.edit import FileEdit, SettingDifference
from promptops.report.results.edit.message_diffs import message_diff, text_diff
from promptops.source.formats.settings import CONFIG_FILE
from promptops.templating.closure import ITSELF, Closure
from promptops.text.diffs.line_diff import cut_around, cut_long_lines
from promptops.text.humanize import plural
from promptops.text.sanitize import shorten
from promptops.workflows.versions.settings_diff import compare_settings

Models = Sequence[tuple[ModelSpec, ModelSpec]]
"""A model that is asked before and after, pair by pair."""
_MOST_FILES, _MOST_LINES, _MOST_SETTINGS = 40, 400, 100
_LONGEST, _VALUE, _NAME = 2000, 600, 200
_MOST_WORDS = 600
_ALIKE = 0.5
"""A file that is gone and a new one that share as much are one that was renamed."""
_MOST_RENAMES = 20


def edited_texts(base: Closure | None, head: Closure) -> tuple[FileEdit, ...]:
    """The prompt's messages, the templates it reaches and its examples that are not as they were; all without a base.

    A file that only got another name is no edit, and neither is the word that includes it.
    """
    old = base or Closure(head.prompt._replace(messages=()))
    texts, texts_now = ({**one.templates, **one.examples} for one in (old, head))
    renamed = _renamed_files(texts, texts_now)
    path = str(head.prompt.path)
    before = tuple(
        (role, _with_new_names(text, ITSELF, ITSELF, old, head, renamed))
        for role, text in map(readable_item, old.prompt.messages)
    )
    after = tuple(map(readable_item, head.prompt.messages))
    edits = [_text_edit(path, str(old.prompt.path), message_diff(before, after))]
    for now in sorted({*texts_now, *(one for one in texts if one not in renamed)}):
        was = next((one for one, new in renamed.items() if new == now), now)
        text = texts.get(was)
        text = text and _with_new_names(text, was, now, old, head, renamed)
        edits.append(_text_edit(now, was, text_diff(text, texts_now.get(now))))
    return tuple(one for one in edits if one.diff)


def _text_edit(path: str, was: str, diff: Sequence[str]) -> FileEdit:
    return FileEdit(path, tuple(diff), was=was if was != path else "")


def _renamed_files(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Former path → present path."""
    gone = [path for path in old if path not in new][:_MOST_RENAMES]
    come = [path for path in new if path not in old][:_MOST_RENAMES]
    likeness = sorted(((_likeness(old[was], new[now]), was, now) for was in gone for now in come), reverse=True)
    found: dict[str, str] = {}
    for share, was, now in likeness:
        if share > _ALIKE and was not in found and now not in found.values():
            found[was] = now
    return found


def _likeness(old: str, new: str) -> float:
    if old == new:
        return 1.0
    return SequenceMatcher(None, old.split()[:_MOST_WORDS], new.split()[:_MOST_WORDS], autojunk=False).ratio()


def _with_new_names(text: str, was: str, now: str, old: Closure, new: Closure, renamed: Mapping[str, str]) -> str:
    """A former text that includes renamed templates by the names that its present version has for them."""
    written = {path: name for name, path in new.references.get(now, {}).items()}
    for name, path in old.references.get(was, {}).items():
        if (other := written.get(renamed.get(path, ""))) is not None:
            include = rf"""(\{{%[-+]?\s*(?:include|import|from|extends)\s+)(["']){re.escape(name)}\2"""
            text = re.sub(include, rf"\1\2{other.replace(chr(92), chr(92) * 2)}\2", text)
    return text


def whole_edit(base: Closure, head: Closure, models: Models) -> tuple[FileEdit, ...]:
    """All that decides what a model receives, for results to tell: texts, and what else is not as it was.

    Of a long edit the beginning is kept.
    """
    path, was = str(head.prompt.path), str(base.prompt.path)
    texts = edited_texts(base, head)
    own = next((one for one in texts if one.path == path), FileEdit(path, was=was if was != path else ""))
    others = tuple(one for one in texts if one.path != path)
    settings = FileEdit(str(CONFIG_FILE), settings=tuple(_of_settings(base, head, models)))
    edits = replace(own, settings=tuple(_of_prompt(base, head, models))), *others, settings
    return tuple([_bounded(one) for one in edits if one.diff or one.settings][:_MOST_FILES])


def _of_prompt(base: Closure, head: Closure, models: Models) -> Iterator[SettingDifference]:
    """What the prompt's file says besides its messages; of a parameter it leaves to the model, the model's value."""
    for old, new in models:
        if old.alias != new.alias:
            yield SettingDifference("model", *(_named(spec) for spec in (old, new)))
    own = _own_parameters(base, head)
    before, after = (
        one.prompt._replace(parameters={key: value for key, value in found.items() if key in own})
        for one, found in zip((base, head), _resolved(base, head, *models[0]), strict=True)
    )
    yield from compare_settings(before, after)


def _of_settings(base: Closure, head: Closure, models: Models) -> Iterator[SettingDifference]:
    """What the project's settings say of the models that the prompt is asked with."""
    own = _own_parameters(base, head)
    for old, new in models:
        if old.alias == new.alias and old.full_name != new.full_name:
            yield SettingDifference(f"model {new.alias}", old.full_name, new.full_name)
        before, after = (
            head.prompt._replace(parameters={key: value for key, value in found.items() if key not in own})
            for found in _resolved(base, head, old, new)
        )
        for one in compare_settings(before, after):
            yield replace(one, what=f"model {new.alias}, {one.what}")


def _named(spec: ModelSpec) -> str:
    return spec.alias if spec.alias == spec.full_name else f"{spec.alias} ({spec.full_name})"


def _own_parameters(base: Closure, head: Closure) -> set[str]:
    """Those that the prompt's file says otherwise than it did."""
    old, new = base.prompt.parameters, head.prompt.parameters
    return {key for key in {**old, **new} if (key in old, old.get(key)) != (key in new, new.get(key))}


def _resolved(
    base: Closure, head: Closure, old: ModelSpec, new: ModelSpec
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return resolve_parameters(old, base.prompt.parameters), resolve_parameters(new, head.prompt.parameters)


def _bounded(one: FileEdit) -> FileEdit:
    more = len(one.diff) - _MOST_LINES
    lines = cut_long_lines(one.diff[:_MOST_LINES], _LONGEST)
    rest = (f"@@ … {plural(more, 'more line')} @@",) if more > 0 else ()
    return replace(one, diff=(*lines, *rest), settings=tuple(map(_bounded_setting, one.settings[:_MOST_SETTINGS])))


def _bounded_setting(one: SettingDifference) -> SettingDifference:
    if one.old is None or one.new is None:
        old, new = (side if side is None else shorten(side, _VALUE) for side in (one.old, one.new))
    else:
        old, new = (side[1:] for side in cut_around(f" {one.old}", f" {one.new}", _VALUE))
    return SettingDifference(shorten(one.what, _NAME), old, new)
