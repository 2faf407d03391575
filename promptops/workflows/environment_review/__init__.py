"""What a change does to environments, for whoever reviews it: versions, evidence, and what speaks against them.

Imports `audit`, `verify`, `pin`, `notes` and layers below.
"""
