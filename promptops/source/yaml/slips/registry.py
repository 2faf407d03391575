"""The detectors, each list in the order in which they are tried: what explains most comes first."""

from __future__ import annotations

from promptops.source.yaml.broken_file import Detector
from promptops.source.yaml.slips.block_texts import bar_missing, first_line_too_far_right, left_of_its_text
from promptops.source.yaml.slips.braces import inside_braces
from promptops.source.yaml.slips.comments import nothing_left
from promptops.source.yaml.slips.keys import missing_space, second_colon
from promptops.source.yaml.slips.look_alikes import (
    equals_sign,
    list_mark,
    stray_point,
    wide_bracket,
    wide_colon,
    wide_sign,
)
from promptops.source.yaml.slips.odd_characters import odd_character, tab
from promptops.source.yaml.slips.quotes import curly_quotes, mixed_quotes
from promptops.source.yaml.slips.stray_lines import code_fence, conflict, long_rule

UNREADABLE: tuple[Detector, ...] = (
    conflict,
    tab,
    first_line_too_far_right,
    left_of_its_text,
    bar_missing,
    mixed_quotes,
    curly_quotes,
    wide_bracket,
    second_colon,
    inside_braces,
    odd_character,
    code_fence,
    wide_colon,
    wide_sign,
    long_rule,
    list_mark,
    stray_point,
    equals_sign,
)
"""For a file that the parser cannot read."""

MISREAD: tuple[Detector, ...] = (
    odd_character,
    wide_colon,
    wide_bracket,
    list_mark,
    stray_point,
    equals_sign,
    missing_space,
    nothing_left,
)
"""For a file that can be read, though its values are not those that somebody meant."""
