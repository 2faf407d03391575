"""What `pin`, `rollback` and `verify` say."""
