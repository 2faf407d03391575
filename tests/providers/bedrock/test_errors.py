"""No error of AWS's library passes through as it is, and none that the service documents is unknown."""

from __future__ import annotations

import inspect
from typing import Any

import botocore.session
import pytest
from botocore import exceptions as theirs

from promptops.errors import ProviderBusyError, ProviderError
from promptops.model.chat.finish_reason import broke_off, ended_normally, was_cut, was_filtered
from promptops.model.config import ModelSpec
from promptops.providers.bedrock.errors import BUSY, HINTS, translate
from promptops.providers.openai_errors import ErrorTranslator

ERRORS = ErrorTranslator(ModelSpec("claude", "bedrock", "m"), "https://bedrock-runtime.eu-west-1.amazonaws.com")
OPERATION = botocore.session.Session().get_service_model("bedrock-runtime").operation_model("Converse")
CLASSES = [
    one
    for _, one in inspect.getmembers(theirs, inspect.isclass)
    if one.__module__ == theirs.__name__ and issubclass(one, Exception) and not issubclass(one, Warning)
]


def _example(kind: Any) -> Exception:
    if issubclass(kind, theirs.ClientError):
        found: Exception = kind({"Error": {"Code": "OddException", "Message": "why"}}, "Converse")
        return found
    error: Any = kind.__new__(kind)  # each wants other arguments
    Exception.__init__(error, "why")
    error.kwargs = {}
    return error  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_of_the_library_becomes_ours(kind: type[Exception]) -> None:
    assert isinstance(translate(_example(kind), ERRORS), ProviderError)


@pytest.mark.parametrize("shape", OPERATION.error_shapes, ids=lambda shape: shape.name)
def test_every_error_of_the_operation_is_known(shape: Any) -> None:
    status = shape.metadata["error"]["httpStatusCode"]
    answer = {"Error": {"Code": shape.name, "Message": "why"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    found = translate(theirs.ClientError(answer, "Converse"), ERRORS)
    assert isinstance(found, ProviderError)
    if shape.name in HINTS:
        assert found.hint == HINTS[shape.name]
    else:
        assert shape.name in {*BUSY, "ModelErrorException"}
        assert type(found) is ProviderBusyError


def test_our_own_bugs_pass() -> None:
    assert translate(KeyError("x"), ERRORS) is None


def test_every_stop_reason_is_known() -> None:
    kinds = (ended_normally, was_cut, was_filtered, broke_off)
    reasons = OPERATION.output_shape.members["stopReason"].enum
    unknown = {name for name in reasons if not any(kind(name) for kind in kinds)}
    assert unknown == {"tool_use", "malformed_model_output", "malformed_tool_use"}
