"""What of the findings in a change was there before it: two reports of lint are compared. No I/O.

Uses `engine`; `rules` and what they share know nothing of it.
"""
