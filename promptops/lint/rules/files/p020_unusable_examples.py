"""A file of examples cannot be read, or one of its lines is no example.

Each line is a JSON object with what the user said and what the assistant answered, both texts, and nothing else. With
one broken line the prompt cannot be filled.

Bad:   {"user": "Where is my cake?"}
Good:  {"user": "Where is my cake?", "assistant": "On its way."}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.errors import PromptError
from promptops.lint.engine.limits import limited
from promptops.lint.engine.locations import locate_problem
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding

CODE = "P020"
PREFILTER = Prefilter(("prompt",), ("examples",))


@limited
def check(target: Target) -> Iterator[Finding]:
    """Each such line in its file; a file that is not there where the prompt names it."""
    if target.prompt is None or target.prompt.is_text_only:
        return
    from promptops.lint.located_values.linked_files import linked_examples
    from promptops.templating.chat.examples import MOST_EXAMPLES, each_example, read_examples

    for linked in linked_examples(target):
        if linked.problem is not None:
            message = f"the examples '{linked.slot.name[:80]}' cannot be read: {linked.problem.args[0]}"
            folder = target.project.template_folder
            hint = linked.problem.hint or f"names are looked up in {folder}/, and ./NAME beside this file"
            yield Finding(target.path, linked.slot.span, CODE, message, hint)
            continue
        examples = [one for _, one in each_example(linked.text, str(linked.path))]
        problems = [one for one in examples if isinstance(one, PromptError)]
        if not problems and not 0 < len(examples) <= MOST_EXAMPLES:
            try:
                read_examples(linked.text, str(linked.path))
            except PromptError as exc:
                problems = [exc]
        for problem in problems:
            path, span = locate_problem(target, problem)
            yield Finding(path, span, CODE, str(problem.args[0]), problem.hint)
