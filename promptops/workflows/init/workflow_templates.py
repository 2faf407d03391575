"""The workflows' templates: texts with «words», and with «parts» that several of them share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

from promptops.workflows.init.models import LocalRuntime
from promptops.workflows.init.workflow_options import WorkflowOptions

ALL = LocalRuntime()
_KEY = "OPENAI_API_KEY"
_NO_MODEL = "      # Once a model of `provider: local` is asked: delete this file and run promptops init again.\n"
_PARTS = "triggers|jobs|install|install-local|isolate|model|replies|keep|results|placed|named|keys|inputs|secrets"
_FROM_PARTS = re.compile(rf"^«({_PARTS})»\n", re.MULTILINE)
_UPLOAD = "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0"
_UPLOAD_ON_ENTERPRISE_SERVER = "c6a366c94c3e0affe28c06c8df20a878f24da3cf # v3.2.2"
"""Enterprise Server refuses newer ones, as it keeps artifacts in another way; github.com refuses this one."""


def read_template(name: str) -> str:
    """A template as it is."""
    return (files("promptops.workflows") / "starter_github" / name).read_text("utf-8")


def fill_template(name: str, words: Mapping[str, str], own: Mapping[str, str], machine: LocalRuntime = ALL) -> str:
    """The template with its parts and words. `own` are parts that no file has; `machine` is what models need."""

    def part(found: re.Match[str]) -> str:
        if found[1] in own:
            return own[found[1]]
        name, _, extra = found[1].partition("-")
        if name == "model" and not machine.model:
            return "" if machine.engine else _NO_MODEL
        return read_template(f"parts/{name}.yml").replace("«extra»", "«local»" if extra and machine.engine else "")

    text = read_template(f"{name}.yml")
    while _FROM_PARTS.search(text):
        text = _FROM_PARTS.sub(part, text)
    for word, value in words.items():
        text = text.replace(f"«{word}»", value)
    return text


def upload_words(options: WorkflowOptions) -> dict[str, str]:
    """Which version keeps artifacts, and whether it is told to replace an older one, as the other does unasked."""
    old = options.enterprise_server
    return {
        "upload": _UPLOAD_ON_ENTERPRISE_SERVER if old else _UPLOAD,
        "overwrite": "" if old else "          overwrite: true\n",
    }


def secret_names(names: Iterable[str]) -> list[str]:
    """The secrets that workflows pass on: of variables with models' keys those that can be a secret's name."""
    return sorted({_KEY, *(name for name in names if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII))})


def key_lines(names: Iterable[str]) -> str:
    """The lines of a step's `env:` that pass keys on."""
    line = "          {0}: ${{{{ secrets.{0} }}}} # zizmor: ignore[secrets-outside-env]\n"
    return "".join(line.format(name) for name in secret_names(names))
