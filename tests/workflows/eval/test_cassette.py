"""`--record` writes a cassette, all of it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import EvalError
from promptops.model.model_call import Reply
from promptops.providers.cassette import CassetteEntry, CassetteProvider, dump_cassette
from tests.conftest import write_files
from tests.providers.loopback import answer
from tests.workflows.scene import SUITE, answering, evaluate, files_for, workspace_at

REPLIES = "replies: greet.replies.jsonl\n"


def project(root: Path, url: str, replies: str = REPLIES) -> Path:
    write_files(root / "p", {**files_for(url), "evals/greet.eval.yml": SUITE + replies})
    return root / "p"


def test_what_was_recorded_answers_without_a_model(tmp_path: Path) -> None:
    with answering() as endpoint:
        root = project(tmp_path, endpoint.url)
        evaluate(workspace_at(root), record=True)
    results = evaluate(workspace_at(root))
    assert [sample.text for sample in results.samples] == [f"You said: Greet {n}" for n in ("Ada", "Bob", "Eve")]
    assert results.cost == 0.0


def test_recorded_replies_count_with_their_seconds_but_nothing_is_compared_by_them(tmp_path: Path) -> None:
    """Whichever run reads them first: they were asked when somebody recorded them."""
    quick = SUITE.replace("evaluators: [", "evaluators: [{name: quick, latency: {maxSeconds: 60}}, ")
    with answering() as endpoint:
        root = project(tmp_path, endpoint.url)
        write_files(root, {"evals/greet.eval.yml": quick + REPLIES})
        evaluate(workspace_at(root), record=True)
    for _ in range(2):
        results = evaluate(workspace_at(root))
        assert all(sample.cached and sample.scores["quick"].passed for sample in results.samples)
        (latency,) = [one for one in results.comparisons[0].measures if one.name == "latency"]
        assert latency.head is None


def test_nothing_is_written_when_a_call_fails(tmp_path: Path) -> None:
    with answering(lambda text, count: answer("no", 400) if "Eve" in text else text) as endpoint:
        root = project(tmp_path, endpoint.url)
        kept = dump_cassette([CassetteEntry("ada", "sha256:1", Reply("Hello"), by="hand")])
        write_files(root, {"evals/greet.replies.jsonl": kept})
        with pytest.raises(EvalError, match="nothing was recorded: 1 of 3 calls failed"):
            evaluate(workspace_at(root), record=True)
    assert (root / "evals/greet.replies.jsonl").read_text() == kept


def test_replies_to_cases_that_were_not_asked_stay(tmp_path: Path) -> None:
    with answering() as endpoint:
        root = project(tmp_path, endpoint.url)
        write_files(
            root,
            {"evals/greet.replies.jsonl": dump_cassette([CassetteEntry("zoe", "sha256:1", Reply("Hello"), by="hand")])},
        )
        evaluate(workspace_at(root), record=True)
    path = root / "evals/greet.replies.jsonl"
    entries = CassetteProvider.load(path.read_text(), path).entries
    assert [(entry.case, entry.by) for entry in entries] == [
        ("ada", "recorded"), ("bob", "recorded"), ("eve", "recorded"), ("zoe", "hand"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        ("../prompts/greet.prompt.yml", "not a replies file"),
        ("../.git/x.jsonl", "not a replies file"),
        ("cases.jsonl", "holds something else"),
        ("out/x.jsonl", "symbolic link"),
    ],
)
def test_no_other_file_is_ever_written(tmp_path: Path, replies: str, said: str) -> None:
    root = project(tmp_path, "http://127.0.0.1:9/v1", f"replies: {replies}\n")
    write_files(root, {"evals/cases.jsonl": '{"id": "mine"}\n'})
    (tmp_path / "outside").mkdir()
    (root / "evals/out").symlink_to(tmp_path / "outside")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(EvalError, match=said):
        evaluate(workspace_at(root), record=True)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
