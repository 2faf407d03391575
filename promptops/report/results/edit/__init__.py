"""What was edited, told once: the files as they are written, and what cases receive of it."""
