"""`environments/*.yml`: what is served, and nothing that can move."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from promptops.errors import PromptError
from promptops.model.environment import Environment, Pin, Rollout
from promptops.model.finding import Span
from promptops.source.formats.environments import environment_paths, load_environment
from promptops.source.source import MAX_TEXT_BYTES
from tests.conftest import ProjectBuilder

OLD, NEW = "4f2a91c0" * 5, "9be03d7f" * 5
OLD_DIGEST, NEW_DIGEST = f"sha256:{'0a' * 32}", f"sha256:{'f9' * 32}"
PATH = PurePosixPath("environments/prod.yml")
PINS = f"""\
pins:
  legal/clause: {{commit: {OLD}, digest: {OLD_DIGEST}}}
  feedback:
    commit: {OLD}
    digest: "{OLD_DIGEST}"
    rollout: {{commit: {NEW}, digest: {NEW_DIGEST}, percent: 12.5}}
"""


def load(project: ProjectBuilder, text: str) -> Environment:
    return load_environment(project({str(PATH): text}).source, PATH)


def refusal(project: ProjectBuilder, text: str) -> PromptError:
    with pytest.raises(PromptError) as caught:
        load(project, text)
    return caught.value


def test_pins_are_read_with_their_places(project: ProjectBuilder) -> None:
    found = load(project, PINS)
    assert (found.name, found.path, list(found.pins)) == ("prod", PATH, ["legal/clause", "feedback"])
    assert found.pins["legal/clause"] == Pin(
        "legal/clause", OLD, OLD_DIGEST, None, Span.at(2, 3, 12), Span.at(2, 26, 40), Span.at(2, 76, 71)
    )
    feedback = found.pins["feedback"]
    assert (feedback.span, feedback.commit_span) == (Span.at(3, 3, 8), Span.at(4, 13, 40))
    assert feedback.rollout == Rollout(NEW, NEW_DIGEST, 12.5, Span.at(6, 23, 40), Span.at(6, 73, 71))


EMPTY = ["pins: {}\n", "pins:\n", "pins:", "pins: ~\n", "pins: null  # none\n", "# head\npins:\n  # greet: …\n"]


@pytest.mark.parametrize("text", EMPTY)
def test_an_environment_may_pin_nothing(project: ProjectBuilder, text: str) -> None:
    assert load(project, text) == Environment("prod", PATH, {})


@pytest.mark.parametrize("text", ["", "{}\n", "pins: []\n", "pins: ''\n", "pins: none\n", "pins:\n  greet:\n"])
def test_nothing_else_means_no_pins(project: ProjectBuilder, text: str) -> None:
    assert refusal(project, text).where.startswith("environments/prod.yml:")


@pytest.mark.parametrize("digits", ["1234567890" * 4, "1" * 38 + "e4", "0" * 40])
def test_a_commit_of_digits_alone_is_what_was_typed(project: ProjectBuilder, digits: str) -> None:
    found = load(project, f"pins: {{a: {{commit: {digits}, digest: {OLD_DIGEST}}}}}\n")
    assert found.pins["a"].commit == digits


@pytest.mark.parametrize(
    "name",
    [
        *("4f2a91c", "1234567", "main", "v1.0", "HEAD", "HEAD@{1}", "--output=x", "''"),
        *(OLD[:-1], OLD + "0", OLD.upper(), f'"{OLD}\\n"'),
    ],
)
def test_what_can_move_or_is_cut_short_is_refused_with_what_to_write(project: ProjectBuilder, name: str) -> None:
    problem = refusal(project, f"pins:\n  a:\n    commit: {name}\n    digest: {OLD_DIGEST}\n")
    assert problem.where == f"{PATH}:3:13"
    assert "is not a full commit id (40 digits and letters from a to f)" in str(problem)
    assert "git log -1 --format=%H NAME" in problem.hint


@pytest.mark.parametrize("digest", ["0a" * 32, "sha1:" + "0a" * 20, OLD_DIGEST[:-1], OLD_DIGEST.upper()])
def test_half_a_digest_is_refused(project: ProjectBuilder, digest: str) -> None:
    problem = refusal(project, f"pins:\n  a: {{commit: {OLD}, digest: {digest}}}\n")
    assert f"'{digest}' is not a digest (sha256: and 64" in str(problem)


PINNED = f"pins:\n  a:\n    commit: {OLD}\n    digest: {OLD_DIGEST}\n"


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("{}\n", "the file has no 'pins'", "1:1"),
        ("pins: {}\npin: {}\n", "'pin' is not a key this file can have", "2:1"),
        (f"pins: {{a: {OLD}}}\n", "'a' is '4f2a", "1:11"),
        (f"pins: {{a: {{commit: {OLD}}}}}\n", "'a' has no 'digest'", "1:11"),
        (f"pins: {{a: {{commit: {OLD}, digest: , x: 1}}}}\n", "'digest' is empty, but should be a text", "1:70"),
        (f"{PINNED}    rollout: {{percent: 5}}\n", "'rollout' has no 'commit'", "5:14"),
        (
            f"{PINNED}    rollout:\n      commit: {NEW}\n      digest: {NEW_DIGEST}\n      percent: 101\n",
            "'percent' is 101",
            "8:16",
        ),
        ("pins: {a: {}, a: {}}\n", "'a' stands here and on line 1", "1:15"),
        ("pins: [\n", "", "1:7"),
    ],
)
def test_a_typo_does_not_pass(project: ProjectBuilder, text: str, message: str, place: str) -> None:
    problem = refusal(project, text)
    assert message in str(problem)
    assert problem.where == f"{PATH}:{place}"


def test_all_that_is_wrong_is_said_at_once(project: ProjectBuilder) -> None:
    message = str(refusal(project, "pins:\n  a: {commit: main, digest: x}\n  b: {}\n"))
    for place in (":2:15", ":2:29", ":3:6"):
        assert place in message, message


def many(pins: int) -> str:
    rows = (f"  team/prompt-{number:05}: {{commit: {OLD}, digest: {OLD_DIGEST}}}\n" for number in range(pins))
    return "pins:\n" + "".join(rows)


def test_an_environment_may_pin_ten_thousand_prompts(project: ProjectBuilder) -> None:
    text = many(10_000)
    assert len(text) > MAX_TEXT_BYTES, "longer than what people write by hand"
    assert len(load(project, text).pins) == 10_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (many(14_000), "2,097,152 is the most"),
        (f"pins: {{{', '.join(f'p{number}: {{}}' for number in range(40_000))}}}\n", "more than 100,000 keys"),
    ],
)
def test_there_is_an_end_to_what_is_read(project: ProjectBuilder, text: str, message: str) -> None:
    assert message in str(refusal(project, text))


def test_environments_are_files_by_name(project: ProjectBuilder) -> None:
    files = {
        "environments/staging.yaml": "pins: {}",
        str(PATH): "pins: {}",
        "environments/README.md": "",
        "environments/old/prod.yml": "",
        "prod.yml": "",
    }
    assert environment_paths(project(files).source) == {
        "prod": PATH,
        "staging": PurePosixPath("environments/staging.yaml"),
    }


def test_no_folder_no_environments(project: ProjectBuilder) -> None:
    assert environment_paths(project({}).source) == {}


def test_two_files_for_one_environment_are_refused(project: ProjectBuilder) -> None:
    source = project({str(PATH): "pins: {}", "environments/prod.yaml": "pins: {}"}).source
    with pytest.raises(PromptError, match=r"environments/prod.yml: this file and environments/prod.yaml are both"):
        environment_paths(source)
