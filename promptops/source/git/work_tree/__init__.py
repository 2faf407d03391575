"""What git knows of the files of a work tree: which are left out, and what it would store. Imports `source.git`."""
