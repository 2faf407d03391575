"""Runs the rules over files: targets, suppressions, redaction, fixes, the registry and the manual. No rule lives here.

Imports nothing else of lint: rules and subjects import this folder.
"""
