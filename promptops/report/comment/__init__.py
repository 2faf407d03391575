"""The comment on a pull request and the pages made of it."""
