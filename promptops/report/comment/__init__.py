"""What is written on a pull request: `compose` makes every page, `markdown` a suite's part of it, the rest are parts.

Whoever writes a comment calls `compose` (for answers to commands `command_replies`) and words nothing itself. Posting
is forge's and workflows' work. Uses `results`, and for environments `diff`, `pins` and `audit`.
"""
