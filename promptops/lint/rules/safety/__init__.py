"""P2: text from outside, secrets, personal data, hidden characters."""
