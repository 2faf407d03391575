"""Single cases in a comment: both replies side by side, fields, lines to copy, what waits for people."""
