"""One kind of evaluator, one file; listed in promptops.evals.registry."""
