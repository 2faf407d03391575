"""The one sandboxed Jinja environment; closures; values → messages, checked against their schemas.

Not here: what lint says about templates. Imports source, sandbox and below.
"""
