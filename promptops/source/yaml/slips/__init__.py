"""Slips that people make in files that are nearly YAML: a detector a kind, tried only where a file is broken."""
