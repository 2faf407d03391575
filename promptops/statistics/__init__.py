"""Rates, paired comparisons, corrections, power and agreement: pure functions, numbers in and numbers out.

The closed forms import the standard library only; numpy loads inside the bootstrap and the permutation test.
"""
