"""`/promptops …` in a pull request, from the event's payload to what stands on the branch and in the comments."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from promptops.evals.evaluators.base import output_digest
from promptops.model.outcomes.check import CheckResult, ComparisonBase
from promptops.report.comment.comment_markers import ANSWERS_MARKER, answer_marker
from promptops.report.comment.compose import check_comment
from promptops.source.formats.labels import parse_labels
from tests.github_server import FORBIDDEN, GitHubServer, Reply
from tests.workflows.comment_commands.labelling import (
    BASE,
    LABELS,
    NOW,
    PROMPT,
    Scene,
    base_files,
    results,
)

LABEL = '/promptops label c00 tone pass "reads well"'
ACCEPT = '/promptops accept tone "nobody has time"'


@pytest.fixture
def scene(github: GitHubServer, tmp_path: Path) -> Scene:
    return Scene(github, tmp_path)


# What is recorded


def test_an_owners_label_stands_on_the_branch_and_is_read_by_the_next_run(scene: Scene) -> None:
    done = scene.say(f"I looked at it.\r\n\r\n{LABEL}\r\n")
    (line,) = scene.lines()
    assert line == {
        "case": "c00", "output": output_digest("Say c00"), "criterion": "tone", "verdict": "pass", "who": "@ana",
        "when": NOW, "why": "reads well", "url": line["url"],
    }  # fmt: skip
    assert line["url"].startswith("https://github.com/acme/prompts/pull/7#issuecomment-")
    assert parse_labels(scene.written[LABELS].decode(), LABELS)[0].verdict == "pass"
    assert done.written
    assert scene.server.messages == ["Record labels: ana in pull request 7"]


def test_the_comment_is_thanked_answered_and_the_results_are_shown_with_the_label(scene: Scene) -> None:
    page = check_comment(CheckResult(ComparisonBase(BASE, "main"), looked_at="1 file", results=(results(),)))
    sticky = scene.server.add_comment(7, "github-actions[bot]", page)
    done = scene.say(LABEL)
    assert [content for _, content in scene.server.reactions] == ["+1"]
    shown, answer = scene.bodies
    assert scene.server.comments[sticky]["body"] == shown
    assert "47 answers" in shown
    assert "48 answers" not in shown
    assert "**Lint:** 1 file" in shown
    assert answer.startswith(f"{answer_marker('.', done.comment)}\n@ana:\n\n- ✅ `{LABEL}` – recorded in")
    assert f"In answer to [this comment]({done.url})" in answer
    assert "starts no checks by itself" in answer
    head = [sample.scores["tone"].passed for sample in done.runs[0].samples if sample.arm == 1]
    assert head == [True] + [None] * 23


def test_without_results_shown_before_they_are_shown_now(scene: Scene) -> None:
    scene.say(LABEL)
    assert sorted(body.split("\n")[0] for body in scene.bodies) == ["<!-- promptops -->", ANSWERS_MARKER]


def test_many_labels_are_one_commit_and_the_gate_follows(scene: Scene) -> None:
    lines = [f"/promptops label c{number:02} tone pass" for number in range(20)]
    scene.say("\n".join(lines))
    done = scene.say("\n".join(f"/promptops label c{number} tone pass" for number in range(20, 24)))
    assert len(scene.lines()) == 24
    assert len(scene.server.messages) == 2
    assert [gate.status for gate in done.runs[0].gates] == ["passed"]


def test_an_owner_takes_a_gate_upon_themselves_for_these_versions_only(scene: Scene) -> None:
    done = scene.say(ACCEPT)
    (line,) = scene.waivers()
    base, head = results().arms
    assert (line["base"], line["head"]) == (base.evaluation_digest, head.evaluation_digest)
    assert (line["questions"], line["was"], line["who"]) == (results().questions, "not measured", "@ana")
    assert (line["suite"], line["criterion"], line["why"]) == ("s", "tone", "nobody has time")
    assert results().blocked
    assert not done.runs[0].blocked
    assert "accepted by @\u2060ana: nobody has time" in scene.bodies[0] + scene.bodies[1]


def test_what_is_accepted_is_what_the_gates_say_with_the_labels_of_the_same_comment(scene: Scene) -> None:
    scene.say(ACCEPT + "\n" + "\n".join(f"/promptops label c{number:02} tone fail" for number in range(12)))
    assert [line["was"] for line in scene.waivers()] == ["failed"]


def test_labels_that_come_later_do_not_end_an_acceptance_unless_they_show_a_failure(scene: Scene) -> None:
    scene.say(ACCEPT)
    assert not scene.say(LABEL).runs[0].blocked
    done = scene.say("\n".join(f"/promptops label c{number:02} tone fail" for number in range(1, 13)))
    assert done.runs[0].blocked


def test_a_second_acceptance_is_not_needed(scene: Scene) -> None:
    scene.say(ACCEPT)
    assert scene.say(ACCEPT).replies[0].text == "'tone' is accepted already"
    assert len(scene.waivers()) == 1


def test_a_job_that_runs_twice_records_once(scene: Scene) -> None:
    event = scene.event(LABEL)
    scene.obey(event)
    assert "stands in evals/labels/s.jsonl already" in scene.obey(event).replies[0].text
    assert len(scene.lines()) == 1


def test_everybody_gets_an_answer_and_a_job_that_runs_twice_edits_its_own(scene: Scene) -> None:
    events = [scene.event(f"/promptops label c0{number} tone pass", "ana" if number else "ben") for number in range(8)]
    for event in [*events, *events[:2]]:
        scene.obey(event)
    answers = [body for body in scene.bodies if body.startswith(ANSWERS_MARKER)]
    assert len(answers) == 8
    for number, event in enumerate(events):
        [answer] = [body for body in answers if event["comment"]["html_url"] in body]
        assert f"label c0{number} tone" in answer


def test_a_project_in_a_folder_has_its_files_there(scene: Scene) -> None:
    scene.server.files[BASE] = {f"tools/{name}": data for name, data in base_files().items()}
    scene.server.files["main"] = scene.server.files[BASE]
    scene.obey(scene.event(LABEL), "tools")
    assert list(scene.written) == [f"tools/{LABELS}"]
    assert "<!-- promptops:tools -->" in scene.bodies[0] + scene.bodies[1]


def test_what_a_phone_wrote_is_recorded_and_the_answer_says_how_it_was_read(scene: Scene) -> None:
    scene.say("Fine by me:\n\n /Promptops label c00: “Tone”: pass. “reads well”\n\nSent from my phone")
    [line] = scene.lines()
    assert (line["case"], line["criterion"], line["verdict"], line["why"]) == ("c00", "tone", "pass", "reads well")
    assert '(read as `/promptops label c00 "tone" pass "reads well"`)' in scene.bodies[-1]


def test_a_near_miss_is_answered_with_a_line_that_is_obeyed_when_it_is_pasted(scene: Scene) -> None:
    scene.say('/promptops lable c00 tonne passed "reads well"')
    pasted = '/promptops label c00 "tone" pass "reads well"'
    assert f"  Did you mean this? Copy the line:\n\n  ```text\n  {pasted}\n  ```" in scene.bodies[-1]
    assert scene.say(pasted).replies[0].done


def test_what_waits_is_finished_by_pasting_the_lines_that_stand_in_the_comment(scene: Scene) -> None:
    scene.say(LABEL)
    pasted: list[str] = []
    for _ in range(2):
        lines = re.findall("^/promptops label .*", scene.bodies[0], re.MULTILINE)
        assert len(lines) == 6
        assert not set(lines) & set(pasted)
        assert all(answer.done for answer in scene.say("\n".join(lines)).replies)
        pasted += lines
    assert len(scene.lines()) == 13
    assert len({line["output"] for line in scene.lines()}) == 13
    assert sum(" pass base" in line for line in pasted) == 6
    assert "35 answers" in scene.bodies[0]


# Who may


@pytest.mark.parametrize("author", ["ana", "ANA"])
def test_an_owner_is_known_whatever_the_capitals(scene: Scene, author: str) -> None:
    assert scene.say(LABEL, author).replies[0].done


def test_a_member_of_a_team_that_owns_the_prompt_may(scene: Scene) -> None:
    scene.server.teams["acme", "legal"] = {"ben"}
    assert scene.say(LABEL, "ben").replies[0].done


def test_who_is_in_no_such_team_may_not(scene: Scene) -> None:
    scene.server.teams["acme", "legal"] = {"ben"}
    assert scene.refused(LABEL, "mallory") == "only an owner of 'p' may say this: @ana, @acme/legal"
    assert scene.server.reactions[0][1] == "confused"
    assert "- ❌ `/promptops label c00 tone pass" in scene.bodies[0]


def test_where_the_token_may_not_see_the_team_people_must_be_listed(scene: Scene) -> None:
    told = scene.refused(LABEL, "ben")
    assert "whether @ben belongs to @acme/legal is not shown to this workflow" in told
    assert "its token cannot look up who is in a team" in told
    assert "the token of a GitHub App" in told
    assert "must be listed by name" in told


def test_a_team_that_github_cannot_look_up_now_is_told_and_undoes_no_other_line(scene: Scene) -> None:
    scene.server.fail("GET", "memberships", Reply(500, {"message": "oops"}), times=10)
    told = scene.refused(LABEL, "ben")
    assert "whether @ben is an owner of 'p' cannot be found out now" in told
    assert scene.server.reactions[0][1] == "confused"


def test_the_policys_owners_may(scene: Scene) -> None:
    scene.server.files[BASE] = base_files(["@someone"], **{"promptops.yml": 'policy: {owners: ["@ana"]}\n'})
    scene.server.files["main"] = scene.server.files[BASE]
    assert scene.say(LABEL).replies[0].done


def test_nobody_becomes_owner_by_the_pull_request_itself(scene: Scene) -> None:
    scene.written["prompts/p.prompt.yml"] = (PROMPT % '["@mallory"]').encode()
    before = dict(scene.written)
    done = scene.say(LABEL, "mallory")
    assert (done.replies[0].done, scene.written) == (False, before)


def test_nobody_becomes_owner_by_a_branch_to_merge_into(github: GitHubServer, tmp_path: Path) -> None:
    scene = Scene(github, tmp_path, base_ref="mine")
    scene.server.files[BASE] = base_files(["@mallory"])
    scene.server.files["main"] = base_files(["@ana"])
    assert "only an owner of 'p'" in scene.refused(LABEL, "mallory")
    scene.server.files["main"] = base_files(["@mallory"])
    assert scene.say(LABEL, "mallory").replies[0].done


def test_nobody_becomes_owner_by_a_tag_that_is_called_like_a_branch(github: GitHubServer, tmp_path: Path) -> None:
    scene = Scene(github, tmp_path, base_ref="mine")
    scene.server.files[BASE] = scene.server.tags["main"] = base_files(["@mallory"])
    scene.server.files["main"] = base_files(["@ana"])
    assert "only an owner of 'p'" in scene.refused(LABEL, "mallory")


def test_a_tag_that_is_called_like_the_branch_hides_no_line_of_it(scene: Scene) -> None:
    scene.server.tags["shorter"] = {LABELS: b"{}\n"}
    assert scene.say(LABEL).replies[0].done
    assert len(scene.lines()) == 1


def test_who_was_an_owner_when_the_pull_request_was_opened_may_be_none_now(scene: Scene) -> None:
    scene.server.files[BASE] = base_files(["@ana"])
    scene.server.files["main"] = base_files(["@bert"])
    assert "only an owner of 'p'" in scene.refused(LABEL, "ana")
    assert "only an owner of 'p'" in scene.refused(LABEL, "bert")


def test_a_suite_handed_to_another_prompt_still_belongs_to_its_owners(github: GitHubServer, tmp_path: Path) -> None:
    scene = Scene(github, tmp_path, replace(results(), prompt="toy"))
    scene.server.files[BASE] = base_files(["@ana"], **{"prompts/toy.prompt.yml": PROMPT % '["@mallory"]'})
    assert "only an owner of 'p'" in scene.refused(LABEL, "mallory")
    assert "only an owner of 'toy'" in scene.refused(LABEL, "ana")


def test_without_owners_nobody_may_and_the_way_out_is_told(scene: Scene) -> None:
    scene.server.files[BASE] = {}
    assert "nobody is named as owner of 'p'" in scene.refused(LABEL)


def test_a_base_that_cannot_be_read_lets_nobody_in(scene: Scene) -> None:
    scene.server.files[BASE] = base_files() | {"prompts/p.prompt.yml": b"messages: ["}
    assert "cannot be read where this pull request goes" in scene.refused(LABEL)
    scene.server.files[BASE] = base_files() | {"promptops.yml": b"a: ["}
    assert "promptops.yml" in scene.refused(LABEL)


# Where


def test_a_closed_pull_request_is_left_alone(github: GitHubServer, tmp_path: Path) -> None:
    assert "is closed" in Scene(github, tmp_path, state="closed").refused(LABEL)


@pytest.mark.parametrize("repository", ["mallory/prompts", None])
def test_nothing_is_written_for_a_fork(github: GitHubServer, tmp_path: Path, repository: str | None) -> None:
    assert "comes from another repository" in Scene(github, tmp_path, head_repository=repository).refused(LABEL)


def test_nothing_is_written_on_the_default_branch(scene: Scene) -> None:
    scene.server.pull_requests[7]["head"]["ref"] = "main"
    before = dict(scene.server.files["main"])
    assert "comes from main itself" in scene.refused(LABEL)
    assert scene.server.files["main"] == before


@pytest.mark.parametrize(
    ("author", "changes"),
    [
        ("dependabot[bot]", {}),
        ("github-actions[bot]", {}),
        ("ana", {"action": "deleted"}),
        ("ana", {"issue": {"number": 7}}),
    ],
)
def test_apps_deleted_comments_and_issues_are_passed_over_in_silence(
    scene: Scene, author: str, changes: dict[str, object]
) -> None:
    assert not scene.say(LABEL, author, **changes).replies
    assert scene.server.count()["GET"] == 0


def test_an_app_with_a_persons_name_is_an_app(scene: Scene) -> None:
    event = scene.event(LABEL)
    event["comment"]["user"]["type"] = "Bot"
    assert not scene.obey(event).replies


def test_only_files_that_matter_are_asked_for(github: GitHubServer, tmp_path: Path) -> None:
    bare = replace(results(), criteria=results().criteria[:1], rules=())
    others = [replace(bare, suite=f"t{number}", suite_path=f"evals/t{number}.eval.yml") for number in range(30)]
    scene = Scene(github, tmp_path, results(), *others)
    assert scene.say(f"{LABEL} in s").replies[0].done
    asked = sum("/contents/" in request.path for request in scene.server.requests)
    assert asked <= 17  # three of them again, after the results were shown


def test_a_comment_without_commands_costs_no_request(scene: Scene) -> None:
    assert not scene.say("> /promptops label c00 tone pass\n\nWhat does this mean?").replies
    assert not scene.server.requests


def test_an_edited_comment_is_not_obeyed_and_says_so(scene: Scene) -> None:
    assert "edited comments are ignored" in scene.refused(LABEL, action="edited")


# What goes wrong


def test_two_who_write_at_once_lose_nothing(scene: Scene) -> None:
    other = b'{"case": "c01", "output": "sha256:0", "criterion": "tone", "verdict": "fail", "who": "@ben"}'
    scene.server.fail("PUT", LABELS, lambda: scene.written.update({LABELS: other}))
    scene.server.fail("PUT", LABELS, lambda: scene.written.update({LABELS: other + b"\n" + other}))
    assert scene.say(LABEL).replies[0].done
    assert [line["who"] for line in scene.lines()] == ["@ben", "@ben", "@ana"]
    assert scene.slept == [0.5, 1.0]


def test_an_answer_that_got_lost_is_looked_up_and_nothing_is_written_twice(scene: Scene) -> None:
    real = scene.server._write

    def lost() -> None:
        request = scene.server.requests[-1]
        real(request, {"path": LABELS})

    scene.server.fail("PUT", LABELS, lost)
    scene.say(LABEL)
    assert len(scene.lines()) == 1


def test_who_loses_every_race_is_told_and_may_try_again(scene: Scene) -> None:
    scene.server.fail("PUT", LABELS, Reply(409, {"message": "it moved"}), times=10)
    assert "could not be recorded" in scene.refused(LABEL)


def test_where_one_file_is_written_and_another_is_not_what_stands_there_is_shown(
    github: GitHubServer, tmp_path: Path
) -> None:
    scene = Scene(github, tmp_path, results(), replace(results(), suite="t", suite_path="evals/t.eval.yml"))
    scene.server.fail("PUT", "labels/t", Reply(403, FORBIDDEN))
    done = scene.say(f"{LABEL} in s\n{LABEL} in t")
    assert all("or not all of it" in answer.text for answer in done.replies)
    assert done.written
    assert "47 answers" in "".join(scene.bodies)


def test_a_token_that_may_not_write_says_what_the_job_needs(scene: Scene) -> None:
    scene.server.fail("PUT", LABELS, Reply(403, FORBIDDEN))
    assert "permissions: contents: write" in scene.refused(LABEL)


def test_a_broken_file_of_labels_is_named_and_not_made_longer(scene: Scene) -> None:
    scene.written[LABELS] = b"oops\n"
    done = scene.say(LABEL)
    assert "evals/labels/s.jsonl:1: this line is not a label" in done.replies[0].text
    assert scene.written == {LABELS: b"oops\n"}


def test_where_no_comment_can_be_written_the_log_says_what_was_recorded(scene: Scene) -> None:
    scene.server.fail("POST", "comments", Reply(403, FORBIDDEN), times=20)
    assert scene.say(LABEL).replies[0].done
    assert scene.log[0].startswith("done: recorded in evals/labels/s.jsonl")
    assert any("could not be written as a comment" in line for line in scene.log)
    assert len(scene.lines()) == 1


def test_results_that_cannot_be_read_are_told(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "results/suite-0/results.json").write_text('{"format": "promptops-results/9", "version": "9"}')
    assert "written by promptops 9" in scene.refused(LABEL)


@pytest.mark.parametrize("name", ["../../.github/workflows/x", "/etc/x", "a\\b", "a\nb", "b/C:x", "x/../overrides", ""])
def test_results_name_no_file_outside_of_the_labels_folder(github: GitHubServer, tmp_path: Path, name: str) -> None:
    scene = Scene(github, tmp_path, replace(results(), suite=name, suite_path="evals/s.eval.yml"))
    assert scene.refused(LABEL)


# Hostile words


def test_nothing_anybody_writes_gets_out_of_its_line_or_its_field(scene: Scene) -> None:
    why = '", "who": "@boss"}\\n{"case": "x \u202e \u2028 \x1b[2J ::set-output name=x::y <!-- promptops -->'
    scene.say(f"/promptops label c00 tone pass «{why}»")
    (line,) = scene.lines()
    assert (line["who"], line["case"]) == ("@ana", "c00")
    assert line["why"].startswith('", "who": "@boss"}\\n{"case": "x ⟨U+202E⟩ ⟨U+2028⟩ ⟨U+001B⟩[2J')
    assert scene.written[LABELS].count(b"\n") == 1


def test_no_word_of_a_refused_command_acts_in_the_answer_or_the_log(scene: Scene) -> None:
    scene.say("/promptops label @acme/all </details><!--x-->::error::#1 pass\n/promptops ::error::x @acme/all")
    (answer,) = scene.bodies
    rest = re.sub(rf"\A{ANSWERS_MARKER}\n<!-- to \d+ -->", "", answer)
    assert "@acme/all" not in rest
    assert "<!--" not in rest
    assert all(not line.lstrip().startswith("::") for line in [*scene.log, *answer.splitlines()])


def test_a_thousand_commands_are_answered_with_a_limit(scene: Scene) -> None:
    done = scene.say("/promptops label nowhere tone pass\n" * 1000)
    assert len(done.replies) == 21
    assert done.replies[-1].text == "980 more lines were not read: a comment may hold 20"
    assert len(scene.bodies[0]) < 20_000


def test_commands_that_are_fine_are_obeyed_beside_those_that_are_not(scene: Scene) -> None:
    done = scene.say(f"/promptops label c99 tone pass\n{LABEL}\n/promptops frobnicate")
    assert [answer.done for answer in done.replies] == [False, True, False]
    assert [content for _, content in scene.server.reactions] == ["+1"]
    assert len(scene.lines()) == 1


def test_the_token_is_in_no_word_that_anybody_sees(scene: Scene) -> None:
    scene.server.fail(
        "PUT", LABELS, Reply(422, {"message": f"bad {scene.server.token}", "documentation_url": ""}), times=10
    )
    scene.say(LABEL)
    assert scene.server.token not in json.dumps([*scene.bodies, *scene.log])
