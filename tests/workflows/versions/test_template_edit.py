"""What an edit did, as it is written: over real repositories, file by file, and nothing that no model notices."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from promptops.model.edit import FileEdit, SettingDifference
from promptops.store.results_file import parse_results, serialize_results
from promptops.workflows.eval.prepare import prepare
from promptops.workflows.eval.prepared_run import EvalChoice
from tests.conftest import GitRepository, RepositoryBuilder, write_files
from tests.workflows.scene import POLITE, answering, evaluate, files_for, workspace_at

GREET, TONE, SETTINGS = "prompts/greet.prompt.yml", "prompts/shared/tone.j2", "promptops.yml"
FILES: dict[str, str] = {
    SETTINGS: (
        "models:\n  small: {provider: openai, model: m, baseUrl: 'http://127.0.0.1:9/v1'}\n"
        "  large: {provider: openai, model: m-large, baseUrl: 'http://127.0.0.1:9/v1'}\n"
    ),
    GREET: (
        "inputs: {who: {type: string}, mood: {type: string, default: glad}}\nmodel: small\n"
        "modelParameters: {temperature: 0.2}\nmessages:\n"
        "  - role: system\n    content: |\n      {% include \"shared/tone.j2\" %}\n      Be {{ mood }}.\n"
        "  - role: user\n    content: Greet {{ who }}\n"
    ),
    TONE: "Be kind.\n{% include \"shared/ending.j2\" %}\n",
    "prompts/shared/ending.j2": "Say nothing else.\n",
    "evals/greet.eval.yml": "prompt: greet\ntestData: [{id: ada, who: Ada}]\nevaluators: [{string: {contains: x}}]\n",
}  # fmt: skip
Edited = Callable[..., tuple[FileEdit, ...]]


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """One commit: a prompt, a partial in a partial, a suite and two models."""
    found = repository()
    found.commit(FILES)
    return found


@pytest.fixture
def edited(repo: GitRepository) -> Edited:
    """What an evaluation against the last commit says was edited, after these texts were replaced in a file."""

    def edit(path: str, *replaced: tuple[str, str], to: str = "") -> tuple[FileEdit, ...]:
        text = (repo.root / path).read_text("utf-8")
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        if to:
            (repo.root / path).unlink()
        write_files(repo.root, {to or path: text})
        (prepared,) = prepare(workspace_at(repo.root), EvalChoice(base="HEAD"))
        return prepared.plan.edit

    return edit


def test_a_message_is_told_as_it_is_written_with_its_role(edited: Edited) -> None:
    assert edited(GREET, ("Greet {{ who }}", "Greet {{ who }} warmly")) == (
        FileEdit(GREET, ("@@ user @@", "-Greet {{ who }}", "+Greet {{ who }} warmly")),
    )


def test_comments_and_the_form_of_the_file_are_no_edit(edited: Edited) -> None:
    again = (
        ("model: small\n", "# what we ask\nmodel: 'small'\n"),
        ("    content: Greet {{ who }}", "    # their name\n    content: \"Greet {{ who }}\""),
        ("      Be {{ mood }}.", "      Be {{ mood }}."),
    )  # fmt: skip
    assert edited(GREET, *again) == ()


def test_line_ends_are_no_edit_and_spaces_are(edited: Edited, repo: GitRepository) -> None:
    (repo.root / TONE).write_bytes(b"Be kind.\r\n{% include \"shared/ending.j2\" %}\r\n")  # fmt: skip
    assert edited(SETTINGS) == ()
    (found,) = edited(TONE, ("Be kind.", "Be kind. "))
    assert found.diff[:2] == ("-Be kind.", "+Be kind. ")


def test_a_partial_is_told_under_its_own_name(edited: Edited) -> None:
    assert edited("prompts/shared/ending.j2", ("nothing", "little")) == (
        FileEdit("prompts/shared/ending.j2", ("-Say nothing else.", "+Say little else.")),
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("role: user", "role: assistant", ("@@ user → assistant @@",)),
        ("  - role: user\n    content: Greet {{ who }}\n", "", ("@@ user (message removed) @@", "-Greet {{ who }}")),
        (
            "  - role: user\n",
            "  - {role: user, content: Greet Ada}\n  - {role: assistant, content: Hi Ada}\n  - role: user\n",
            ("@@ user (new message) @@", "+Greet Ada", "@@ assistant (new message) @@", "+Hi Ada"),
        ),
    ],
)
def test_roles_examples_and_messages_that_go_are_told(
    edited: Edited, old: str, new: str, told: tuple[str, ...]
) -> None:
    assert edited(GREET, (old, new)) == (FileEdit(GREET, told),)


def test_partials_that_only_got_other_names_are_no_edit(edited: Edited, repo: GitRepository) -> None:
    (repo.root / "prompts/shared/ending.j2").rename(repo.root / "prompts/shared/end.j2")
    (repo.root / TONE).unlink()
    write_files(repo.root, {"prompts/style/tone.j2": FILES[TONE].replace("shared/ending.j2", "shared/end.j2")})
    assert edited(GREET, ("shared/tone.j2", "style/tone.j2")) == ()


def test_a_partial_that_was_renamed_and_edited_is_told_by_its_edit_alone(edited: Edited, repo: GitRepository) -> None:
    write_files(repo.root, {GREET: FILES[GREET].replace("shared/tone.j2", "shared/style.j2")})
    assert edited(TONE, ("Be kind.", "Be very kind."), to="prompts/shared/style.j2") == (
        FileEdit(
            "prompts/shared/style.j2",
            ("-Be kind.", "+Be very kind.", ' {% include "shared/ending.j2" %}'),
            was="prompts/shared/tone.j2",
        ),
    )


def test_a_partial_that_is_new_or_not_included_any_more_is_told_whole(edited: Edited) -> None:
    found = edited(TONE, ('{% include "shared/ending.j2" %}\n', ""))
    assert found[0] == FileEdit("prompts/shared/ending.j2", ("-Say nothing else.",))
    assert [one.path for one in found] == ["prompts/shared/ending.j2", TONE]


def test_examples_histories_and_pictures_are_told_as_they_are_written(edited: Edited, repo: GitRepository) -> None:
    """What a file of examples says is told under that file's name, and what is spliced in, in the message's place."""
    mood = "mood: {type: string, default: glad}"
    inputs = f"{mood}, talk: {{type: messages, default: []}}, photo: {{type: image, default: null}}"
    more = (
        "  - examples: shared/few.jsonl\n  - {messages: talk, when: talk}\n"
        "  - role: user\n    content: [{type: text, text: See}, {type: image, image: photo}]\n"
    )
    text = FILES[GREET].replace(mood, inputs)
    repo.commit({GREET: text + more, "prompts/shared/few.jsonl": '{"user": "Hi", "assistant": "Hello"}\n'})
    (one,) = edited("prompts/shared/few.jsonl", ("Hello", "Good day"))
    assert one.path == "prompts/shared/few.jsonl"
    assert [line for line in one.diff if line[:1] in "+-"] == [
        '-{"user": "Hi", "assistant": "Hello"}',
        '+{"user": "Hi", "assistant": "Good day"}',
    ]
    told = edited(GREET, ("{messages: talk, when: talk}", "{messages: talk}"), (", {type: image, image: photo}", ""))
    changed = [line for one in told if one.path == GREET for line in one.diff if line[:1] in "+-"]
    assert "-[when: talk]" in changed
    assert "-[image: photo]" in changed


def test_a_renamed_prompt_says_what_it_was(edited: Edited, repo: GitRepository) -> None:
    write_files(repo.root, {"evals/greet.eval.yml": FILES["evals/greet.eval.yml"].replace("greet", "hail")})
    (found,) = edited(GREET, ("Greet {{ who }}", "Hail {{ who }}"), to="prompts/hail.prompt.yml")
    assert (found.path, found.was, found.diff[1:]) == (
        "prompts/hail.prompt.yml", GREET, ("-Greet {{ who }}", "+Hail {{ who }}"),
    )  # fmt: skip


def test_what_else_a_model_notices_is_told_in_words(edited: Edited) -> None:
    tools = "tools: [{name: send, description: Sends., parameters: {type: object}}]\nresponseFormat: json_object\n"
    (found,) = edited(
        GREET, ("temperature: 0.2", "temperature: 0.7"), ("glad", "calm"), ("messages:", f"{tools}messages:")
    )
    assert (found.path, found.diff) == (GREET, ())
    assert found.settings[:3] == (
        SettingDifference("temperature", "0.2", "0.7"),
        SettingDifference("responseFormat", '"text"', '"json_object"'),
        SettingDifference("input mood.default", '"glad"', '"calm"'),
    )
    assert [one.what for one in found.settings[3:]] == ["tools", "tool send"]


def test_another_model_is_told_where_it_was_named(edited: Edited) -> None:
    (found,) = edited(GREET, ("model: small", "model: large"))
    assert found == FileEdit(GREET, (), (SettingDifference("model", "small (openai/m)", "large (openai/m-large)"),))


def test_what_an_alias_means_is_told_of_the_settings(edited: Edited) -> None:
    (found,) = edited(SETTINGS, ("model: m,", "model: m2, parameters: {temperature: 1, top_p: 0.5},"))
    assert found == FileEdit(
        SETTINGS,
        (),
        (
            SettingDifference("model small", "openai/m", "openai/m2"),
            SettingDifference("model small, top_p", None, "0.5"),
        ),
    )


def test_a_parameter_left_to_the_model_has_the_models_value(edited: Edited, repo: GitRepository) -> None:
    repo.commit({SETTINGS: FILES[SETTINGS].replace("model: m,", "model: m, parameters: {temperature: 1},")})
    (found,) = edited(GREET, ("modelParameters: {temperature: 0.2}\n", ""))
    assert found.settings == (SettingDifference("temperature", "0.2", "1"),)


def test_a_long_edit_is_kept_in_part(edited: Edited, repo: GitRepository) -> None:
    repo.commit({TONE: "\n".join(f"Rule {number}." for number in range(1000)) + "\n"})
    (found,) = edited(TONE, ("Rule 10.", "Rule ten."), ("Rule 900.", "Rule nine hundred. " + "x" * 9000))
    assert found.diff[:5] == (" Rule 8.", " Rule 9.", "-Rule 10.", "+Rule ten.", " Rule 11.")
    assert max(map(len, found.diff)) < 2100
    whole = edited(TONE, *((f"Rule {number}.", f"Law {number}!") for number in range(11, 700)))
    assert (len(whole[0].diff), whole[0].diff[-1][:3]) == (401, "@@ ")


def test_results_carry_it_and_those_without_are_read(repository: RepositoryBuilder) -> None:
    repo = repository()
    with answering() as endpoint:
        repo.commit(files_for(endpoint.url))
        write_files(repo.root, {GREET: POLITE})
        results = evaluate(workspace_at(repo.root), base="HEAD")
    assert results.edit[0].path == GREET
    assert parse_results(serialize_results(results)) == results
    older = json.loads(serialize_results(results))
    del older["edit"]
    assert parse_results(json.dumps(older)).edit == ()


def test_an_edit_of_the_examples_is_told_beside_one_of_the_messages(repo: GitRepository, edited: Edited) -> None:
    name, line = "prompts/greet.jsonl", '{"user": "Greet Bo", "assistant": "Hi!"}\n'
    text = FILES[GREET].replace("  - role: user\n", "  - examples: ./greet.jsonl\n  - role: user\n")
    repo.commit({GREET: text, name: line})
    write_files(repo.root, {GREET: text.replace("Greet {{", "Greet kindly {{")})
    own, examples = edited(name, ("Hi!", "Hello!"))
    assert (own.path, examples.path) == (GREET, name)
    assert examples.diff == (f"-{line.strip()}", f"+{line.strip().replace('Hi!', 'Hello!')}")


def test_examples_that_only_moved_are_no_edit_of_theirs(repo: GitRepository, edited: Edited) -> None:
    name, line = "prompts/greet.jsonl", '{"user": "Greet Bo", "assistant": "Hi!"}\n'
    text = FILES[GREET].replace("  - role: user\n", "  - examples: ./greet.jsonl\n  - role: user\n")
    repo.commit({GREET: text, name: line})
    write_files(repo.root, {GREET: text.replace("./greet.jsonl", "./kept.jsonl")})
    assert [one.path for one in edited(name, to="prompts/kept.jsonl")] == [GREET]
