"""Which sealed format a prompt needs: whether a value in it can become another text by the one rule than by Python's.

`shapes` says what a value may be, from JSON Schema; `filter_shapes` what a filter makes of it; `conversions` walks a
prompt's templates and finds the places where the two rules can differ. Lint asks the same.
"""
