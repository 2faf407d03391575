"""`promptops watch`: an answer to every save."""
