"""Amazon Bedrock, called with AWS's own client: `api` calls, `converse_json` reads what comes back.

What is sent is promptops.model.requests.bedrock; `transport` bounds it, `errors` says what went wrong.
"""
