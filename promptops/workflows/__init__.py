"""One function per use case, a folder a command: what the command line calls.

What several commands share stands in `versions/` (prompts through time), `eval/` (runs and their folders) and
`project.py`. Nothing here prints, parses arguments or reads the environment. Imports everything below.
"""
