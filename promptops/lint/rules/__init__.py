"""One rule, one file, listed in promptops.lint.engine.rule_index. No rule imports another.

The file's docstring is its manual page: what, why, `Bad:` and `Good:`. `CODE` is the rule's code, and the file's name
says the rest: p101_unused_input is P101 unused-input. `PREFILTER` says which files it looks at, and `check(target)`
gives what it finds in one of them: in the file itself, in a template it reaches, or in its file of cases. A rule
without a PREFILTER sees all files together: `check(survey)`.
"""
