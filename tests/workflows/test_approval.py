"""verify, audit, pin, bundle and the runtime say the same of every pin, in histories of any shape."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from promptops import PromptopsError, Prompts
from promptops.errors import PinError
from promptops.model.environment import Pin
from promptops.workflows.audit.audit import AuditChoice, audit
from promptops.workflows.bundle import build_bundle
from promptops.workflows.pin.pin import PinChoice, pin
from promptops.workflows.verify.verify import VerifyChoice, verify
from promptops.workflows.workspace import Workspace
from tests.conftest import GitRepository, write_files
from tests.pins.histories import Judged, Moment, project, write_history
from tests.workflows.scene import workspace_at

NAMES = ("a", "b")
WORDS = st.sampled_from(["One", "Two", "Three"])
STATES = st.fixed_dictionaries({"a": WORDS, "b": WORDS, "style": st.sampled_from(["Kind.", "Brief."])})


class Shape(NamedTuple):
    """Commits by number: each with its parents' numbers, the state of its files, and a time that may lie."""

    commits: list[tuple[list[int], Mapping[str, str], int]]

    def moments(self) -> list[Moment]:
        return [
            Moment(f"c{number}", [f"c{parent}" for parent in parents], project(**files), time)
            for number, (parents, files, time) in enumerate(self.commits)
        ]

    def line(self) -> list[int]:
        found = [len(self.commits) - 1]
        while parents := self.commits[found[-1]][0]:
            found.append(parents[0])
        return found

    def ancestors(self) -> set[int]:
        found, waiting = set[int](), [len(self.commits) - 1]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self.commits[number][0]
        return found

    def text(self, name: str, number: int) -> tuple[str, str]:
        files = self.commits[number][1]
        return files[name], files["style"]

    def is_shown(self, name: str, number: int) -> bool:
        return self.text(name, number) in {self.text(name, each) for each in self.line()}

    def holds(self, name: str, number: int) -> bool:
        """The rule itself, told in two lines."""
        return number in self.ancestors() and self.is_shown(name, number)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Up to seven commits: straight lines, merges of up to three, second roots, branches that were never merged."""
    commits: list[tuple[list[int], Mapping[str, str], int]] = [([], draw(STATES), draw(st.integers(1, 9)))]
    for number in range(1, draw(st.integers(3, 7))):
        near = st.integers(max(0, number - 3), number - 1)
        parents: list[int] = draw(st.lists(near, min_size=0 if number == 3 else 1, max_size=3, unique=True))
        # Half of all merges take over a parent's files as they are, as people's merges do.
        kept = commits[draw(st.sampled_from(parents))][1] if parents else None
        state = kept if kept is not None and draw(st.booleans()) else draw(STATES)
        commits.append((parents, state, draw(st.integers(1, 9))))
    return Shape(commits)


@settings(deadline=None, max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes long
@given(shapes(), st.data())
def test_every_command_says_the_same_of_every_pin(shape: Shape, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        commits = write_history(GitRepository(root), shape.moments())
        judged = Judged(root, commits)
        pins = {(name, number): judged.pin(f"c{number}", name) for name in NAMES for number in range(len(commits))}
        expected = {key: shape.holds(*key) for key in pins}
        assert {key: judged.branch.approval(pin).holds for key, pin in pins.items()} == expected
        space = workspace_at(root)
        _check_pin(space, shape, pins, expected)
        rollouts = {key: data.draw(st.sampled_from(sorted(pins))) for key in pins if data.draw(st.booleans())}
        rollouts = {key: (key[0], other[1]) for key, other in rollouts.items() if key[1] != other[1]}
        files = {f"environments/{_environment(key)}.yml": _text(key, pins, rollouts.get(key)) for key in pins}
        GitRepository.commit(_repository(root), files)
        _check_reports(space, pins, expected, rollouts)
        for key in data.draw(st.lists(st.sampled_from(sorted(pins)), min_size=3, max_size=3, unique=True)):
            _check_served(root, space, key, expected[key] and expected[rollouts.get(key, key)])


_Key = tuple[str, int]


def _repository(root: Path) -> GitRepository:
    found = GitRepository.__new__(GitRepository)
    found.root = root
    return found


def _environment(key: _Key) -> str:
    return f"{key[0]}{key[1]}"


def _text(key: _Key, pins: Mapping[_Key, Pin], rollout: _Key | None) -> str:
    text = f"pins:\n  {key[0]}:\n    commit: {pins[key].commit!r}\n    digest: {pins[key].digest}\n"
    if rollout is not None:
        arm = pins[rollout]
        text += f"    rollout: {{commit: {arm.commit!r}, digest: {arm.digest}, percent: 5}}\n"
    return text


def _check_pin(space: Workspace, shape: Shape, pins: Mapping[_Key, Pin], expected: Mapping[_Key, bool]) -> None:
    """`pin` refuses what was merged over, and takes what is no part of main from where main has it, or says so."""
    for (name, number), wanted in pins.items():
        choice = PinChoice(((name, wanted.commit),), "new", dry_run=True)
        if number in shape.ancestors() and not expected[name, number]:
            try:
                pin(space, choice)
            except PinError as exc:
                assert "itself never had" in str(exc)  # noqa: PT017
                continue
            raise AssertionError(f"{name}@c{number} was pinned")
        report = pin(space, choice)
        [change] = report.prompts
        assert change.new is not None
        assert report.unmerged == (number not in shape.ancestors() and not shape.is_shown(name, number))
        if expected[name, number]:
            assert (change.new.commit, change.notes) == (wanted.commit, ())
        elif not report.unmerged:
            assert expected[name, next(n for (_, n), p in pins.items() if p.commit == change.new.commit)]
            assert any(f"has the same text at {change.new.commit[:7]}" in note for note in change.notes)


def _check_reports(
    space: Workspace, pins: Mapping[_Key, Pin], expected: Mapping[_Key, bool], rollouts: Mapping[_Key, _Key]
) -> None:
    """`verify` and `audit` have the same problems, pin by pin and rollout by rollout."""
    found = verify(space, VerifyChoice(protected="main"))
    told = sorted((each.name, one.message) for each in found.checked for one in each.problems)
    audited = audit(space, AuditChoice())
    assert sorted((one.environment, message) for one in audited.pins for message in one.problems) == told
    held = {(one.environment, one.arm): one.holds for one in audited.pins}
    assert held == {
        **{(_environment(key), "pin"): expected[key] for key in pins},
        **{(_environment(key), "rollout"): expected[arm] for key, arm in rollouts.items()},
    }
    assert all(one.merged == ("main" if one.holds else "") for one in audited.pins)
    unasked = verify(space, VerifyChoice())
    assert sorted((each.name, one.message) for each in unasked.checked for one in each.problems) == told


def _check_served(root: Path, space: Workspace, key: _Key, holds: bool) -> None:
    """The application and the bundle take it whole or not at all."""
    try:
        with Prompts.from_git(
            root, env=_environment(key), refresh=None, cache=root.parent / _environment(key)
        ) as served:
            opened = served.names() == [key[0]]
    except PromptopsError:
        opened = False
    try:
        opened_bundle = bool(build_bundle(space, _environment(key), protected="main").data)
    except PromptopsError:
        opened_bundle = False
    assert (opened, opened_bundle) == (holds, holds)


def test_the_property_is_not_empty() -> None:
    """A shape as people make it: the try does not hold, the last commit and the merge do."""
    files = {"b": "One", "style": "Kind."}
    shape = Shape([
        ([], {"a": "One", **files}, 1),
        ([0], {"a": "Two", **files}, 1),
        ([1], {"a": "Three", **files}, 1),
        ([0, 2], {"a": "Three", **files}, 1),
    ])  # fmt: skip
    assert [shape.holds("a", number) for number in range(4)] == [True, False, True, True]


def test_a_file_by_hand_is_the_same(tmp_path: Path) -> None:
    """What is not committed yet is judged like what is."""
    repository = GitRepository(tmp_path / "r")
    moments = [
        Moment("one", [], project(a="One")),
        Moment("wip", ["one"], project(a="Wip")),
        Moment("two", ["wip"], project(a="Two")),
        Moment("merge", ["one", "two"], project(a="Two")),
    ]
    commits = write_history(repository, moments)
    judged, space = Judged(repository.root, commits), workspace_at(repository.root)
    for name, holds in (("one", True), ("wip", False), ("two", True), ("merge", True)):
        write_files(repository.root, {"environments/prod.yml": _text(("a", 0), {("a", 0): judged.pin(name)}, None)})
        assert verify(space, VerifyChoice(protected="main")).holds == holds
        assert audit(space, AuditChoice()).holds == holds
