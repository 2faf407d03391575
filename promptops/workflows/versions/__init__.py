"""Prompts through time: digests, renames, history and the two sides of a comparison.

Shared by commands, so it is no command itself. Imports `project` and layers below, no other room of workflows.
"""
