"""Anthropic's Messages interface, called with its own client: `api` calls, `message_json` reads what comes back.

What is sent is promptops.model.requests.anthropic_messages.
"""
