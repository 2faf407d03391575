"""What differs between two texts: words, and lines."""
