"""What a run leaves behind: reply cache, journal and results.json, read and written. The only user of databases.

Imports model and errors only: what replies and results mean is for evals, how they are shown for report.
"""
