"""The search for a regression over real repositories, asked of an endpoint that answers by the prompt's text."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from promptops.cli.main import cli
from promptops.errors import EvalError, PromptopsError
from promptops.model.outcomes.bisection import Bisection
from promptops.model.results import CriterionComparison
from promptops.workflows.bisect.bisect import BisectChoice, bisect
from promptops.workflows.bisect.bisect_probe import more_cases_needed
from promptops.workflows.eval.run_lock import locked_folder
from tests.conftest import GitRepository, RepositoryBuilder
from tests.providers.loopback import Behaviour, answer, completion
from tests.workflows.scene import Endpoint, answering, files_for, many_cases, workspace_at

PROMPT = "prompts/greet.prompt.yml"
NAME = "says the name"


def text(words: str, title: str = "") -> dict[str, str | bytes]:
    """A version of the prompt with these words; a title changes nothing for a model."""
    named = f"name: {title}\n" if title else ""
    return {
        PROMPT: f"{named}inputs: {{who: {{type: string}}}}\nmodel: small\n"
        f"messages: [{{role: user, content: '{words} {{{{ who }}}}'}}]\n"
    }


def by_words(asked: str, _count: int) -> str:
    """`p70` in a prompt: about 70 of 100 answers say the name, always the same ones. Without such a word, all do.

    The answer to a case does not depend on the version, but for that share: versions are paired.
    """
    share = int(found[1]) if (found := re.search(r"\bp(\d+)\b", asked)) else 100
    case = asked.split()[-1]
    luck = random.Random(f"{case}|{_count if 'noisy' in asked else 0}").random() * 100
    return f"You said {case}" if luck < share else "no"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with answering(by_words) as found:
        yield found


@pytest.fixture
def repo(repository: RepositoryBuilder, endpoint: Endpoint) -> GitRepository:
    """A prompt and a suite of 20 cases."""
    found = repository()
    found.commit({**files_for(endpoint.url), **text("v0"), "evals/greet.eval.yml": many_cases(20)})
    return found


def search(repo: GitRepository, good: str, bad: str, **choice: object) -> Bisection:
    options = {"suite": "greet", "criterion": NAME, **choice}
    return bisect(workspace_at(repo.root), BisectChoice(good=good, bad=bad, **options))  # type: ignore[arg-type]


def versions(repo: GitRepository, words: Sequence[str]) -> list[str]:
    return [repo.commit(text(one), f"words: {one} (#{number})") for number, one in enumerate(words)]


def test_the_commit_is_found_among_many_that_change_nothing(repo: GitRepository, endpoint: Endpoint) -> None:
    start = repo.git("rev-parse", "HEAD")
    commits = versions(repo, [f"v{number}" for number in range(1, 9)])
    for number in range(30):
        repo.commit({f"src/{number}": "x", **text("v8", f"Title {number}")}, "nothing a model sees")
    culprit = repo.commit(text("p10 v9"), "Shorter (#214)")
    versions(repo, [f"p10 v{number}" for number in range(10, 16)])
    found = search(repo, start, "HEAD")
    assert found.outcome == "found"
    assert found.first_bad is not None
    assert found.last_good is not None
    assert (found.first_bad.commit, found.first_bad.about.pull_request) == (culprit, 214)
    assert found.first_bad.about.title == "Shorter"
    assert found.last_good.commit == commits[-1]
    assert found.versions == 15
    assert len(found.tested) == 4
    assert found.diff is not None
    assert len(found.diff.cases) == 20
    assert max(endpoint.counts.values()) == 1  # nothing was asked twice


def test_what_is_known_is_not_asked_again(repo: GitRepository, endpoint: Endpoint) -> None:
    start = repo.git("rev-parse", "HEAD")
    versions(repo, ["v1", "v2", "p5 v3", "p5 v4"])
    first = search(repo, start, "HEAD")
    asked = len(endpoint.asked)
    again = search(repo, start, "HEAD")
    assert len(endpoint.asked) == asked
    assert (again.first_bad, again.cost) == (first.first_bad, 0)
    assert first.cost is not None
    assert first.cost > 0


def test_two_versions_need_no_probe(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    (culprit,) = versions(repo, ["p0 v1"])
    found = search(repo, start, culprit)
    assert (found.outcome, found.tested) == ("found", ())
    assert found.first_bad is not None
    assert found.first_bad.commit == culprit


def test_nothing_that_a_model_receives_changed(repo: GitRepository, endpoint: Endpoint) -> None:
    start = repo.git("rev-parse", "HEAD")
    repo.commit(text("v0", "A title"))
    found = search(repo, start, "HEAD")
    assert found.outcome == "nothing changed"
    assert endpoint.asked == []


def test_no_difference_beyond_noise(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    versions(repo, ["p95 v1", "p90 v2"])
    found = search(repo, start, "HEAD")
    assert (found.outcome, found.tested, found.first_bad) == ("no difference", (), None)
    assert found.bad.trials == 2  # the second answers were as the first, so a third would tell nothing
    assert found.bad.rate is not None


def test_the_newer_version_is_the_better_one(repo: GitRepository) -> None:
    versions(repo, ["p0 v1", "v2"])
    found = search(repo, "HEAD~1", "HEAD")
    assert (found.outcome, found.bad.change) == ("reversed", 1.0)


def test_revisions_the_wrong_way_round_in_time(repo: GitRepository) -> None:
    versions(repo, ["v1"])
    with pytest.raises(EvalError, match=r"is older than .*: the good revision comes first"):
        search(repo, "HEAD", "HEAD~1")


def test_swapped_revisions_across_a_rename_of_the_suite(repo: GitRepository) -> None:
    repo.git("mv", "evals/greet.eval.yml", "evals/hello.eval.yml")
    repo.commit(message="renamed")
    with pytest.raises(EvalError, match=r"is older than .*: the good revision comes first"):
        search(repo, "HEAD", "HEAD~1", suite="hello")


def test_a_suite_that_only_the_good_revision_has(repo: GitRepository) -> None:
    repo.git("switch", "--quiet", "--create", "side")
    repo.git("mv", "evals/greet.eval.yml", "evals/hello.eval.yml")
    good = repo.commit(message="renamed")
    repo.git("switch", "--quiet", "main")
    versions(repo, ["v1"])
    with pytest.raises(PromptopsError, match="no suite called 'hello'") as caught:
        search(repo, good, "HEAD", suite="hello")
    assert f"the good revision {good[:7]} has it: were the two swapped" in caught.value.hint


def test_a_large_fall_of_few_cases_says_how_many_would_tell(repo: GitRepository) -> None:
    start = repo.commit({"evals/greet.eval.yml": many_cases(12)})
    versions(repo, ["p45 v1"])
    found = search(repo, start, "HEAD")
    assert found.outcome == "no difference"
    assert found.bad.change is not None
    assert found.bad.change < -0.2
    assert found.needed is not None
    assert 1 <= found.needed <= 40


def test_two_searches_at_once_do_not_share_a_journal(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    versions(repo, ["v1", "p5 v2"])
    with locked_folder(repo.root / ".promptops/bisect") as held:
        (held / "journal.jsonl").write_text("another run is writing this")
        assert search(repo, start, "HEAD").outcome == "found"
        assert (held / "journal.jsonl").read_text() == "another run is writing this"


def test_a_step_that_noise_hides_is_told_as_a_range(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    middle, bad = versions(repo, ["p50 v1", "p40 v2"])  # 20, 16 and 11 of 20 cases
    found = search(repo, start, bad)
    assert found.outcome == "cannot tell"
    assert found.last_good is not None
    assert found.first_bad is not None
    assert (found.last_good.commit, found.first_bad.commit, found.between) == (start, bad, 1)
    assert [(one.commit, one.standing, one.trials) for one in found.tested] == [(middle, "cannot tell", 2)]
    assert found.diff is not None


def test_two_steps_down_are_told(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    first, second = versions(repo, ["p35 v1", "p0 v2"])  # 20, 10 and 0 of 20 cases
    found = search(repo, start, second)
    assert found.first_bad is not None
    assert (found.outcome, found.first_bad.commit) == ("found", first)
    assert found.notes == ("it fell in more than one step; what is told is the first",)


def test_more_answers_settle_what_few_do_not(repo: GitRepository) -> None:
    start = repo.commit({**text("noisy p80 v0"), "evals/greet.eval.yml": many_cases(40)})
    commits = versions(repo, ["noisy p80 v1", "noisy p70 v2", "noisy p70 v3"])
    found = search(repo, start, commits[-1])
    assert found.outcome == "found"
    assert found.first_bad is not None
    assert found.first_bad.commit == commits[1]
    assert [one.trials for one in found.tested] == [4, 4]


@pytest.mark.parametrize("seed", range(4))
def test_noise_alone_blames_nobody(repository: RepositoryBuilder, seed: int) -> None:
    """All versions pass seven of ten answers, each by its own luck: there is nothing to find."""

    def luck(asked: str, count: int) -> str:
        drawn = random.Random(sha256(f"{seed}{asked}{count}".encode()).hexdigest()).random()
        return asked if drawn < 0.7 else "no"

    repo = repository()
    with answering(luck) as endpoint:
        start = repo.commit({**files_for(endpoint.url), **text("v0"), "evals/greet.eval.yml": many_cases(20)})
        versions(repo, [f"v{number}" for number in range(1, 6)])
        assert search(repo, start, "HEAD").outcome == "no difference"


def test_a_version_is_blamed_by_a_one_sided_test(repository: RepositoryBuilder) -> None:
    """Seven of 20 cases fell: p is 0.0078 one-sided, 0.0156 two-sided, and a first look at two versions asks for 0.01.

    More answers of a steady model would tell nothing new, so with a two-sided test this one was never blamed.
    """

    def worse(asked: str, _count: int) -> str:
        return "no" if "curt" in asked and int(asked.split("Nr")[1].rstrip("x")) < 7 else f"You said {asked}"

    with answering(worse) as endpoint:
        repo = repository()
        start = repo.commit({**files_for(endpoint.url), **text("v0"), "evals/greet.eval.yml": many_cases(20)})
        culprit, _ = versions(repo, ["curt v1", "curt v2"])
        found = search(repo, start, "HEAD")
    assert [(one.commit, one.standing, one.trials) for one in found.tested] == [(culprit, "bad", 1)]
    assert found.outcome == "found"
    assert found.first_bad is not None
    assert found.first_bad.commit == culprit


def test_a_merge_is_searched_into_the_branch_it_brought(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    repo.git("switch", "--quiet", "--create", "work")
    inner = versions(repo, ["v1", "v2", "p0 v3", "p0 v4"])
    repo.git("switch", "--quiet", "main")
    repo.commit({"other": "1"})
    repo.git("merge", "--quiet", "--no-ff", "--message", "Merge pull request #7 from acme/work\n\nShorter", "work")
    merge = repo.git("rev-parse", "HEAD")
    versions(repo, ["p0 v5"])
    found = search(repo, start, "HEAD")
    assert found.outcome == "found"
    assert found.first_bad is not None
    assert found.last_good is not None
    assert (found.first_bad.commit, found.merge) == (inner[2], merge)
    assert found.last_good.commit == inner[1]
    assert found.good.commit == start


def test_a_merge_that_made_something_new_is_to_blame_itself(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    repo.git("switch", "--quiet", "--create", "work")
    versions(repo, ["v1"])
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-commit", "work")
    merge = repo.commit(text("p0 v2"), "Merge with a mistake")
    found = search(repo, start, merge)
    assert found.first_bad is not None
    assert (found.first_bad.commit, found.merge) == (merge, "")


def test_a_good_revision_on_another_branch(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    repo.git("switch", "--quiet", "--create", "side")
    side = repo.commit({"side": "1"})
    repo.git("switch", "--quiet", "main")
    versions(repo, ["v1", "p0 v2"])
    found = search(repo, side, "HEAD")
    assert found.outcome == "found"
    assert found.notes == (
        f"{side[:7]} is not part of {repo.git('rev-parse', 'HEAD')[:7]}; searched from where the two parted, "
        f"{start[:7]}",
    )


def test_a_renamed_prompt_is_followed(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    versions(repo, ["v1 and some more words that stay the same"])
    repo.git("mv", PROMPT, "prompts/welcome.prompt.yml")
    repo.commit({"evals/greet.eval.yml": many_cases(20).replace("prompt: greet", "prompt: welcome")})
    culprit = repo.commit({"prompts/welcome.prompt.yml": text("p0 v2")[PROMPT]})
    found = search(repo, start, "HEAD")
    assert (found.outcome, found.prompt) == ("found", "welcome")
    assert found.first_bad is not None
    assert found.first_bad.commit == culprit
    assert found.diff is not None
    assert found.diff.was == ""  # the culprit did not rename it


def test_a_version_that_cannot_be_asked_is_passed_by(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    other = str(text("v2")[PROMPT]).replace("who", "somebody")
    commits = versions(repo, ["v1"])
    strange = repo.commit({PROMPT: other}, "another input")
    repo.commit({PROMPT: "messages: ["}, "broken")
    commits += versions(repo, ["v3", "p0 v4"])
    found = search(repo, start, "HEAD")
    assert found.outcome == "found"
    assert found.first_bad is not None
    assert found.first_bad.commit == commits[-1]
    problems = {one.commit: one.problem for one in found.tested}
    assert "no case fits the prompt" in problems.get(strange, "no case fits the prompt")
    assert any("cannot be read, so these were passed over" in note for note in found.notes)


def test_the_budget_ends_the_search_and_says_where_it_was(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    versions(repo, [f"v{number}" for number in range(1, 8)] + ["p0 v8"])
    whole = search(repo, start, "HEAD").cost
    assert whole is not None
    (repo.root / ".promptops/cache.db").unlink()
    found = search(repo, start, "HEAD", max_cost=whole * 0.6)
    assert found.outcome == "stopped"
    assert "budget" in found.stopped
    assert found.cost is not None
    assert found.cost <= whole * 0.7
    assert found.last_good is not None
    assert found.between > 0


def test_the_budget_ends_the_search_though_the_server_counts_no_tokens(repository: RepositoryBuilder) -> None:
    def uncounted(asked: str, count: int) -> Behaviour:
        return answer(completion(by_words(asked, count)) | {"usage": None})

    with answering(uncounted) as endpoint:
        repo = repository()
        files = files_for(endpoint.url, prices="{input: 0, output: 1000000}")
        start = repo.commit({**files, **text("v0"), "evals/greet.eval.yml": many_cases(20)})
        versions(repo, [f"v{number}" for number in range(1, 8)] + ["p0 v8"])
        found = search(repo, start, "HEAD", max_cost=220)
        # A reply is taken for one to four dollars, by its length.
        assert (found.outcome, "budget" in found.stopped) == ("stopped", True)
        assert len(endpoint.asked) < 100


def test_the_work_tree_and_the_branch_stay_as_they_are(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    versions(repo, ["v1", "p0 v2"])
    (repo.root / PROMPT).write_text("edited")
    before = repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD", "main")
    search(repo, start, "HEAD")
    assert (repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD", "main")) == before


@pytest.mark.parametrize(
    ("choice", "message"),
    [({"criterion": "nonsense"}, "no criterion 'nonsense'"), ({"suite": "nothing"}, "no suite called 'nothing'")],
)
def test_what_is_not_there(repo: GitRepository, choice: dict[str, str], message: str) -> None:
    start = repo.git("rev-parse", "HEAD")
    versions(repo, ["v1"])
    with pytest.raises(PromptopsError, match=message):
        search(repo, start, "HEAD", **choice)


def test_a_prompt_that_was_not_there_yet(repo: GitRepository, tmp_path: Path) -> None:
    repo.git("rm", "--quiet", PROMPT)
    before = repo.commit(message="without")
    versions(repo, ["v1", "p0 v2"])
    with pytest.raises(EvalError, match=r"at the good revision .* is not there"):
        search(repo, before, "HEAD")


def test_only_people_can_answer(repo: GitRepository) -> None:
    start = repo.git("rev-parse", "HEAD")
    suite = many_cases(20).replace("string: {contains: '{{ who }}'}", "human: {question: Good?}")
    repo.commit({"evals/greet.eval.yml": suite, **text("v1")})
    with pytest.raises(EvalError, match="answered by people"):
        search(repo, start, "HEAD")


def test_replies_that_failed_are_told_and_count_for_nothing(repository: RepositoryBuilder) -> None:
    refused = answer({"error": {"message": "no"}}, status=400)
    with answering(lambda asked, _: refused if "Nr7x" in asked and "v1" in asked else by_words(asked, 1)) as endpoint:
        repo = repository("failing")
        start = repo.commit({**files_for(endpoint.url), **text("v0"), "evals/greet.eval.yml": many_cases(20)})
        versions(repo, ["p0 v1"])
        found = search(repo, start, "HEAD")
    assert found.bad.rate is not None
    assert (found.outcome, found.bad.rate.n) == ("found", 19)
    assert found.notes == ("1 reply failed and counts for nothing",)


@pytest.mark.parametrize(("words", "outcome"), [("v1", "stopped"), ("p20 v1", "found")])
def test_missing_answers_may_hide_a_drop_and_never_show_that_there_is_none(
    repository: RepositoryBuilder, monkeypatch: pytest.MonkeyPatch, words: str, outcome: str
) -> None:
    refused = answer({"error": {"message": "content policy"}}, status=400)
    lost = re.compile(r"Nr[0-5]x")  # a quarter of the cases

    def partly(asked: str, count: int) -> str | Behaviour:
        return refused if lost.search(asked) and "v1" in asked else by_words(asked, count)

    with answering(partly) as endpoint:
        repo = repository("missing")
        start = repo.commit({**files_for(endpoint.url), **text("v0"), "evals/greet.eval.yml": many_cases(24)})
        versions(repo, [words])
        found = search(repo, start, "HEAD")
        monkeypatch.chdir(repo.root)
        told = CliRunner().invoke(cli, ["bisect", "greet", start, "HEAD", "--criterion", NAME])
    assert found.outcome == outcome
    if outcome == "stopped":
        assert found.stopped == "not measured: 12 of 48 tries have no answer after"
        assert told.stdout.startswith("The search stopped (not measured: 12 of 48 tries")
    assert told.exit_code == (2 if outcome == "stopped" else 0)


def test_a_rise_among_the_few_that_both_answered_is_told_as_such(repository: RepositoryBuilder) -> None:
    """The good version answers half of the cases, and those may be the hard ones: it did not get better for that."""
    refused = answer({"error": {"message": "no"}}, status=400)
    with answering(
        lambda asked, _: (
            refused if "v0" in asked and int(asked.split("Nr")[1].split("x")[0]) % 2 else by_words(asked, 1)
        )
    ) as endpoint:
        repo = repository("half")
        start = repo.commit({**files_for(endpoint.url), **text("p0 v0"), "evals/greet.eval.yml": many_cases(20)})
        versions(repo, ["v1"])
        found = search(repo, start, "HEAD")
    assert (found.outcome, found.stopped) == ("stopped", "not measured: 10 of 20 cases have no answer before")


def test_so_few_averages_that_nothing_is_ever_shown_are_not_asked_for() -> None:
    few = CriterionComparison("c", None, None, paired=20, groups=4, change=-0.9, p_value=None, regressed=("a",) * 18)
    assert more_cases_needed(few, 0.05) == 6
