"""A suite's Python in a sandbox: `client` asks, `main` is the program that answers.

`main` runs by itself and takes of promptops only `reply`, what a check may be given. Imports sandbox, model and errors.
"""
