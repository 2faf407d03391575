"""Git repositories: commits, history and notes, read without a checkout; `writer` is the only one that writes.

Every git process starts in `process`; what git writes when it fails becomes ours in `errors`. Imports `files` for
globs.
"""
