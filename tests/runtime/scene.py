"""A small repository of prompts with an environment, for tests of what an application sees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promptops.evals.registry import KINDS
from promptops.pins.sealing import seal_prompt
from promptops.source.project import Project
from tests.conftest import GitRepository

SETTINGS = "models: {small: {provider: openai, model: gpt-x}}\n"
PARTIAL = "Write plain English.\n"


def prompt_text(words: str) -> str:
    """A prompt that says `words`, takes a name, and includes the shared partial."""
    return (
        "model: small\nmodelParameters: {temperature: 0, maxTokens: 40}\n"
        "inputs:\n  name: {type: string, minLength: 1, untrusted: true}\n  tone: {enum: [warm, dry], default: warm}\n"
        'messages:\n  - role: system\n    content: |\n      {% include "shared/style.j2" %}\n'
        f"  - role: user\n    content: {words}, {{{{ name }}}} ({{{{ tone }}}})\n"
    )


class Scene:
    """`greet` and `part` in a repository; each commit and pin is real."""

    def __init__(self, repository: GitRepository) -> None:
        self.repository = repository
        self.root = repository.root
        self.first = repository.commit(
            {
                "promptops.yml": SETTINGS,
                "prompts/shared/style.j2": PARTIAL,
                "prompts/greet.prompt.yml": prompt_text("Hello"),
                "prompts/part.prompt.yml": prompt_text("Goodbye"),
            }
        )

    def edit(self, words: str, name: str = "greet") -> str:
        """Commit another text of a prompt; the commit."""
        return self.repository.commit({f"prompts/{name}.prompt.yml": prompt_text(words)}, f"{name}: {words}")

    def digest(self, name: str, commit: str) -> str:
        """The prompt's digest at the commit."""
        return seal_prompt(Project.commit(self.root, commit, KINDS), name).digest

    def environment(self, pins: Mapping[str, str | Mapping[str, Any]], name: str = "prod") -> str:
        """Write environments/NAME.yml with prompts at commits (or the very mapping), and commit it."""
        lines = ["pins:"]
        for prompt, pin in pins.items():
            data = dict(pin) if isinstance(pin, Mapping) else self.pin(prompt, pin)
            lines += [f"  {prompt}:", *_lines(data, "    ")]
        return self.repository.commit({f"environments/{name}.yml": "\n".join(lines) + "\n"}, f"{name}: pin")

    def pin(self, prompt: str, commit: str) -> dict[str, Any]:
        """A pin of the prompt at the commit, as written."""
        return {"commit": commit, "digest": self.digest(prompt, commit)}


def _lines(data: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for key, value in data.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{key}:", *_lines(value, f"{indent}  ")]
        else:
            lines.append(f"{indent}{key}: {value}")
    return lines


def said(prompts: Any, name: str = "greet", **more: Any) -> str:
    """The user message the application gets."""
    text = prompts.get(name).render(name="Ada", **more).messages()[-1]["content"]
    assert isinstance(text, str)
    return text


def scene_at(folder: Path) -> Scene:
    """A scene in a new repository."""
    return Scene(GitRepository(folder))
