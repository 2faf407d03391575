"""A repository whose environment can be pinned, and results as a run would have left them."""

from __future__ import annotations

from collections.abc import Sequence

from promptops.model.environment import Pin, Rollout
from promptops.model.outcomes.pin_change import PinChange, PinReport
from promptops.model.results import Arm, GateResult, Results, Side
from promptops.source.files.worktree import Worktree
from promptops.source.formats.environments import environment_paths, load_environment
from promptops.store.results_file import serialize_results
from promptops.workflows.pin.pin import PinChoice, parse_prompt_at_revision, pin
from promptops.workflows.pin.rollback import roll_back
from tests.conftest import Files, GitRepository, write_files
from tests.workflows.diff.test_diff import BYE, GREET, SETTINGS, SUITE, edited
from tests.workflows.scene import workspace_at

FILES: Files = {
    "promptops.yml": SETTINGS,
    "prompts/greet.prompt.yml": GREET,
    "prompts/bye.prompt.yml": BYE,
    "prompts/shared/tone.j2": "Be kind.\n",
    "evals/greet.eval.yml": SUITE,
    ".gitignore": ".promptops/\n",
}
PASSED = GateResult("says the name", "at least 75%", "passed", "100% of 3 cases", model="small")
FAILED = GateResult("says the name", "at least 75%", "failed", "33% of 3 cases", blocks=True, model="small")


def tone(text: str) -> dict[str, str | bytes]:
    """Another version of `greet`."""
    return {"prompts/shared/tone.j2": f"{text}\n"}


def bye(text: str) -> dict[str, str | bytes]:
    """Another version of `bye`."""
    return {"prompts/bye.prompt.yml": edited(BYE, "Say bye", text)}


def pinned(repo: GitRepository, *wanted: str, environment: str = "prod", **choice: object) -> PinReport:
    """`promptops pin …`."""
    pairs = tuple(parse_prompt_at_revision(text) for text in wanted)
    return pin(workspace_at(repo.root), PinChoice(pairs, environment, **choice))  # type: ignore[arg-type]


def rolled_back(repo: GitRepository, *names: str, environment: str = "prod", dry_run: bool = False) -> PinReport:
    """`promptops rollback …`."""
    return roll_back(workspace_at(repo.root), environment, names, dry_run=dry_run)


def only(report: PinReport) -> PinChange:
    """The one change of a report."""
    (change,) = report.prompts
    return change


def pins(repo: GitRepository, environment: str = "prod") -> dict[str, Pin]:
    """What the work tree's file says, without places."""
    source = Worktree(repo.root)
    found = load_environment(source, environment_paths(source)[environment]).pins
    return {
        name: Pin(name, one.commit, one.digest, Rollout(*one.rollout[:3]) if one.rollout else None)
        for name, one in found.items()
    }


def commits(repo: GitRepository, environment: str = "prod") -> dict[str, str]:
    """The commit each prompt is pinned at."""
    return {name: one.commit for name, one in pins(repo, environment).items()}


def evaluated(
    repo: GitRepository,
    digest: str,
    *gates: GateResult,
    suite: str = "greet",
    when: str = "20261124-050000",
    model: str = "small",
    side: Side = "head",
    more: Sequence[Arm] = (),
) -> None:
    """Results in `.promptops/results/`, as if the version had been evaluated then (UTC)."""
    day, time = when.split("-")
    started = f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}+00:00"
    arms = (Arm(side, model, "openai/m", "4f2a91c", None, False, digest, "e"), *more)
    results = Results(
        suite=suite,
        suite_path="evals/greet.eval.yml",
        prompt="greet",
        title="Greet",
        suite_digest="s",
        arms=arms,
        criteria=(),
        cases=(),
        rendered=(),
        samples=(),
        gates=gates,
        started=started,
    )
    write_files(repo.root, {f".promptops/results/{when}-{suite}/results.json": serialize_results(results)})
