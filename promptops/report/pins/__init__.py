"""What `pin`, `rollback` and `verify` say, as text and JSON. Uses `diff` for what a pin changes."""
