"""A fork's change: what it may decide, and what the base decides for it.

Prompts, cases and criteria are the fork's; their texts are filled in a process that can be killed. Models with their
addresses and keys, the judge, the budget, the Python that is run, people's labels and what owners accepted are the
base's: whoever opens a pull request must not choose where a key is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from promptops.errors import EvalError, PromptopsError, SourceError
from promptops.evals.plan import Plan
from promptops.evals.scoring_inputs import ScoringInputs
from promptops.model.config import Config, ModelSpec, Paths
from promptops.model.suite import Suite
from promptops.providers.python_model.provider import read_code
from promptops.source.project import Project
from promptops.source.source import normalize_path, read_text
from promptops.templating.renderer_protocol import MakeRenderer
from promptops.workflows.workspace import Workspace

_NOT_RUN = "the version that this change is compared with has no such check, and a fork's own Python is never run"


Check = tuple[PurePosixPath, str, bool]
"""A python criterion's file and function, and whether it may use the network."""


@dataclass(frozen=True, slots=True)
class ForkPolicy:
    """What holds for a fork's change; `filling` makes what fills its templates."""

    workspace: Workspace
    base: Project
    filling: MakeRenderer

    def with_base_settings(self, head: Project) -> Project:
        """The head's files, with the base's settings."""
        return Project(head.source, head.kinds, with_base_config(head.config, self.base.config))

    def with_base_checks(self, head: ScoringInputs, suite: Suite) -> tuple[ScoringInputs, tuple[str, ...]]:
        """The base's python files, and a word on each file that the fork changed.

        Only what a suite of the base runs itself is run: any other file of the base was not made for being run. And it
        reaches the network only where the base lets it. EvalError where this machine cannot isolate it.
        """
        if head.files:
            _check_isolation(suite)
        known = set(self._checks()) if head.files else set()
        files: dict[str, str] = {}
        refused: dict[str, str] = {}
        for name in head.files:
            path = normalize_path(suite.path.parent / name)
            try:
                if not known.issuperset(check for check in _checks_of(suite) if check[0] == path):
                    raise SourceError(_NOT_RUN)
                files[name] = read_text(self.base.source, path)
            except SourceError as exc:
                refused[name] = str(exc.args[0])
        changed = tuple(
            f"{name} was run as it was before this change: a fork's own Python is never run"
            for name, text in files.items()
            if head.files[name] != text
        )
        return replace(head, files=files, refused=refused), changed

    def check_models(self, plan: Plan) -> None:
        """EvalError for a model that is a file of the project: the fork could have put another there."""
        root = self.workspace.root.resolve()
        for target in plan.targets.values():
            spec = target.spec
            if spec.provider == "local" and spec.model.lower().endswith(".gguf") and _is_below(root, spec.model):
                raise EvalError(
                    f"the model '{spec.alias}' is a file of the project, which a fork could have changed",
                    hint="keep the file outside of the project, or name another model: --model NAME",
                )
            if spec.python is not None and self._is_changed(spec):
                raise EvalError(
                    f"the model '{spec.alias}' is a function in {spec.python.file}, which this change touched: "
                    "a fork's own Python is never run",
                    hint="leave the file as it was, or name another model: --model NAME",
                )

    def _is_changed(self, spec: ModelSpec) -> bool:
        assert spec.python is not None
        try:
            before = self.base.source.read(PurePosixPath(spec.python.file))
        except SourceError:
            return True
        return before != read_code(spec, self.workspace.root)

    def _checks(self) -> Iterator[Check]:
        for name in self.base.all_suites():
            with suppress(PromptopsError):  # a suite that cannot be read runs nothing
                yield from _checks_of(self.base.suite(name))


def with_base_config(own: Config, base: Config) -> Config:
    """The settings for a fork's change: the base's in all, and its own folders beside those of the base.

    A fork can name further folders; it cannot take one out of sight.
    """
    both = (tuple(dict.fromkeys((*theirs, *mine))) for theirs, mine in zip(base.paths, own.paths, strict=True))
    return base._replace(paths=Paths(*both))


def open_fork(workspace: Workspace, base: Project | None) -> ForkPolicy:
    """The rules for a fork's change against this base. EvalError without one."""
    if base is None:
        raise EvalError(
            "a stranger's change is evaluated with the models of the version it is compared with, and there is none",
            hint="name it: --base REV; in CI fetch the whole history (fetch-depth: 0)",
        )
    from promptops.templating.isolated_renderer import TemplateProcess  # 4 ms that other runs need not pay

    return ForkPolicy(workspace, base, TemplateProcess().renderer)


def _is_below(root: Path, name: str) -> bool:
    return (root / Path(name).expanduser()).resolve().is_relative_to(root)


def _checks_of(suite: Suite) -> Iterator[Check]:
    for criterion in suite.criteria:
        if criterion.python is not None:
            file, function = criterion.python
            network = criterion.options.get("network") is True
            yield normalize_path(suite.path.parent / file), function, network
            if network:  # what may use it may do without
                yield normalize_path(suite.path.parent / file), function, False


def _check_isolation(suite: Suite) -> None:
    from promptops.evals.python_worker.client import isolation_problem
    from promptops.sandbox.isolation import HOW_TO_ISOLATE

    if problem := isolation_problem():
        raise EvalError(f"the suite's Python {problem}", where=str(suite.path), hint=HOW_TO_ISOLATE)
