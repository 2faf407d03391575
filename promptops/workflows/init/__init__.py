"""A working prompt repository, begun in an empty folder or in one that is in use."""
