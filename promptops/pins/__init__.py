"""Environments, bundles, rollouts: what is pinned and whether it holds."""
