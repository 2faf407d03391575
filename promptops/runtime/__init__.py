"""What an application imports: pinned prompts, rendered.

Imports pins, templating, source and below; never workflows, lint or evals.
"""
