"""What owners say in comments on a pull request: labels, and gates that they accept."""
