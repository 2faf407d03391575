"""Where the comment leads: files that can be edited on the forge, and the pages of all cases.

A hidden line keeps the addresses in the comment, so that it can be made again where nobody knows them.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from promptops.model.suite import folder_name

_ADDRESS = re.compile(r"https?://[^\s()<>\[\]\"'`\\]{1,1000}")
_KEPT = re.compile(r"<!-- promptops links edit=(\S*) pages=(\S*) -->")


class PageLinks(NamedTuple):
    """`edit_url`: below it files can be edited; `page_url`: there is the page over all suites. Empty: nobody knows."""

    edit_url: str = ""
    page_url: str = ""

    @classmethod
    def of(cls, edit_url: str, page_url: str) -> PageLinks:
        """Those of the two that are addresses."""
        return cls(*(url if _ADDRESS.fullmatch(url) else "" for url in (edit_url, page_url)))

    @classmethod
    def kept_in(cls, page: str) -> PageLinks:
        """Those of a comment that stands there."""
        found = _KEPT.search(page)
        return cls.of(*found.groups()) if found else cls()

    def hidden(self) -> str:
        """The line that keeps them; empty where there are none."""
        return f"<!-- promptops links edit={self.edit_url} pages={self.page_url} -->" if any(self) else ""

    def edit(self, words: str, file: str) -> str:
        """Words in markdown as a link to where a file of the project is edited; empty where that is not known."""
        return f"[{words}]({self.edit_url}/{quote(file, safe='/')})" if self.edit_url else ""

    def title(self, title: str) -> str:
        """A heading's title in markdown, which leads to the page over all suites."""
        return f"[{title}]({self.page_url})" if self.page_url else title

    def cases(self, words: str, suite: str, show: str) -> str:
        """Words in markdown as a link to a suite's cases on its page; `show` is one of that page's filters."""
        if not self.page_url or "?" in self.page_url or "#" in self.page_url:  # what lies beside it is not known
            return ""
        folder = self.page_url.removesuffix("index.html").rstrip("/")
        return f"[{words}]({folder}/{quote(folder_name(suite))}/report.html#show={show})"


NO_LINKS = PageLinks()
