"""The one sandboxed Jinja environment; closures; values → messages. Imports source and below."""
