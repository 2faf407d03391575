"""Results as git notes: written, read, and compared for drift."""
