"""A model that answers worse than it did is noticed, although no file has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.model.outcomes.history import CriterionRate, Scorecard
from promptops.model.results import GateResult
from promptops.report.history.text import drift_words, open_gate_words
from promptops.source.git.notes import add_note_lines
from promptops.source.git.repository import Repository
from promptops.workflows.notes.drift import Drift, find_drifts, find_open_gates
from promptops.workflows.notes.note_format import dump_line, read_line
from tests.conftest import GitRepository, RepositoryBuilder
from tests.workflows.scene import answering, echo, files_for

DIGEST = "sha256:" + "a" * 64
CASES = "".join(f"  - {{id: c{number}, who: Ada{number}}}\n" for number in range(12))
SUITE = (
    f"prompt: greet\ntestData:\n{CASES}evaluators: [{{name: says the name, string: {{contains: '{{{{ who }}}}'}}}}]\n"
)


@dataclass
class Model:
    """An endpoint whose model can be exchanged behind everybody's back."""

    url: str = ""
    is_good: bool = True
    asked: list[str] = field(default_factory=list)

    def reply(self, text: str, count: int) -> str:
        self.asked.append(text)
        return echo(text, count) if self.is_good else "I would rather not."


@pytest.fixture
def model() -> Iterator[Model]:
    found = Model()
    with answering(found.reply) as endpoint:
        found.url = endpoint.url
        yield found


def night(repo: GitRepository, *options: str) -> tuple[int, str]:
    """What the nightly workflow runs, on a machine that knows nothing of earlier nights but the notes."""
    (repo.root / ".promptops/cache.db").unlink(missing_ok=True)
    words = ["github", "check", "--base", "none", "--no-comment", "--no-fail", "--out", ".promptops/check"]
    assert CliRunner().invoke(cli, words).exit_code == 0
    done = CliRunner().invoke(cli, ["github", "notes", "--no-push", "--drift", ".promptops/check", *options])
    return done.exit_code, done.stdout


