"""P4: cases, criteria and gates."""
