"""Who gets the second version: the same people every time, evenly drawn, and others in the next rollout."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from promptops.pins.rollout import rollout_position

SEED, NEXT = "sha256:" + "a" * 64, "sha256:" + "b" * 64
KEYS = [f"user-{number}" for number in range(20_000)]


@pytest.mark.parametrize(
    ("seed", "name", "key", "share"),
    [
        (SEED, "greet", "user-1", 11.812270854187911),
        (SEED, "greet", "user-2", 31.54765562231538),
        (SEED, "legal/clause", "user-1", 63.292851948140836),
        (NEXT, "greet", "user-1", 47.85313776647819),
        (SEED, "greet", "", 69.4381655004133),
        (SEED, "greet", "Zoë ☕", 16.126905195342207),
    ],
)
def test_no_release_may_move_anybody(seed: str, name: str, key: str, share: float) -> None:
    """These figures never change: a user in the middle of a rollout would lose the version they have."""
    assert rollout_position(seed, name, key) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("seed", [SEED, NEXT, "sha256:" + "0" * 64])
@pytest.mark.parametrize("keys", [KEYS, [str(number) for number in range(20_000)]], ids=["names", "numbers"])
def test_shares_are_uniform(seed: str, keys: list[str]) -> None:
    counts = [0] * 100
    for key in keys:
        counts[int(rollout_position(seed, "greet", key))] += 1
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize(("seed", "name"), [(NEXT, "greet"), (SEED, "bye")], ids=["next rollout", "other prompt"])
def test_two_rollouts_draw_their_users_independently(seed: str, name: str) -> None:
    counts = [0, 0, 0, 0]
    for key in KEYS:
        first, second = rollout_position(SEED, "greet", key) < 10, rollout_position(seed, name, key) < 10
        counts[2 * first + second] += 1
    assert stats.chisquare(counts, [16_200, 1_800, 1_800, 200]).pvalue > 0.001


def test_half_a_percent_is_half_a_percent_of_the_users() -> None:
    drawn = sum(rollout_position(SEED, "greet", key) < 0.5 for key in KEYS)
    assert stats.chisquare([drawn, len(KEYS) - drawn], [100, 19_900]).pvalue > 0.001


@given(st.text(), st.text(max_size=20), st.text(max_size=80))
def test_a_user_keeps_the_version_while_the_percent_grows(key: str, name: str, seed: str) -> None:
    share = rollout_position(seed, name, key)
    assert 0 <= share < 100  # at 100 percent everybody gets it, at 0 nobody
    assert rollout_position(seed, name, key) == share
    has = [share < percent for percent in range(101)]
    assert has[0] is False
    assert has[100] is True
    assert all(later or not earlier for earlier, later in pairwise(has))


def test_half_of_a_surrogate_pair_in_a_key_is_a_key_like_any_other() -> None:
    assert rollout_position(SEED, "greet", "\ud800") != rollout_position(SEED, "greet", "\ud801")


def test_what_belongs_to_the_name_is_not_what_belongs_to_the_key() -> None:
    assert rollout_position(SEED, "greet", "user") != rollout_position(SEED, "greetu", "ser")
