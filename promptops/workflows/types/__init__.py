"""Typed access to prompts, generated as a Python module, so that a checker knows what each prompt takes."""
