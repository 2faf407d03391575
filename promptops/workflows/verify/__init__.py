"""`promptops verify` and `bundle`: whether pins hold, and one file of what they serve.

Sealing is in `pins`, checking signatures in `source.git.signing`. Imports `project` and layers below.
"""
