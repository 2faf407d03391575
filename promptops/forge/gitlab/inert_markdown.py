r"""A page in Markdown in which nothing acts on GitLab, whoever wrote it: no quick action, no reference, no mention.

A line that begins with `/close` closes the merge request. `@ana`, `!1`, `#1`, `$1`, `%"v 2"`, `~bug`, `&1`,
`*iteration:1`, `[issue:1]` and the key of a ticket in Jira link, tell people, or write on other pages. A backslash
helps against none of these, as GitLab looks for them after Markdown is read: a word joiner does, which nobody sees.

https://docs.gitlab.com/user/project/quick_actions/, https://docs.gitlab.com/user/markdown/#gitlab-specific-references
"""

from __future__ import annotations

import re

from promptops.text.sanitize import JOINER

_OURS = (  # a chart's signs mean something else, and GitLab looks for nothing in code
    r"^```mermaid\n(?:(?!```)[^\n]*\n){0,200}```$"
    r"|<!--[^\n]{0,600}?-->|</?[a-z][^<>\n]{0,2000}>"
    r"|(?<!\\)\]\(https?://[^()\s]*\)"
)
_LIVE = (  # a sign may be followed by a backslash, which Markdown takes away
    r"^[^\S\n]*(?:(?:[>*+#|-]|\d{1,9}[.)])[^\S\n]*)*/(?=\w)"  # behind whatever makes a quotation, a list or a table too
    r"|^[^\S\n]*:(?=:include)"
    r"|@(?=[\w.\\-])"
    r"|[!#$&](?=\d)|&amp;(?=\d)"
    r"|[%~](?=[^\s%~])"
    r"|\*(?=iteration:)"
    r"|\[(?=[a-z_\\]{1,40}:)"
    r"|\b[A-Z][A-Z0-9_\\]{1,60}-(?=\d)"
)
_PAGE = re.compile(f"(?P<ours>{_OURS})|(?:{_LIVE})(?!{JOINER})", re.MULTILINE)


def inert(page: str) -> str:
    """The page with a word joiner in whatever GitLab would act upon; the same page where there is none left."""
    return _PAGE.sub(lambda found: found[0] if found["ours"] is not None else found[0] + JOINER, page)
