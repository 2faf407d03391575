"""One kind of evaluator, one file, listed in promptops.evals.registry; and what they share.

Not here: what passes and how scores are summed up. Imports templating, sandbox and below.
"""
