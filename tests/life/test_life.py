"""The whole life of a prompt in an organisation, step by step: what people see, and what the application serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptops import Prompts
from tests.github_description import Description
from tests.life.organisation import Organisation, Step
from tests.workflows.scene import GREET, answering, echo, files_for, many_cases

PROMPT, PROD = "prompts/greet.prompt.yml", "environments/prod.yml"
BRINGS_NOTHING = "Passed: this change brings no problem"
PASSED = "➖ No difference seen: greet"
NOTHING_FAILS_ANY_MORE = "❌ Worse: greet"
OWNED = f"{GREET}promptops: {{owners: ['@ada']}}\n"
SUITE = (
    many_cases(16).replace("evaluators: [", "evaluators: [{name: sounds kind, human: {question: Is it kind?}}, ")
    + "gates: {says the name: {atLeast: 0.8}}\n"
)


def greet(how: str) -> dict[str, str | bytes]:
    """The prompt in another wording."""
    return {PROMPT: OWNED.replace("Greet", how)}


def model(text: str, count: int) -> str:
    """Says what it was told; asked for something short, it forgets half of the names."""
    number = int(text.rpartition("Nr")[2].rstrip("x"))
    return "Hello!" if "shortly" in text and number < 8 else echo(text, count)


@pytest.fixture
def acme(tmp_path: Path, github_description: Description) -> Iterator[Organisation]:
    with answering(model) as endpoint:
        files = files_for(endpoint.url) | greet("Greet") | {"evals/greet.eval.yml": SUITE}
        files |= {".github/workflows/prompts.yml": "on: pull_request\n"}
        acme = Organisation(tmp_path, github_description, files)
        with acme.github:
            yield acme


def served(acme: Organisation) -> str:
    """What the application sends to a model now."""
    with Prompts.from_git(acme.url, env="prod", refresh=None) as prompts:
        return str(prompts.get("greet").render(who="Ada").messages()[0]["content"])


def expect(step: Step, code: int, comment: str, first: str, *more: str) -> None:
    """How the job ended, the comment's first line, and what stands below it; where it does not, all is printed."""
    assert step.code == code, f"{step.output}\n{comment}"
    shown = next(line for line in comment.splitlines() if line and not line.startswith("<!--"))
    assert shown == f"### {first}", comment
    for text in more:
        assert text in comment.replace("\N{WORD JOINER}", ""), f"{text}\n\n{comment}"


def test_the_life_of_a_prompt_in_an_organisation(acme: Organisation) -> None:
    acme.after_push()
    is_first_served(acme)
    change = is_changed_by_an_expert(acme)
    is_changed_by_a_stranger(acme)
    is_accepted_by_its_owner(acme, change)
    is_merged_and_watched(acme, change)
    is_promoted(acme)
    is_replaced_in_a_hurry_and_taken_back(acme)


def is_first_served(acme: Organisation) -> None:
    """The first version is pinned by pin.yml; the environment comes with it."""
    version = acme.tip()[:7]
    proposed = acme.promote("greet")
    assert (proposed.code, "Proposed: " in proposed.output) == (0, True), proposed.output
    [number] = acme.github.pull_requests
    done = acme.check(number, "opened")
    [comment] = acme.github.bodies(number)
    expect(done, 0, comment, BRINGS_NOTHING, "prod: a new environment", f"**prod: greet → {version}**")
    acme.merge(number, "ada", squash=True)
    assert served(acme) == "Greet Ada"


def is_changed_by_an_expert(acme: Organisation) -> int:
    """Eva opens a pull request and pushes again; the check of before, which ends last, has nothing to say any more."""
    acme.push("eva", "politer", greet("Greet politely:"))
    number = acme.open("eva", "politer", "A politer greeting")
    early = acme.begin(number, "opened")
    opened = acme.finish(early)
    [before] = acme.github.comments_on(number)
    expect(opened, 0, before["body"], PASSED, "+Greet politely: Nr0x", "waiting for 32 answers by people")
    head = acme.push("eva", "politer", greet("Greet very politely:"))
    pushed = acme.check(number)
    [now] = acme.github.comments_on(number)
    expect(pushed, 0, now["body"], PASSED, "+Greet very politely: Nr0x", f"This is about commit `{head[:7]}`")
    assert now["id"] == before["id"]
    again = acme.finish(early, attempt=2)
    assert (again.code, acme.github.bodies(number)) == (0, [now["body"]])
    assert f"no comment is written: pull request {number} is at {head[:7]} by now" in again.output
    return number


def is_changed_by_a_stranger(acme: Organisation) -> None:
    """A fork's check may write nothing; the workflow that it starts says what it found, and whose figures these are."""
    number = max(acme.github.pull_requests) + 1
    head = acme.push("mallory", "work", greet("Greet warmly:"), ref=f"refs/pull/{number}/head")
    assert acme.open("mallory", "work", "Warmer", fork="mallory/prompts") == number
    job = acme.begin(number, "opened")
    checked = acme.finish(job)
    assert (checked.code, acme.github.bodies(number)) == (0, []), checked.output
    assert "a fork's pull request may not write" in checked.output
    posted = acme.post_fork_results(job.run)
    assert posted.code == 0, posted.output
    [comment] = acme.github.bodies(number)
    first = comment.splitlines()[2]
    assert first.startswith("*This change comes from a fork, and so do these figures"), comment
    assert first.endswith("*By them the check passes.*"), comment
    assert f"This is about commit `{head[:7]}`." in comment


