"""Environments, sealing (closure → digest), bundles and rollouts: what is pinned and whether it holds.

A pin's commit goes one way: `source.formats.environments` reads it from the file, `commit_sealing` seals the prompt as
it is there and compares the digest, a `Bundle` holds pins and contents, `runtime` swaps it in whole, and
`Prompts.get` hands it out. `sealing` is for one prompt, `unsealing` makes a closure of sealed bytes again; `document`,
`row_edits` and `yaml_format` edit an environment's file as text.

Imports templating, source and below. Nothing here writes a file or asks a remote.
"""
