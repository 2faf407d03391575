"""GitHub: comments, pull requests, event payloads."""
