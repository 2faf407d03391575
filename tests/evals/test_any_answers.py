"""What holds whatever the answers are: hostile mixtures of passes, fails, errors, waiting and nothing asked."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from promptops.evals.analysis_rules import AnalysisRules
from promptops.evals.comparison import compare_model
from promptops.evals.gates import check_gates
from promptops.model.suite import Case
from tests.evals.factory import gate, info, samples, suite

ANSWERS = st.text("10e-w", min_size=0, max_size=40)
CLUSTERS = st.dictionaries(st.integers(0, 39).map(lambda n: f"c{n:03}"), st.sampled_from("abc"), max_size=20)
GATES = (gate(at_least=0.5), gate(no_worse_than_base=0.2))


@settings(max_examples=150, deadline=None)
@given(ANSWERS, ANSWERS, CLUSTERS, st.sampled_from([0.0, 0.1, 0.5]))
def test_before_and_after_are_of_the_same_cases_and_nobody_is_counted_twice(
    old: str, new: str, clusters: dict[str, str], most: float
) -> None:
    rules = AnalysisRules(most, clusters=clusters)
    base, head = samples(0, q=old) if old else [], samples(1, q=new) if new else []
    found = compare_model("m", base, head, [info()], {}, rules).criteria[0]
    assert found.left_out >= 0
    if found.paired:
        assert found.base is not None
        assert found.head is not None
        assert found.base.n == found.head.n == found.paired
        assert found.base.groups == found.head.groups == found.groups
        assert found.paired + found.left_out <= max(len(old), len(new))
        assert found.change is not None
        assert abs(found.head.rate - found.base.rate - found.change) < 1e-9
        assert len({*found.improved, *found.regressed}) == len(found.improved) + len(found.regressed) <= found.paired
    else:
        assert (found.base, found.verdict, found.change) == (None, "not measured", None)
    wanting = sum("e" in pair for pair in zip(old.ljust(40, "-"), new.ljust(40, "-"), strict=True))
    asked = sum(pair != ("-", "-") for pair in zip(old.ljust(40, "-"), new.ljust(40, "-"), strict=True))
    if wanting > most * asked:
        assert found.verdict not in ("better", "probably better", "no worse", "unchanged")
        compared = check_gates(GATES, [info()], "m", base, head, rules)[1]
        assert compared.status != "passed"


@settings(deadline=None)
@given(st.lists(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()), min_size=1, max_size=20))
def test_any_value_may_say_what_belongs_together(values: list[object]) -> None:
    cases = [Case(f"c{n}", {"doc": value}) for n, value in enumerate(values)]
    grouped = suite(*cases, cluster="doc")
    assert 1 <= grouped.count_units(grouped.cases) <= len(values)
    rules = AnalysisRules.of_suite(grouped)
    assert set(rules.clusters) <= {case.id for case in cases}
    assert all(rules.clusters.values())
