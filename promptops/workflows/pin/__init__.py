"""`promptops pin`, `rollback` and the pull request that proposes a pin: what an environment serves.

Editing the file as text is in `pins`. Imports `diff`, `notes`, `versions` and layers below.
"""
