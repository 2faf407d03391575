"""The versions of one prompt as text, JSON and a page with a chart; the page's HTML is in `report/templates`.

Uses `diff` for what a version changed.
"""
