"""A prompt with every template it reaches, and the digest that says whether two versions behave the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from promptops.errors import PromptError, PromptopsError, SourceError
from promptops.model.chat.message_template import ExamplesSlot
from promptops.model.prompt import Prompt
from promptops.source.references import resolve_reference
from promptops.source.source import WINDOWS_PATH, Source, read_text
from promptops.templating.analysis import analyse_template, is_simple
from promptops.templating.chat.examples import read_examples
from promptops.templating.usage import TemplateReference, TemplateSyntaxProblem

ITSELF = ""
"""How `references` call the prompt's own file, so that it may move without becoming another version."""

Find = Callable[[str], Iterable[TemplateReference]]
ProblemKind = Literal["syntax", "missing", "outside", "cycle", "examples"]
MAX_INCLUDE_DEPTH = 30
OLDEST = 2
"""The sealed format of prompts that every version renders alike."""


class ReferenceProblem(PromptError):
    """A template that cannot be read or followed, at `path`:`line` of the file that says so by `name`."""

    def __init__(
        self, kind: ProblemKind, message: str, path: PurePosixPath, line: int, hint: str = "", name: str = ""
    ) -> None:
        super().__init__(message, where=f"{path}:{line}", hint=hint)
        self.kind = kind
        self.message = message
        self.path = path
        self.line = line
        self.name = name


class Closure(NamedTuple):
    """A prompt and the texts of its templates by project path.

    `references` says which path each name means: by the file that includes it (`ITSELF` for the prompt's own), by the
    name as written there. `sealed_format` says by which rules it renders: those of a pin's format, or of the format
    that a new pin would get. `examples` are the texts of files of examples, by project path.
    """

    prompt: Prompt
    templates: Mapping[str, str] = {}
    references: Mapping[str, Mapping[str, str]] = {}
    sealed_format: int = OLDEST
    examples: Mapping[str, str] = {}


def make_closure(source: Source, prompt: Prompt, folder: PurePosixPath, *, guess: bool = False) -> Closure:
    """The prompt with all templates it reaches, at the source's version. Raises the first problem found.

    `guess`: by a look at the words alone, in a tenth of the time. Only for whoever knows the digest that must come out.
    """
    templates: dict[str, str] = {}
    references: dict[str, dict[str, str]] = {}
    examples: dict[str, str] = {}
    for problem in walk_examples(source, prompt, folder, examples, references):
        raise problem
    for problem in walk_templates(
        source, prompt, folder, templates, references, _guess_references if guess else _parsed_references
    ):
        raise problem
    form = needed_format(prompt, templates, guess=guess)
    return Closure(prompt, dict(sorted(templates.items())), references, form, dict(sorted(examples.items())))


def needed_format(prompt: Prompt, templates: Mapping[str, str], *, guess: bool = False) -> int:
    """The sealed format of a new pin: the oldest one by which it renders as it should.

    That is format 3 only where a value in it may become another text by the one rule than by format 2, and format 4
    only where a message is more than a role and a text, or tools or the schema lie in a file.
    """
    if prompt.files or not prompt.is_text_only or any(item.kind for item in prompt.inputs):
        return 4
    if guess or prompt.plain or all(map(is_simple, (*(one.content for one in prompt.texts), *templates.values()))):
        return OLDEST
    from promptops.templating.sealed_format.conversions import find_conversions  # which needs Jinja

    try:
        return 3 if find_conversions(prompt, templates) else OLDEST
    except RecursionError as exc:
        raise PromptError("a template is nested too deeply to be read", where=str(prompt.path)) from exc


def walk_templates(
    source: Source,
    prompt: Prompt,
    folder: PurePosixPath,
    templates: dict[str, str],
    references: dict[str, dict[str, str]] | None = None,
    found: Find | None = None,
) -> Iterator[ReferenceProblem]:
    """Fill `templates` with every text the prompt reaches (`references`: by which names) and yield what cannot be
    followed."""
    if prompt.plain:
        return
    walker = _Walker(source, folder, templates, {} if references is None else references, found or _parsed_references)
    for text in prompt.texts:
        yield from walker.visit(text.content, prompt.path, text.origin.line_of, ())


