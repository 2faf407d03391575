"""One Request in, one Reply out: one file a vendor, through its own client.

Nothing here retries. Imports source and below.
"""
