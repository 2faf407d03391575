"""A real Chromium that opens reports from the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from promptops.model.results import Results
from promptops.report.results.html import html_files
from tests.requirements import BROWSER

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        BROWSER.missing()
    with sync_playwright() as playwright:
        # The sandbox of Chromium needs rights that a container's root does not have; the page is our own.
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a report from the disk, at an `address` in it.

    At the end, nothing was asked of any network and the console held no error.
    """
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    said: list[str] = []

    def open_page(shown: Results | str, address: str = "", *, alone: bool = False, **context: Any) -> Page:
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1100, "height": 900}, "reduced_motion": "reduce"} | context)
        )
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        file = tmp_path / "report.html"
        parts = [("report.html", shown)] if isinstance(shown, str) else html_files(shown)
        for path, content in parts:
            if path == file.name or not alone:
                (tmp_path / path).parent.mkdir(exist_ok=True)
                (tmp_path / path).write_text(content, "utf-8")
        page.goto(file.as_uri() + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith("file:")] == []
    assert [line for line in said if "ERR_FILE_NOT_FOUND" not in line] == []
