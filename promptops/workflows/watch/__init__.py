"""`promptops watch`: what each saved file means for prompts, lint and suites.

Following the file system is `source.files.watcher`'s. Imports `diff`, `versions` and layers below.
"""
