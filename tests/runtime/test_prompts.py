"""What an application asks for and gets: commits and environments of a repository on this machine, and bundles."""

from __future__ import annotations

import traceback
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from promptops.errors import PinError, PromptError, PromptopsError, RenderError, SourceError
from promptops.model.sealed_prompt import UNKNOWN_ENDPOINT
from promptops.pins.bundle import write_bundle
from promptops.pins.closure_reading import CommitFiles
from promptops.runtime.call import Version
from promptops.runtime.prompts import Prompts
from promptops.runtime.served_prompt import ServedPrompt
from promptops.source.git.commit import Commit
from tests.conftest import GitRepository
from tests.runtime.scene import PARTIAL, SETTINGS, Scene, prompt_text, said, scene_at
from tests.runtime.versions import version, words_in

HEAD = "model: small\n"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """`greet` and `part` in a repository of their own."""
    return scene_at(tmp_path / "repository")


def at_commit(scene: Scene, **files: str) -> Prompts:
    """The prompts of a new commit with these prompt files."""
    found = {f"prompts/{name}.prompt.yml": text for name, text in files.items()}
    return Prompts.from_git(scene.root, commit=scene.repository.commit(found))


def user_message(prompt: ServedPrompt, /, **values: Any) -> str:
    return str(prompt.render(**values).messages()[-1]["content"])


def refusal(prompt: ServedPrompt, /, **values: Any) -> RenderError:
    with pytest.raises(RenderError) as caught:
        prompt.render(**values)
    return caught.value


# A commit.


def test_a_commit_is_served_and_no_later_edit(scene: Scene) -> None:
    scene.edit("Hi")
    (scene.root / "prompts/greet.prompt.yml").write_text("not even YAML: [")
    prompts = Prompts.from_git(str(scene.root), commit=scene.first)
    call = prompts.get("greet").render(name="Ada", tone="dry")
    assert call.messages() == [
        {"role": "system", "content": PARTIAL + "\n"},
        {"role": "user", "content": "Hello, Ada (dry)"},
    ]
    assert call.version == ("greet", scene.first, scene.digest("greet", scene.first), False)
    assert (call.provider, call.model) == ("openai", "gpt-x")
    assert call.parameters == {"temperature": 0, "max_tokens": 40}
    status = prompts.status()
    assert (status.source, status.environment, status.commit) == (str(scene.root), "", scene.first)
    assert (status.fresh, status.prompts, status.failures) == (True, 2, 0)
    assert prompts.refresh().fresh


def test_what_is_served_has_names(scene: Scene) -> None:
    prompts = Prompts.from_git(scene.root, commit=scene.first)
    assert (prompts.names(), list(prompts), len(prompts)) == (["greet", "part"], ["greet", "part"], 2)
    assert "greet" in prompts
    assert "great" not in prompts
    assert 7 not in prompts
    assert repr(prompts.get("greet")) == f"<greet at {scene.first[:7]}>"


@pytest.mark.parametrize(
    ("name", "hint"), [("great", "did you mean 'greet'?"), ("summary", "there are: greet, part"), ("", "there are")]
)
def test_an_unknown_name_is_said_with_the_nearest_one(scene: Scene, name: str, hint: str) -> None:
    with pytest.raises(PinError, match=f"^no prompt called '{name}' is served") as caught:
        Prompts.from_git(scene.root, commit=scene.first).get(name)
    assert hint in caught.value.hint


def test_an_unknown_name_in_an_environment_names_the_environment(scene: Scene) -> None:
    scene.environment({"part": scene.first})
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None)
    with pytest.raises(PinError, match=r"^the environment 'prod': no prompt called 'greet' is served"):
        prompts.get("greet")


def test_a_prompt_that_cannot_be_served_says_why_and_the_others_are(scene: Scene) -> None:
    prompts = at_commit(scene, greet="messages: 5\n", bad_model="model: nope\nmessages: [{role: user, content: Hi}]\n")
    assert prompts.names() == ["part"]
    assert said(prompts, "part") == "Goodbye, Ada (warm)"
    for name, reason in (("greet", "prompts/greet.prompt.yml:1:11"), ("bad_model", "the model 'nope' is not known")):
        with pytest.raises(PromptError) as caught:
            prompts.get(name)
        assert reason in str(caught.value)


