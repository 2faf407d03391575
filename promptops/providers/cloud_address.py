"""Addresses that a cloud derives from where a model runs, as the clouds' own clients do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from promptops.model.config import ModelSpec

VERTEX_VARIABLE = "GOOGLE_VERTEX_BASE_URL"
"""Where Google's client looks for another address of Vertex."""
_MULTI_REGIONAL = ("eu", "us")


def is_vertex(spec: ModelSpec) -> bool:
    """Whether Gemini is called in a project of Google Cloud, with the cloud's credentials, and not with an API key."""
    return spec.provider == "gemini" and bool(spec.project or spec.location)


def cloud_url(spec: ModelSpec) -> str:
    """The address for the model's location or region; empty for what has one address for all.

    https://cloud.google.com/vertex-ai/docs/reference/rest and
    https://docs.aws.amazon.com/general/latest/gr/bedrock.html
    """
    if spec.provider == "bedrock" and spec.region:
        domain = "amazonaws.com.cn" if spec.region.startswith("cn-") else "amazonaws.com"
        return f"https://bedrock-runtime.{spec.region}.{domain}"
    if not is_vertex(spec):
        return ""
    if spec.location in ("", "global"):
        return "https://aiplatform.googleapis.com"
    if spec.location in _MULTI_REGIONAL:
        return f"https://aiplatform.{spec.location}.rep.googleapis.com"
    return f"https://{spec.location}-aiplatform.googleapis.com"


def with_environment(spec: ModelSpec, variables: Mapping[str, str]) -> ModelSpec:
    """The model with what the clouds' clients take from the environment where nothing is said: key, project, region.

    Their order is the clients' own, so that a run uses what an application would.
    """

    def first(*names: str) -> str:
        return next((found for name in names if (found := variables.get(name, "").strip())), "")

    if is_vertex(spec):
        return replace(
            spec,
            project=spec.project or first("GOOGLE_CLOUD_PROJECT"),
            location=spec.location or first("GOOGLE_CLOUD_LOCATION"),
        )
    if spec.provider == "gemini" and not spec.api_key_env and first("GOOGLE_API_KEY"):
        return replace(spec, api_key_env="GOOGLE_API_KEY")
    if spec.provider == "bedrock":
        token = "AWS_BEARER_TOKEN_BEDROCK" if first("AWS_BEARER_TOKEN_BEDROCK") else ""
        region = spec.region or first("AWS_REGION", "AWS_DEFAULT_REGION")
        return replace(spec, region=region, api_key_env=spec.api_key_env or token)
    return spec
