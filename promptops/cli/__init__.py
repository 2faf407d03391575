"""One thin file per command: arguments in, workflow called, report printed. `main` prints errors and sets exit codes.

The only place that reads the environment. No work is done here.
"""
