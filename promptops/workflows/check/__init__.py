"""Lint and evaluation of a change, as a workflow on GitHub runs them."""
