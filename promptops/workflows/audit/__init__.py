"""`promptops audit`: who wrote, approved and pinned what environments serve."""
