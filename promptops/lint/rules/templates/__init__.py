"""P1: inputs, templates and what they include."""
