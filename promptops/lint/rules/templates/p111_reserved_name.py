"""An input has a name that means something else between the braces.

`{{ self }}` is the template, `{{ range }}` a function, `{{ user-name }}` is `user` minus `name`. Some of these names
can never be read, the others hide what the template language calls so.

Bad:   inputs: {user-name: …, range: …}
Good:  inputs: {user_name: …, price_range: …}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.limits import limited
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.lint.templates.reserved_names import free_name, hides_something, reserved_meaning
from promptops.model.finding import Finding

CODE = "P111"
PREFILTER = Prefilter(("prompt",), ("inputs",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each input with such a name; files without Jinja take any name."""
    prompt = target.prompt
    if prompt is None or prompt.plain:
        return
    for item in prompt.inputs:
        if meaning := reserved_meaning(item.name):
            hidden = hides_something(item.name)
            says = "is a poor name for an input" if hidden else "cannot be the name of an input"
            message = f"'{item.name[:80]}' {says}: between the braces it is {meaning}"
            hint = f"call it '{free_name(item.name)[:80]}', here, in the texts, in the cases and in the application"
            yield Finding(target.path, item.span, CODE, message, hint, "warning" if hidden else "error")
