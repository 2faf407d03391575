"""What several rules read off a prompt's sentences. Imports `engine`."""
