"""`promptops diff`: what really changes for the model, and whom it reaches."""
