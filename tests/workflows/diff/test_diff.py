"""Two versions of a project compared over real repositories: what changed for a model, and whom it reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptops.errors import PromptopsError
from promptops.model.edit import FileEdit, SettingDifference
from promptops.model.outcomes.diff import Impact, ProjectDiff, PromptDiff
from promptops.templating.closure import Closure
from promptops.templating.render import Renderer
from promptops.workflows.diff.diff import DiffChoice, compare
from tests.conftest import Files, GitRepository, RepositoryBuilder, write_files
from tests.workflows.scene import workspace_at

SETTINGS = "models:\n  small: {provider: openai, model: m, baseUrl: 'http://127.0.0.1:9/v1'}\n"
GREET = (
    "inputs: {who: {type: string}}\nmodel: small\nmessages:\n"
    "  - {role: system, content: '{% include \"shared/tone.j2\" %}'}\n"
    "  - {role: user, content: 'Greet {{ who }}'}\n"
    "promptops: {owners: ['@acme/words']}\n"
)
BYE = "inputs: {who: {type: string}}\nmodel: small\nmessages: [{role: user, content: 'Say bye to {{ who }}'}]\n"
SUITE = (
    "prompt: greet\ntestData:\n  - {id: ada, who: Ada}\n  - {id: bob, who: Bob}\n"
    "  - {id: eve, who: Eve, split: held-out}\nevaluators: [{string: {contains: x}}]\n"
)
PINS = f"pins:\n  greet: {{commit: '{'a' * 40}', digest: 'sha256:{'b' * 64}'}}\n"
FILES: Files = {
    "promptops.yml": SETTINGS,
    "prompts/greet.prompt.yml": GREET,
    "prompts/bye.prompt.yml": BYE,
    "prompts/shared/tone.j2": "Be kind.\n",
    "evals/greet.eval.yml": SUITE,
    "environments/prod.yml": PINS,
}


@pytest.fixture
def repo(repository: RepositoryBuilder) -> GitRepository:
    """One commit: two prompts, one of them with a partial, a suite and a pin."""
    found = repository()
    found.commit(FILES)
    return found


def diff(
    repo: GitRepository,
    edits: Files | None = None,
    *names: str,
    base: str | None = None,
    head: str | None = None,
    at: str | None = None,
) -> ProjectDiff:
    write_files(repo.root, edits or {})
    return compare(workspace_at(repo.root), DiffChoice(base, head, at, names))


def only(found: ProjectDiff) -> PromptDiff:
    (prompt,) = found.prompts
    return prompt


def edited(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


# Which versions


def test_nothing_changed(repo: GitRepository) -> None:
    found = diff(repo)
    assert (found.prompts, found.shared, found.unchanged) == ((), (), 2)
    assert found.base_words == "the last commit, which main has too"


def test_what_no_model_receives_is_no_change(repo: GitRepository) -> None:
    told = edited(GREET, "owners: ['@acme/words']", "owners: ['@acme/law']") + "name: Greeting\n"
    assert diff(repo, {"prompts/greet.prompt.yml": told}).prompts == ()


def test_the_base_is_where_the_work_left_a_branch(repo: GitRepository) -> None:
    fork = repo.git("rev-parse", "HEAD")
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit({"prompts/bye.prompt.yml": edited(BYE, "Say bye", "Say goodbye")})
    repo.git("switch", "--quiet", "main")
    repo.commit({"prompts/greet.prompt.yml": edited(GREET, "Greet", "Hail")})
    repo.git("switch", "--quiet", "work")
    for found in (diff(repo), diff(repo, base="main"), diff(repo, at="work")):
        assert (found.base_commit, found.base_words) == (fork, "where this work left main")
        assert only(found).id == "bye"
    exact = diff(repo, base="main", head="work")
    assert [prompt.id for prompt in exact.prompts] == ["bye", "greet"]
    assert exact.notes == (
        "main has changes that work does not have, and they look undone here; "
        "for what work itself changed: promptops diff main --at work",
    )
    assert [one.id for one in diff(repo, base=fork, head="work").prompts] == ["bye"]
    assert diff(repo, base=fork, head="work").notes == ()


def test_outside_git_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    with pytest.raises(PromptopsError, match="not in a git repository"):
        compare(workspace_at(tmp_path), DiffChoice())


@pytest.mark.parametrize("broken_before", [True, False])
def test_settings_that_cannot_be_read_on_one_side_stop_nobody(repo: GitRepository, broken_before: bool) -> None:
    before, now = ("models: [", SETTINGS) if broken_before else (SETTINGS, "models: [")
    repo.commit({"promptops.yml": before})
    found = diff(repo, {"promptops.yml": now, "prompts/bye.prompt.yml": edited(BYE, "bye", "good night")})
    assert [prompt.id for prompt in found.prompts] == ["bye"]
    assert "cannot be read, so the other version's are taken" in found.notes[0]


# What changed


def test_a_shared_partial_is_told_in_the_messages_of_real_cases(repo: GitRepository) -> None:
    found = diff(repo, {"prompts/shared/tone.j2": "Be very kind.\n"})
    prompt = only(found)
    assert (prompt.id, prompt.status, found.unchanged) == ("greet", "changed", 1)
    assert [(case.case, case.held_out) for case in prompt.cases] == [("ada", False), ("bob", False), ("eve", True)]
    assert prompt.cases[0].base == (("system", "Be kind.\n"), ("user", "Greet Ada"))
    assert prompt.cases[0].head == (("system", "Be very kind.\n"), ("user", "Greet Ada"))
    assert (prompt.cases[0].base_tokens, prompt.cases[0].head_tokens) == (3 + 3, 4 + 3)
    assert prompt.edit == (FileEdit("prompts/shared/tone.j2", ("-Be kind.", "+Be very kind.")),)
    assert prompt.digests[0] != prompt.digests[1]
    (shared,) = found.shared
    assert (shared.kind, shared.what, shared.status) == ("template", "prompts/shared/tone.j2", "changed")
    assert shared.reach == Impact(("greet",), ("@acme/words",), (), ("greet",), ("prod",))


def test_only_changed_prompts_are_rendered(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({f"prompts/p{number}.prompt.yml": edited(BYE, "bye", f"bye {number}") for number in range(20)})
    filled: list[str] = []
    make = Renderer.__init__

    def watched(self: Renderer, closure: Closure) -> None:
        filled.append(closure.prompt.id)
        make(self, closure)

    monkeypatch.setattr(Renderer, "__init__", watched)
    found = diff(repo, {"prompts/shared/tone.j2": "Be very kind.\n"})
    assert (filled, found.unchanged) == (["greet", "greet"], 21)


def test_a_model_alias_reaches_all_that_name_it(repo: GitRepository) -> None:
    judge = "evaluators: [{judge: {question: Is it?, model: small}}]\n"
    judge = f"prompt: bye\nmodels: [other]\ntestData: [{{who: Ada}}]\n{judge}"
    repo.commit({"evals/judged.eval.yml": judge, "promptops.yml": SETTINGS + "  other: {provider: local}\n"})
    settings = edited(SETTINGS, "model: m,", "model: m2,") + "  other: {provider: local}\n"
    found = diff(repo, {"promptops.yml": settings})
    assert [prompt.id for prompt in found.prompts] == ["bye", "greet"]
    assert found.prompts[0].differences == (SettingDifference("model", "small (openai/m)", "small (openai/m2)"),)
    (shared,) = found.shared
    assert (shared.kind, shared.what) == ("model", "small")
    assert (shared.old, shared.new) == ("openai/m at http://127.0.0.1:9/v1", "openai/m2 at http://127.0.0.1:9/v1")
    assert shared.reach == Impact(("bye", "greet"), ("@acme/words",), ("bye",), ("judged", "greet"), ("prod",))


def test_other_parameters_of_a_model_are_a_difference_of_each_prompt_that_does_not_set_them(
    repo: GitRepository,
) -> None:
    found = diff(repo, {"promptops.yml": edited(SETTINGS, "model: m,", "model: m, parameters: {temperature: 0.5},")})
    assert found.prompts[0].differences == (SettingDifference("temperature", None, "0.5"),)
    (shared,) = found.shared
    assert (shared.old, shared.new) == (
        "openai/m at http://127.0.0.1:9/v1",
        'openai/m at http://127.0.0.1:9/v1 with {"temperature": 0.5}',
    )


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ("", "extraBody: {top_k: 3}", 'openai/m at http://127.0.0.1:9/v1 with {"extra_body": {"top_k": 3}}'),
        ("", "headers: {X-V: b, Authorization: {env: A}}", "openai/m at http://127.0.0.1:9/v1 x-v=b"),
        ("query: {v: '1'}", "query: {v: '2'}", "openai/m at http://127.0.0.1:9/v1?v=2"),
        ("", "baseUrlEnv: GATEWAY", "openai/m at $GATEWAY or http://127.0.0.1:9/v1"),
    ],
)
def test_another_place_or_body_of_a_model_is_told_without_secrets(
    repo: GitRepository, old: str, new: str, after: str
) -> None:
    def settings(more: str) -> str:
        given = f"model: m, {more}," if more else "model: m,"
        return edited(SETTINGS, "model: m,", given)

    repo.commit({"promptops.yml": settings(old)})
    found = diff(repo, {"promptops.yml": settings(new)})
    (change,) = found.shared
    assert (change.what, change.new) == ("small", after)


def test_a_model_that_only_a_suite_asks_reaches_that_suite(repo: GitRepository) -> None:
    other = "  other: {provider: openai, model: %s, baseUrl: 'http://127.0.0.1:9/v1'}\n"
    asked = "prompt: bye\nmodels: [other]\ntestData: [{who: Ada}]\nevaluators: [{string: {contains: x}}]\n"
    repo.commit({"evals/asked.eval.yml": asked, "promptops.yml": SETTINGS + other % "a"})
    found = diff(repo, {"promptops.yml": SETTINGS + other % "b"})
    assert (found.prompts, found.shared[0].reach) == ((), Impact(suites=("asked",)))


def test_another_address_changes_no_prompt_and_is_told(repo: GitRepository) -> None:
    found = diff(repo, {"promptops.yml": edited(SETTINGS, "http://127.0.0.1:9", "http://me:secret@127.0.0.1:8")})
    assert (found.prompts, found.unchanged) == ((), 2)
    assert found.shared[0].new == "openai/m at http://127.0.0.1:8/v1"
    assert found.shared[0].reach.prompts == ("bye", "greet")


def test_a_partial_that_no_prompt_includes_is_told(repo: GitRepository) -> None:
    found = diff(repo, {"prompts/shared/unused.j2": "x"})
    assert (found.prompts, found.shared[0].what, found.shared[0].reach) == ((), "prompts/shared/unused.j2", Impact())


def test_new_and_deleted_prompts(repo: GitRepository) -> None:
    (repo.root / "prompts/greet.prompt.yml").unlink()
    found = diff(repo, {"prompts/new.prompt.yml": edited(BYE, "Say bye to {{ who }}", "Count to {{ who }} in French")})
    assert [(prompt.id, prompt.status) for prompt in found.prompts] == [("greet", "deleted"), ("new", "new")]
    assert found.prompts[0].notes == (
        "the suite 'greet' still tests 'greet', which is not there any more",
        "prod still pins 'greet' and keeps the version it pinned",
    )


def test_a_renamed_prompt_is_one_and_not_two(repo: GitRepository) -> None:
    (repo.root / "prompts/greet.prompt.yml").unlink()
    prompt = only(diff(repo, {"prompts/hail.prompt.yml": GREET}))
    assert (prompt.id, prompt.was, prompt.was_path, prompt.status) == (
        "hail", "greet", "prompts/greet.prompt.yml", "renamed",
    )  # fmt: skip
    changed = only(diff(repo, {"prompts/hail.prompt.yml": edited(GREET, "Greet {{", "Hail {{")}))
    assert (changed.id, changed.was, changed.status) == ("hail", "greet", "changed")
    assert [case.case for case in changed.cases] == ["ada", "bob", "eve"]  # of the suite that has the old name


def test_a_moved_file_keeps_its_identifier(repo: GitRepository) -> None:
    (repo.root / "prompts/bye.prompt.yml").rename(repo.root / "prompts/bye.prompt.yaml")
    prompt = only(diff(repo))
    assert (prompt.id, prompt.was, prompt.was_path, prompt.status) == ("bye", "", "prompts/bye.prompt.yml", "renamed")


@pytest.mark.parametrize("broken_before", [True, False])
def test_a_prompt_that_cannot_be_loaded_is_told_and_stops_no_other(repo: GitRepository, broken_before: bool) -> None:
    before, now = ("messages: [", BYE) if broken_before else (BYE, "messages: [")
    repo.commit({"prompts/bye.prompt.yml": before})
    found = diff(repo, {"prompts/bye.prompt.yml": now, "prompts/shared/tone.j2": "Be brief.\n"})
    assert [(prompt.id, prompt.status) for prompt in found.prompts] == [("bye", "unreadable"), ("greet", "changed")]
    assert [bool(error) for error in found.prompts[0].errors] == [broken_before, not broken_before]


def test_a_case_that_fits_one_version_only_says_why(repo: GitRepository) -> None:
    prompt = only(
        diff(
            repo,
            {"prompts/greet.prompt.yml": edited(GREET, "{who: {type: string}}", "{who: {type: string}, tone: {}}")},
        )
    )
    assert all(case.base is not None and case.head is None for case in prompt.cases)
    assert "the input 'tone' has no value" in prompt.cases[0].head_problem


def test_an_unknown_model_stops_nothing(repo: GitRepository) -> None:
    prompt = only(diff(repo, {"prompts/bye.prompt.yml": edited(BYE, "model: small", "model: huge")}))
    assert prompt.differences == (SettingDifference("model", "small (openai/m)", "huge"),)
    assert (prompt.digests[0] is None, prompt.digests[1]) == (False, None)
    assert "the model 'huge' is not known" in prompt.notes[0]
    repo.commit()
    assert diff(repo).prompts == ()
    assert only(diff(repo, {"prompts/bye.prompt.yml": edited(BYE, "model: small", "model: bigger")})).digests == (
        None,
        None,
    )


def test_everything_besides_the_messages_is_told_by_name(repo: GitRepository) -> None:
    more = (
        "modelParameters: {temperature: %s}\nresponseFormat: json_schema\n"
        "jsonSchema: {name: n, schema: {type: object, properties: {due: {type: %s}}}}\n"
        "tools: [{name: send, description: %s, parameters: {type: object}}%s]\n"
    )
    repo.commit({"prompts/bye.prompt.yml": BYE + more % (0, "string", "Sends.", "")})
    now = edited(BYE, "{who: {type: string}}", "{who: {type: string, default: you}, mood: {default: null}}")
    prompt = only(diff(repo, {"prompts/bye.prompt.yml": now + more % (0.7, "integer", "Posts.", ", {name: stop}")}))
    assert prompt.differences == (
        SettingDifference("temperature", "0", "0.7"),
        SettingDifference("jsonSchema.schema.properties.due.type", '"string"', '"integer"'),
        SettingDifference("input who.default", None, '"you"'),
        SettingDifference("input mood", None, '{"default": null}'),
        SettingDifference("tools", '["send"]', '["send", "stop"]'),
        SettingDifference("tool send.description", '"Sends."', '"Posts."'),
        SettingDifference("tool stop", None, '{"name": "stop"}'),
    )


def test_cases_of_two_suites_are_told_apart_and_the_same_case_is_one(repo: GitRepository) -> None:
    other = SUITE.replace("who: Bob", "who: Robert").replace(
        "{id: ada, who: Ada}", "{id: ada, who: Ada, split: held-out}"
    )
    repo.commit({"evals/other.eval.yml": other})
    prompt = only(diff(repo, {"prompts/shared/tone.j2": "Be brief.\n"}))
    assert [(case.case, case.held_out) for case in prompt.cases] == [
        ("ada", True), ("bob", False), ("eve", True), ("bob (other)", False),
    ]  # fmt: skip


def test_suites_and_environments_that_cannot_be_read_are_said(repo: GitRepository) -> None:
    repo.commit({"evals/broken.eval.yml": "prompt: [", "environments/test.yml": "pins: {greet: {commit: main}}\n"})
    found = diff(repo, {"prompts/shared/tone.j2": "Be brief.\n"})
    assert only(found).reach.environments == ("prod",)
    assert [note[:40] for note in found.notes] == [
        "the suite 'broken' cannot be read, so it",
        "what 'test' pins cannot be said (environ",
    ]
    assert diff(repo, {"prompts/shared/tone.j2": "Be kind.\n"}).notes == ()


# One prompt


def test_one_prompt_is_shown_and_a_shared_change_still_reaches_all(repo: GitRepository) -> None:
    repo.commit({"prompts/hail.prompt.yml": edited(GREET, "Greet", "Hail")})
    edits = {"prompts/shared/tone.j2": "Be brief.\n", "prompts/bye.prompt.yml": edited(BYE, "bye", "good night")}
    found = diff(repo, edits, "prompts/hail.prompt.yml")
    assert only(found).id == "hail"
    assert found.shared[0].reach.prompts == ("greet", "hail")
    assert (diff(repo, {}, "bye").shared, only(diff(repo, {}, "bye")).id) == ((), "bye")


def test_a_prompt_that_neither_version_has_is_named_with_the_nearest(repo: GitRepository) -> None:
    with pytest.raises(PromptopsError, match="no prompt called 'gret'") as raised:
        diff(repo, {}, "gret")
    assert raised.value.hint == "did you mean 'greet'?"
    (repo.root / "prompts/greet.prompt.yml").unlink()
    assert only(diff(repo, {}, "greet")).status == "deleted"
