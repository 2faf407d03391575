"""What a good colleague would say about a prompt, before anybody runs it.

`engine/` runs the rules and holds what every rule is handed; `rules/` has one file a rule, in groups by the first
digit of their codes; `baseline/` tells what was found before a change; the other folders are what rules share, by
subject. No model is asked and nothing is rendered.
Imports pins, templating, statistics, providers' prices, source and below; rules are imported by name, when a file
needs them.
"""
