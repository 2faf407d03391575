"""Environments, locks and bundles: what is pinned and whether it holds."""
