"""P5: owners, pins and required criteria."""