def is_accepted_by_its_owner(acme: Organisation, number: int) -> None:
    """A gate fails; an owner judges a reply and answers for the gate, as a phone writes it."""
    head = acme.push("eva", "politer", greet("Greet shortly:"))
    red = acme.check(number)
    [comment] = acme.github.bodies(number)
    expect(red, 1, comment, "⛔ A rule fails: greet", "*Says the name* fails its rule")
    said = " /promptops label c0 “sounds kind” pass.\n/promptops accept “says the name” because short needs no names"
    assert acme.say(number, "mallory", said).code == 0
    assert acme.tip("politer") == head, "nobody but an owner is obeyed"
    done = acme.say(number, "ada", said)
    comment, *_, answer = acme.github.bodies(number)
    told = "accepted by @ada: because short needs no names", "waiting for 31 answers by people", f"→ head `{head[:7]}`"
    expect(done, 0, comment, NOTHING_FAILS_ANY_MORE, f"This is about commit `{head[:7]}`", *told)
    assert (answer.count("✅"), "@ada:" in answer) == (2, True), answer
    written = acme.bare.git("diff", "--name-only", head, "politer").splitlines()
    assert [name.rpartition("/")[0] for name in written] == ["evals/labels", "evals/waivers/greet"]


def is_merged_and_watched(acme: Organisation, number: int) -> None:
    """The merge queue, the push to main and the night all know what was accepted."""
    queued = acme.queue(number)
    assert queued.code == 0, queued.output
    assert "Passed, although greet got worse: the rule that does not hold was accepted" in queued.output
    acme.merge(number, "ada")
    assert acme.pushed is not None
    assert acme.pushed.code == 0, acme.pushed.output
    checked, drift = acme.night()
    assert (checked.code, drift.code) == (0, 0), f"{checked.output}\n{drift.output}"
    assert "does not hold and was accepted by @ada: because short needs no names" in drift.output


def is_promoted(acme: Organisation) -> None:
    """The pull request that pin.yml opens says what will be served, how it did, and who approved it."""
    first, version = acme.bare.git("rev-list", "--max-parents=0", "main")[:7], acme.tip()[:7]
    assert acme.promote("greet").code == 0
    number = max(acme.github.pull_requests)
    assert acme.github.pull_requests[number]["title"] == f"Pin greet at {version} for prod"
    done = acme.check(number, "opened")
    [comment] = acme.github.bodies(number)
    told = f"**prod: greet {first} → {version}**", "+Greet shortly: Nr0x", "- Approved: merged by Ada", "Written by Eva"
    expect(done, 0, comment, BRINGS_NOTHING, "accepted by @ada: because short needs no names", *told)
    assert served(acme) == "Greet Ada"
    acme.merge(number, "ada", squash=True)
    assert served(acme) == "Greet shortly: Ada"
    for command, said in (("verify", "1 pin in 1 environment holds"), ("audit", "accepted       says the name")):
        found = acme.run_local("ada", "look", command)
        assert (found.exit_code, said in found.stdout) == (0, True), found.output


def is_replaced_in_a_hurry_and_taken_back(acme: Organisation) -> None:
    """A version that failed is refused by each door, promoted by hand all the same, and taken back."""
    good = acme.tip()
    bad = acme.push("ada", "main", greet("Answer shortly:"), "A hurried fix")[:7]
    assert acme.pushed is not None
    assert acme.pushed.code == 1, acme.pushed.output
    refused = acme.promote("greet"), acme.run_local("eva", "hotfix", "pin", "greet", "--env", "prod")
    assert ([refused[0].code, refused[1].exit_code], acme.tip("hotfix")) == ([1, 1], "0" * 40)
    acme.run_local("eva", "hotfix", "pin", "greet", "--env", "prod", "--force", "--reason", "no time")
    file = acme.clone("eva").root / PROD
    acme.push("eva", "hotfix", {PROD: file.read_text("utf-8").replace("  # forced: no time", "")})
    number = acme.open("eva", "hotfix", "A hotfix for prod")
    done = acme.check(number, "opened")
    [comment] = acme.github.bodies(number)
    why = "the rule 'says the name ≥ 80%' does not hold"
    expect(
        done,
        1,
        comment.replace("\N{WORD JOINER}", "").replace("`", ""),
        f"⛔ Must not be served: prod: greet {bad}: {why}",
        f"→ {bad}**",
    )
    acme.merge(number, "ada")
    assert served(acme) == "Answer shortly: Ada"
    back = acme.run_local("eva", "back", "rollback", "greet", "--env", "prod")
    assert back.exit_code == 0, back.output
    acme.push("eva", "back", {})
    number = acme.open("eva", "back", "Back to the version before")
    done = acme.check(number, "opened")
    [comment] = acme.github.bodies(number)
    expect(done, 0, comment, BRINGS_NOTHING, f"**prod: greet {bad} → ", "back to the version that was pinned before")
    acme.merge(number, "ada")
    assert served(acme) == "Greet shortly: Ada"
    assert acme.bare.git("diff", "--name-only", good, "main").splitlines() == [PROMPT]
