"""Pages that need nothing else: Jinja templates in which every value is escaped and everything unseen is spelt out."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from promptops.text.sanitize import shorten, visible

if TYPE_CHECKING:
    from jinja2 import Environment

_MOST = 10_000
"""Characters of one value; templates cut what others wrote shorter, by the filter `shorten`."""


def render_page(
    template: str,
    *,
    styles: tuple[str, ...],
    scripts: tuple[str, ...] = (),
    loads: bool = False,
    pictures: bool = False,
    **values: object,
) -> str:
    """The template, which extends `page.html.j2`, with these files of `assets/` and a policy that allows only them.

    The scripts share their names with each other and with nothing else. With `loads` they may load others, and still
    nothing else may; with `pictures` images may stand in the page as data. A value is shown as the text it is,
    wherever it stands. Raises jinja2.UndefinedError for a value that is missing.
    """
    from markupsafe import Markup

    css, js = "".join(map(_asset, styles)), _together(scripts) if scripts else ""
    trusted = " 'strict-dynamic'" if loads else ""
    allowed = f"style-src '{_hash(css)}';" + (f" script-src '{_hash(js)}'{trusted};" if js else "")
    images = " img-src data:;" if pictures else ""
    policy = f"default-src 'none'; {allowed}{images} base-uri 'none'; form-action 'none'"
    own = {"css": Markup(css), "js": Markup(js), "policy": Markup(policy)}  # noqa: S704  our own files
    return _environment().get_template(template).render(values | own)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("promptops.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["shorten"] = shorten
    environment.filters["short"] = _short
    environment.filters["json"] = _embedded
    return environment


def _shown(value: object) -> object:
    """What Jinja escapes next; markup of ours (a macro's) is no text of others."""
    return visible(shorten(value, _MOST)) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _short(value: str, limit: int) -> str:
    """What there is room for."""
    return value if len(value := visible(value)) <= limit else f"{value[: limit - 1]}…"


def _embedded(data: object) -> object:
    """JSON in which nothing can end the script element."""
    from markupsafe import Markup

    return Markup(safe_json(data))  # noqa: S704  no sign that HTML acts on is left


def safe_json(data: object) -> str:
    """JSON without any sign that HTML, or a script, acts on."""
    found = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    found = found.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return found.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _together(scripts: tuple[str, ...]) -> str:
    return '"use strict";\n(() => {\n' + "".join(map(_asset, scripts)) + "})();\n"


@cache
def _asset(name: str) -> str:
    return (files("promptops.report") / "assets" / name).read_text("utf-8")


def _hash(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"