def test_asking_for_a_broken_prompt_again_and_again_keeps_nothing(scene: Scene) -> None:
    prompts = at_commit(scene, greet="messages: 5\n")
    depths = set()
    for _ in range(5):
        with pytest.raises(PromptError) as caught:
            prompts.get("greet")
        depths.add(len(traceback.extract_tb(caught.value.__traceback__)))
    assert len(depths) == 1, "an error that is raised anew must not collect what it passed before"


@pytest.mark.parametrize(
    "commit", ["main", "HEAD", "HEAD@{1}", "v1", "--output=x", ":/first", "", "SHORT", "UPPER", "LINE", "REF"]
)
def test_only_a_full_id_is_a_pin(scene: Scene, tmp_path: Path, commit: str) -> None:
    scene.repository.git("tag", "v1")
    full = scene.first
    written = {"SHORT": full[:12], "UPPER": full.upper(), "LINE": f"{full}\n", "REF": f"{full}^0"}.get(commit, commit)
    with pytest.raises(PinError, match="this is not the full id of a commit") as caught:
        Prompts.from_git(scene.root, commit=written)
    assert "git rev-parse" in caught.value.hint
    assert not (scene.root / "x").exists()


def test_a_branch_named_like_a_commit_is_not_that_commit(scene: Scene) -> None:
    second = scene.edit("Hi")
    scene.repository.git("branch", scene.first, second)
    assert said(Prompts.from_git(scene.root, commit=scene.first)) == "Hello, Ada (warm)"
    nothing = "0123456789" * 4
    scene.repository.git("branch", nothing, second)
    with pytest.raises(SourceError, match=f"^{nothing}: no such version"):
        Prompts.from_git(scene.root, commit=nothing)


@pytest.mark.parametrize("name", ["v1", "HEAD^{tree}", "HEAD:prompts/greet.prompt.yml"])
def test_the_id_of_something_else_is_no_commit(scene: Scene, name: str) -> None:
    scene.repository.git("tag", "--annotate", "--message", "first", "v1")
    with pytest.raises(SourceError, match="this object is not a commit"):
        Prompts.from_git(scene.root, commit=scene.repository.git("rev-parse", name))


@pytest.mark.parametrize("both", [True, False])
def test_it_is_either_a_commit_or_an_environment(scene: Scene, both: bool) -> None:
    wanted = {"commit": scene.first, "env": "prod"} if both else {}
    with pytest.raises(PinError, match="give either commit= or env="):
        Prompts.from_git(scene.root, **wanted)  # type: ignore[arg-type]


def test_a_folder_that_is_no_repository_is_said(tmp_path: Path) -> None:
    for folder, message in ((tmp_path, "not in a git repository"), (tmp_path / "none", "no such folder")):
        with pytest.raises(SourceError, match=message):
            Prompts.from_git(folder, commit="0" * 40)


def test_with_a_protected_branch_a_commit_must_be_part_of_it(scene: Scene) -> None:
    scene.repository.git("checkout", "--quiet", "-b", "idea")
    other = scene.edit("Hi")
    assert said(Prompts.from_git(scene.root, commit=other)) == "Hi, Ada (warm)"
    assert said(Prompts.from_git(scene.root, commit=scene.first, protected="main")) == "Hello, Ada (warm)"
    with pytest.raises(PinError, match=f"^commit {other}: it is not part of main"):
        Prompts.from_git(scene.root, commit=other, protected="main")


# An environment.


def test_an_environment_pins_each_prompt_at_its_own_commit(scene: Scene) -> None:
    second = scene.edit("Hi")
    file = scene.environment({"greet": scene.first, "part": second})
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None)
    assert (said(prompts), said(prompts, "part")) == ("Hello, Ada (warm)", "Goodbye, Ada (warm)")
    assert [prompts.get(name).version.commit for name in prompts] == [scene.first, second]
    status = prompts.status()
    assert (status.environment, status.commit, status.prompts) == ("prod", file, 2)


