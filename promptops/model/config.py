"""The project: model aliases, the judge, budget, policy and paths, from `promptops.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from promptops.errors import PromptError
from promptops.model.budget import MAX_ERRORS, Budget
from promptops.model.finding import Severity
from promptops.model.vendors.table import VENDORS, split_vendor

EMBEDDED_MODEL = "smollm2-135m-instruct"
"""What `provider: local` means when no model is named."""


class Prices(NamedTuple):
    """US dollars per million tokens; `cached_input` (None: as `input`) for what the provider remembered."""

    input: float
    output: float
    cached_input: float | None = None


class Limits(NamedTuple):
    """How hard a model may be driven: calls in flight, calls a minute (None: no limit), seconds for one call.

    `max_wait` in seconds is how long a server may ask to wait, in one go or one after the other without an answer.
    """

    concurrency: int = 8
    requests_per_minute: int | None = None
    timeout: float = 120.0
    max_retries: int = 4
    max_wait: float = 120.0
    max_reply_bytes: int = 8 * 2**20


class EnvironmentValue(NamedTuple):
    """A value that stands in an environment variable of this name: `{env: NAME}`."""

    name: str


class PythonFunction(NamedTuple):
    """A function of the project that answers as a model: `name` in `file`, a path from the project's root.

    `variables` are names of environment variables that it may see; it has a `network` only where that is said.
    """

    file: str
    name: str = "complete"
    network: bool = False
    variables: tuple[str, ...] = ()


SettingValue = str | EnvironmentValue
"""A header or a part of a query: as it is, or where it is found."""


def value_flaw(text: str, *, ascii_only: bool) -> str:
    """What keeps a text from being sent in a header (`ascii_only`) or a query; empty for nothing."""
    if "\n" in text or "\r" in text:
        return "a line break in it"
    is_sendable = text.isprintable() and (text.isascii() or not ascii_only)
    return "" if is_sendable else "characters in it that cannot be sent"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model as it can be called.

    `alias` is the name prompts use; `model` the provider's own name, or a GGUF file's path.
    `provider` is a name in promptops.model.vendors.table; where `base_url` or `api_key_env` (the *name* of a variable)
    are empty, the vendor's usual ones hold. `parameters` (API's names) hold where a prompt says nothing else.
    `base_url_env` names a variable with the address, which comes before `base_url`; `headers` and `query` go with
    every call, `extra_body` into every body. `client`: `openai` where the official client must call. `project`,
    `location` and `region` are what some clouds ask for. `python` is the function of the provider `python`, whose
    `model` is `FILE:FUNCTION` where the settings give it no name.
    """

    alias: str
    provider: str
    model: str
    base_url: str = ""
    api_key_env: str = ""
    prices: Prices | None = None
    limits: Limits = field(default_factory=Limits)
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    base_url_env: str = ""
    headers: Mapping[str, SettingValue] = field(default_factory=dict, hash=False)
    query: Mapping[str, SettingValue] = field(default_factory=dict, hash=False)
    extra_body: Mapping[str, Any] = field(default_factory=dict, hash=False)
    client: str = ""
    project: str = ""
    location: str = ""
    region: str = ""
    python: PythonFunction | None = None

    @property
    def full_name(self) -> str:
        """`provider/model`, as pin digests and reports name it."""
        return f"{self.provider}/{self.model}"

    @property
    def interface(self) -> str:
        """Which code calls it: `openai` for all that speak OpenAI's language."""
        return VENDORS[self.provider].interface


class Paths(NamedTuple):
    """Where prompts and suites live, below the project root."""

    prompts: tuple[str, ...] = ("prompts/**",)
    evals: tuple[str, ...] = ("evals/**",)

    @property
    def prompt_folders(self) -> tuple[str, ...]:
        """The folders before the first wildcard; template names resolve against the first."""
        return tuple(static_prefix(glob) for glob in self.prompts)

    @property
    def eval_folders(self) -> tuple[str, ...]:
        """The folders before the first wildcard."""
        return tuple(static_prefix(glob) for glob in self.evals)


