"""A diff of two versions as text, markdown and JSON; history, pins and bisection show changes with its words.

`view` groups what changes alike, `wording` says it, `text` also paints it in a terminal. Uses `results.message_diffs`.
"""
