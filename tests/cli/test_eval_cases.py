"""What people write into files of cases, from the file to the report: through the command line and a real client."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from promptops.cli.main import cli
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.scene import Endpoint, files_for

SUITE = "prompt: greet\ntestData: «»\nevaluators: [{name: says it, string: {contains: '{{ expected }}'}}]\n"
SECRET = "Zebedee"


@pytest.fixture
def repo(repository: RepositoryBuilder, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A committed project, and the current folder in it."""
    repo = repository()
    repo.commit(files_for(endpoint.url))
    monkeypatch.chdir(repo.root)
    return repo


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments])


def evaluate(repo: GitRepository, name: str, text: str | bytes) -> Result:
    write_files(repo.root, {"evals/greet.eval.yml": SUITE.replace("«»", name), f"evals/{name}": text})
    return run("eval", "--out", "out")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.csv", f"who,expected,split \nAda,nobody,\n{SECRET},nobody,held-out\n"),
        ("c.csv", f"who;expected; split\nAda;nobody;dev\n{SECRET};nobody; held-out \n"),
        ("c.tsv", f'"split "\twho\texpected\n\tAda\tnobody\n"held-out "\t{SECRET}\tnobody\n'),
        ("c.jsonl", f'{{"who": "Ada", "expected": 1}}\n{{"who": "{SECRET}", " split": "held-out\\u00a0"}}'),
        ("c.yml", f'- {{who: Ada, expected: "no"}}\n- {{who: {SECRET}, expected: "no", "split ": "held-out "}}\n'),
    ],
)  # fmt: skip
def test_a_space_off_the_reserved_word_shows_no_text_that_is_to_stay_hidden(
    repo: GitRepository, endpoint: Endpoint, name: str, text: str
) -> None:
    assert evaluate(repo, name, text).exit_code == 0
    assert sorted(endpoint.asked) == ["Greet Ada", f"Greet {SECRET}"]
    for form in ("text", "markdown", "html", "junit"):
        shown = run("report", "out", "--format", form)
        assert shown.exit_code == 0, shown.output
        assert SECRET not in shown.output, form
        assert "Ada" in shown.output or form != "html"


@pytest.mark.parametrize(
    "split", ["split: Held-out", "split: heldout", "split: HELD_OUT", "Split: held-out", "split: test"]
)
def test_a_case_that_may_be_meant_to_stay_hidden_is_not_even_asked(
    repo: GitRepository, endpoint: Endpoint, split: str
) -> None:
    text = f"- {{who: Ada, expected: x}}\n- {{who: {SECRET}, expected: x, {split}}}\n"
    for result in (evaluate(repo, "c.yml", text), run("lint")):
        assert result.exit_code in (1, 2)
        assert "c.yml:2" in result.output
        assert "held-out" in result.output
        assert SECRET not in result.output
    assert endpoint.asked == []


def test_a_space_after_the_comma_of_a_table_is_not_looked_for(repo: GitRepository) -> None:
    """The reply begins with these words, so no space stands before them."""
    assert evaluate(repo, "c.csv", 'who,expected\nAda, You said\nBob,"You said"\n').exit_code == 0
    assert "100%" in run("report", "out").output
    assert evaluate(repo, "c.csv", 'who,expected\nAda," You said"\nBob,"You said"\n').exit_code == 0
    assert "50%" in run("report", "out").output


def test_a_cell_of_json_fills_a_list(repo: GitRepository, endpoint: Endpoint) -> None:
    prompt = (
        "inputs: {who: {type: array}}\nmodel: small\nmessages: [{role: user, content: \"{{ who | join('+') }}\"}]\n"
    )
    write_files(repo.root, {"prompts/greet.prompt.yml": prompt})
    text = 'who,expected\n"[""Ada"", ""Bob""]",Ada+Bob\n"[""Eve""",Eve\n'
    result = evaluate(repo, "c.csv", text)
    assert endpoint.asked == ["Ada+Bob"]
    assert (
        "evals/c.csv:3: the input 'who' does not fit: it must be a list, written as JSON"
        in result.output + run("report", "out", "--format", "html").output
    )
