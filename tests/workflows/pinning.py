"""A real repository whose environments pin real versions: what the tests of bundle and verify stand on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from promptops.evals.registry import KINDS
from promptops.pins.sealing import seal_prompt
from promptops.source.project import Project
from promptops.workflows.workspace import Workspace
from tests.conftest import GitRepository, write_files

WRONG = "sha256:" + "0" * 64
NOWHERE = "1" * 40

GREET = """\
model: small
inputs: {who: {type: string}}
messages: [{role: user, content: 'Hi {{ who }}. {% include "tone.j2" %}'}]
"""
FILES = {
    "promptops.yml": "models: {small: {provider: local}}\n",
    "prompts/greet.prompt.yml": GREET,
    "prompts/legal/bye.prompt.yml": GREET.replace("Hi", "Bye"),
    "prompts/tone.j2": "Be kind ☕.\n",
}


def digest(root: Path, commit: str, name: str = "greet") -> str:
    """What a pin of this version says."""
    return seal_prompt(Project.commit(root, commit, KINDS), name).digest


class Pinned:
    """Three commits: `one` and `two` differ in the shared template, the third has `environments/prod.yml` and
    `staging.yml`. `prod` serves `greet` of one (two in a rollout) and `legal/bye` of two, `staging` `greet` of two.
    """

    def __init__(self, repository: GitRepository, folder: str = "") -> None:
        self.repository = repository
        self.root = repository.root / folder
        self._folder = f"{folder}/" if folder else ""
        self.one = self.commit(FILES)
        self.two = self.commit({"prompts/tone.j2": "Be brief.\n"})
        prod = [self.row("greet", self.one, rollout=self.two), self.row("legal/bye", self.two)]
        self.three = self.commit({**environment("prod", *prod), **environment("staging", self.row("greet", self.two))})

    def commit(self, files: Mapping[str, str]) -> str:
        """Commit these files of the project."""
        return self.repository.commit({f"{self._folder}{name}": text for name, text in files.items()})

    def write(self, files: Mapping[str, str]) -> None:
        """Change files of the work tree."""
        write_files(self.root, files)

    def row(self, name: str, commit: str, wrong: str = "", rollout: str = "") -> str:
        """A pin as it stands in an environment, on three lines or four."""
        rows = f"  {name}:\n    commit: {commit}\n    digest: {wrong or digest(self.root, commit, name)}\n"
        if rollout:
            arm = f"commit: {rollout}, digest: {digest(self.root, rollout, name)}, percent: 10"
            rows += f"    rollout: {{{arm}}}\n"
        return rows

    def workspace(self) -> Workspace:
        """The project, with a cache of its own."""
        return Workspace.at(self.root, self.repository.root.parent / "cache", {})


def environment(name: str, *rows: str) -> dict[str, str]:
    """`environments/NAME.yml` by its path."""
    return {f"environments/{name}.yml": "pins:\n" + "".join(rows)}
