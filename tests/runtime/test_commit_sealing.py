"""Pinned prompts are sealed quickly where the digest tells that nothing was missed, and nothing is kept for nothing."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from promptops import Prompts
from promptops.model.environment import Environment, Pin
from promptops.pins.commit_sealing import CommitSealer
from promptops.source.git.repository import Repository
from promptops.templating import closure
from tests.runtime.scene import Scene, prompt_text, said

MISLEADING = [
    "{# {% include 'shared/none.j2' %} #}",
    "{% raw %}{% include 'shared/none.j2' %}{% endraw %}",
    "{# {% include 'shared/style.j2' %} #}",
    "{% set file = '{% include \"shared/none.j2\"' %}",
]
ODD = [
    "{%- include\n  'shared/more.j2' -%}",
    "{%+ include 'shared/more.j2' ignore missing %}",
    "{% import 'shared/more.j2' as more %}",
    "{% from 'shared/more.j2' import nothing with context %}",
    "{% if tone %}{% include 'shared/gone.j2' ignore missing %}{% endif %}",
]


def environment(pins: list[Pin]) -> Environment:
    return Environment("prod", PurePosixPath("environments/prod.yml"), {pin.prompt: pin for pin in pins})


@pytest.fixture
def sealer(scene: Scene) -> CommitSealer:
    return CommitSealer(Repository(scene.root), PurePosixPath())


def with_partial(scene: Scene, text: str) -> str:
    """Commit a partial of this text, and one that it may include."""
    return scene.repository.commit({"prompts/shared/style.j2": text + "\n", "prompts/shared/more.j2": "More.\n"})


@pytest.mark.parametrize("text", [*MISLEADING, *ODD])
def test_a_template_is_served_as_it_was_pinned_whatever_its_words_look_like(
    scene: Scene, text: str, tmp_path: Path
) -> None:
    commit = with_partial(scene, text)
    scene.environment({"greet": commit})
    prompts = Prompts.from_git(scene.root, env="prod", cache=tmp_path / "cache", refresh=None)
    assert said(prompts) == "Hello, Ada (warm)"
    assert prompts.get("greet").version.digest == scene.digest("greet", commit)


@pytest.mark.parametrize("text", ODD[:-1])
def test_a_quick_look_finds_what_templates_include(
    scene: Scene, sealer: CommitSealer, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = with_partial(scene, text)
    digest = scene.digest("greet", commit)
    monkeypatch.setattr(closure, "analyse_template", None)
    bundle = sealer.bundle_of_pins(environment([Pin("greet", commit, digest)]), commit, None)
    assert "More.\n" in bundle.texts.values()


def test_what_is_no_longer_pinned_is_forgotten_and_what_others_share_stays(scene: Scene, sealer: CommitSealer) -> None:
    own = {"prompts/own.j2": "Own words.\n", "prompts/greet.prompt.yml": prompt_text("Hi {% include 'own.j2' %}")}
    second = scene.repository.commit(own)
    pins = [Pin(name, each, scene.digest(name, each)) for name, each in (("greet", second), ("part", scene.first))]
    both = sealer.bundle_of_pins(environment(pins), second, None)
    assert len(both.contents) == len(both.texts) == 2
    one = sealer.bundle_of_pins(environment(pins[1:]), second, both)
    assert one.contents.keys() == {pins[1].digest}
    assert list(one.texts.values()) == ["Write plain English.\n"]


def test_pins_of_many_commits_are_each_read_at_their_own(scene: Scene, sealer: CommitSealer) -> None:
    commits = [scene.first, *(scene.edit(f"Hi {turn}") for turn in range(3))]
    pins = [Pin("greet", each, scene.digest("greet", each)) for each in commits]
    sealer.prepare(pins)
    for pin in [*pins, *reversed(pins)]:
        assert sealer.seal(pin.prompt, pin.commit) == pin.digest
    assert len(sealer.contents) == len(commits)
