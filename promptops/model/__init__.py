"""What everything else talks about: frozen values without input or output. Imports errors only.

`outcomes/` are what commands found, `schemas/` the file formats.
"""
