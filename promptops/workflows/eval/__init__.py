"""`promptops eval`: from names of suites to results on disk.

The engine that asks models is in `evals.engine`. Imports `versions` and layers below.
"""