def walk_examples(
    source: Source,
    prompt: Prompt,
    folder: PurePosixPath,
    examples: dict[str, str],
    references: dict[str, dict[str, str]],
) -> Iterator[ReferenceProblem]:
    """Fill `examples` with the text of every file of examples, and yield what cannot be read."""
    for slot in prompt.messages:
        if not isinstance(slot, ExamplesSlot):
            continue
        line = slot.span.line
        try:
            target = resolve_reference(slot.name, prompt.path, folder)
            text = read_text(source, target)
            read_examples(text, str(target))
        except PromptopsError as exc:
            message = f"the examples '{slot.name[:80]}' cannot be used: {exc}"
            hint = exc.hint or f"names are looked up in {folder}/, and ./NAME beside this file"
            yield ReferenceProblem("examples", message, prompt.path, line, hint, slot.name)
            continue
        examples[target.as_posix()] = text
        references.setdefault(ITSELF, {})[slot.name] = target.as_posix()


def _parsed_references(text: str) -> Iterable[TemplateReference]:
    return analyse_template(text).references


def _guess_references(text: str) -> Iterable[TemplateReference]:
    return [TemplateReference(name, 0) for name in guess_included_names(text)]


def guess_included_names(text: str) -> list[str]:
    """The names of files that a text seems to include, by a look at its words alone."""
    words = r"""\{%[-+]?\s*(?:include|import|from|extends)\s+(?:"([^"\\\n]*)"|'([^'\\\n]*)')"""
    return [found[1] or found[2] or "" for found in re.finditer(words, text)]


def guess_linked_names(text: str) -> list[str]:
    """The names of files of tools, schemas and examples that a prompt's file seems to have, by its words alone."""
    words = r"""(?m)^[ \t]*(?:-[ \t]+)?\{?(?:tools|jsonSchema|examples):[ \t]+["']?([\w./-]+\.(?:ya?ml|jsonl?))\b"""
    return re.findall(words, text)


class _Walker(NamedTuple):
    source: Source
    folder: PurePosixPath
    templates: dict[str, str]
    references: dict[str, dict[str, str]]
    find: Find

    def visit(
        self, text: str, path: PurePosixPath, place: Callable[[int], int], chain: tuple[str, ...]
    ) -> Iterator[ReferenceProblem]:
        """Problems of one text; `place` turns its lines into lines of the file `path`."""
        try:
            references = self.find(text)
        except TemplateSyntaxProblem as exc:
            yield ReferenceProblem("syntax", exc.message, path, place(exc.line), "check the braces around this place")
            return
        for reference in references:
            try:
                key = self._load(reference, path, place(reference.line), chain)
            except ReferenceProblem as problem:
                yield problem
                continue
            if key:
                yield from self.visit(self.templates[key], PurePosixPath(key), int, (*chain, key))

    def _load(self, reference: TemplateReference, path: PurePosixPath, line: int, chain: tuple[str, ...]) -> str:
        """The path of a template that was read just now, empty where there is nothing to read."""
        name = reference.name
        if name is None:
            message = "the name of an included file is worked out by the template"
            hint = 'write the name itself in quotes: {% include "name.j2" %}'
            raise ReferenceProblem("missing", message, path, line, hint)
        problem = partial(ReferenceProblem, path=path, line=line, name=name)
        try:
            target = resolve_reference(name, path, self.folder)
        except SourceError as exc:
            message = f"'{name}': {WINDOWS_PATH}" if WINDOWS_PATH in exc.args else f"'{name}' is outside the project"
            raise problem("outside", message, hint=exc.hint) from None
        key = target.as_posix()
        self.references.setdefault(chain[-1] if chain else ITSELF, {})[name] = key
        if key in chain:
            circle = " → ".join([*chain[chain.index(key) :], key])
            raise problem(
                "cycle", f"the files include each other in a circle: {circle}", hint="take one of the includes out"
            )
        if len(chain) >= MAX_INCLUDE_DEPTH:
            message = f"more than {MAX_INCLUDE_DEPTH} files include one another in a row"
            raise problem("cycle", message, hint="put some of them together")
        if key in self.templates:
            return ""
        try:
            self.templates[key] = read_text(self.source, target)
        except SourceError as exc:
            linked = "symbolic link" in exc.args[0]
            if reference.optional and not linked and not self.source.exists(target):
                return ""
            hint = f"check the spelling; names are looked up in {self.folder}/"
            if not name.startswith(".") and self.source.exists(path.parent / name):
                hint = f"it stands beside this file: write './{name}'"
            message = f"'{name}' cannot be read: {exc.args[0]}"
            raise problem("outside" if linked else "missing", message, hint=exc.hint or hint) from None
        return key
