"""JSON Schemas inside files: where they stand, and what is wrong with them in plain words.

Imports `engine` and `fields`.
"""
