"""Environments, sealing (closure → digest), bundles and rollouts: what is pinned and whether it holds.

Imports templating, source and below. Nothing here writes a file or asks a remote.
"""
