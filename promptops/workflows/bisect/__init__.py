"""`promptops bisect`: the commit at which a criterion regressed.

Measuring is `eval`'s, reading a prompt's past is `versions`'. Imports both, `history` and layers below.
"""
