"""One rule, one file; listed in promptops.lint.registry."""
