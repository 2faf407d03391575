"""No error of Google's libraries passes through as it is."""

from __future__ import annotations

import inspect

import pytest
from google.auth import exceptions as auth
from google.genai import errors as theirs
from google.genai import types

from promptops.errors import ProviderError
from promptops.model.chat.finish_reason import broke_off, ended_normally, was_cut, was_filtered
from promptops.model.config import ModelSpec
from promptops.providers.gemini.errors import translate
from promptops.providers.openai_errors import ErrorTranslator

ERRORS = ErrorTranslator(ModelSpec("flash", "gemini", "gemini-3.5-flash"), "https://generativelanguage.googleapis.com")


def _classes(module: object, base: type[Exception]) -> list[type[Exception]]:
    found = [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, base)]
    return [one for one in found if one.__module__ == getattr(module, "__name__", "")]


@pytest.mark.parametrize("kind", _classes(auth, auth.GoogleAuthError), ids=lambda kind: kind.__name__)
def test_every_error_of_the_credentials_becomes_ours(kind: type[Exception]) -> None:
    found = translate(kind("why"), ERRORS)
    assert isinstance(found, ProviderError)
    assert "why" in str(found)


@pytest.mark.parametrize("kind", _classes(theirs, Exception), ids=lambda kind: kind.__name__)
def test_every_error_of_the_client_becomes_ours(kind: type[Exception]) -> None:
    error = kind(418, {"error": {"message": "why"}}) if issubclass(kind, theirs.APIError) else kind("why")
    found = translate(error, ERRORS)
    assert isinstance(found, ProviderError)
    assert "why" in str(found)


def test_our_own_bugs_pass() -> None:
    assert translate(KeyError("x"), ERRORS) is None
    assert translate(RuntimeError("x"), ERRORS) is None


KNOWN_TO_SAY_NOTHING = {
    "FINISH_REASON_UNSPECIFIED", "OTHER", "LANGUAGE", "MALFORMED_FUNCTION_CALL", "IMAGE_OTHER", "NO_IMAGE",
    "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE",
}  # fmt: skip
"""An answer without text that ends so is an error, and one with text is scored."""


def test_every_finish_reason_is_known() -> None:
    kinds = (ended_normally, was_cut, was_filtered, broke_off)
    names = {one.value for one in types.FinishReason}
    unknown = {name for name in names if not any(kind(name) for kind in kinds)}
    assert unknown == KNOWN_TO_SAY_NOTHING
