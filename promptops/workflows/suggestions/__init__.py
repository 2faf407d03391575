"""What lint can mend, proposed beside the lines of a pull request."""
