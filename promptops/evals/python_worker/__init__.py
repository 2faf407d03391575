"""A suite's Python in a sandbox: `client` asks, `main` is the program that answers.

`main` runs by itself and imports nothing of promptops. Imports sandbox, model and errors.
"""
