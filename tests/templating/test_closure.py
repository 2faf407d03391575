from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from promptops.errors import PromptError, SourceError
from promptops.evals.registry import KINDS
from promptops.model.config import ModelSpec, Prices
from promptops.pins.sealing import evaluation_digest, pin_digest
from promptops.source.project import Project
from promptops.source.references import resolve_reference
from promptops.templating.closure import (
    MAX_INCLUDE_DEPTH,
    Closure,
    ReferenceProblem,
    make_closure,
    walk_templates,
)
from promptops.templating.render import Renderer
from tests.conftest import ProjectBuilder, RepositoryBuilder, write_files

MODEL = ModelSpec("small", "openai", "m", "https://x/v1")
HEAD = "inputs: {x: {type: string}, y: {default: 1}}\n"


def prompt(content: str, keys: str = HEAD) -> str:
    body = "".join(f"      {line}\n" for line in content.split("\n"))
    return f"{keys}messages:\n  - role: system\n    content: Hi\n  - role: user\n    content: |\n{body}"


def closure(project: Project, name: str = "a") -> Closure:
    return make_closure(project.source, project.prompt(name), project.template_folder)


def problems(project: Project, name: str = "a") -> list[ReferenceProblem]:
    return list(walk_templates(project.source, project.prompt(name), project.template_folder, {}))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("x.j2", "prompts/x.j2"),
        ("shared/x.j2", "prompts/shared/x.j2"),
        ("./x.j2", "prompts/legal/x.j2"),
        ("../x.j2", "prompts/x.j2"),
        ("../../x.j2", "x.j2"),
        ("shared/../x.j2", "prompts/x.j2"),
        ("../../evals/../x.j2", "x.j2"),
    ],
)
def test_names_begin_at_the_prompts_folder_or_beside_the_file(name: str, path: str) -> None:
    folder = PurePosixPath("prompts")
    assert resolve_reference(name, PurePosixPath("prompts/legal/a.prompt.yml"), folder) == PurePosixPath(path)


@pytest.mark.parametrize("name", ["../../../.env", "/etc/passwd", "a\\..\\..\\x", "C:/x", "x/../../../y", "a\0"])
def test_names_that_lead_out_are_refused(name: str, project: ProjectBuilder) -> None:
    with pytest.raises(SourceError, match="outside the project"):
        resolve_reference(name, PurePosixPath("prompts/legal/a.prompt.yml"), PurePosixPath("prompts"))


@pytest.mark.parametrize(
    "tag",
    [
        '{% include "NAME" %}',
        '{% include "NAME" ignore missing %}',
        '{% import "NAME" as m %}',
        '{% extends "NAME" %}',
        '{% from "NAME" import m %}',
    ],
)
@pytest.mark.parametrize("name", ["../../.env", "/etc/passwd", "link.j2", "folder/secret.j2"])
def test_whatever_the_tag_nothing_outside_is_read(project: ProjectBuilder, tmp_path: Path, tag: str, name: str) -> None:
    (tmp_path / ".env").write_text("SECRET")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.j2").write_text("SECRET")
    root = tmp_path / "root"
    write_files(root, {"prompts/a.prompt.yml": prompt("one\n" + tag.replace("NAME", name)), "real/secret.j2": "SECRET"})
    (root / "prompts/link.j2").symlink_to(tmp_path / ".env")
    (root / "prompts/folder").symlink_to(tmp_path / "outside")
    (problem,) = problems(Project.worktree(root, KINDS))
    assert problem.kind == "outside"
    assert problem.where == "prompts/a.prompt.yml:8"


def test_a_closure_has_every_text_it_reaches_once(project: ProjectBuilder) -> None:
    p = project({
        "prompts/legal/a.prompt.yml": prompt(
            '{% include "shared/x.j2" %}{% include "./local.j2" %}{% include "shared/x.j2" %}'
        ),
        "prompts/shared/x.j2": '{% include "./y.j2" %}x\r\n',
        "prompts/shared/y.j2": "{{ x }}y",
        "prompts/legal/local.j2": '{% include "../shared/y.j2" %}{% include "none.j2" ignore missing %}',
        "prompts/other.j2": "not reached",
    })  # fmt: skip
    found = closure(p, "legal/a")
    assert dict(found.templates) == {
        "prompts/legal/local.j2": '{% include "../shared/y.j2" %}{% include "none.j2" ignore missing %}',
        "prompts/shared/x.j2": '{% include "./y.j2" %}x\n',
        "prompts/shared/y.j2": "{{ x }}y",
    }
    assert Renderer(found).render({"x": "1"})[1].content == "1yx\n1y1yx\n\n"


