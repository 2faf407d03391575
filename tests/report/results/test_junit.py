from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.report.results.junit import junit
from tests.report.factory import comparison, first_run, hostile, two_models


def test_a_case_and_criterion_is_a_testcase() -> None:
    root = ElementTree.fromstring(junit(comparison()))
    suite = root[0]
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert cases["names the owner [lyon-pilot]"].find("failure").get("message") == "missing: Ana"  # type: ignore[union-attr]
    assert cases["invents no date [case-5]"].find("error") is not None
    assert cases["would forward it [lyon-pilot]"].find("skipped") is not None
    assert len(cases["keeps the numbers [lyon-pilot]"]) == 0
    for kind in ("failure", "error", "skipped"):
        total = len(suite.findall(f"testcase/{kind}"))
        assert suite.get({"failure": "failures", "error": "errors", "skipped": "skipped"}[kind]) == str(total)
    assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_gates_and_verdicts_are_properties() -> None:
    root = ElementTree.fromstring(junit(comparison()))
    found = {p.get("name"): p.get("value") for p in root.iter("property")}
    assert found["gate: is polite no worse than 5 points"] == "failed, blocks"
    assert found["criterion: is polite"] == "❌ worse"


def test_held_out_cases_are_not_named() -> None:
    text = junit(comparison())
    assert "case-22" not in text
    assert "held-out cases" in text


def test_a_model_is_a_suite_and_a_first_run_works() -> None:
    assert len(ElementTree.fromstring(junit(two_models()))) == 2
    assert len(ElementTree.fromstring(junit(first_run()))) == 1


def test_hostile_text_is_legal_xml_and_commands_no_runner() -> None:
    text = junit(hostile())
    ElementTree.fromstring(text)
    assert not re.search(r"^\s*::", text, re.MULTILINE)


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(categories=None), max_size=80))
def test_any_text_is_legal_xml(text: str) -> None:
    ElementTree.fromstring(junit(hostile(text, length=100)).encode())
