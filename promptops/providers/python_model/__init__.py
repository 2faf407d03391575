"""`provider: python`: a function of the project answers in place of a vendor.

    models:
      ours: {provider: python, file: app/model.py, function: complete, network: true, env: [OUR_TOKEN]}

    def complete(request: dict) -> str | dict: ...

`request` is plain data: `model`, `messages` (as a chat completion has them), `parameters`, `tools`, `responseFormat`
and `jsonSchema`. The reply is a text, or a dict with `text` and any of `tool_calls` (each with `name` and `arguments`),
`usage` (`input_tokens`, `output_tokens`, …), `finish_reason`, `model` and `reasoning`. An exception is an error of this
call; TimeoutError and ConnectionError are tried again. The function may be async.

Here: `provider` asks, `worker` is the program that answers, by itself and without promptops.
"""
