"""A journal written when all was rendered before the first call: its header's digest is made of every reply key."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import EvalError
from tests.conftest import write_files
from tests.workflows.scene import POLITE, evaluate, files_for, workspace_at

JOURNAL = (Path(__file__).parent / "older_journal.jsonl").read_text("utf-8")
NOBODY = "http://127.0.0.1:9/v1"


def test_it_is_gone_on_with_and_nothing_is_asked_again(tmp_path: Path) -> None:
    write_files(
        tmp_path, {**{f"p/{name}": text for name, text in files_for(NOBODY).items()}, "out/journal.jsonl": JOURNAL}
    )
    results = evaluate(workspace_at(tmp_path / "p"), resume=True)
    assert [(sample.text, sample.error) for sample in results.samples] == [
        (f"Dear {who}", "") for who in ("Ada", "Bob", "Eve")
    ]
    assert (results.calls.called, results.calls.cached, results.calls.retried) == (3, 0, 1)
    assert results.cost == pytest.approx(3 * (3 * 1 + 2 * 10) / 1_000_000)
    assert (tmp_path / "out/journal.jsonl").read_text("utf-8") == JOURNAL


def test_it_is_refused_for_another_prompt(tmp_path: Path) -> None:
    files = files_for(NOBODY) | {"prompts/greet.prompt.yml": POLITE}
    write_files(tmp_path, {**{f"p/{name}": text for name, text in files.items()}, "out/journal.jsonl": JOURNAL})
    with pytest.raises(EvalError, match="are not those of the run that was interrupted"):
        evaluate(workspace_at(tmp_path / "p"), resume=True)