def test_a_new_pin_is_served_after_a_look(scene: Scene) -> None:
    scene.environment({"greet": scene.first})
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None)
    second = scene.edit("Hi")
    assert prompts.refresh().changes == 0, "a commit is nothing that is served"
    assert said(prompts) == "Hello, Ada (warm)"
    scene.environment({"greet": second})
    assert prompts.refresh().changes == 1
    assert said(prompts) == "Hi, Ada (warm)"
    assert prompts.render("greet", name="Ada").version.commit == second


def test_the_environment_is_read_as_committed_and_not_as_edited(scene: Scene) -> None:
    scene.environment({"greet": scene.first})
    (scene.root / "environments/prod.yml").write_text("pins: {}\n")
    assert Prompts.from_git(scene.root, env="prod", refresh=None).names() == ["greet"]


def test_the_environment_of_a_branch_is_followed_where_ref_names_it(scene: Scene) -> None:
    scene.environment({"greet": scene.first})
    scene.repository.git("checkout", "--quiet", "-b", "release")
    second = scene.edit("Hi")
    scene.environment({"greet": second})
    scene.repository.git("tag", "v1")
    scene.repository.git("checkout", "--quiet", "main")
    for ref, words in ((None, "Hello"), ("main", "Hello"), ("release", "Hi"), ("v1", "Hi"), ("heads/release", "Hi")):
        assert said(Prompts.from_git(scene.root, env="prod", ref=ref, refresh=None)) == f"{words}, Ada (warm)", ref


@pytest.mark.parametrize("ref", ["--output=x", "none", "-h", "a b", "main\n"])
def test_a_ref_that_is_none_is_refused(scene: Scene, ref: str) -> None:
    scene.environment({"greet": scene.first})
    with pytest.raises(SourceError):
        Prompts.from_git(scene.root, env="prod", ref=ref, refresh=None)
    assert not (scene.root / "x").exists()


def test_a_pin_that_was_never_merged_is_refused_unless_that_is_waived(scene: Scene) -> None:
    scene.repository.git("checkout", "--quiet", "-b", "idea")
    other = scene.edit("Hi")
    scene.repository.git("checkout", "--quiet", "main")
    scene.environment({"greet": other})
    with pytest.raises(PinError, match=f"^commit {other}: it is not part of the default branch") as caught:
        Prompts.from_git(scene.root, env="prod", refresh=None)
    assert "merge it there first" in caught.value.hint
    with pytest.raises(PinError, match="it is not part of main"):
        Prompts.from_git(scene.root, env="prod", protected="main", refresh=None)
    assert said(Prompts.from_git(scene.root, env="prod", any_commit=True, refresh=None)) == "Hi, Ada (warm)"
    assert said(Prompts.from_git(scene.root, env="prod", protected="idea", refresh=None)) == "Hi, Ada (warm)"


def test_a_digest_that_does_not_fit_is_never_served(scene: Scene) -> None:
    second = scene.edit("Hi")
    wrong = {"commit": second, "digest": scene.digest("greet", scene.first)}
    scene.environment({"greet": wrong})
    with pytest.raises(PinError, match=f"^greet at commit {second[:7]}: its digest is sha256:.* is pinned"):
        Prompts.from_git(scene.root, env="prod", refresh=None)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../prod", "a/b", "a\\b", "prod.yml/..", "/prod", "prod\n", "pr\0od", "-x", "a b", "x" * 101],
)
def test_what_is_no_name_of_an_environment_is_refused(scene: Scene, name: str) -> None:
    with pytest.raises(PinError, match="this is not the name of an environment") as caught:
        Prompts.from_git(scene.root, env=name)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["prod", "eu-west_2", "v1.2", "größe", "2026"])
