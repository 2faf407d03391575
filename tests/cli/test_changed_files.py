"""`eval --changed` knows what a suite is made of by the project, not by the names of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from tests.conftest import GitRepository, write_files
from tests.workflows.scene import settings

FILES = {
    "promptops.yml": settings("http://127.0.0.1:9/v1", more="paths: {prompts: 'src/llm/**', evals: 'checks/**'}\n"),
    "src/llm/a.prompt.yml": "model: small\ninputs: {}\n"
    "messages:\n  - {role: user, content: '{% include \"style.md\" %}'}\n",
    "src/llm/style.md": "Be kind.\n",
    "checks/a.eval.yml": "prompt: a\ntestData: data.yml\nevaluators:\n  - {name: a, string: {contains: a}}\n"
    "  - {name: own, python: {file: c.py, function: check}}\n",
    "checks/data.yml": "[{id: one}]\n",
    "checks/c.py": "def check(reply, case): return True\n",
}
EDITS = {
    "checks/data.yml": "[{id: two}]\n",
    "checks/c.py": "def check(reply, case): return False\n",
    "src/llm/style.md": "Be brief.\n",
}


@pytest.mark.parametrize("name", [*EDITS, "README.md"])
def test_an_edit_of_any_file_it_reads_is_a_change(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = GitRepository(tmp_path / "work")
    repo.commit(FILES)
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    monkeypatch.chdir(repo.root)
    write_files(repo.root, {name: EDITS.get(name, "x")})
    result = CliRunner().invoke(cli, ["eval", "--changed", "--plan"], env={"OPENAI_API_KEY": "k"})
    assert result.exit_code == 0, result.output
    assert ("planned" in result.output) is (name in EDITS)
