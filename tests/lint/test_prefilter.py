"""What a rule says it must see: nothing is missed for it, and nothing of it is too much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import pytest

from promptops.evals.registry import KINDS
from promptops.lint.engine import runner
from promptops.lint.engine.prefilter import Prefilter
from promptops.lint.engine.project_files import ProjectFiles, all_paths, open_project
from promptops.lint.engine.registry import load
from promptops.lint.engine.rule_index import OF_ONE_FILE
from promptops.lint.engine.runner import Report
from promptops.source.files.worktree import Worktree
from tests.conftest import write_files
from tests.lint.corpus import CorpusCase, corpus

Linter = Callable[..., Report]
CORPUS = corpus()
ASKING = {code: prefilter.words for code, (_, prefilter) in OF_ONE_FILE.items() if prefilter.words}


def _unfiltered() -> dict[str, tuple[str, Prefilter]]:
    return {code: (module, Prefilter(prefilter.kinds)) for code, (module, prefilter) in OF_ONE_FILE.items()}


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: f"{case.file}: {case.name}")
def test_rules_find_what_they_would_find_if_they_saw_every_file(
    case: CorpusCase, lint_files: Linter, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = case.given.get("scope", "files")
    filtered = lint_files(case.files, *case.given.get("paths", ()), scope=scope)
    monkeypatch.setattr(runner, "OF_ONE_FILE", _unfiltered())
    assert lint_files(None, *case.given.get("paths", ()), scope=scope).findings == filtered.findings


@pytest.fixture(scope="module")
def texts_with_findings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """For each rule the files of the corpus in which it finds something."""
    found: dict[str, set[str]] = defaultdict(set)
    for number, case in enumerate(CORPUS):
        root = tmp_path_factory.mktemp(f"case{number}-")
        write_files(root, case.files)
        project = open_project(Worktree(root), KINDS)
        files = ProjectFiles(project)
        for path in {*all_paths(project), *map(PurePosixPath, case.given.get("paths", ()))}:
            target = files.find(path)
            if target is not None:
                for code, (module, prefilter) in OF_ONE_FILE.items():
                    if target.kind in prefilter.kinds and any(load(module).check(target)):
                        found[code].add(target.text)
                for finding in runner.lint(project, [path]).findings:
                    if finding.code == "P012" and finding.path == path:  # found when all others have run
                        found["P012"].add(target.text)
    return found


@pytest.mark.parametrize("code", ASKING)
def test_each_word_of_a_prefilter_is_needed(code: str, texts_with_findings: Mapping[str, set[str]]) -> None:
    """Without it a file of the corpus would be passed over: it has this word, and no other."""
    _, prefilter = OF_ONE_FILE[code]
    needless = []
    for word in prefilter.words:
        others = prefilter._replace(words=tuple(other for other in prefilter.words if other != word) or ("\0",))
        texts = (text for text in texts_with_findings[code] if prefilter.passes(code, text, (), ()))
        if all(others.passes(code, text, (), ()) for text in texts):
            needless.append(word)
    assert not needless, f"no case of {code} has {needless} and nothing else that lets it pass"
