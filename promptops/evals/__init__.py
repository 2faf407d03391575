"""From a suite to a scorecard: plan, evaluators, comparison, gates.

Imports templating, statistics, providers, store and below.
"""
