"""The project's file formats into model values, one format a file. Imports `yaml` and `source.py`; no git."""
