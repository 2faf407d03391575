"""How often the product's own rules err: `make simulate` writes benchmarks/simulation.md and lint's table of power.

The rules are imported, never copied: what is quicker here (many suites' sign-flip tests as one product of matrices, one
answer for equal counts) is a function of the product too, and a test holds it to the slow way.
"""
