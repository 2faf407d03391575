"""`promptops diff`: what really changes for the model, and whom it reaches.

How it is shown is in `report.diff`. Imports `versions`, `eval.scoring_inputs` and layers below.
"""
