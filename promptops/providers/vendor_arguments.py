"""What a vendor's own client is called with: a request put into the words of its interface."""

from __future__ import annotations

from typing import Any

from promptops.errors import ProviderError, RenderError
from promptops.model.config import ModelSpec
from promptops.model.model_call import Request
from promptops.model.requests.interfaces import TRANSLATORS


def vendor_arguments(request: Request, spec: ModelSpec) -> dict[str, Any]:
    """The client's arguments. ProviderError for what the interface has no place for."""
    asked = (request.parameters, request.tools, request.response_format, request.json_schema)
    try:
        return TRANSLATORS[spec.interface](spec.model, request.messages, *asked)
    except RenderError as exc:
        raise ProviderError(str(exc), where=spec.alias or spec.full_name, hint=exc.hint) from exc
