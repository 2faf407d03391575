"""Where a pin was forced although a gate failed, and the reason that stands in the file."""

from __future__ import annotations

import re

from promptops.errors import PromptopsError
from promptops.model.pin import Environment
from promptops.pins.document import EnvironmentDocument
from promptops.pins.yaml_format import FORCED
from promptops.source.source import MAX_FILE_BYTES, Source, read_text


def forced_pins(source: Source, environment: Environment) -> dict[str, str]:
    """Prompt → the reason behind its last pin or rollout; only those that were forced.

    It stands as a comment behind the name, which the next pin that is not forced takes away.
    """
    try:
        document = EnvironmentDocument(read_text(source, environment.path, MAX_FILE_BYTES), str(environment.path))
    except PromptopsError:  # whoever loaded the environment told it
        return {}
    if FORCED not in document.text or not document.is_block:
        return {}
    found = {}
    for name in document.pins:
        entry = document.entry(name)
        for row in document.lines[entry.first : entry.last + 1]:
            if reason := re.search(rf"[ \t]# ?{re.escape(FORCED)}([^\r\n]*)", row):
                found[name] = reason[1].strip()
    return found
