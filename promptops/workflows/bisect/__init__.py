"""`promptops bisect`: the commit at which a criterion regressed."""
