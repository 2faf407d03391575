"""A whole check, of lint and of several suites, in one page of each form; on a pull request `comment` makes that page.

Uses `results` for each suite's part, `lint` and `comment`.
"""
