"""A file among the acceptances or labels cannot be read.

They decide whether a gate blocks, so an evaluation stops at one that it does not understand.

Bad:   evals/waivers/summary/names-the-owner.json   accepted by Ana
Good:  a file that `/promptops accept …` on a pull request wrote
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from promptops.errors import AbsentObjectError, PromptError, SourceError
from promptops.lint.engine.project_files import TOO_MUCH
from promptops.lint.engine.target import Survey
from promptops.model.finding import Finding, Span
from promptops.source.formats.labels import load_labels
from promptops.source.formats.waivers import SUFFIX, load_waiver, load_waivers, waivers_folder, waivers_path
from promptops.source.source import NO_SUCH_FILE, Source

CODE = "P507"


def check(survey: Survey) -> Iterator[Finding]:
    """Each such file, at its first line that is wrong."""
    source, evals = survey.project.source, (survey.project.config.paths.eval_folders or ("evals",))[0]
    old = waivers_path(evals)
    readers: dict[PurePosixPath, Callable[[Source, PurePosixPath], object]] = {}
    for path in source.list(f"{old.parent}/**/*.jsonl"):
        readers[path] = load_waivers if path == old else load_labels
    readers |= dict.fromkeys(source.list(f"{waivers_folder(evals)}/**/*{SUFFIX}"), load_waiver)
    for path, read in readers.items():
        try:
            read(source, path)
        except AbsentObjectError:  # a partial clone: nothing can be said
            raise
        except (PromptError, SourceError) as exc:
            if exc.code != TOO_MUCH and exc.args[0] != NO_SUCH_FILE:
                line = exc.where.rpartition(":")[2]
                place = Span.at(int(line) if line.isdigit() else 1, 1)
                yield Finding(path, place, CODE, str(exc.args[0]), exc.hint)
