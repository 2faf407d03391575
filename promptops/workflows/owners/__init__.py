"""`promptops owners`: CODEOWNERS from what prompts and settings say."""
