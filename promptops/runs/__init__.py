"""Production runs: record, feedback, replay, promote."""
