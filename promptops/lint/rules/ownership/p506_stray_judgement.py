"""Labels or acceptances belong to no suite: it was renamed or deleted, and they stayed behind.

What people said of a suite is found by the suite's name, so after a rename nobody finds it: criteria wait for people
again, and an accepted gate blocks again.

Bad:   evals/summary.eval.yml   evals/labels/old-summary.jsonl   evals/waivers/old-summary/
Good:  evals/summary.eval.yml   evals/labels/summary.jsonl   evals/waivers/summary/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promptops.lint.engine.target import Survey
from promptops.model.finding import START, Finding
from promptops.source.formats.labels import record_name
from promptops.source.formats.waivers import SUFFIX, waivers_folder, waivers_path
from promptops.text.sanitize import shell_word
from promptops.text.suggestions import closest

CODE = "P506"
_SHOWN = 80


def check(survey: Survey) -> Iterator[Finding]:
    """Each file of labels and each folder of acceptances, at the first line of its first file."""
    project, evals = survey.project, (survey.project.config.paths.eval_folders or ("evals",))[0]
    labels, waivers = waivers_path(evals).parent, waivers_folder(evals)
    places = {file: file for file in project.source.list(f"{labels}/**/*.jsonl") if file != waivers_path(evals)}
    for file in project.source.list(f"{waivers}/**/*{SUFFIX}"):
        places.setdefault(file.parent, file)
    if not places:
        return
    names = [*project.suite_paths(), *(f"prompt:{name}" for name in project.prompt_paths())]
    known = {record_name(name) for name in names} | {"suite-overrides"}
    for place, file in places.items():
        folder, ending = (labels, place.suffix) if place == file else (waivers, "")
        name = place.relative_to(folder).as_posix().removesuffix(ending)
        if name not in known:
            new = folder / f"{closest(name, known) or 'NEW-NAME'}{ending}"
            how = f"move them along: git mv {shell_word(str(place))} {shell_word(str(new))}"
            if new in places:  # git would not write over what is there
                how = f"put them into {new} too"
            yield _finding(file, name, how, is_label=place == file)


def _finding(file: PurePosixPath, name: str, how: str, *, is_label: bool) -> Finding:
    what = "these labels" if is_label else "the acceptances in this folder"
    message = f"{what} belong to no suite: none is called '{name[:_SHOWN]}'"
    hint = f"if the suite was renamed, {how}; else take them out"
    return Finding(file, START, CODE, message, hint, "warning", detail="so they count for nothing")
