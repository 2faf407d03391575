"""From names of suites to plans of their runs. Every file is read here, and no model is called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from promptops.errors import EvalError, PromptopsError, UnknownNameError
from promptops.evals.arms import ModelTarget, PromptAtRevision
from promptops.evals.plan import make_plan
from promptops.evals.preflight.suite_check import check_suite
from promptops.evals.preflight.vendor_check import require_possible
from promptops.evals.scoring_inputs import ScoringInputs
from promptops.model.edit import FileEdit
from promptops.model.prompt import Prompt
from promptops.model.revision import Revision
from promptops.model.schemas.formats import prompt_schema
from promptops.model.suite import Suite
from promptops.providers.cassette import RECORDED, CassetteProvider
from promptops.source.project import Project
from promptops.source.yaml.document import read_document
from promptops.source.yaml.validate import UNKNOWN_KEY
from promptops.templating.closure import Closure, make_closure
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.workflows.eval.asked_again import keys_asked_again
from promptops.workflows.eval.confirmed_words import (
    NobodyKnows,
    WordsHere,
    with_confirmed_words,
    with_merged_words,
)
from promptops.workflows.eval.cost_estimate import budget_note
from promptops.workflows.eval.fork_policy import ForkPolicy, open_fork
from promptops.workflows.eval.model_targets import base_cassette, base_target, head_cassette, target_of
from promptops.workflows.eval.prepared_run import EvalChoice, PreparedRun
from promptops.workflows.eval.scoring_inputs import read_scoring, suite_changed
from promptops.workflows.versions.base_head import read_base, read_head
from promptops.workflows.versions.rename_detection import FormerNames
from promptops.workflows.versions.template_edit import whole_edit
from promptops.workflows.workspace import Workspace

_THEIR_REPLIES = "the replies are recorded ones that came with the change: no model was asked, whoever wrote them"


def prepare(workspace: Workspace, choice: EvalChoice) -> list[PreparedRun]:
    """Plans for the chosen suites, in their order. Reads every file once; calls no model."""
    prepared = []
    for _, one in prepare_each(workspace, choice):
        if isinstance(one, PromptopsError):
            raise one
        prepared.append(one)
    return prepared


def prepare_each(workspace: Workspace, choice: EvalChoice) -> Iterator[tuple[str, PreparedRun | PromptopsError]]:
    """Each chosen suite with its plan, or with why it has none: one that is broken hides no other.

    PromptopsError for what concerns all of them.
    """
    if choice.record and choice.at:
        raise EvalError("--record writes beside the suite of the work tree", hint="leave out --at")
    if choice.record and choice.untrusted:
        raise EvalError("a fork's replies are not recorded", hint="leave out --record or --untrusted")
    head, revision = read_head(workspace, choice.at)
    base: Project | None = None
    notes: tuple[str, ...] = ()
    if choice.base is not None or choice.changed:
        base, notes = read_base(workspace, choice.base, choice.at, exact=choice.exact)
    fork = open_fork(workspace, base) if choice.untrusted else None
    if fork is not None:
        head = fork.with_base_settings(head)
    for model in choice.models:
        workspace.model(head, model)  # one that is not known is no suite's flaw
    names = choice.suites or tuple(head.all_suites())
    if not names and choice.changed:
        return
    if not names:
        raise EvalError("there is no suite here", hint="write one in evals/, or begin with `promptops init`")
    former = None if base is None else FormerNames(workspace, base, head)
    words = WordsHere(workspace, choice.at, choice.main_branch)
    sides = _Sides(workspace, choice, head, revision, former, fork, words)
    for name in names:
        try:
            one = _prepare_suite(sides, head.suite(name), notes)
        except PromptopsError as exc:
            yield name, exc
            continue
        if not (choice.changed and one.unchanged):
            yield name, one


class _Sides(NamedTuple):
    """What every suite of a command is read from."""

    workspace: Workspace
    choice: EvalChoice
    head: Project
    revision: Revision
    former: FormerNames | None
    fork: ForkPolicy | None
    words: WordsHere


class _BaseSide(NamedTuple):
    """A suite's prompt as it was, and what it is asked of; no version where there is nothing to compare with."""

    version: PromptAtRevision | None = None
    targets: tuple[ModelTarget, ...] = ()
    cassette: CassetteProvider | None = None
    suite_changed: bool = False
    notes: tuple[str, ...] = ()


