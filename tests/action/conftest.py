"""A repository on GitHub, and a model that its prompts ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.action.hub import Hub, project
from tests.github_description import Description
from tests.github_server import GitHubServer
from tests.workflows.scene import Endpoint


@pytest.fixture
def hub(tmp_path: Path, github: GitHubServer, github_description: Description, endpoint: Endpoint) -> Hub:
    """A repository on GitHub whose default branch holds one prompt and one suite."""
    hub = Hub(tmp_path / "h", github, github_description)
    hub.upstream.commit(project(endpoint.url, ["greet"]))
    return hub
