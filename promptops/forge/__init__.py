"""Where pull requests live: what all forges share here, a folder for each of them.

The only user of httpx2 beside providers. Imports text, model, errors.
"""
