"""What a template may take while it is filled: steps, characters, memory. Counted here, in the same process."""
