"""`promptops init`: a working prompt repository, in an empty folder or in one that is in use."""
