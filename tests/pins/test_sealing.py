"""What a digest covers is enough to fill a prompt, and nothing else is ever filled."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.errors import PinError, PromptopsError, RenderError
from promptops.model.canonical_json import canonical_json
from promptops.model.chat.message_template import text_message
from promptops.model.config import ModelSpec
from promptops.model.prompt import Input, Prompt
from promptops.model.sealed_prompt import FORMATS, SealedPrompt, content_digest
from promptops.pins.sealing import pin_digest, seal_closure, seal_prompt
from promptops.pins.unsealing import unseal
from promptops.source.project import Project
from promptops.templating.closure import ITSELF, Closure, make_closure
from promptops.templating.render import Renderer
from tests.conftest import ProjectBuilder

MODEL = ModelSpec("small", "openai", "org/gpt-x")
BASE, PART = "prompts/base.j2", "prompts/lib/part.j2"
FILES = {
    "promptops.yml": "models: {small: {provider: openai, model: gpt-x}}\n",
    "prompts/legal/clause.prompt.yml": (
        "name: A clause\nmodel: small\nmodelParameters: {temperature: 0.5, maxTokens: 9}\n"
        "inputs: {who: {type: string, untrusted: true}, how: {enum: [warm, dry], default: dry}, no: {default: null}}\n"
        "messages:\n  - {role: system, content: 'é 😀'}\n"
        "  - role: user\n    content: |\n"
        '      {% extends "base.j2" %}{% block a %}{% include "./part.j2" %}{% endblock %}\n'
        "  - {role: assistant, content: 'So {{ who }}{{ no }}'}\n"
        "responseFormat: json_schema\njsonSchema: {name: n, schema: {type: object}}\ntools: [{name: f}]\n"
        "testData: [{who: x}]\nevaluators: [{name: e, string: {contains: x}}]\n"
    ),
    "prompts/base.j2": "<{% block a %}{% endblock %}>\r\n",
    "prompts/legal/part.j2": '{% from "lib/m.j2" import bold %}{{ bold(who) }}{{ how }}',
    "prompts/lib/m.j2": "{% macro bold(x) %}**{{ x }}**{% endmacro %}",
    "prompts/plain.prompt.yml": "model: small\nmessages: [{role: user, content: '{{a}} {% 5 {{#if}}'}]\n",
}  # fmt: skip


def both(project: Project, name: str) -> tuple[Closure, Closure]:
    """A prompt as its files say, and as its seal says."""
    return make_closure(project.source, project.prompt(name), project.template_folder), unseal(
        seal_prompt(project, name), name
    ).closure


def test_a_sealed_prompt_is_filled_like_its_files(project: ProjectBuilder) -> None:
    made = project(FILES)
    for name, values in (("legal/clause", {"who": "{{ Ada }}"}), ("plain", {"a": "{{ b }}"})):
        ours, sealed = both(made, name)
        assert Renderer(sealed).render(values) == Renderer(ours).render(values)
        for field in ("parameters", "response_format", "json_schema", "tools", "plain"):
            assert getattr(sealed.prompt, field) == getattr(ours.prompt, field), field
        assert sealed.templates == ours.templates
        assert {i.name: i[1:4] for i in sealed.prompt.inputs} == {i.name: i[1:4] for i in ours.prompt.inputs}
        with pytest.raises(RenderError):
            Renderer(sealed).render({})
    assert unseal(seal_prompt(made, "plain"), "plain").model == "openai/gpt-x"


def test_a_seal_has_the_digest_that_is_pinned(project: ProjectBuilder) -> None:
    made = project(FILES)
    for name in made.prompt_names():
        ours, sealed = both(made, name)
        spec = ModelSpec("small", "openai", "gpt-x")
        assert seal_prompt(made, name).digest == pin_digest(ours, spec) == pin_digest(sealed, spec)


def test_cases_and_evaluators_are_neither_read_nor_sealed(project: ProjectBuilder) -> None:
    text = FILES["prompts/plain.prompt.yml"]
    digest = seal_prompt(project({**FILES}), "plain").digest
    assert (
        seal_prompt(project({**FILES, "prompts/plain.prompt.yml": text + "testData: none.csv\n"}), "plain").digest
        == digest
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model: small\nmessages: 5\n", "prompts/a.prompt.yml:2:11"),
        ("model: nope\nmessages: [{role: user, content: Hi}]\n", "the model 'nope' is not known"),
        (
            "model: small\ninputs: {}\nmessages: [{role: user, content: '{% include \"no.j2\" %}'}]\n",
            "'no.j2' cannot be",
        ),
        ("model: small\ninputs: {}\nmessages: [{role: user, content: '{% if x %}'}]\n", "prompts/a.prompt.yml:3"),
    ],
)
def test_what_cannot_be_filled_cannot_be_sealed(project: ProjectBuilder, text: str, message: str) -> None:
    with pytest.raises(PromptopsError, match=message):
        seal_prompt(project({**FILES, "prompts/a.prompt.yml": text}), "a")


def test_the_order_of_a_schemas_properties_is_kept_and_another_one_is_another_version(project: ProjectBuilder) -> None:
    """A model fills in properties in their order: `why` before `grade` makes it think first."""
    head, tail = (
        "model: small\ninputs: {x: {default: {z: 1, a: 2}}}\n",
        "messages: [{role: user, content: '{{ x }}'}]\n",
    )
    schema = "jsonSchema: {name: n, schema: {type: object, properties: {why: {}, grade: {}}}}\n"
    tools = "tools: [{name: f, parameters: {type: object, properties: {why: {}, grade: {}}}}]\n"
    text = f"{head}responseFormat: json_schema\n{schema}{tools}{tail}"
    sealed = seal_prompt(project({**FILES, "prompts/a.prompt.yml": text}), "a")
    found = unseal(sealed, "a").closure
    assert found.prompt.json_schema is not None
    assert list(found.prompt.json_schema["schema"]["properties"]) == ["why", "grade"]
    assert list(found.prompt.tools[0]["function"]["parameters"]["properties"]) == ["why", "grade"]
    assert Renderer(found).render({})[0].content == '{"z": 1, "a": 2}'
    for old, new in ((schema, schema.replace("why: {}, grade", "grade: {}, why")), ("z: 1, a: 2", "a: 2, z: 1")):
        assert (
            seal_prompt(project({**FILES, "prompts/a.prompt.yml": text.replace(old, new)}), "a").digest != sealed.digest
        )


# Any prompt, any values.

NAMES = ("a", "b", "name")
PIECES = st.sampled_from([
    "{{ a }}", "{{ b|upper }}", "{{ name }}", "{% if a %}", "{% endif %}", "{{", "}}", "{% raw %}{{{% endraw %}",
    '{% include "base.j2" %}', "{% set a = b %}", "{# note #}", "\n", "\r\n", "é😀", " ", "x", "{{ a.b }}", '"\\',
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=8).map("".join)
ANY = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.lists(st.text(), max_size=2)
    | st.just({"b": "{{ a }}", "a": 1})
)
SCHEMAS = st.sampled_from([{}, {"type": "string"}, {"enum": ["x", 1, None]}, {"type": ["array", "null"]}])
INPUTS = st.lists(
    st.builds(Input, st.sampled_from(NAMES), SCHEMAS, st.booleans(), ANY), max_size=3, unique_by=lambda item: item.name
)


@st.composite
def closures(draw: st.DrawFn) -> Closure:
    """A prompt of any texts, with two templates of which the first includes the second."""
    messages = draw(
        st.lists(st.builds(text_message, st.sampled_from(["system", "user"]), TEXTS), min_size=1, max_size=3)
    )
    prompt = Prompt(
        "p", PurePosixPath("prompts/p.prompt.yml"), tuple(messages), parameters={"temperature": draw(st.floats(0, 2))},
        inputs=tuple(draw(INPUTS)), plain=draw(st.booleans()),
    )  # fmt: skip
    texts = {
        BASE: '{% include "./lib/part.j2" %}' + draw(TEXTS),
        PART: draw(TEXTS.filter(lambda text: "incl" not in text)),
    }
    return Closure(prompt, texts, {ITSELF: {"base.j2": BASE}, BASE: {"./lib/part.j2": PART}})


def filled(closure: Closure, values: dict[str, Any]) -> object:
    """The messages, or that there are none; which of several faults is told depends on the order of the inputs."""
    try:
        return Renderer(closure).render(values)
    except RenderError:
        return "refused"


@given(closures(), st.dictionaries(st.sampled_from(NAMES), ANY))
@settings(deadline=None, max_examples=60)
def test_any_sealed_prompt_is_filled_like_the_one_it_was_made_of(closure: Closure, values: dict[str, Any]) -> None:
    opened = unseal(seal_closure(closure, MODEL), "p")
    assert filled(opened.closure, values) == filled(closure, values)
    assert seal_closure(opened.closure, MODEL) == seal_closure(closure, MODEL)
    assert opened.model == "openai/org/gpt-x"


@given(closures(), st.data())
@settings(deadline=None, max_examples=40)
def test_one_other_byte_of_the_content_is_refused(closure: Closure, data: st.DataObject) -> None:
    sealed = seal_closure(closure, MODEL)
    position = data.draw(st.integers(0, len(sealed.content) - 1))
    changed = bytearray(sealed.content)
    changed[position] ^= data.draw(st.integers(1, 255))
    for content in (bytes(changed), sealed.content[:position], sealed.content + b" "):
        with pytest.raises(PinError, match=r"^p: its digest is"):
            unseal(sealed._replace(content=content), "p")


@given(closures(), st.sampled_from([BASE, PART]), TEXTS)
@settings(deadline=None, max_examples=40)
def test_another_text_of_a_template_is_refused(closure: Closure, path: str, text: str) -> None:
    sealed = seal_closure(closure, MODEL)
    (key,) = [each for each, own in sealed.texts.items() if own == closure.templates[path]]
    for texts in ({**sealed.texts, key: f"{text}." if text == sealed.texts[key] else text}, {}):
        with pytest.raises(PinError, match="is not the one that was pinned"):
            unseal(sealed._replace(texts=texts), "p")


def test_texts_of_other_prompts_do_no_harm() -> None:
    sealed = seal_closure(Closure(Prompt("p", PurePosixPath("p"), (text_message("user", "Hi"),)), {}, {}), MODEL)
    opened = unseal(sealed._replace(texts={"0" * 64: "{{ other }}"}), "p")
    assert opened.closure.templates == {}


WHOLE = json.loads(
    seal_closure(Closure(Prompt("p", PurePosixPath("p"), (text_message("user", "Hi"),)), {"a": "b"}, {}), MODEL).content
)
SHAPES: list[Any] = [None, 5, "text", [], {}, [5], [[1, 2, 3]], [["user"]], {"a": 5}, {"a": {}}]


@pytest.mark.parametrize("key", sorted({*WHOLE} - {"format"}))
def test_what_has_the_right_digest_and_is_no_prompt_is_refused(key: str) -> None:
    """Only promptops writes contents; one that somebody else wrote is told as what it is."""
    for shape in SHAPES:
        content = canonical_json({**WHOLE, key: shape})
        texts = seal_closure(Closure(Prompt("p", PurePosixPath("p"), ()), {"a": "b"}), MODEL).texts
        try:
            filled(unseal(SealedPrompt(content_digest(content), content, texts), "p").closure, {})
        except PromptopsError:
            continue
    content = canonical_json({name: value for name, value in WHOLE.items() if name != key})
    with pytest.raises(PinError):
        unseal(SealedPrompt(content_digest(content), content, {}), "p")


def test_a_content_of_a_later_form_is_refused() -> None:
    content = canonical_json({**WHOLE, "format": FORMATS[-1] + 1})
    with pytest.raises(PinError, match="not known here"):
        unseal(SealedPrompt(content_digest(content), content, {}), "p")


def test_parameters_of_the_model_are_sealed_where_the_prompt_says_nothing_else(project: ProjectBuilder) -> None:
    plain = seal_prompt(project(FILES), "legal/clause")
    same = FILES | {"promptops.yml": "models: {small: {provider: openai, model: gpt-x, parameters: {maxTokens: 7}}}\n"}
    more = {"promptops.yml": FILES["promptops.yml"].replace("gpt-x", "gpt-x, parameters: {maxTokens: 7, seed: 3}")}
    assert seal_prompt(project(same), "legal/clause").digest == plain.digest
    sealed = seal_prompt(project(FILES | more), "legal/clause")
    assert sealed.digest != plain.digest
    assert unseal(sealed, "legal/clause").closure.prompt.parameters == {"max_tokens": 9, "seed": 3, "temperature": 0.5}
