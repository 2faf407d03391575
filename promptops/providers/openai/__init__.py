"""Chat completions, which OpenAI and many others speak: called by aiohttp alone, or by the official client.

`completion_json` writes the body and reads the answer; its form is promptops.model.requests.chat_completions.
"""
