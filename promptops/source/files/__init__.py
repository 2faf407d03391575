"""Files of a directory: read, listed, watched, written whole. Knows no format and no git."""
