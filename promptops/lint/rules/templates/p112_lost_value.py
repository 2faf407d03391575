"""A value that is set in a loop is forgotten when the loop's round ends.

`{% set count = count + 1 %}` in a loop makes a count of its own in each round; the one outside stays as it was, and
nothing tells you. A `namespace` is what keeps a value beyond the loop.

Bad:   {% set n = 0 %}{% for x in items %}{% set n = n + 1 %}{% endfor %}{{ n }}
Good:  {% set ns = namespace(n=0) %}{% for x in items %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.engine.text_spans import TextSpan
from promptops.model.finding import Finding, Span

CODE = "P112"
PREFILTER = Prefilter(TEXTS, ("set",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such `set`."""
    if target.prompt is not None and target.prompt.plain:
        return
    for text_span in target.messages:
        words = {tag.word for tag in text_span.tags if tag.kind == "{%"}
        if text_span.problem is not None or not {"set", "for"} <= words:
            continue
        from promptops.lint.templates.lost_values import lost_values

        try:
            found = lost_values(text_span.text)
        except RecursionError:  # P103 says that it is nested too deeply
            continue
        for name, line in found:
            message = f"what is set as '{name[:80]}' in the loop is forgotten when its round ends"
            hint = f"keep it in a namespace: {{% set ns = namespace({name}=…) %}} before the loop,\n"
            hint += f"  {{% set ns.{name} = … %}} in it, and {{{{ ns.{name} }}}} where it is read"
            yield Finding(text_span.path, _place(text_span, name, line), CODE, message, hint, "warning")


def _place(text_span: TextSpan, name: str, line: int) -> Span:
    """The last `set` of the name on this line of the text: the one before the loop comes first."""
    start = sum(len(row) + 1 for row in text_span.text.split("\n")[: line - 1])
    end = text_span.text.find("\n", start)
    found = [tag for tag in text_span.tags if tag.start >= start and (end < 0 or tag.start < end)]
    tag = next((tag for tag in reversed(found) if tag.word == "set" and name in tag.body.partition("=")[0]), None)
    return text_span.span(tag.start, tag.end) if tag else text_span.find(name, line)
