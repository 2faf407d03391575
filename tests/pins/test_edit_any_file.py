"""Edits of environment files in any style, sound or damaged: what is meant is written, and no other line changes."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.errors import PromptopsError
from promptops.model.environment import Pin, Rollout
from promptops.pins.environment_edit import remove_pin, set_pin
from tests.pins.environments import LAST, NEW, NEW_DIGEST, OLD, OLD_DIGEST, meaning


class Chunk(NamedTuple):
    """Some rows of a file; `name` is the pin they belong to, empty for comments and blank rows."""

    name: str
    text: str


names = st.sampled_from(["a", "b/c", "d-e", "f", "g h", "z", "no", "#i"])
versions = st.sampled_from([(OLD, OLD_DIGEST), (NEW, NEW_DIGEST), (LAST, OLD_DIGEST)])
rollouts = st.none() | st.builds(
    lambda version, percent: Rollout(version[0], version[1], percent), versions, st.sampled_from([0.0, 12.5, 100.0])
)
pins = st.builds(lambda name, version, rollout: Pin(name, version[0], version[1], rollout), names, versions, rollouts)
spaces = st.sampled_from(["", " ", "   "])
notes = st.sampled_from(["", " # note", "   #note", " # a # b: {c"])
silent = st.lists(
    st.sampled_from(["\n", "  # own line\n", "# at the edge\n", "   \n", "      # deep\n"]), max_size=2
).map("".join)
quotes = st.sampled_from(["", '"', "'"])


@st.composite
def entries(draw: st.DrawFn, pin: Pin) -> str:
    key = f'"{pin.prompt}"' if pin.prompt in ("#i", "no") else pin.prompt
    if draw(st.booleans()):
        return f"  {key}{draw(spaces)}: {draw(flows(pin, pin.rollout))}{draw(notes)}\n"
    rows = [
        f"    {part}: {draw(quoted(text))}{draw(notes)}\n"
        for part, text in (("commit", pin.commit), ("digest", pin.digest))
    ]
    if pin.rollout is not None:
        if draw(st.booleans()):
            rows.append(f"    rollout:{draw(spaces)} {draw(flows(pin.rollout, None))}{draw(notes)}\n")
        else:
            arm = pin.rollout
            parts = draw(st.permutations([f"commit: {arm.commit}", f"digest: {arm.digest}", f"percent: {arm.percent}"]))
            rows.append("".join(["    rollout:\n", *(f"      {part}{draw(notes)}\n" for part in parts)]))
    rows = draw(st.permutations(rows))
    return f"  {key}:{draw(notes)}\n" + "".join(draw(silent) + row if n else row for n, row in enumerate(rows))


@st.composite
def flows(draw: st.DrawFn, arm: Pin | Rollout, rollout: Rollout | None) -> str:
    parts = [f"commit: {draw(quoted(arm.commit))}", f"digest:  {draw(quoted(arm.digest))}"]
    if isinstance(arm, Rollout):
        parts.append(f"percent: {arm.percent}")
    if rollout is not None:
        parts.append(f"rollout: {draw(flows(rollout, None))}")
    comma = draw(st.sampled_from([",", ", ", " ,\n      "]))
    return f"{{{draw(spaces)}{comma.join(draw(st.permutations(parts)))}{draw(spaces)}}}"


def quoted(text: str) -> st.SearchStrategy[str]:
    return quotes.map(lambda quote: f"{quote}{text}{quote}")


@st.composite
def files(draw: st.DrawFn) -> tuple[list[Chunk], dict[str, Pin], str]:
    """The chunks, the pins, and the line end."""
    chosen = draw(st.lists(pins, min_size=1, max_size=5, unique_by=lambda pin: pin.prompt))
    chosen = sorted(chosen) if draw(st.booleans()) else chosen
    chunks = [Chunk("", draw(silent) + "pins:" + draw(notes) + "\n")]
    for pin in chosen:
        chunks += [Chunk("", draw(silent)), Chunk(pin.prompt, draw(entries(pin)))]
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    chunks = [Chunk(chunk.name, chunk.text.replace("\n", line_end)) for chunk in [*chunks, Chunk("", draw(silent))]]
    return chunks, {pin.prompt: pin for pin in chosen}, line_end


File = tuple[list[Chunk], dict[str, Pin], str]
comments = st.sampled_from(["", "forced: because"])


def around(chunks: list[Chunk], name: str) -> tuple[str, str]:
    place = [chunk.name for chunk in chunks].index(name)
    return "".join(c.text for c in chunks[:place]), "".join(c.text for c in chunks[place + 1 :])


@given(files(), pins, comments)
@settings(deadline=None, max_examples=150)
def test_setting_a_pin_of_any_file_touches_no_other_line(
    tmp_path_factory: pytest.TempPathFactory, file: File, pin: Pin, comment: str
) -> None:
    chunks, before, line_end = file
    folder, text = tmp_path_factory.getbasetemp() / "any", "".join(chunk.text for chunk in chunks)
    assert meaning(text, folder) == before
    edited = set_pin(text, pin, comment)
    assert meaning(edited, folder) == before | {pin.prompt: pin}
    assert edited.count("\n") == edited.count(line_end)
    assert edited.count("# forced: because") == bool(comment)
    if pin.prompt in before:
        above, below = around(chunks, pin.prompt)
        assert edited.startswith(above)
        assert edited.endswith(below)
        if before[pin.prompt] == pin and not comment:
            assert edited == text
    else:
        rows = edited.splitlines(keepends=True)
        new = 4 if pin.rollout else 1
        left = ["".join(rows[:place] + rows[place + new :]) for place in range(len(rows))]
        assert text in left
        assert remove_pin(edited, pin.prompt) == text


@given(files(), st.data())
@settings(deadline=None, max_examples=80)
def test_removing_pins_of_any_file_touches_no_other_line(
    tmp_path_factory: pytest.TempPathFactory, file: File, data: st.DataObject
) -> None:
    chunks, pinned, _ = file
    text = "".join(chunk.text for chunk in chunks)
    for name in data.draw(st.permutations(list(pinned))):
        above, below = around(chunks, name)
        chunks = [chunk for chunk in chunks if chunk.name != name]
        text = remove_pin(text, name)
        if any(chunk.name for chunk in chunks):
            assert text == above + below
    assert text == (above + below).replace("pins:", "pins: {}", 1)
    assert meaning(text, tmp_path_factory.getbasetemp() / "any") == {}


@given(files(), pins, st.data())
@settings(deadline=None, max_examples=150)
def test_a_damaged_file_is_refused_or_says_exactly_what_is_meant(
    tmp_path_factory: pytest.TempPathFactory, file: File, pin: Pin, data: st.DataObject
) -> None:
    folder, text = tmp_path_factory.getbasetemp() / "any", "".join(chunk.text for chunk in file[0])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        text = (
            text[:place]
            + data.draw(st.sampled_from(["", "#", " #", "\n", "{", "}", "? ", "- ", '"', "'", ",", " "]))
            + text[place + data.draw(st.integers(0, 2)) :]
        )
    try:
        edited = set_pin(text, pin, "forced: because")
    except PromptopsError:
        return
    before: dict[str, Pin] = {}
    with suppress(PromptopsError):  # an empty `pins:`, the one thing that is mended
        before = meaning(text, folder)
    assert meaning(edited, folder) == before | {pin.prompt: pin}
