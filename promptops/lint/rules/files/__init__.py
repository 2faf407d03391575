"""P0: whether a file can be read and is what it seems."""
