"""Git repositories: commits, history and notes, read without a checkout; `writer` is the only one that writes.

Every git process starts in `process`, every error of git becomes ours in `errors`. Imports `files` for globs.
"""
