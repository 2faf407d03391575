"""One Request in, one Reply out."""
