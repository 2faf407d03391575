"""A prompt names nobody who answers for it.

When it is to be changed, nobody knows whom to ask, and when it goes wrong nobody is told. Looked at where other
prompts of the project have owners, or where promptops.yml asks for them (`policy: {requireOwner: true}`).

Bad:   name: Meeting summary
Good:  name: Meeting summary   promptops: {owners: ["@acme/product"]}
"""

from __future__ import annotations

from collections.abc import Iterator

from promptops.lint.engine.target import Survey, Target
from promptops.model.finding import START, Finding, Span
from promptops.model.prompt import PLACEHOLDER_OWNER

CODE = "P501"


def check(survey: Survey) -> Iterator[Finding]:
    """Each such prompt, once: an error where the policy asks for an owner, else a note."""
    required = survey.project.config.policy.require_owner
    prompts = [(target, target.prompt) for target in survey.of("prompt") if target.prompt is not None]
    known = next((prompt.owners[0] for _, prompt in prompts if prompt.owners), "")
    if not known and not required:
        return
    for target, prompt in prompts:
        if prompt.owners or (prompt.plain and not required):
            continue
        message = "this prompt has no owner"
        message += ", and promptops.yml asks for one (policy: requireOwner)" if required else ", and others here have"
        own = target.get("promptops")
        owners = own.get("owners") if own is not None else None
        what = f"write who it is instead of {PLACEHOLDER_OWNER}" if owners is not None and owners.value else "add"
        hint = f'{what}: promptops: {{owners: ["{known or "@your-team"}"]}}'
        if prompt.plain:
            hint += (
                "; with this key the file is read as a template, so list the names in braces under inputs, and"
                " look at the text for other {{ and {% first"
            )
        yield Finding(target.path, _place(target), CODE, message, hint, "error" if required else "note")


def _place(target: Target) -> Span:
    """The key `promptops` where there is one, else the file's first key."""
    keys = target.node.key_spans if target.node is not None else {}
    return keys.get("promptops") or next(iter(keys.values()), START)
