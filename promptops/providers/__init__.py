"""One Request in, one Reply out: one file a vendor, through its own client.

Here: calls, their errors as ProviderErrors, prices, and the embedded model's file. Not here: retries, limits and
budgets, which are the engine's. Imports source and below.
"""
