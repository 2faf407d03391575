"""The table of vendors agrees with the price tables, with the README, and with what people may write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from genai_prices.data import providers

from promptops.model.vendors.table import LISTED, VENDORS, Vendor, split_vendor
from tests.conftest import ProjectBuilder

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
SECTION = README.partition("\n## Models\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(("name", "vendor"), VENDORS.items(), ids=VENDORS)
def test_a_row_is_what_its_columns_say(name: str, vendor: Vendor) -> None:
    assert re.fullmatch(r"[a-z]+", name)
    assert re.fullmatch(r"(https://[a-z.-]+|http://localhost:\d+)(/[a-z0-9/]*[a-z0-9])?|", vendor.address)
    assert vendor.prices in {"", *(provider.id for provider in providers)}
    for variable in (vendor.key, vendor.address_variable):
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+|", variable)


def test_usual_variables_are_nobody_elses() -> None:
    variables = [name for vendor in VENDORS.values() for name in (vendor.key, vendor.address_variable) if name]
    assert len(variables) == len(set(variables))


def test_a_name_before_a_slash_is_a_vendor_that_can_be_called() -> None:
    assert split_vendor("openrouter/org/model") == ("openrouter", "org/model")
    assert split_vendor("azure/mine") == ("azure", "mine")
    for name in ("groq", "groq/", "/x", "local/x", "recorded/x", "Groq/x", "mistral-ai/x"):
        assert split_vendor(name) is None


def test_the_readme_names_all_vendors_and_its_settings_load(project: ProjectBuilder) -> None:
    assert set(LISTED) <= set(re.findall(r"`([a-z]+)`", SECTION))
    (settings,) = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
    found = project({"promptops.yml": settings}).config.models
    shown = {"local", "openai", "groq", "ollama", "azure", "anthropic", "gemini", "bedrock", "python"}
    assert {spec.provider for spec in found.values()} == shown
