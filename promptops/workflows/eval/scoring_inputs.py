"""What decides scores besides the replies: judges, people's labels and python files, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from promptops.errors import PromptopsError
from promptops.evals.plan import Target, judge_models, suite_digest
from promptops.model.label import Label
from promptops.model.suite import Suite
from promptops.model.waiver import Override
from promptops.providers.registry import fingerprint_of
from promptops.source.formats.labels import labels_path, load_labels
from promptops.source.formats.waivers import load_overrides, overrides_path
from promptops.source.project import Project
from promptops.source.source import inside, read_text
from promptops.workflows.project import Workspace

_JUDGING = {"judge": "model", "llm": "modelId"}


@dataclass(frozen=True, slots=True)
class Scoring:
    """`judges` by alias; `unresolved` says why another cannot be asked; `files` are texts by name.

    `overrides` are what owners accepted: no part of any score, but of what blocks. `refused`: why a file is not run.
    """

    judges: Mapping[str, Target] = field(default_factory=dict)
    unresolved: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def read_scoring(workspace: Workspace, project: Project, suite: Suite) -> Scoring:
    """Everything the suite's criteria need from this version of the project."""
    judges: dict[str, Target] = {}
    unresolved: dict[str, str] = {}
    for name in judge_names(project, suite):
        try:
            spec = workspace.model(project, name)
            judges[name] = Target(spec, fingerprint_of(spec, workspace.cache, workspace.root))
        except PromptopsError as exc:
            unresolved[name] = f"{exc}. {exc.hint}"
    return Scoring(judges, unresolved, _labels(project, suite), _files(project, suite), _overrides(project))


def suite_changed(workspace: Workspace, head: Project, base: Project, suite: Suite, was: str = "") -> bool:
    """Whether cases, criteria, what they need, or what is asked and proven with them differ between two versions.

    `was`: what the suite is called in the base, where that is another name.
    """
    try:
        old = base.suite(was or suite.id)
        return _promises(old) != _promises(suite) or _digest(workspace, base, old) != _digest(workspace, head, suite)
    except PromptopsError:
        return True  # it is new, moved, or could not be read before


def _promises(suite: Suite) -> tuple[object, ...]:
    gates = [(gate.criterion, gate.at_least, gate.no_worse_than_base, gate.undecided_fails) for gate in suite.gates]
    return sorted(gates, key=str), suite.models, suite.trials, suite.budget


def _digest(workspace: Workspace, project: Project, suite: Suite) -> str:
    found = read_scoring(workspace, project, suite)
    return suite_digest(suite, judge_models(project.config.judge, found.judges), found.labels, found.files)


def judge_names(project: Project, suite: Suite) -> list[str]:
    """The models that judge for the suite, each once, as they are named."""
    names = [
        str(criterion.options.get(_JUDGING[criterion.kind]) or project.config.judge)
        for criterion in suite.criteria
        if criterion.kind in _JUDGING
    ]
    return [name for name in dict.fromkeys(names) if name]


def _labels(project: Project, suite: Suite) -> tuple[Label, ...]:
    return load_labels(project.source, labels_path(project.config.paths.eval_folders[0], suite.id))


def _overrides(project: Project) -> tuple[Override, ...]:
    return load_overrides(project.source, overrides_path(project.config.paths.eval_folders[0]))


def _files(project: Project, suite: Suite) -> dict[str, str]:
    """The python files of the suite's criteria, read now: an edit during the run changes nothing."""
    names = sorted({str(c.options["file"]) for c in suite.criteria if c.kind == "python"})
    return {name: read_text(project.source, inside(suite.path.parent / name)) for name in names}