def _prepare_suite(sides: _Sides, suite: Suite, notes: tuple[str, ...]) -> PreparedRun:
    """One suite's plan. Raises PromptopsError where it cannot be run."""
    workspace, choice, head, revision, _, fork, _ = sides
    prompt = _prompt_of(head, suite)
    scoring = _with_words_that_count(sides, read_scoring(workspace, head, suite), suite)
    cassette, record_to = head_cassette(workspace, head, suite, record=choice.record)
    names = dict.fromkeys(choice.models or suite.models or (prompt.model,))
    if cassette is None:
        require_possible(prompt, suite.cases, [workspace.model(head, name) for name in names])
    targets = [target_of(workspace, head, name, cassette) for name in names]
    base = _base_side(sides, suite, scoring, targets, cassette)
    notes = (*notes, *base.notes, *_unknown_keys(head, prompt))
    if fork is not None:
        scoring, said = fork.with_base_checks(scoring, suite)
        notes = (*notes, *said, *([_THEIR_REPLIES] if cassette is not None else []))
    max_cost = _max_cost(sides, suite)
    called = (*targets, *base.targets, *scoring.judges.values())
    notes = (*notes, *filter(None, [budget_note(max_cost, called)]))
    closure = make_closure(head.source, prompt, head.template_folder)
    plan = make_plan(
        suite,
        PromptAtRevision("head", closure, revision),
        base.version,
        targets,
        scoring,
        base_models=base.targets,
        trials=choice.trials,
        notes=notes,
        filling=fork.filling if fork is not None else GuardedRenderer,
        untrusted=fork is not None,
        former_suite=sides.former.suite(suite.id) if sides.former is not None else "",
        edit=_edit(base, closure, targets),
    )
    check_suite(plan)
    if fork is not None:
        fork.check_models(plan)
    replies = {RECORDED + found.digest: found for found in (cassette, base.cassette) if found is not None}
    again = keys_asked_again(workspace, suite.id, fresh=choice.fresh, retry_errors=choice.retry_errors)
    return PreparedRun(plan, replies, record_to, max_cost, base.suite_changed, again)


def _with_words_that_count(sides: _Sides, scoring: ScoringInputs, suite: Suite) -> ScoringInputs:
    choice = sides.choice
    record = NobodyKnows() if sides.fork is not None else choice.record_of_words
    if sides.former is None:
        return with_merged_words(scoring, sides.words, suite.id, record)
    was = sides.former.suite(suite.id)
    return with_confirmed_words(scoring, sides.former.base, suite.id, was, record or sides.words.merged)


def _prompt_of(head: Project, suite: Suite) -> Prompt:
    try:
        return head.prompt(suite.prompt)
    except UnknownNameError as exc:
        raise EvalError(str(exc), hint=exc.hint) from None


def _base_side(
    sides: _Sides,
    suite: Suite,
    scoring: ScoringInputs,
    targets: Sequence[ModelTarget],
    cassette: CassetteProvider | None,
) -> _BaseSide:
    """`targets` and `cassette` are the head's."""
    workspace, choice, _, _, former, _, _ = sides
    if former is None:
        return _BaseSide()
    base = former.base
    version, notes = _base_version(former, suite.prompt)
    changed = suite_changed(workspace, base, suite, scoring, former.suite(suite.id))
    if version is None:
        return _BaseSide(suite_changed=changed, notes=notes)
    old_cassette = None if choice.record else base_cassette(base, suite, cassette)
    own = () if choice.models or suite.models else (version.closure.prompt.model,)
    pairs = zip(own or [target.spec.alias for target in targets], targets, strict=True)
    old_targets = tuple(base_target(workspace, base, name, target, old_cassette) for name, target in pairs)
    if changed:
        notes = (*notes, "the suite itself changed; its new cases and criteria judge both versions")
    return _BaseSide(version, old_targets, old_cassette, changed, notes)


def _edit(base: _BaseSide, head: Closure, targets: Sequence[ModelTarget]) -> tuple[FileEdit, ...]:
    if base.version is None:
        return ()
    models = [(old.spec, new.spec) for old, new in zip(base.targets, targets, strict=True)]
    return whole_edit(base.version.closure, head, models)


def _max_cost(sides: _Sides, suite: Suite) -> float | None:
    """US dollars. A fork may spend less than the base allows, never more."""
    budgets = (sides.choice.max_cost, suite.budget.max_cost, sides.head.config.budget.max_cost)
    limits = [limit for limit in budgets if limit is not None]
    return next(iter(limits), None) if sides.fork is None else min(limits, default=None)


def _unknown_keys(head: Project, prompt: Prompt) -> Iterator[str]:
    """Misspelt keys: files of other tools may have keys we do not know, but nobody should wonder about a result."""
    for problem in read_document(head.source, prompt.path, prompt_schema(head.kinds)).problems:
        if problem.code == UNKNOWN_KEY and not prompt.plain:
            yield f"{prompt.path}:{problem.span.line}: {problem.message}, so it has no effect"


def _base_version(former: FormerNames, prompt: str) -> tuple[PromptAtRevision | None, tuple[str, ...]]:
    """The prompt as it was, or a word on why there is nothing to compare with."""
    base, name = former.base, former.prompt(prompt)
    label = base.source.revision.label
    if not base.has_prompt(name):
        return None, (f"the prompt is new: {label} does not have it",)
    try:
        closure = make_closure(base.source, base.prompt(name), base.template_folder)
    except PromptopsError as exc:  # who mends a prompt must not be stopped by what was broken
        return None, (f"nothing to compare with: the prompt at {label} cannot be read ({exc})",)
    renamed = () if name == prompt else (f"the prompt was renamed: at {label} it is called '{name}'",)
    return PromptAtRevision("base", closure, base.source.revision), renamed
