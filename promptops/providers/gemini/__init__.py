"""Gemini, with an API key or on Vertex, called with Google's own client: `api` calls, `content_json` reads the answer.

What is sent is promptops.model.requests.gemini; `errors` says what went wrong.
"""
