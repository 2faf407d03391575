"""One function per use case; the command line and the studio both call them."""
