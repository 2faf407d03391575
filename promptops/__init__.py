"""Prompts as code, in your own git repository."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
