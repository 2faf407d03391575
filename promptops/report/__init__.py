"""Results become text, markdown, HTML, JSON and JUnit. Pure functions."""
