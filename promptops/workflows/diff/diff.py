"""Two versions of a project compared as the model would notice: which prompts changed, and what each case receives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from promptops.errors import PromptopsError, SourceError
from promptops.model.edit import SettingDifference
from promptops.model.outcomes.diff import ProjectDiff, PromptDiff
from promptops.model.suite import Suite
from promptops.source.project import Project
from promptops.templating.guarded_renderer import GuardedRenderer
from promptops.templating.renderer_protocol import MakeRenderer
from promptops.text.sanitize import shell_word
from promptops.text.suggestions import did_you_mean
from promptops.workflows.diff.impact import ImpactFinder, changes_shared_parts, shared_changes
from promptops.workflows.diff.prompt_pairs import Pair, PromptPairs
from promptops.workflows.diff.rendered_cases import case_diffs, cases_of_prompt
from promptops.workflows.versions.base_head import BaseAndHead, open_base_and_head
from promptops.workflows.versions.prompt_versions import PromptOrError, ResolvedPrompt
from promptops.workflows.versions.settings_diff import compare_settings
from promptops.workflows.versions.template_edit import edited_texts
from promptops.workflows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class DiffChoice:
    """What to compare. `base`, `head` and `at` as in `open_base_and_head`; empty `prompts` means all.

    `untrusted`: the change comes from a fork, so its templates are filled in a process that can be killed.
    """

    base: str | None = None
    head: str | None = None
    at: str | None = None
    prompts: tuple[str, ...] = ()
    untrusted: bool = False


def compare(workspace: Workspace, choice: DiffChoice) -> ProjectDiff:
    """Every prompt that is not the same to a model in both versions, and whom shared changes reach.

    Fills the cases of changed prompts only, and calls no model. A prompt that cannot be loaded is told with its error,
    unless nothing that it is made of has changed.
    Raises PromptopsError when a version cannot be found, or when neither holds a prompt that was asked for.
    """
    try:
        versions = open_base_and_head(workspace, choice.base, choice.head, choice.at)
    except SourceError as exc:
        exc.hint = _prompt_option_hint(workspace, choice) or exc.hint
        raise
    base, head = versions.base, versions.head
    chosen = {_identifier(versions, name) for name in choice.prompts}
    pairs = PromptPairs(workspace, versions, chosen)
    compared = pairs.names(chosen)
    changed = {names: pairs.pair(names) for names in compared if pairs.differs(names, at_a_glance=not chosen)}
    both = {name: pair for (_, name), pair in changed.items()}
    impact = ImpactFinder(head, both)
    filling = _choose_filling(choice)
    prompts = tuple(_prompt_diff(versions, *names, pair, impact, filling) for names, pair in changed.items())
    only = {**both} if chosen else None
    if only is None or changes_shared_parts(versions, only):
        both.update(pairs.possibly_changed())
    shared = shared_changes(versions, dict(sorted(both.items())), impact, only)
    return ProjectDiff(
        base=base.source.revision.label,
        head=head.source.revision.label,
        base_commit=base.source.revision.commit,
        head_commit=head.source.revision.commit,
        base_words=versions.base_words,
        prompts=prompts,
        shared=shared,
        unchanged=len(compared) - len(changed),
        notes=(*versions.notes, *impact.notes),
    )


def require_shown_case(diff: ProjectDiff, name: str) -> None:
    """SourceError where no prompt that changed has a case of this name that may be shown."""
    cases = [case for prompt in diff.prompts for case in prompt.cases]
    if any(case.case == name and not case.held_out for case in cases):
        return
    if any(case.case == name for case in cases):
        raise SourceError(f"the case '{name}' is held out: it is counted, and never shown")
    known = [case.case for case in cases if not case.held_out]
    raise SourceError(f"no prompt that changed has a case '{name}'", hint=did_you_mean(name, known))


def _prompt_option_hint(workspace: Workspace, choice: DiffChoice) -> str:
    """What to write where a prompt was named in the place of a version; empty where none was."""
    with suppress(PromptopsError):
        project = workspace.project()
        for name in filter(None, (choice.base, choice.head)):
            if project.has_prompt(name):
                return f"'{name}' is a prompt; to compare it alone: promptops diff --prompt {shell_word(name)}"
    return ""


def _identifier(versions: BaseAndHead, name: str) -> str:
    """The identifier of a prompt that either side has. SourceError with the nearest name for any other."""
    for project in (versions.head, versions.base):
        if project.has_prompt(name):
            return project.prompt_identifier(name)
    return versions.head.prompt(name).id


def _choose_filling(choice: DiffChoice) -> MakeRenderer:
    if not choice.untrusted:
        return GuardedRenderer
    from promptops.templating.isolated_renderer import TemplateProcess  # 4 ms that other comparisons need not pay

    return TemplateProcess().renderer


def _prompt_diff(
    versions: BaseAndHead, was: str, name: str, pair: Pair, impact: ImpactFinder, filling: MakeRenderer
) -> PromptDiff:
    """All there is to say about a prompt that is not the same in both versions."""
    old, new = pair
    either = new if isinstance(new, ResolvedPrompt) else old
    title = either.prompt.title if isinstance(either, ResolvedPrompt) else name
    paths = _path(versions.base, was, old), _path(versions.head, name, new)
    common = PromptDiff(
        id=name,
        path=paths[1] or paths[0],
        status="unreadable",
        title=title,
        was=was if was != name else "",
        was_path=paths[0] if paths[1] and paths[0] != paths[1] else "",
        reach=impact.reach([name]),
        digests=(_digest(old), _digest(new)),
        notes=tuple(_notes(was, name, old, new, impact)),
    )
    if isinstance(old, PromptopsError) or isinstance(new, PromptopsError):
        return replace(common, errors=(_error(old), _error(new)))
    if old is None or new is None:
        return replace(common, status="new" if old is None else "deleted")
    if old.key == new.key:
        return replace(common, status="renamed")
    suites = [suite for one in dict.fromkeys((name, was)) for suite in impact.suites(one)]
    return with_changes(common, old, new, suites, filling)


def with_changes(
    prompt: PromptDiff,
    old: ResolvedPrompt,
    new: ResolvedPrompt,
    suites: Iterable[Suite],
    filling: MakeRenderer = GuardedRenderer,
) -> PromptDiff:
    """The prompt with what its real cases receive before and after, and all that differs besides the text."""
    before, after = (one.prompt._replace(parameters=one.parameters) for one in (old, new))
    return replace(
        prompt,
        status="changed",
        cases=case_diffs(old, new, cases_of_prompt(new.prompt, suites), filling),
        edit=edited_texts(old.closure, new.closure),
        differences=(*_models(old, new), *compare_settings(before, after)),
    )


def _path(project: Project, name: str, found: PromptOrError | None) -> str:
    if isinstance(found, ResolvedPrompt):
        return str(found.prompt.path)
    return str(project.prompt_paths().get(name, "")) if found is not None else ""


def _digest(found: PromptOrError | None) -> str | None:
    return found.digest if isinstance(found, ResolvedPrompt) else None


def _error(found: PromptOrError | None) -> str:
    return str(found) if isinstance(found, PromptopsError) else ""


def _models(old: ResolvedPrompt, new: ResolvedPrompt) -> Iterator[SettingDifference]:
    before, after = (one.model or one.prompt.model or "none named" for one in (old, new))
    if before != after:
        yield SettingDifference("model", before, after)


def _notes(
    was: str, name: str, old: PromptOrError | None, new: PromptOrError | None, impact: ImpactFinder
) -> Iterator[str]:
    if isinstance(new, PromptopsError) and old is None:
        yield "it is new"
    if isinstance(new, ResolvedPrompt) and not new.model and new.prompt.model:
        yield f"the model '{new.prompt.model}' is not known in promptops.yml; the texts are compared all the same"
    if new is None or was != name:
        for suite in impact.suites(was):
            yield f"the suite '{suite.id}' still tests '{was}', which is not there any more"
        for environment in impact.reach([was]).environments:
            yield f"{environment} still pins '{was}' and keeps the version it pinned"
