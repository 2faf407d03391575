"""A template lies among the prompts and nothing includes it.

Whoever edits it changes nothing. Most often the line that included it was lost, or names another file.

Bad:   prompts/shared/house-style.j2 (in no prompt)
Good:  content: '{% include "shared/house-style.j2" %}'
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.lint.engine.target import Survey, Target
from promptops.model.finding import START, Finding
from promptops.source.file_names import PROMPT_SUFFIXES
from promptops.source.files.globs import matches

CODE = "P107"


def check(survey: Survey) -> Iterator[Finding]:
    """Each template that neither a prompt nor another template includes; nothing where that cannot be known."""
    templates = list(survey.of("template"))
    prompts = list(_prompts(survey, templates))
    # Templates of a project none of whose prompts is filled by us are for other programs.
    if not any(target.prompt is not None and not target.prompt.plain for target in prompts):
        return
    used: set[PurePosixPath] = set()
    for target in (*prompts, *templates):
        if (target.kind == "prompt" and target.prompt is None) or not target.complete:
            return
        for text_span in target.text_spans:
            used.update(path for _, _, path in target.references_of(text_span))
    for target in templates:
        inside = any(matches(target.path, glob) for glob in survey.project.config.paths.prompts)
        name = target.path.name
        # In plain mode an include is not obeyed, which P103 says.
        in_plain = any(name in one.text for one in prompts if one.prompt is not None and one.prompt.plain)
        if inside and target.path not in used and not in_plain:
            message, detail = "no prompt and no other template includes this file", "an edit of it changes nothing"
            hint = f'write {{% include "…/{name}" %}} where it belongs, or delete it'
            yield Finding(target.path, START, CODE, message, hint, "warning", detail=detail)


def _prompts(survey: Survey, templates: list[Target]) -> Iterator[Target]:
    """Every prompt, those too that lint is told to leave out: what they include is used."""
    if not templates:
        return
    project = survey.project
    for path in sorted({path for glob in project.config.paths.prompts for path in project.source.list(glob)}):
        if path.name.endswith(PROMPT_SUFFIXES):
            target = survey.files.find(path)
            if target is not None:
                yield target