@pytest.mark.parametrize(
    ("content", "files", "kind", "message", "where"),
    [
        (
            '{% include "b.j2" %}', {"b.j2": '\n{% include "c.j2" %}', "c.j2": '{% include "b.j2" %}'},
            "cycle", "prompts/b.j2 → prompts/c.j2 → prompts/b.j2", "prompts/c.j2:1",
        ),
        (
            '{% include "b.j2" %}', {"b.j2": '{% if x %}{% include "./b.j2" %}{% endif %}'},
            "cycle", "prompts/b.j2 → prompts/b.j2", "prompts/b.j2:1",
        ),
        ('{% include "none.j2" %}', {}, "missing", "'none.j2' cannot be read: no such file", "prompts/a.prompt.yml:7"),
        ("{% include x %}", {}, "missing", "worked out by the template", "prompts/a.prompt.yml:7"),
        ('{% include ["b.j2", "c.j2"] %}', {"b.j2": ""}, "missing", "worked out", "prompts/a.prompt.yml:7"),
        ('{% include "" %}', {}, "missing", "it is a folder", "prompts/a.prompt.yml:7"),
        ('{% include "b.j2" %}', {"b.j2": b"\xff\xfea"}, "missing", "UTF-16", "prompts/a.prompt.yml:7"),
        ("a\n{% if x %}", {}, "syntax", "never closed", "prompts/a.prompt.yml:8"),
        ('{% include "b.j2" %}', {"b.j2": "\n\n{{ 1 + }}"}, "syntax", "", "prompts/b.j2:3"),
        ("{% if x %}" * 400 + "{% endif %}" * 400, {}, "syntax", "too deeply", "prompts/a.prompt.yml:7"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_said_on_its_line(
    project: ProjectBuilder, content: str, files: dict[str, str | bytes], kind: str, message: str, where: str
) -> None:
    p = project({"prompts/a.prompt.yml": prompt(content)} | {f"prompts/{name}": text for name, text in files.items()})
    (problem,) = problems(p)
    assert (problem.kind, problem.where) == (kind, where)
    assert message in problem.message
    with pytest.raises(PromptError):
        closure(p)


def test_a_long_chain_is_refused_and_a_wide_one_is_quick(project: ProjectBuilder) -> None:
    chain = {f"prompts/c{n}.j2": f'{{% include "c{n + 1}.j2" %}}' for n in range(MAX_INCLUDE_DEPTH + 1)}
    wide = {f"prompts/w{n}.j2": f'{{% include "w{n + 1}.j2" %}}' * 2 for n in range(20)} | {"prompts/w20.j2": "x"}
    files = {
        "prompts/a.prompt.yml": prompt('{% include "c0.j2" %}'),
        "prompts/b.prompt.yml": prompt('{% include "w0.j2" %}'),
    }
    p = project(files | chain | wide)
    (problem,) = problems(p)
    assert problem.where == f"prompts/c{MAX_INCLUDE_DEPTH - 1}.j2:1"
    assert f"more than {MAX_INCLUDE_DEPTH}" in problem.message
    assert len(closure(p, "b").templates) == 21


def test_plain_files_reach_nothing(project: ProjectBuilder) -> None:
    p = project({"prompts/a.prompt.yml": prompt('{% include "../../.env" %}', keys="")})
    assert closure(p).templates == {}


def test_includes_come_from_the_same_version(repository: RepositoryBuilder) -> None:
    repo = repository()
    a = prompt('{% include "./part.j2" %}')
    repo.commit({"sub/promptops.yml": "{}\n", "sub/prompts/a.prompt.yml": a, "sub/prompts/part.j2": "old {{ x }}\r\n"})
    write_files(repo.root, {"sub/prompts/part.j2": "new {{ x }}\n"})
    here, there = Project.worktree(repo.root / "sub", KINDS), Project.commit(repo.root / "sub", "HEAD", KINDS)
    for found, text in ((here, "new 1\n\n"), (there, "old 1\n\n")):
        assert Renderer(closure(found)).render({"x": "1"})[1].content == text
    assert pin_digest(closure(here), MODEL) != pin_digest(closure(there), MODEL)
    repo.commit()
    assert pin_digest(closure(Project.commit(repo.root / "sub", "HEAD", KINDS)), MODEL) == pin_digest(
        closure(here), MODEL
    )


# Digests.

FILES = {
    "prompts/a.prompt.yml": prompt(
        '{% include "x.j2" %}{{ x }}', HEAD + "modelParameters: {topP: 1, temperature: 0.5}\n"
    ),
    "prompts/x.j2": '{% include "y.j2" %}\n',
    "prompts/y.j2": "y",
}


@pytest.fixture
def digest(project: ProjectBuilder) -> Callable[..., str]:
    """The pin digest after replacing text in a file (`digest()`: as it is)."""

    def run(file: str = "a.prompt.yml", old: str = "", new: str = "", model: ModelSpec = MODEL) -> str:
        text = FILES[f"prompts/{file}"]
        assert old in text
        return pin_digest(closure(project(FILES | {f"prompts/{file}": text.replace(old, new, 1)})), model)

    return run


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("a.prompt.yml", "content: Hi", "content: Hello"),
        ("a.prompt.yml", "role: system", "role: developer"),
        ("a.prompt.yml", "{{ x }}", "{{x}}"),
        ("a.prompt.yml", "topP: 1", "topP: 0.9"),
        ("a.prompt.yml", "topP: 1, ", ""),
        ("a.prompt.yml", "type: string", "type: number"),
        ("a.prompt.yml", "default: 1", "default: 2"),
        ("a.prompt.yml", "{default: 1}", "{}"),
        ("a.prompt.yml", "messages", "responseFormat: json_object\nmessages"),
        ("a.prompt.yml", "messages", "jsonSchema: {type: object}\nmessages"),
        ("a.prompt.yml", "messages", "tools: [{name: f}]\nmessages"),
        ("x.j2", "\n", ""),
        ("y.j2", "y", "z"),
    ],
)
def test_the_digest_changes_with_what_the_model_sees(digest: Callable[..., str], file: str, old: str, new: str) -> None:
    assert digest(file, old, new) != digest()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("a.prompt.yml", "inputs", "name: n\ndescription: d\ninputs"),
        ("a.prompt.yml", "inputs", "# a comment\ninputs"),
        ("a.prompt.yml", "inputs", "model: other\ninputs"),
        ("a.prompt.yml", "inputs", "promptops: {owners: [ada]}\ninputs"),
        ("a.prompt.yml", "inputs", "testData: [{x: 1}]\nevaluators: [{string: {equals: a}}]\ninputs"),
        ("a.prompt.yml", "topP: 1, temperature: 0.5", "temperature: 0.50, top_p: 1"),
        ("a.prompt.yml", "{type: string}", "{description: new, untrusted: true, type: string}"),
        ("a.prompt.yml", "x: {type: string}, y: {default: 1}", "y: {default: 1}, x: {type: string}"),
        ("a.prompt.yml", "content: Hi", "content: 'Hi'"),
        ("x.j2", "\n", "\r\n"),
    ],
)
def test_the_digest_stays_with_what_it_does_not(digest: Callable[..., str], file: str, old: str, new: str) -> None:
    assert digest(file, old, new) == digest()


