"""What decides scores besides the replies: judges, people's labels and python files, read once."""

from __future__ import annotations

from promptops.errors import PromptopsError
from promptops.evals.arms import ModelTarget
from promptops.evals.scoring_inputs import ScoringInputs
from promptops.model.suite import Suite
from promptops.source.formats.labels import labels_path, load_labels
from promptops.source.formats.waivers import suite_waivers
from promptops.source.project import Project
from promptops.source.source import normalize_path, read_text
from promptops.templating.chat.case_media import case_media
from promptops.workflows.eval.model_targets import target_of
from promptops.workflows.workspace import Workspace


def read_scoring(workspace: Workspace, project: Project, suite: Suite) -> ScoringInputs:
    """Everything the suite's criteria need from this version of the project, and what owners accepted."""
    folder = project.config.paths.eval_folders[0]
    judges: dict[str, ModelTarget] = {}
    unresolved: dict[str, str] = {}
    for name in judge_names(project, suite):
        try:
            judges[name] = target_of(workspace, project, name)
        except PromptopsError as exc:
            unresolved[name] = exc.with_hint
    return ScoringInputs(
        judge=project.config.judge,
        judges=judges,
        unresolved=unresolved,
        labels=load_labels(project.source, labels_path(folder, suite.id)),
        files=_files(project, suite),
        waivers=suite_waivers(project.source, folder, suite.id),
        media=_media(project, suite),
    )


def _media(project: Project, suite: Suite) -> dict[str, str]:
    try:
        return case_media(project.prompt(suite.prompt), suite.cases)
    except PromptopsError:  # told where the prompt is used
        return {}


def suite_changed(workspace: Workspace, base: Project, suite: Suite, scoring: ScoringInputs, was: str) -> bool:
    """Whether cases, criteria, what they need, or what is asked and proven with them were others in the base.

    `was`: what the suite is called there.
    """
    try:
        old = base.suite(was)
        asks_other = _declared(old) != _declared(suite)
        return asks_other or read_scoring(workspace, base, old).digest(old) != scoring.digest(suite)
    except PromptopsError:
        return True  # it is new, moved, or could not be read before


def _declared(suite: Suite) -> tuple[object, ...]:
    gates = [(gate.criterion, gate.at_least, gate.no_worse_than_base, gate.undecided_fails) for gate in suite.gates]
    return sorted(gates, key=str), suite.models, suite.trials, suite.budget, suite.max_errors, suite.cluster


def judge_names(project: Project, suite: Suite) -> list[str]:
    """The models that judge for the suite, each once, as they are named."""
    names = [criterion.judge_model or project.config.judge for criterion in suite.criteria if criterion.kind.asks_model]
    return [name for name in dict.fromkeys(names) if name]


def _files(project: Project, suite: Suite) -> dict[str, str]:
    """The python files of the suite's criteria, read now: an edit during the run changes nothing."""
    names = sorted({criterion.python[0] for criterion in suite.criteria if criterion.python is not None})
    return {name: read_text(project.source, normalize_path(suite.path.parent / name)) for name in names}