def test_a_model_that_got_worse_overnight_fails_the_run(
    repository: RepositoryBuilder, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repository()
    repo.commit({**files_for(model.url), "evals/greet.eval.yml": SUITE, ".gitignore": ".promptops/\n"})
    monkeypatch.chdir(repo.root)
    assert night(repo)[0] == 0
    wait_a_second(repo.root)
    code, told = night(repo)
    assert (code, "fell" in told) == (0, False)
    wait_a_second(repo.root)
    model.is_good = False
    code, told = night(repo)
    assert code == 1
    assert "greet: 'says the name' fell from 100% of 12 cases (20" in told
    assert "to 0% of 12 cases with the same text and model small" in told


def wait_a_second(root: Path) -> None:
    """Notes date runs by the second: an earlier run is made a day older, so that no test waits."""
    repository = Repository(root)
    note = repository.run("notes", "--ref=promptops", "show", "HEAD").out
    today, before = note.split('"when":"')[1][:10], "2020-01-01"
    repository.run("notes", "--ref=promptops", "add", "-f", "-F", "-", "HEAD", text=note.replace(today, before, 1))


def card(when: str, rate: float, n: int = 40, **other: object) -> Scorecard:
    found = Scorecard("s", "p", "small", "openai/m", DIGEST, "e", "d", (CriterionRate("c", n, rate),), when=when)
    return found._replace(**other)  # type: ignore[arg-type]


OLD, NEW = "2026-01-01T03:00:00+00:00", "2026-06-01T03:00:00+00:00"


@pytest.fixture
def compared(repository: RepositoryBuilder) -> Iterator[object]:
    repo = repository()
    commit = repo.commit()
    opened = Repository(repo.root)

    def compare(now: Scorecard, *earlier: Scorecard) -> list[Drift]:
        add_note_lines(opened, {commit: [dump_line(one) for one in earlier]})
        return list(find_drifts(opened, [now]))

    yield compare
    opened.close()


def test_the_first_note_of_the_same_is_what_counts_so_that_a_slow_slide_shows(compared) -> None:  # type: ignore[no-untyped-def]
    steps = [card(f"2026-0{month}-01T03:00:00+00:00", 1 - month / 10) for month in range(1, 6)]
    [found] = compared(card(NEW, 0.4), *steps)
    assert (found.since, found.before.rate, found.now.rate) == (steps[0].when, 0.9, 0.4)


@pytest.mark.parametrize(
    ("now", "earlier"),
    [
        (card(NEW, 0.9), card(OLD, 0.8)),
        (card(NEW, 0.75), card(OLD, 0.8)),
        (card(NEW, 0.1), card(OLD, 0.9, suite_digest="other cases")),
        (card(NEW, 0.1), card(OLD, 0.9, evaluation_digest="another address")),
        (card(NEW, 0.1), card(OLD, 0.9, model="large")),
        (card(NEW, 0.1), card(OLD, 0.9, stopped="the budget")),
        (card(NEW, 0.1, stopped="the budget"), card(OLD, 0.9)),
        (card(OLD, 0.1), card(NEW, 0.9)),
        (card(NEW, 0.1, criteria=(CriterionRate("c", 40, 0.1, advisory=True),)), card(OLD, 0.9)),
        (card(NEW, 0.1, criteria=(CriterionRate("another", 40, 0.1),)), card(OLD, 0.9)),
        (card(NEW, 0.0, n=0), card(OLD, 0.9)),
    ],
    ids=[
        "better",
        "noise",
        "other cases",
        "elsewhere",
        "another model",
        "the first was cut short",
        "this one was cut short",
        "later ones",
        "advisory",
        "new",
        "nothing",
    ],
)
def test_what_is_not_the_same_or_may_be_chance_is_no_drift(compared, now, earlier) -> None:  # type: ignore[no-untyped-def]
    assert compared(now, earlier) == []


FAILED = GateResult("c", "at least 90%", "failed", blocks=True, model="small")
PASSED = GateResult("c", "at least 90%", "passed", model="small")
UNPROVEN = GateResult("c", "at least 90%", "undecided", blocks=True, model="small")
ACCEPTED = replace(FAILED, blocks=False, accepted="@ana: we know")


@pytest.mark.parametrize(
    ("now", "earlier", "got_worse", "told"),
    [
        (FAILED, FAILED, False, "fails, and failed when the same was first evaluated (2026-01-01)"),
        (FAILED, PASSED, True, "fails now, and held when the same was first evaluated (2026-01-01)"),
        (FAILED, UNPROVEN, False, "fails, and was not proven when"),
        (UNPROVEN, PASSED, False, "is not proven, and held when"),
        (FAILED, ACCEPTED, False, "does not hold and was accepted by @ana: we know"),
        (ACCEPTED, FAILED, False, "does not hold and was accepted by @ana: we know"),
        (ACCEPTED, PASSED, False, "does not hold and was accepted by @ana: we know"),
        (FAILED, None, False, "fails; no earlier note says how it was"),
        (FAILED, replace(PASSED, rule="at least 80%"), False, "fails; no earlier note says how it was"),
    ],
)
def test_a_gate_that_does_not_hold_is_drift_where_it_held(
    repository: RepositoryBuilder, now: GateResult, earlier: GateResult | None, got_worse: bool, told: str
) -> None:
    repo = repository()
    notes = [dump_line(card(when, 0.5, gates=(one,))) for when, one in ((OLD, earlier), (NEW, now)) if one]
    with closing(Repository(repo.root)) as opened:
        add_note_lines(opened, {repo.commit(): notes})
        [found] = find_open_gates(opened, [card(NEW, 0.5, gates=(now,))], lambda suite: ())
    assert found.got_worse is got_worse
    assert told in open_gate_words(found.suite, found.model, found.gate, found.before, found.since)


def test_a_gate_that_holds_is_not_told(repository: RepositoryBuilder) -> None:
    repo = repository()
    with closing(Repository(repo.root)) as opened:
        assert list(find_open_gates(opened, [card(NEW, 1.0, gates=(PASSED,))], lambda suite: ())) == []


def test_somebody_who_looks_every_night_is_warned_at_one_in_a_hundred(compared) -> None:  # type: ignore[no-untyped-def]
    assert compared(card(NEW, 0.775), card(OLD, 0.95)) == []  # p = 0.024
    assert [found.criterion for found in compared(card(NEW, 0.725), card(OLD, 0.95))] == ["c"]  # p = 0.0065


def test_many_criteria_are_as_many_chances_to_cry_wolf(compared) -> None:  # type: ignore[no-untyped-def]
    def rates(first: float) -> tuple[CriterionRate, ...]:
        return CriterionRate("c", 40, first), CriterionRate("d", 40, 0.95), CriterionRate("e", 40, 0.95)

    before = card(OLD, 0.95, criteria=rates(0.95))
    assert compared(card(NEW, 0.725, criteria=rates(0.725)), before) == []
    assert [found.criterion for found in compared(card(NEW, 0.5, criteria=rates(0.5)), before)] == ["c"]


def test_cases_in_groups_are_as_much_evidence_as_there_are_groups(compared) -> None:  # type: ignore[no-untyped-def]
    def grouped(when: str, rate: float, groups: int | None) -> Scorecard:
        return card(when, rate)._replace(criteria=(CriterionRate("c", 40, rate, groups=groups),))

    assert len(compared(grouped(NEW, 0.5, None), grouped(OLD, 0.9, None))) == 1
    assert compared(grouped(NEW, 0.5, 8), grouped(OLD, 0.9, 8)) == []


def test_a_note_says_how_many_groups_the_cases_are_in() -> None:
    noted = card(NEW, 0.5)._replace(criteria=(CriterionRate("c", 40, 0.5, groups=8), CriterionRate("d", 40, 0.5)))
    found = read_line(dump_line(noted))
    assert found is not None
    assert [one.groups for one in found.criteria] == [8, None]


def test_a_fall_among_the_few_that_still_answer_is_no_drift(compared) -> None:  # type: ignore[no-untyped-def]
    """Those that failed to answer may be the ones that pass."""
    assert len(compared(card(NEW, 0.3, n=36), card(OLD, 0.9, n=40))) == 1
    assert compared(card(NEW, 0.3, n=12), card(OLD, 0.9, n=40)) == []
    assert compared(card(NEW, 0.3, n=40, model="b"), card(OLD, 0.9, n=12, model="b")) == []


def test_a_drift_counts_groups_on_both_sides() -> None:
    before, now = CriterionRate("c", 60, 0.9, groups=12), CriterionRate("c", 60, 0.2, groups=12)
    told = drift_words("s", "c", "small", before, now, OLD)
    assert told.count("of 60 cases in 12 groups") == 2
