"""Fixes of hidden and mixed letters: what had one is gone afterwards, and nothing else changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from promptops.lint.engine.fixes import apply
from promptops.lint.engine.limits import MOST
from promptops.lint.engine.runner import Report

PATH = PurePosixPath("prompts/x.j2")


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("in\u200bvisible \u202eevil\u202c x\ufeff y\u00adz\n", "invisible evil x yz\n"),
        ("a \u202eb \u2067c\u2069 \u200bd\u202c e\n", "a b c d e\n"),
        ("a \u202e{# never closed #}\nb\u2069\n", "a {# never closed #}\nb\n"),
        ("kind\U000e0068\U000e0069 \U0001f3f4\U000e0068 ok\n", "kind \U0001f3f4 ok\n"),
        ("pаssword, Αpple, прoверка\r\nend", "password, Apple, проверка\r\nend"),
    ],
)
def test_all_that_can_be_mended_is(text: str, mended: str, lint_files: Callable[..., Report]) -> None:
    for _ in range(2):  # of two fixes that overlap, the second comes with the next look
        report = lint_files({str(PATH): text}, str(PATH))
        text = apply(text.encode(), [finding.fix for finding in report.findings if finding.fix]).decode()
    assert text == mended
    assert not lint_files({str(PATH): text}, str(PATH)).findings


def test_an_escape_is_mended_in_its_place(lint_files: Callable[..., Report]) -> None:
    path = "prompts/a.prompt.yml"
    text = 'messages:\n  - {role: user, content: "a\\u200bb \\"q\\" \\u00e9 \\U000E0068."}\n'
    report = lint_files({path: text}, path)
    fixed = apply(text.encode(), [finding.fix for finding in report.findings if finding.fix]).decode()
    assert fixed == 'messages:\n  - {role: user, content: "ab \\"q\\" \\u00e9 ."}\n'
    assert not [finding for finding in lint_files({path: fixed}, path).findings if finding.code == "P205"]


def test_a_file_full_of_them_gives_a_list_that_ends(lint_files: Callable[..., Report]) -> None:
    text = "a\u200bb \u202ec\u202c pаss k.huber@gmx.at sk-9fK2mQ7xLp4Vt8Rz3Wb6Yc1Nd5Hj0Gs\n" * 500
    report = lint_files({str(PATH): text}, str(PATH))
    counts = {
        code: sum(finding.code == code for finding in report.findings) for code in ("P203", "P204", "P205", "P206")
    }
    assert set(counts.values()) == {MOST + 1}  # the last one says that there are more
