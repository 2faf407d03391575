"""SSH signatures of commits, and who may sign. Imports `source.git`."""
