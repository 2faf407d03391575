"""`promptops lint --staged`: lint of what git would commit. Lint of files as they are needs no workflow."""