@lru_cache(maxsize=64)
def static_prefix(glob: str) -> str:
    """The folders before a glob's first wildcard; empty for none."""
    parts = []
    for part in glob.split("/")[:-1]:
        if any(char in part for char in "*?"):
            break
        parts.append(part)
    return "/".join(parts)


class Policy(NamedTuple):
    """What a platform team demands. `allowed_models` None allows every model; `required_criteria` of every suite.

    `owners` answer for what is above single prompts: settings and environments. `evaluated_before_pin`: a version that
    nobody evaluated may not be pinned. `four_eyes`: who wrote a change does not accept its gates.
    """

    allowed_models: tuple[str, ...] | None = None
    required_criteria: tuple[str, ...] = ()
    require_owner: bool = False
    signers: str = ""
    owners: tuple[str, ...] = ()
    evaluated_before_pin: bool = False
    four_eyes: bool = False


class LintSettings(NamedTuple):
    """`severities` by code (`P603`) or group (`P6`); None switches rules off. Files matching `exclude` are left out."""

    severities: Mapping[str, Severity | None] = {}
    exclude: tuple[str, ...] = ()


class Config(NamedTuple):
    """`promptops.yml`; every part has a default, so a project may start without the file.

    `budget` and `max_errors` hold for suites that say nothing else.
    """

    models: Mapping[str, ModelSpec] = {}
    judge: str = ""
    budget: Budget = Budget()
    max_errors: float = MAX_ERRORS
    paths: Paths = Paths()
    policy: Policy = Policy()
    lint: LintSettings = LintSettings()


def address_hint(address: str) -> str:
    """What to write instead of a `baseUrl` that no program can call; empty for one that it can, and for none."""
    scheme, mark, rest = address.partition("://")
    if not address or (mark and scheme.lower() in ("http", "https") and rest.strip("/")):
        return ""
    bare = (rest if mark else address).lstrip("/").rpartition("@")[2].partition("?")[0]  # no secret is repeated
    host = bare or "HOST/v1"
    is_near = host.startswith(("localhost", "127.", "[::1]", "host.docker.internal"))
    return f"write {'http' if is_near else 'https'}://{host}"


_OPENAI_KEY = VENDORS["openai"].key


def resolve_model(config: Config, name: str) -> ModelSpec:
    """The model that an alias, or a vendor's name before a slash (`openai/NAME`, `groq/NAME`), stands for.

    Raises PromptError with the lines to add.
    """
    if name in config.models:
        return config.models[name]
    if found := split_vendor(name):
        return ModelSpec(name, *found)
    prefix, _, rest = name.partition("/")
    if not name:
        raise PromptError("no model is named", hint="add `model: small` to the prompt, or give --model")
    import json  # only for the lines to add
    import re

    quoted, model = json.dumps(name, ensure_ascii=False), json.dumps(rest or name, ensure_ascii=False)
    if (vendor := prefix.lower()) != "openai" and split_vendor(f"{vendor}/{rest}"):
        given = f"provider: {vendor}, model: {model}"
    else:
        variable = re.sub(r"[^A-Z0-9]+", "_", prefix.upper()).strip("_") or "MODEL"
        variable = f"{variable}_API_KEY" if rest else _OPENAI_KEY
        if variable[0].isdigit():  # no shell can set such a variable
            variable = f"_{variable}"
        # A key must reach nobody but its own provider, so another one's lines name an address and a key of their own.
        address = "" if variable == _OPENAI_KEY else 'baseUrl: "https://…/v1", '
        given = f"provider: openai, model: {model}, {address}apiKeyEnv: {variable}"
    lines = f"models:\n  {quoted}:\n    {{{given}}}"
    known = ", ".join(config.models) or "none yet"
    raise PromptError(f"the model '{name}' is not known (known: {known})", hint=f"add to promptops.yml:\n{lines}")
