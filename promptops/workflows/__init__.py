"""One function per use case, a folder a command; the command line and the studio both call them.

What several commands share stands in `versions/` (prompts through time), `eval/` (runs and their folders) and
`project.py`. Nothing here prints, parses arguments or reads the environment. Imports everything below.
"""
