"""GitHub: comments, pull requests, event payloads.

The only user of httpx2 beside providers. Imports text, model, errors.
"""
