"""A text in the braces asks for something that templates may not do: change a value, reach into the program.

A prompt may only read its values, so that the same values always give the same text. Such a prompt loads and then
fails whenever it is filled.

Bad:   {% set all = [] %}{% for x in rows %}{{ all.append(x.name) }}{% endfor %}
Good:  {% set ns = namespace(all=[]) %}{% for x in rows %}{% set ns.all = ns.all + [x.name] %}{% endfor %}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P113"
PREFILTER = Prefilter(TEXTS, ("{", "when"))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such place, in messages and in included files."""
    if target.prompt is not None and target.prompt.plain:
        return
    for text_span in (*target.messages, *target.conditions):
        if text_span.problem is not None or not any("." in tag.body for tag in text_span.tags if tag.kind != "{#"):
            continue
        from promptops.lint.templates.refused_calls import refused_calls

        try:
            found = refused_calls(text_span.text)
        except RecursionError:  # P103 says that it is nested too deeply
            continue
        for word, line, message, hint in found:
            yield Finding(text_span.path, text_span.find(word, line), CODE, message, hint)
