"""The versions of one prompt as text, JSON and a page."""
