"""Rates, paired comparisons, corrections and agreement: pure functions."""
