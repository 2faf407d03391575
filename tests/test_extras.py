"""What an extra brings, and what is said where it is not installed."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from promptops.errors import MissingExtraError
from promptops.extras import EXTRAS, extra_imports, missing_extra, require_extra

_SETTINGS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
_ASKED = {
    extra: {canonicalize_name(Requirement(one).name) for one in asked}
    for extra, asked in _SETTINGS["project"]["optional-dependencies"].items()
    if extra != "dev"
}


def _distributions(module: str) -> set[str]:
    top = module.partition(".")[0]
    return {canonicalize_name(name) for name in packages_distributions()[top]}


@pytest.mark.parametrize("module", EXTRAS)
def test_a_module_comes_with_the_extra_that_is_named(module: str) -> None:
    asked = _ASKED[EXTRAS[module]]
    brought = {canonicalize_name(Requirement(need).name) for one in asked for need in requires(one) or []}
    assert _distributions(module) & (asked | brought)


@pytest.mark.parametrize(
    ("extra", "package"), [(extra, one) for extra, asked in _ASKED.items() for one in sorted(asked)], ids=str
)
def test_each_package_of_an_extra_is_told_where_it_is_missing(extra: str, package: str) -> None:
    if package != "git-promptops":  # another extra
        assert [name for name, found in EXTRAS.items() if found == extra and package in _distributions(name)]


def test_nothing_of_an_extra_is_part_of_every_installation() -> None:
    base = {canonicalize_name(Requirement(one).name) for one in _SETTINGS["project"]["dependencies"]}
    assert not base & set().union(*_ASKED.values())


def test_the_contract_that_keeps_them_from_the_runtime_names_them_all() -> None:
    (contract,) = (one for one in _SETTINGS["tool"]["importlinter"]["contracts"] if "runtime reaches" in one["name"])
    assert set(contract["forbidden_modules"]) == {name.partition(".")[0] for name in EXTRAS}


def _failed(module: str) -> ImportError:
    with pytest.raises(ImportError) as raised:
        __import__(module)
    return raised.value


def test_a_missing_module_is_told_with_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "rich" or name.startswith("rich.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)
    error = missing_extra(_failed("rich.table"), "this command")
    assert str(error) == "this command needs rich, which is not installed"
    assert error is not None
    assert error.hint == "pip install 'git-promptops[eval]'"
    with (
        pytest.raises(MissingExtraError, match="the table needs rich, which is not installed"),
        extra_imports("the table"),
    ):
        __import__("rich")


def test_all_that_is_missing_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(MissingExtraError, match=r"^`promptops eval` needs numpy and rich, which are not installed"):
        require_extra("eval", "`promptops eval`")
    for name, extra in EXTRAS.items():
        if extra == "eval":
            monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"needs aiohttp, aiolimiter and \d+ more packages, which are not in"):
        require_extra("eval", "`promptops eval`")


def test_what_is_installed_is_not_imported_to_see_that() -> None:
    before = set(sys.modules)
    for extra in _ASKED:
        require_extra(extra, "this")
    assert not {name for name in set(sys.modules) - before if name in EXTRAS}


@pytest.mark.parametrize(
    "module", ["jinja2", "git", "promptops.no_such_part", "rich.no_such_part", "something_that_numpy_needs"]
)
def test_a_broken_installation_is_not_mistaken_for_a_missing_extra(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert missing_extra(_failed(module), "this") is None


def test_an_extra_s_package_that_fails_on_its_own_is_not_told_to_be_installed() -> None:
    assert missing_extra(ImportError("libgomp.so.1: cannot open shared object file", name="numpy"), "this") is None
    assert missing_extra(ModuleNotFoundError("numpy lies to us", name="numpy"), "this") is None  # it is there


def test_a_module_inside_a_name_that_packages_share_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRAS, "vendors_share.one", "one")
    for name in ("vendors_share", "vendors_share.one"):
        error = missing_extra(ModuleNotFoundError(name=name), "the provider 'one'")
        assert error is not None
        assert re.search(r"\[one\]'$", error.hint)
