"""A served repository with real remotes before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptops import Prompts
from tests.remotes import HttpRemote
from tests.runtime.scene import Scene, scene_at
from tests.runtime.world import World


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return scene_at(tmp_path / "served" / "prompts")


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[HttpRemote]:
    (tmp_path / "served").mkdir(exist_ok=True)
    with HttpRemote(tmp_path / "served") as http:
        yield http


@pytest.fixture
def world(scene: Scene, remote: HttpRemote, tmp_path: Path) -> World:
    return World(scene, remote, tmp_path / "cache")


@pytest.fixture(params=["http", "folder"])
def opened(request: pytest.FixtureRequest, world: World) -> Prompts:
    """The environment of a remote, and that of a repository on this machine."""
    world.is_remote = request.param == "http"
    return world.open()
