"""JSON that people type: cases a line each, strictly read, and what slips there mean."""
