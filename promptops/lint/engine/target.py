"""What a rule may look at: one file, and all files of a project together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol, cast

from promptops.errors import PromptError, PromptopsError
from promptops.lint.engine.prefilter import FileKind
from promptops.lint.engine.text_spans import ConditionSpan, TextSpan, given_names
from promptops.model.chat.message_template import MessageTemplate, TemplateText, TextOrigin
from promptops.model.finding import Span
from promptops.model.prompt import Prompt
from promptops.source.formats.chat.text_origins import text_origin
from promptops.source.formats.prompts import build_prompt
from promptops.source.references import resolve_reference
from promptops.source.yaml.document import Document
from promptops.source.yaml.reader import Node
from promptops.source.yaml.validate import FormatProblem
from promptops.templating.analysis import MAX_CODE, excess_code
from promptops.templating.closure import ReferenceProblem, walk_templates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from promptops.model.environment import Environment
    from promptops.model.evaluator_kind import KindSpec
    from promptops.model.suite import Case, Criterion, Suite
    from promptops.source.project import Project


class FileLookup(Protocol):
    """The other files of the project.

    `versions` gives the project at a commit's full id, where there is a git repository; SourceError when the commit
    is not there. `models_known` is False when promptops.yml cannot be read. `templates` are the included files that
    were read so far, each one text for all prompts that reach it.
    """

    project: Project
    versions: Callable[[str], Project] | None
    models_known: bool
    templates: dict[PurePosixPath, TextSpan]

    def find(self, path: PurePosixPath) -> Target | None:
        """The file as rules see it; None where it is not looked into."""
        ...


class Survey:
    """All files of a project that could be read."""

    def __init__(self, files: FileLookup, targets: Sequence[Target]) -> None:
        self.files = files
        self.project = files.project
        self.targets = tuple(targets)

    def of(self, kind: FileKind) -> Iterator[Target]:
        """The files of one kind, in the order of their paths."""
        return (target for target in self.targets if target.kind == kind)


class Target:
    """One file with everything a rule may look at, worked out once and when first asked for.

    `document` is None for a template and for a file of cases that can be read.
    """

    def __init__(
        self, files: FileLookup, path: PurePosixPath, kind: FileKind, text: str, document: Document | None
    ) -> None:
        self.files = files
        self.project = files.project
        self.path = path
        self.kind = kind
        self.text = text
        self.document = document
        self._references: dict[TextSpan, tuple[tuple[str, int, PurePosixPath], ...]] = {}

    @cached_property
    def rows(self) -> list[str]:
        """The file's lines."""
        return self.text.split("\n")

    @property
    def node(self) -> Node | None:
        """The file's YAML with the place of every value; None when it cannot be read."""
        return self.document.node if self.document is not None else None

    def get(self, key: str) -> Node | None:
        """The value of a top-level key; None when there is none, or no YAML."""
        return self.node.get(key) if self.node is not None else None

    @cached_property
    def evaluators(self) -> tuple[tuple[KindSpec, Node], ...]:
        """The kinds that the evaluators name, with their options as written, whether or not they can be used."""
        listed, kinds = self.get("evaluators"), self.project.kinds
        items = listed.value if listed is not None and listed.kind == "sequence" else ()
        return tuple((kinds[key], options) for item in items for key, options in item.items() if key in kinds)

    @cached_property
    def reported(self) -> frozenset[str]:
        """The rules that speak of what was found when the file was read and built."""
        codes = {problem.code for problem in self.document.problems} if self.document is not None else set()
        if self.build_problem is not None:
            codes.add(self.build_problem.code)
        return frozenset(codes)

    def problems(self, code: str) -> list[FormatProblem]:
        """What the reader said about the file under this code."""
        return [problem for problem in self.document.problems if problem.code == code] if self.document else []

    @cached_property
    def _built(self) -> tuple[object, PromptopsError | None]:
        document = self.document
        if document is None or document.node is None or not document.usable:
            return None, None
        source = self.project.source
        try:
            if self.kind == "prompt":
                prompt = build_prompt(
                    source,
                    document,
                    self.project.identifier_of(self.path),
                    self.project.kinds,
                    self.project.template_folder,
                )
                _refuse_too_much_code(prompt)
                return (prompt, None) if prompt.suite_problem is None else (None, prompt.suite_problem)
            if document.problems:
                return None, None
            if self.kind == "suite":
                from promptops.source.formats.suites import load_suite

                name = self.project.identifier_of(self.path, "suite")
                return load_suite(source, self.path, name, self.project.kinds), None
            if self.kind == "environment":
                from promptops.source.formats.environments import load_environment

                return load_environment(source, self.path), None
            from promptops.source.formats.settings import load_config

            return load_config(source), None
        except PromptopsError as exc:
            return None, exc

    @property
    def prompt(self) -> Prompt | None:
        """The prompt; None for other files, and when it cannot be built."""
        built = self._built[0]
        return built if isinstance(built, Prompt) else None

    @property
    def suite(self) -> Suite | None:
        """The suite; None for other files, and when it cannot be built."""
        built = self._built[0]
        return cast("Suite | None", built) if self.kind == "suite" else None

    @property
    def environment(self) -> Environment | None:
        """The pins; None for other files, and when the file cannot be built."""
        built = self._built[0]
        return cast("Environment | None", built) if self.kind == "environment" else None

    @property
    def build_problem(self) -> PromptopsError | None:
        """What keeps a well-formed file from being used: a missing file of cases, an evaluator without a kind."""
        return self._built[1]

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases of a suite, or those inside a prompt."""
        if self.suite is not None:
            return self.suite.cases
        return self.prompt.test_data if self.prompt is not None else ()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria of a suite, or those inside a prompt."""
        if self.suite is not None:
            return self.suite.criteria
        return self.prompt.evaluators if self.prompt is not None else ()

    @cached_property
    def tested(self) -> Target | None:
        """The prompt that the cases are for: of a suite the one it names, of a prompt itself. None when unknown."""
        if self.suite is None:
            return self if self.prompt is not None else None
        try:
            return self.files.find(self.project.path_of(self.suite.prompt))
        except PromptopsError:
            return None

    @property
    def tested_prompt(self) -> Prompt | None:
        """What is tested, where it can be built."""
        return self.tested.prompt if self.tested is not None else None

    def locate(self, case: Case) -> tuple[PurePosixPath, Span]:
        """Where a case is written: its file and the beginning of its line."""
        return case.path or self.path, Span.at(max(1, case.line), 1)

    @cached_property
    def messages(self) -> tuple[TextSpan, ...]:
        """The messages of a prompt, or the template itself."""
        if self.kind == "template":
            return (TextSpan(self.path, self.text, self.rows, TextOrigin()),)
        if self.prompt is None or self.document is None or self.document.node is None:
            return ()
        return tuple(
            TextSpan(self.path, text.content, self.rows, text.origin, text.role, text.last_line)
            for text in self.prompt.texts
        )

    @cached_property
    def conditions(self) -> tuple[ConditionSpan, ...]:
        """The expressions under `when`, in the order of the messages."""
        listed = self.get("messages") if self.prompt is not None and "when" in self.text else None
        written = [one.get("when") for one in listed.value] if listed is not None else ()
        return tuple(
            ConditionSpan(self.path, one.text, self.rows, text_origin(one, self.rows), one.span.end_line)
            for one in written
            if one is not None and one.text.strip()
        )

    @cached_property
    def placeholders(self) -> dict[str, None]:
        """The names that the messages of a prompt in plain mode read, in their order."""
        from promptops.templating import plain

        return {name: None for message in self.messages for name, _ in plain.find_placeholders(message.text)}

    @cached_property
    def _walked(self) -> tuple[tuple[TextSpan, ...], tuple[ReferenceProblem, ...]]:
        prompt, held = self.prompt, self.files.templates
        if self.kind == "template":
            prompt = Prompt("", self.path, _as_messages(self.messages))
        if prompt is None:
            return (), ()
        texts: dict[str, str] = {}
        problems = tuple(walk_templates(self.project.source, prompt, self.project.template_folder, texts))
        found = {PurePosixPath(path): text for path, text in texts.items()}
        for path in found.keys() - held.keys():
            held[path] = TextSpan(path, found[path], found[path].split("\n"), TextOrigin())
        return tuple(held[path] for path in found), problems

    @cached_property
    def given(self) -> dict[TextSpan, set[str]]:
        """Names that each included file may read besides the inputs: the files above it set them, in loops too."""
        return given_names(self.messages, self.templates, self.references_of)

    @property
    def templates(self) -> tuple[TextSpan, ...]:
        """Every other file the messages reach."""
        return self._walked[0]

    @property
    def text_spans(self) -> tuple[TextSpan, ...]:
        """Messages, conditions and templates; none of a file in plain mode, which has no templates."""
        plain = self.prompt is not None and self.prompt.plain
        return () if plain else (*self.messages, *self.conditions, *self.templates)

    def references_of(self, text_span: TextSpan) -> tuple[tuple[str, int, PurePosixPath], ...]:
        """The names a text includes, their lines in the text, and the files they mean; impossible ones left out."""
        if text_span not in self._references:
            found, folder = [], self.project.template_folder
            for name, line in ((one.name, one.line) for one in text_span.analysis.references):
                if name is not None:
                    with suppress(PromptopsError):
                        found.append((name, line, resolve_reference(name, text_span.path, folder)))
            self._references[text_span] = tuple(found)
        return self._references[text_span]

    @cached_property
    def reference_problems(self) -> tuple[tuple[ReferenceProblem, Span], ...]:
        """Includes that cannot be followed, each with the place of its name."""
        places = {
            (one.path, one.origin.line_of(reference.line), reference.name or ""): (one, reference.line)
            for one in self.text_spans
            for reference in one.analysis.references
        }
        located = [(problem, places.get((problem.path, problem.line, problem.name))) for problem in self._walked[1]]
        return tuple((problem, place[0].find(problem.name, place[1])) for problem, place in located if place)

    @property
    def complete(self) -> bool:
        """Whether every template could be read, so that what is used is known."""
        return not self._walked[1]


def _as_messages(text_spans: Iterable[TextSpan]) -> tuple[MessageTemplate, ...]:
    return tuple(MessageTemplate("user", (TemplateText("user", one.text, one.origin),)) for one in text_spans)


def _refuse_too_much_code(prompt: Prompt) -> None:
    """PromptError where the messages together hold more template than is read of one text."""
    if not prompt.plain and (length := excess_code([text.content for text in prompt.texts])):
        message = f"the messages have {length:,} characters between their braces; {MAX_CODE:,} is the most that is read"
        raise PromptError(message, where=f"{prompt.path}:1:1", hint="make them shorter, or split the prompt")
