"""Who serves models: how each is spoken to, where it is, and which variables hold its address and key."""
