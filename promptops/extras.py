"""Optional packages: which extra of git-promptops brings each module, and the error where one is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from promptops.errors import MissingExtraError

EXTRAS = {
    "aiohttp": "eval",
    "aiolimiter": "eval",
    "boto3": "bedrock",
    "botocore": "bedrock",
    "urllib3": "bedrock",
    "genai_prices": "eval",
    "google.genai": "gemini",
    "httpx2": "eval",
    "markdown_it": "eval",
    "numpy": "eval",
    "openai": "eval",
    "pydantic": "eval",
    "pydantic_core": "eval",  # comes with pydantic
    "rich": "eval",
    "truststore": "eval",
    "yarl": "eval",
    "anthropic": "anthropic",
    "xllamacpp": "local",
}
"""Module → extra, as in pyproject.toml (a test compares them). All else comes with the package itself."""

_MOST_NAMES = 3


def require_extra(extra: str, needed_by: str) -> None:
    """MissingExtraError unless all modules of the extra are installed; none is imported.

    `needed_by` begins the message: "`promptops eval`" needs …
    """
    if missing := missing_modules(extra):
        raise _error(extra, needed_by, missing)


def missing_modules(extra: str) -> list[str]:
    """The modules of the extra that are not installed."""
    return [name for name, found in EXTRAS.items() if found == extra and not _is_installed(name)]


def missing_extra(exc: ImportError, needed_by: str) -> MissingExtraError | None:
    """The failed import of an extra's module as an error for users; None where the installation is broken.

    That is where a module of ours is missing, one that comes with every installation, or one that a package needs.
    """
    if not isinstance(exc, ModuleNotFoundError) or not exc.name:
        return None
    name = f"{exc.name}."
    for module, extra in EXTRAS.items():  # what several packages share (`google`) may be all that is named
        if (name.startswith(f"{module}.") or module.startswith(name)) and not _is_installed(module):
            return _error(extra, needed_by, [module])
    return None


@contextmanager
def extra_imports(needed_by: str) -> Iterator[None]:
    """Around imports of an extra's modules: MissingExtraError where one is not installed."""
    try:
        yield
    except ModuleNotFoundError as exc:
        if (error := missing_extra(exc, needed_by)) is None:
            raise
        raise error from exc


def _is_installed(module: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # something keeps it from being found, or its parent is not there
        return False


def _error(extra: str, needed_by: str, missing: list[str]) -> MissingExtraError:
    if len(missing) > _MOST_NAMES:
        missing = [*missing[: _MOST_NAMES - 1], f"{len(missing) - _MOST_NAMES + 1} more packages"]
    *others, last = missing
    names = f"{', '.join(others)} and {last}, which are" if others else f"{last}, which is"
    return MissingExtraError(f"{needed_by} needs {names} not installed", hint=f"pip install 'git-promptops[{extra}]'")
