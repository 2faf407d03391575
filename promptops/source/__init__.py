"""The only reader of the project's files, and the only user of git and yaml.

`files/` is a work tree, `git/` a repository, `yaml/` the reader with places, `formats/` turns files into model
values, `project.py` is one project at one version. Nothing here knows of lint, evaluation or GitHub. Imports text,
model, errors.
"""
