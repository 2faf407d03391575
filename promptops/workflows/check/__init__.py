"""`promptops github check`: lint and evaluation of a change."""
