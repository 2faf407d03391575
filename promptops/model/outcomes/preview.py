"""What a model would receive for one case, before and after a file was saved."""

from __future__ import annotations

from typing import Literal, NamedTuple

from promptops.model.edit import SettingDifference
from promptops.model.outcomes.diff import Messages

UnfilledReason = Literal["", "no cases", "held out"]


class Preview(NamedTuple):
    """One prompt filled with one case.

    `written` says why it is shown as written instead; then `case` is empty. `after` is None where it cannot be
    filled, and `problem` says why; `before` is None where there was nothing to compare with. `suite` holds the case.
    `differences` are those besides the messages: parameters, inputs, tools.
    """

    prompt: str
    case: str = ""
    suite: str = ""
    before: Messages | None = None
    after: Messages | None = None
    problem: str = ""
    written: UnfilledReason = ""
    differences: tuple[SettingDifference, ...] = ()
