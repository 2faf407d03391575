"""Copies of remote repositories in the user's cache. Imports `source.git`."""
