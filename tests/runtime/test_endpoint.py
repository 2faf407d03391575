"""Where a prompt's model is called: told as far as the settings of its own version say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.model.sealed_prompt import UNKNOWN_ENDPOINT, ModelEndpoint
from promptops.pins.bundle import write_bundle
from promptops.runtime.disk_cache import read_endpoints, write_endpoints
from promptops.runtime.prompts import Prompts
from tests.conftest import write_files
from tests.runtime.scene import Scene, scene_at

HERE = "https://eu.example/v1"
SMALL = ModelEndpoint("small", "https://api.openai.com/v1", "OPENAI_API_KEY")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """`greet` and `part` in a repository of their own."""
    return scene_at(tmp_path / "repository")


def settings(**more: str) -> dict[str, str]:
    """A file of settings in which the alias `small` says more."""
    said = "".join(f", {key}: '{value}'" for key, value in more.items())
    return {"promptops.yml": f"models: {{small: {{provider: openai, model: gpt-x{said}}}}}\n"}


def endpoint(prompts: Prompts, name: str = "greet") -> ModelEndpoint:
    return prompts.render(name, name="Ada").endpoint


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("small", SMALL),
        ("openai/gpt-y", ModelEndpoint("openai/gpt-y", "https://api.openai.com/v1", "OPENAI_API_KEY")),
        ("near", ModelEndpoint("near", HERE, "")),
        ("named", ModelEndpoint("named", HERE, "EU_KEY")),
        ("own", ModelEndpoint("own")),
        ("bad", ModelEndpoint("bad", "", "BAD_KEY")),
    ],
)
def test_a_file_names_alias_address_and_the_keys_name(tmp_path: Path, model: str, expected: ModelEndpoint) -> None:
    write_files(
        tmp_path,
        {
            "promptops.yml": (
                "models:\n  small: {provider: openai, model: gpt-x}\n  own: {provider: local}\n"
                f"  near: {{provider: openai, model: m, baseUrl: '{HERE}/'}}\n"
                f"  named: {{provider: openai, model: m, baseUrl: '{HERE}', apiKeyEnv: EU_KEY}}\n"
                "  bad: {provider: openai, model: m, baseUrl: 'https://ada:secret@eu.example', apiKeyEnv: BAD_KEY}\n"
            ),
            "prompts/greet.prompt.yml": (
                f"model: {model}\ninputs: {{name: {{type: string}}}}\n"
                "messages: [{role: user, content: '{{ name }}'}]\n"
            ),
        },
    )
    assert endpoint(Prompts.from_worktree(tmp_path, watch=False)) == expected


def test_each_version_has_the_address_of_its_own_commit(scene: Scene) -> None:
    moved = scene.repository.commit(settings(baseUrl=HERE, apiKeyEnv="EU_KEY"))
    assert scene.digest("greet", moved) == scene.digest("greet", scene.first), "an address is in no digest"
    assert endpoint(Prompts.from_git(scene.root, commit=scene.first)) == SMALL
    assert endpoint(Prompts.from_git(scene.root, commit=moved)) == ModelEndpoint("small", HERE, "EU_KEY")
    scene.environment({"greet": moved, "part": scene.first})
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None)
    assert [endpoint(prompts, name).base_url for name in ("greet", "part")] == [HERE, SMALL.base_url]


def test_a_restart_and_a_change_leave_every_address_known(scene: Scene, tmp_path: Path) -> None:
    scene.environment({"greet": scene.first, "part": scene.first})
    cache = tmp_path / "cache"
    for _ in range(2):
        prompts = Prompts.from_git(scene.root, env="prod", refresh=None, cache=cache)
        assert [endpoint(prompts, name) for name in ("greet", "part")] == [SMALL, SMALL]
    scene.environment({"greet": scene.edit("Hi"), "part": scene.first})
    assert prompts.refresh().changes == 1
    assert [endpoint(prompts, name) for name in ("greet", "part")] == [SMALL, SMALL]


def test_one_wrong_byte_of_what_was_kept_sends_nobody_elsewhere(scene: Scene, tmp_path: Path) -> None:
    scene.environment({"greet": scene.first})
    cache = tmp_path / "cache"
    Prompts.from_git(scene.root, env="prod", refresh=None, cache=cache)
    [kept] = cache.glob("served/*.endpoints")
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(kept.read_bytes().replace(b"api.openai.com", b"api.0penai.com"))
    assert endpoint(Prompts.from_git(scene.root, env="prod", refresh=None, cache=cache)) == UNKNOWN_ENDPOINT


@pytest.mark.parametrize("data", [b"", b"[]", b"{}\n", write_endpoints({("a", ""): SMALL})[:-2]])
def test_what_is_no_list_of_endpoints_tells_nothing(data: bytes) -> None:
    assert read_endpoints(data) == {}
    assert read_endpoints(write_endpoints({("a", ""): SMALL})) == {("a", ""): SMALL}


def test_a_bundle_holds_no_address_and_its_bytes_are_as_they_were(scene: Scene) -> None:
    bundle = Prompts.from_git(scene.root, commit=scene.first)._refresher.current.bundle
    assert bundle.endpoints
    assert write_bundle(bundle) == write_bundle(bundle._replace(endpoints={}))