def test_what_is_a_name_is_looked_for(scene: Scene, name: str) -> None:
    with pytest.raises(PinError, match=f"there is no environments/{name}.yml at"):
        Prompts.from_git(scene.root, env=name)
    scene.environment({"greet": scene.first}, name)
    assert Prompts.from_git(scene.root, env=name, refresh=None).status().environment == name


def test_a_misspelt_environment_is_said_with_those_there_are(scene: Scene) -> None:
    scene.environment({"greet": scene.first}, "staging")
    with pytest.raises(PinError, match=r"no environments/prod\.yml") as caught:
        Prompts.from_git(scene.root, env="prod")
    assert caught.value.hint == "there are: staging"


@pytest.mark.parametrize("text", ["pins: {}\n", "pins:\n", "pins: null\n"])
def test_an_environment_may_pin_nothing(scene: Scene, text: str) -> None:
    scene.repository.commit({"environments/prod.yml": text})
    assert len(Prompts.from_git(scene.root, env="prod", refresh=None)) == 0


def test_a_last_pin_that_was_taken_out_is_no_longer_served(scene: Scene) -> None:
    scene.environment({"greet": scene.first})
    prompts = Prompts.from_git(scene.root, env="prod", refresh=None)
    scene.repository.commit({"environments/prod.yml": "pins:\n"})
    assert prompts.refresh().fresh
    assert prompts.names() == []


# Where the project lies.


def monorepo(folder: Path) -> tuple[GitRepository, str]:
    """Two projects in folders of one repository; each has a `greet` of its own and the second includes by `./`."""
    repository = GitRepository(folder)
    own = prompt_text("Hi").replace("shared/style.j2", "./style.j2")
    first = repository.commit({
        "one/promptops.yml": SETTINGS,
        "one/prompts/shared/style.j2": "one",
        "one/prompts/greet.prompt.yml": prompt_text("Hello"),
        "teams/two/promptops.yml": SETTINGS,
        "teams/two/prompts/style.j2": "two",
        "teams/two/prompts/greet.prompt.yml": own,
    })  # fmt: skip
    return repository, first


def test_a_project_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    repository, first = monorepo(tmp_path / "mono")
    bare = tmp_path / "bare.git"
    repository.git("clone", "--quiet", "--bare", str(repository.root), str(bare))
    for where, subdirectory, words in (
        (repository.root, "one", "Hello"),
        (repository.root, "teams/two", "Hi"),
        (repository.root / "one", "", "Hello"),
        (repository.root / "teams", "two", "Hi"),
        (bare, "teams/two", "Hi"),
    ):
        prompts = Prompts.from_git(where, commit=first, subdirectory=subdirectory)
        assert said(prompts) == f"{words}, Ada (warm)", (where, subdirectory)


def test_an_environment_of_a_project_in_a_folder_of_a_bare_repository(tmp_path: Path) -> None:
    repository, first = monorepo(tmp_path / "mono")
    digest = Prompts.from_git(repository.root, commit=first, subdirectory="teams/two").get("greet").version.digest
    file = f"pins:\n  greet: {{commit: {first}, digest: '{digest}'}}\n"
    repository.commit({"teams/two/environments/prod.yml": file})
    bare = tmp_path / "bare.git"
    repository.git("clone", "--quiet", "--bare", str(repository.root), str(bare))
    prompts = Prompts.from_git(bare, env="prod", subdirectory="teams/two", refresh=None)
    assert said(prompts) == "Hi, Ada (warm)"
    with pytest.raises(PinError, match=r"there is no environments/prod\.yml"):
        Prompts.from_git(bare, env="prod", subdirectory="one", refresh=None)
    repository.commit({"teams/two/environments/prod.yml": "pins: {}\n"})
    repository.git("push", "--quiet", str(bare), "main")
    assert (prompts.refresh().fresh, prompts.names()) == (True, [])


