from __future__ import annotations

import pytest

from promptops.evals.gates import apply_waivers
from promptops.model.results import Arm, GateResult, GateStatus, Side
from promptops.model.waiver import Unproven, Waiver

ME = Waiver("s", "q", "at least 75%", "failed", "d-base", "d-head", "asked", "@ana", why="we know")


def arm(side: Side, model: str = "small", digest: str = "") -> Arm:
    return Arm(side, model, f"openai/{model}", "r", None, False, "p", digest or f"d-{side}")


ARMS = (arm("base"), arm("head"))


def gate(
    status: GateStatus = "failed", *, criterion: str = "q", rule: str = "at least 75%", model: str = "small"
) -> GateResult:
    return GateResult(criterion, rule, status, "50% of 24 cases", blocks=True, model=model)


def only(found: GateResult, *waivers: Waiver, arms: tuple[Arm, ...] = ARMS, suite: str = "s") -> GateResult:
    return apply_waivers([found], waivers, suite, arms, "asked")[0]


def test_a_gate_that_an_owner_accepted_blocks_no_more_and_says_who_and_why() -> None:
    found = only(gate(), ME)
    assert (found.blocks, found.accepted, found.status) == (False, "@ana: we know", "failed")


@pytest.mark.parametrize(
    "other",
    [
        ME._replace(suite="t"),
        ME._replace(criterion="r"),
        ME._replace(rule="at least 80%"),
        ME._replace(head="d-newer"),
        ME._replace(questions="others"),
    ],
)
def test_an_override_holds_for_nothing_but_what_was_accepted(other: Waiver) -> None:
    assert only(gate(), other) == gate()


@pytest.mark.parametrize(
    ("was", "now", "holds"),
    [
        ("undecided", "failed", False),
        ("not measured", "failed", False),
        ("failed", "undecided", True),
        ("undecided", "undecided", True),
        ("not measured", "undecided", True),
        ("failed", "failed", True),
    ],
)
def test_who_accepted_what_was_not_proven_did_not_accept_a_failure(was: Unproven, now: GateStatus, holds: bool) -> None:
    found = only(gate(now), ME._replace(was=was))
    assert (bool(found.accepted), found.blocks) == (holds, not holds)


@pytest.mark.parametrize("status", ["passed", "advisory"])
def test_a_gate_that_holds_needs_nobody(status: GateStatus) -> None:
    assert only(gate(status), ME).accepted == ""


def test_each_models_gate_is_accepted_by_itself() -> None:
    arms = (*ARMS, arm("base", "large", "l-base"), arm("head", "large", "l-head"))
    found = apply_waivers([gate(), gate(model="large")], [ME], "s", arms, "asked")
    assert [one.blocks for one in found] == [False, True]


def test_a_first_run_has_no_base_to_be_bound_to() -> None:
    assert not only(gate(), ME._replace(base=""), arms=(arm("head"),)).blocks


@pytest.mark.parametrize("base", ["d-base", "d-older", ""])
@pytest.mark.parametrize("arms", [ARMS, (arm("head"),), (arm("base", digest="d-head"), arm("head"))])
def test_what_a_version_is_compared_with_does_not_matter(base: str, arms: tuple[Arm, ...]) -> None:
    assert only(gate(), ME._replace(base=base), arms=arms).accepted == "@ana: we know"


def test_of_several_acceptances_the_weightiest_counts_and_of_equals_the_last() -> None:
    weak, strong, later = ME._replace(was="undecided", who="@ben"), ME, ME._replace(who="@cy")
    assert only(gate(), strong, weak).accepted == "@ana: we know"
    assert only(gate(), strong, later, weak).accepted == "@cy: we know"
