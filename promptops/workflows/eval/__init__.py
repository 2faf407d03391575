"""`promptops eval`: from names of suites to results on disk."""
