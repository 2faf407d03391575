"""Rates, paired comparisons, corrections, power and agreement: pure functions, numbers in and numbers out.

Not here: which test a criterion gets, and what its result means for a gate; that is for evals. The closed forms import
the standard library only; numpy loads inside the bootstrap and the permutation test, and with `paired_outcomes`, which
the exact tests import where they need it. Nothing of promptops is imported.
"""
