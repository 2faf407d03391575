"""How many answers may be missing before nothing good is said of the others."""

from __future__ import annotations

import pytest

from promptops.evals.missing_answers import Try, too_many_missing


def tries(count: int, trial: int = 0) -> set[Try]:
    return {(f"c{n}", trial) for n in range(count)}


@pytest.mark.parametrize(("missing", "of", "most"), [(4, 40, 0.1), (7, 100, 0.07), (29, 100, 0.29)])
def test_just_as_many_as_allowed_are_not_too_many(missing: int, of: int, most: float) -> None:
    """0.29 * 100 is a little less than 29."""
    assert too_many_missing(None, tries(missing), tries(of), most) == ""
    assert too_many_missing(None, tries(missing + 1), tries(of), most) == f"{missing + 1} of {of} cases have no answer"


def test_a_case_that_lacks_both_answers_is_missing_once() -> None:
    assert too_many_missing(tries(4), tries(4), tries(40), 0.1) == ""
    assert too_many_missing(tries(5), tries(4), tries(40), 0.1) == "5 of 40 cases have no answer before or after"
    assert too_many_missing(tries(5), set(), tries(40), 0.1) == "5 of 40 cases have no answer before"
    assert too_many_missing(set(), tries(5), tries(40), 0.1) == "5 of 40 cases have no answer after"


def test_several_trials_are_tries_and_not_cases() -> None:
    asked = tries(10) | tries(10, trial=1)
    assert too_many_missing(None, tries(3, trial=1), asked, 0.1) == "3 of 20 tries have no answer"
