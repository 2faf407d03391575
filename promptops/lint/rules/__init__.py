"""One rule, one file; listed in promptops.lint.engine.registry. No rule imports another."""
