"""GitHub: its API, its events and how git is let in."""
