"""What a model would receive: one prompt filled, as messages, as a whole request, and as a command that sends it."""
