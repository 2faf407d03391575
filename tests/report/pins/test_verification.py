"""What verify found, in words and as data: harmless whatever is quoted."""

from __future__ import annotations

import json

import pytest

from promptops.model.finding import Span
from promptops.model.outcomes.verification import VerificationProblem, VerificationReport, VerifiedPins
from promptops.report.pins.verification import verified_json, verified_text

COMMIT = "4" * 40
ONE = VerificationProblem(
    "environments/prod.yml",
    Span.at(4, 12),
    "greet",
    COMMIT,
    "'greet' is not what was pinned",
    "write: sha256:1",
)
TWO = ONE._replace(span=Span.at(7, 13), prompt="bye", message="'bye' is not there\n  and more")
WHOLE = VerificationProblem("a.bundle", None, "", "", "this bundle was changed", "build it again")
PROD = VerifiedPins("environment", "prod", "environments/prod.yml", 2, 1, 0)
STAGING = VerifiedPins("environment", "staging", "environments/staging.yml", 1, 0, 0)
BUNDLE = VerifiedPins("bundle", "prod", "a.bundle", 2, 0, 0)


@pytest.mark.parametrize(
    ("verified", "said"),
    [
        (VerificationReport((PROD, STAGING)), "3 pins and 1 rollout in 2 environments hold"),
        (VerificationReport((STAGING,)), "1 pin in 1 environment holds"),
        (VerificationReport((STAGING._replace(pins=0),)), "0 pins in 1 environment hold"),
        (VerificationReport((STAGING, BUNDLE)), "3 pins in 1 environment and 1 bundle hold"),
        (VerificationReport((PROD,), "main"), "2 pins and 1 rollout in 1 environment hold, all part of main"),
        (
            VerificationReport((STAGING, BUNDLE), "origin/main", "signers"),
            "3 pins in 1 environment and 1 bundle hold, all part of origin/main, all signed by their committers",
        ),
    ],
)
def test_what_holds_is_one_line_that_says_what_was_demanded(verified: VerificationReport, said: str) -> None:
    assert verified_text(verified) == f"{said}\n"


def test_each_problem_is_one_line_with_its_place_and_a_sum_ends_it() -> None:
    broken = PROD._replace(failing=2, problems=(ONE, TWO._replace(hint="pin another")))
    assert verified_text(VerificationReport((broken, STAGING), "main")) == (
        "environments/prod.yml:4:12: 'greet' is not what was pinned\n"
        "  write: sha256:1\n"
        "environments/prod.yml:7:13: 'bye' is not there; and more\n"
        "  pin another\n"
        "\n"
        "2 of 4 pinned versions in 2 environments do not hold\n"
    )


def test_the_same_advice_stands_once() -> None:
    text = verified_text(VerificationReport((PROD._replace(failing=2, problems=(ONE, TWO)),)))
    assert text.count("write: sha256:1") == 1
    assert text.index("'bye'") < text.index("write: sha256:1")


def test_advice_that_is_partly_the_same_is_repeated_only_where_it_differs() -> None:
    one, two = (each._replace(hint=f"merge it\nor: pin {each.prompt}") for each in (ONE, TWO))
    text = verified_text(VerificationReport((PROD._replace(failing=2, problems=(one, two)),)))
    assert [line for line in text.splitlines() if line.startswith("  ")] == [
        "  or: pin greet",
        "  merge it",
        "  or: pin bye",
    ]


def test_one_that_does_not_hold_does_not() -> None:
    only = STAGING._replace(failing=1, problems=(ONE,))
    assert verified_text(VerificationReport((only,))).endswith("\nthe only pin in 1 environment does not hold\n")
    assert verified_text(VerificationReport((only, PROD))).endswith(
        "\n1 of 4 pinned versions in 2 environments does not hold\n"
    )


def test_a_bundle_that_is_broken_as_a_whole_is_counted_as_one() -> None:
    bad = VerifiedPins("bundle", "", "a.bundle", 0, 0, 0, (WHOLE,))
    said = "a.bundle: this bundle was changed\n  build it again\n\n"
    assert verified_text(VerificationReport((bad,))) == f"{said}1 bundle must not be used\n"
    broken = PROD._replace(failing=1, problems=(ONE,))
    assert verified_text(VerificationReport((broken, bad))).endswith(
        "\n1 of 3 pinned versions in 1 environment and 1 bundle does not hold; 1 bundle must not be used\n"
    )


def test_what_could_not_be_looked_at_is_said_above_the_sum() -> None:
    noted = BUNDLE._replace(notes=("it was not compared",))
    assert verified_text(VerificationReport((noted,))) == "a.bundle: it was not compared\n2 pins in 1 bundle hold\n"


def test_no_text_acts_on_a_terminal() -> None:
    hostile = ONE._replace(path="a\x1b[2J\u202e.bundle", message="x\x1b]0;y\x07", hint="z\r\x1b[A")
    verified = VerificationReport((BUNDLE._replace(path="n\x1b[2J", problems=(hostile,), notes=("\x9b",)),), "m\x1b")
    for text in (verified_text(verified), verified_json(verified)):
        assert not set(text) & set("\x1b\x07\x9b\u202e\r")


def test_json_has_everything_for_programs() -> None:
    bad = VerifiedPins("bundle", "", "a.bundle", 0, 0, 0, (WHOLE,))
    verified = VerificationReport(
        (PROD._replace(failing=1, problems=(ONE,)), bad, BUNDLE._replace(notes=("n",))), "main"
    )
    data = json.loads(verified_json(verified))
    assert data == {
        "format": "promptops-verify/1",
        "holds": False,
        "protected": "main",
        "signers": None,
        "environments": [
            {
                "name": "prod",
                "path": "environments/prod.yml",
                "holds": False,
                "pins": 2,
                "rollouts": 1,
                "failing": 1,
                "notes": [],
                "problems": [
                    {
                        "prompt": "greet",
                        "commit": COMMIT,
                        "line": 4,
                        "column": 12,
                        "message": "'greet' is not what was pinned",
                        "hint": "write: sha256:1",
                    }
                ],
            }
        ],
        "bundles": [
            {
                "name": "",
                "path": "a.bundle",
                "holds": False,
                "pins": 0,
                "rollouts": 0,
                "failing": 0,
                "notes": [],
                "problems": [
                    {
                        "prompt": None,
                        "commit": None,
                        "line": None,
                        "column": None,
                        "message": "this bundle was changed",
                        "hint": "build it again",
                    }
                ],
            },
            {
                "name": "prod",
                "path": "a.bundle",
                "holds": True,
                "pins": 2,
                "rollouts": 0,
                "failing": 0,
                "notes": ["n"],
                "problems": [],
            },
        ],
    }
    assert json.loads(verified_json(VerificationReport((PROD,))))["holds"] is True
