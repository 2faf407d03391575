"""A text includes a file that is not there, or one whose name is not written out.

Without the file the prompt cannot be filled. Names must be written out, so that everybody can see which files
belong to a prompt.

Bad:   {% include "shared/house-stile.j2" %}
Good:  {% include "shared/house-style.j2" %}
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.lint.engine.prefilter import TEXTS, Prefilter
from promptops.lint.engine.target import Target
from promptops.model.finding import Finding
from promptops.source.file_names import TEMPLATE_SUFFIXES
from promptops.text.suggestions import closest

CODE = "P104"
_LOST = "check the spelling"

PREFILTER = Prefilter(TEXTS, ("{%",))


def check(target: Target) -> Iterator[Finding]:
    """Each include that cannot be read, in messages and in included files."""
    for problem, span in target.reference_problems:
        if problem.kind == "missing":
            meant = _nearest(target, problem.name, problem.path) if problem.hint.startswith(_LOST) else ""
            hint = f"did you mean '{meant}'? If not, {problem.hint}" if meant else problem.hint
            yield Finding(problem.path, span, CODE, problem.message, hint)


def _nearest(target: Target, name: str, includer: PurePosixPath) -> str:
    """How the template that is most like the name would be written there; empty where there is none."""
    folder, source = target.project.template_folder, target.project.source
    near = name.startswith(("./", "../"))
    written: list[str] = []
    for path in (path for suffix in TEMPLATE_SUFFIXES for path in source.list(f"{folder}/**/*{suffix}")):
        if not near:
            written.append(path.relative_to(folder).as_posix())
        elif path.is_relative_to(includer.parent):
            written.append(f"./{path.relative_to(includer.parent).as_posix()}")
    return closest(name, written)
