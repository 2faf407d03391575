"""The only reader of files: a work tree, a commit or a bundle behind one protocol."""