def test_a_link_to_the_repository_is_the_repository(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(scene.root)
    assert said(Prompts.from_git(tmp_path / "link", commit=scene.first)) == "Hello, Ada (warm)"


# Bundles.


def bundle_of(scene: Scene, file: Path, commit: str) -> str:
    """Write what the commit serves; its digest."""
    found = Prompts.from_git(scene.root, commit=commit)._refresher.current.bundle
    file.write_bytes(write_bundle(found))
    return file.read_text("utf-8").splitlines()[-1]


def test_a_bundle_serves_what_the_commit_serves(scene: Scene, tmp_path: Path) -> None:
    digest = bundle_of(scene, tmp_path / "a.bundle", scene.first)
    from_git = Prompts.from_git(scene.root, commit=scene.first)
    file = tmp_path / "a.bundle"
    for prompts in (Prompts.from_bundle(file), Prompts.from_bundle(str(file), digest=digest)):
        assert prompts.names() == from_git.names()
        for name in prompts:
            served, call = prompts.get(name).render(name="Ada"), from_git.get(name).render(name="Ada")
            assert served == call._replace(endpoint=UNKNOWN_ENDPOINT), "where a model is called is in no bundle"
            assert call.endpoint.alias == "small"
        status = prompts.refresh()
        assert (status.source, status.commit, status.fresh, status.changes) == ("bundle", scene.first, True, 0)


def test_a_bundle_needs_neither_the_repository_nor_its_own_file_once_it_is_read(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "a.bundle"
    bundle_of(scene, file, scene.first)
    prompts = Prompts.from_bundle(file)
    file.unlink()
    assert prompts.refresh().fresh
    assert said(prompts) == "Hello, Ada (warm)"


def test_another_bundle_than_the_one_that_was_meant_is_refused(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "a.bundle"
    digest = bundle_of(scene, file, scene.first)
    bundle_of(scene, file, scene.edit("Hi"))
    with pytest.raises(PinError, match=f"a.bundle: its digest is sha256:.*, not {digest}") as caught:
        Prompts.from_bundle(file, digest=digest)
    assert "promptops bundle" in caught.value.hint


@pytest.mark.parametrize("position", [0, 5, 200, -100, -70, -1])
def test_a_bundle_with_one_other_byte_is_refused(scene: Scene, tmp_path: Path, position: int) -> None:
    file = tmp_path / "a.bundle"
    bundle_of(scene, file, scene.first)
    data = bytearray(file.read_bytes())
    data[position] ^= 1
    file.write_bytes(data)
    with pytest.raises(PinError):
        Prompts.from_bundle(file)


def test_a_bundle_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the bundle cannot be read"):
        Prompts.from_bundle(tmp_path / "none.bundle")


# Filling.


def test_inputs_are_checked_and_the_error_says_which_one_and_what_it_must_be(scene: Scene) -> None:
    greet = Prompts.from_git(scene.root, commit=scene.first).get("greet")
    problem = refusal(greet)
    assert str(problem) == "greet: the input 'name' has no value"
    assert "give a value for 'name'" in problem.hint
    problem = refusal(greet, name="Ada", nmae="Bob")
    assert str(problem) == "greet: no input is called 'nmae'"
    assert problem.hint == "the inputs are: name, tone"
    assert str(refusal(greet, name=7)) == "greet: the input 'name' does not fit: the value must be string, not integer"
    assert str(refusal(greet, name=None)).endswith("the value must be string, not null")
    assert "'name' does not fit: the value must be at least 1 character long" in str(refusal(greet, name=""))
    assert "'tone' does not fit: the value must be one of 'warm', 'dry'" in str(refusal(greet, name="A", tone="x"))


def test_an_error_does_not_repeat_the_value(scene: Scene) -> None:
    greet = Prompts.from_git(scene.root, commit=scene.first).get("greet")
    for values in ({"name": ["secret"]}, {"name": "A", "tone": "secret"}):
        problem = refusal(greet, **values)
        assert "secret" not in f"{problem}{problem.hint}"


def test_inputs_are_told_by_name(scene: Scene) -> None:
    inputs = Prompts.from_git(scene.root, commit=scene.first).get("greet").inputs
    assert list(inputs) == ["name", "tone"]
    assert inputs["name"].schema == {"type": "string", "minLength": 1}
    assert (inputs["name"].required, inputs["tone"].required, inputs["tone"].default) == (True, False, "warm")


@pytest.mark.parametrize("value", ["{{ tone }}", "{% if %}", "{# no", "{{", "%}", "a\r\nb", "\0", "😀 ‮"])
def test_a_value_comes_out_as_it_went_in(scene: Scene, value: str) -> None:
    greet = Prompts.from_git(scene.root, commit=scene.first).get("greet")
    assert user_message(greet, name=value) == f"Hello, {value} (warm)"


def test_a_plain_prompt_replaces_names_and_nothing_else(scene: Scene) -> None:
    text = HEAD + "messages: [{role: user, content: '{{ name }}{{#if x}} {% 5 {{self}}'}]\n"
    plain = at_commit(scene, plain=text).get("plain")
    assert user_message(plain, name="{{self}}", self="me") == "{{self}}{{#if x}} {% 5 me"
    problem = refusal(plain, self="me")
    assert str(problem) == "plain (user message): no value for 'name'"
    assert problem.hint.startswith("give a value for 'name'")


def test_includes_macros_and_inheritance_come_from_the_pinned_version(scene: Scene) -> None:
    text = HEAD + (
        "inputs: {who: {}}\nmessages:\n  - role: user\n    content: |-\n"
        '      {% extends "legal/base.j2" %}{% block body %}{% from "shared/m.j2" import bold %}{{ bold(who) }}'
        '{% include "./part.j2" %}{{ super() }}{% endblock %}\n'
    )
    first = scene.repository.commit({
        "prompts/legal/x.prompt.yml": text,
        "prompts/legal/base.j2": "<{% block body %}base{% endblock %}>",
        "prompts/legal/part.j2": '[{% include "../shared/deep.j2" %}]',
        "prompts/shared/deep.j2": "deep {{ who }}",
        "prompts/shared/m.j2": "{% macro bold(x) %}**{{ x }}**{% endmacro %}",
    })  # fmt: skip
    scene.repository.commit({"prompts/shared/deep.j2": "another text"})
    prompts = Prompts.from_git(scene.root, commit=first)
    assert user_message(prompts.get("legal/x"), who="Ada") == "<**Ada**[deep Ada]base>"


def test_inputs_may_be_called_like_our_own_arguments(scene: Scene) -> None:
    inputs = "inputs: {prompt: {}, key: {}, values: {}}\n"
    text = f"{HEAD}{inputs}messages: [{{role: user, content: '{{{{prompt}}}}{{{{key}}}}{{{{values}}}}'}}]\n"
    prompts = at_commit(scene, x=text)
    values = {"prompt": "a", "key": "b", "values": "c"}
    assert prompts.render("x", **values).messages()[0]["content"] == "abc"
    assert user_message(prompts.get("x"), **values) == "abc"


def test_each_file_is_read_once_for_each_commit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = CommitFiles.add

    def counting(self: CommitFiles, path: PurePosixPath, data: bytes) -> None:
        read.append(str(path))
        real(self, path, data)

    monkeypatch.setattr(CommitFiles, "add", counting)
    monkeypatch.setattr(Commit, "read", lambda self, path: read.append(str(path)))
    prompts = Prompts.from_git(scene.root, commit=scene.first)
    assert "prompts/shared/style.j2" in read
    assert len(read) == len(set(read))
    del read[:]
    said(prompts)
    prompts.refresh()
    assert read == [], "neither a call nor a look at a pinned commit reads anything"


def test_every_refusal_is_one_of_ours(scene: Scene) -> None:
    prompts = Prompts.from_git(scene.root, commit=scene.first)
    for name, values in (("greet", {"name": object()}), ("greet", {"name": {1: 2}}), ("none", {})):
        with pytest.raises(PromptopsError):
            prompts.render(name, **values)


def test_a_version_without_a_commit_is_one_of_the_work_tree() -> None:
    sealed = version("one")
    found = ServedPrompt(Version("greet", None, sealed.digest), sealed)
    assert repr(found) == "<greet at the work tree>"
    assert words_in(found.render(name="Ada")) == {"one"}
