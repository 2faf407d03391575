"""`promptops pin` and `rollback`: what an environment serves."""
