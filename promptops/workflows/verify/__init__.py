"""`promptops verify` and `bundle`: whether pins hold, and one file of what they serve."""
