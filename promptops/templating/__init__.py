"""The one sandboxed Jinja environment; closures and digests; values become messages."""
