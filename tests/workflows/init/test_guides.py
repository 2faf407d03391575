"""The pages that `init` writes for people with a browser: true as they stand, and never over somebody's own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.workflows.init.scaffold import Scaffolded, lint_project, scaffold
from promptops.workflows.workspace import Workspace
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.scene import Endpoint, settings

PAGES = ("prompts/README.md", "evals/README.md")
TEMPLATE = ".github/pull_request_template.md"
GITLAB = ".gitlab/merge_request_templates/Default.md"


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    found = repository()
    found.git("config", "user.name", "Ana Petit")
    return found


def begin(folder: Path, forge: str = "github") -> Scaffolded:
    return scaffold(folder, "0.1.0", forge=forge)


def commands(text: str) -> list[str]:
    """The lines that stand there to be typed."""
    return [line.partition("#")[0].strip() for line in re.findall(r"^    (promptops .*)$", text, re.M)]


def test_each_folder_says_what_it_is_what_may_be_changed_and_who_decides(repo: GitRepository) -> None:
    begin(repo.root)
    prompts, evals = ((repo.root / page).read_text() for page in PAGES)
    for text in (prompts, evals):
        assert "**What you may change:**" in text
        assert "**Who decides:** Ana Petit." in text
        assert "«" not in text
        assert len(text.splitlines()) < 45
    assert "## How to propose a change" in prompts
    assert "## How to add a case" in evals
    assert "](../prompts/README.md#how-to-propose-a-change)" in evals
    assert "`order-note.cases.jsonl`" in evals
    assert "What should become better" in (repo.root / TEMPLATE).read_text()


def test_every_line_that_may_be_typed_is_one_that_works(
    repo: GitRepository, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(repo.root, {"promptops.yml": settings(endpoint.url)})
    begin(repo.root)
    repo.commit({}, "begin")
    monkeypatch.chdir(repo.root)
    lines = [line for page in PAGES for line in commands((repo.root / page).read_text())]
    assert len(lines) == 7
    for line in lines:
        _, *arguments = shlex.split(line)
        plan = ["--plan"] if arguments[0] == "eval" else []
        result = CliRunner().invoke(cli, [*arguments, *plan])
        assert result.exit_code == 0, (line, result.output)


def test_they_are_neither_prompts_nor_suites_and_lint_has_nothing_to_say(repo: GitRepository) -> None:
    scaffolded = begin(repo.root)
    project = Workspace(repo.root, repo.root.parent / "cache").project()
    assert ([*project.prompt_names()], [*project.suite_paths()]) == (["order-note"], ["order-note"])
    assert lint_project(scaffolded).findings == ()


def test_nothing_that_is_there_is_written_over(repo: GitRepository) -> None:
    write_files(
        repo.root,
        {"prompts/readme.txt": "mine", "evals/README.md": "mine", ".github/PULL_REQUEST_TEMPLATE/one.md": "mine"},
    )
    begin(repo.root)
    assert not (repo.root / "prompts/README.md").exists()
    assert (repo.root / "evals/README.md").read_text() == "mine"
    assert not (repo.root / TEMPLATE).exists()


@pytest.mark.parametrize(
    "name", ["pull_request_template.md", "docs/Pull_Request_Template.md", ".github/PULL_REQUEST_TEMPLATE.txt"]
)
def test_a_template_of_ones_own_is_found_wherever_the_forge_looks(repo: GitRepository, name: str) -> None:
    write_files(repo.root, {name: "mine"})
    assert repo.root / TEMPLATE not in begin(repo.root).written


def test_a_second_call_writes_nothing_more(repo: GitRepository) -> None:
    begin(repo.root)
    assert begin(repo.root).written == ()


def test_on_gitlab_the_words_and_the_place_are_gitlabs(repo: GitRepository) -> None:
    begin(repo.root, "gitlab")
    assert "merge request" in (repo.root / PAGES[0]).read_text()
    assert "pull request" not in (repo.root / PAGES[0]).read_text()
    assert (repo.root / GITLAB).is_file()
    assert not (repo.root / TEMPLATE).exists()
    write_files(repo.root, {GITLAB: "mine"})
    begin(repo.root, "gitlab")
    assert (repo.root / GITLAB).read_text() == "mine"


def test_in_a_project_of_a_larger_repository_the_template_says_what_it_is_for(repo: GitRepository) -> None:
    write_files(repo.root, {"README": "x"})
    begin(repo.root / "services/bakery")
    assert (repo.root / "services/bakery/prompts/README.md").is_file()
    text = (repo.root / TEMPLATE).read_text()
    assert "For changes of the prompts and cases in services/bakery." in text
    assert "`services/bakery/evals`" in text


def test_prompts_that_lie_elsewhere_have_their_page_there_and_name_their_owners(repo: GitRepository) -> None:
    prompt = "messages: [{role: user, content: Hi}]\npromptops: {owners: ['@ana', '@acme/legal']}\n"
    write_files(repo.root, {"texts/legal/clause.prompt.yml": prompt})
    begin(repo.root)
    [page] = (repo.root / "texts").rglob("README.md")
    assert "**Who decides:** `@ana`, `@acme/legal`." in page.read_text()
    assert (
        f"]({Path('..') / page.relative_to(repo.root)}#how-to-propose-a-change)"
        in (repo.root / "evals/README.md").read_text()
    )
    assert not (repo.root / "prompts").exists()


def test_codeowners_says_who_where_prompts_do_not(repo: GitRepository) -> None:
    write_files(
        repo.root,
        {
            "prompts/a.prompt.yml": "messages: [{role: user, content: Hi}]\n",
            "CODEOWNERS": "/prompts/ @tom\n* @all\n/prompts/ @tom\n",
        },
    )
    begin(repo.root)
    assert "**Who decides:** `@tom`." in (repo.root / PAGES[0]).read_text()


def test_a_name_cannot_act_in_the_page(repo: GitRepository) -> None:
    repo.git("config", "user.name", "A <b>[x](http://y)</b> | `z`")
    begin(repo.root)
    assert "**Who decides:** A bx(http://y)/b z." in re.sub(" +", " ", (repo.root / PAGES[0]).read_text())


def test_without_a_repository_the_prompts_say_who_decides(tmp_path: Path) -> None:
    begin(tmp_path / "new")
    assert "**Who decides:** the owners that each prompt names at its end." in (tmp_path / "new" / PAGES[0]).read_text()


@pytest.mark.parametrize("page", [*PAGES, TEMPLATE])
def test_this_repository_has_them_too(page: str) -> None:
    root = Path(__file__).parents[3]
    text = (root / page).read_text()
    assert "«" not in text
    for name in re.findall(r"\]\(([^)#]+)", text):
        assert ((root / page).parent / name).exists()
    for line in commands(text):
        assert shlex.split(line)[1] in {"lint", "diff", "render", "eval"}
