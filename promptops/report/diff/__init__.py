"""A diff of two versions as text, markdown and JSON; history, pins and audit show changes with its words."""