def test_the_digest_of_crlf_files_is_that_of_lf_files(project: ProjectBuilder) -> None:
    one = pin_digest(closure(project(FILES)), MODEL)
    windows = {path: text.replace("\n", "\r\n") for path, text in FILES.items()}
    assert pin_digest(closure(project(windows)), MODEL) == one


def test_the_digest_names_the_model_but_no_address_or_price(digest: Callable[..., str]) -> None:
    assert digest(model=ModelSpec("other", "openai", "m", "https://y", "KEY", Prices(1, 2))) == digest()
    assert digest(model=ModelSpec("small", "openai", "n")) != digest()
    assert digest(model=ModelSpec("small", "local", "m")) != digest()


def test_the_digest_is_the_same_in_every_release(digest: Callable[..., str]) -> None:
    # Pins in people's repositories hold it. A change here needs a new FORMAT.
    assert digest() == "sha256:b1cc4826bee5b595383c95115aa2c4ba8622cd23d6704e7a9c5135bccb95df53"


def test_a_digest_says_which_file_each_include_means(project: ProjectBuilder) -> None:
    prompt = (
        'model: m\ninputs: {}\nmessages: [{role: user, content: \'{% include "./x.j2" %}{% include "b/x.j2" %}\'}]\n'
    )
    files = {"prompts/a/x.j2": "one", "prompts/b/x.j2": "two", "prompts/a/p.prompt.yml": prompt}
    found = project(files)
    one = make_closure(found.source, found.prompt("a/p"), found.template_folder)
    moved = one._replace(references={"": {"./x.j2": "prompts/b/x.j2", "b/x.j2": "prompts/b/x.j2"}})
    assert one.references == {"": {"./x.j2": "prompts/a/x.j2", "b/x.j2": "prompts/b/x.j2"}}
    assert pin_digest(one, MODEL) != pin_digest(moved, MODEL)


def test_an_evaluation_digest_also_knows_where_the_model_is(project: ProjectBuilder) -> None:
    found = closure(project(FILES))
    digests = {evaluation_digest(found, MODEL, at) for at in ("https://x", "https://y", "sha256:1")}
    assert len(digests | {pin_digest(found, MODEL)}) == 4
