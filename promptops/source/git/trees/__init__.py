"""Folders as git stores them: read, and remembered for other commits that have them too."""
