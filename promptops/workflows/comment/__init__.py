"""The pull request's one comment, posted and kept up to date."""
