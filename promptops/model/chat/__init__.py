"""What chat models take and what they give, beyond one maker: parameters, reasons to stop, thoughts, tokens."""
