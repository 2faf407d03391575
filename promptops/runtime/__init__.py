"""What an application imports: pinned prompts, rendered."""
