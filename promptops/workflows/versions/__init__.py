"""Prompts through time: digests, renames, history and the two sides of a comparison; shared by commands."""
