"""What several rules read off a template's text, without running it. Imports `engine`."""
