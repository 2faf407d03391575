"""`promptops audit`: who wrote, approved and pinned what environments serve.

Whether pins hold is `verify`'s answer. Imports `verify`, `notes`, `versions` and layers below.
"""
