"""Every filter and test of Jinja's is bounded in a way that somebody chose."""

from __future__ import annotations

from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from promptops.templating.environment import TemplateEnvironment
from promptops.templating.limits.filter_checks import CHECKS, COMPARING, LISTS, SHALLOW, TEXTS
from promptops.templating.limits.filters import INTERNAL


def test_every_filter_is_in_one_group() -> None:
    groups = [set(CHECKS), set(COMPARING), set(LISTS), set(SHALLOW), set(TEXTS)]
    assert set().union(*groups) == set(FILTERS) - {"random"}
    assert sum(map(len, groups)) == len(FILTERS) - 1


def test_the_environment_has_every_filter_and_test_and_its_own() -> None:
    made = TemplateEnvironment()
    assert set(made.filters) == set(FILTERS) - {"random"} | set(INTERNAL) | {"fence"}
    assert set(made.tests) == set(TESTS)


def test_no_template_can_name_what_is_written_into_it() -> None:
    assert all(not name.isidentifier() for name in INTERNAL)
