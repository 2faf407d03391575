"""A filled prompt in the form of each vendor's interface: pure data, no client is imported."""
