"""What every report and message shares: inert text, figures in words, cutting to length, and what hides in texts.

Pure functions of strings. Imports model and errors only.
"""
