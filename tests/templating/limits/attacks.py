"""Templates that make much of little, or go on for ever. Each is short, and none is a fork's privilege."""

from __future__ import annotations

SHARED = "{% set l = [1] %}{% set m = [1] %}" + "{% set l = [l, l] %}{% set m = [m, m] %}" * 60
"""Sixty lists that are 2^60 items as soon as somebody looks at all of them."""
TUPLES = SHARED.replace("[l, l]", "(l, l)").replace("[1]", "(1,)")
BIG = "{% set a = 'x' * 9000000 %}{% set b = a ~ '' %}"
MANY = "{% for i in range(99999) %}"

WORK = {
    "loops in loops": MANY * 2 + "{% endfor %}" * 2,
    "a loop with a long body": MANY + "{% for j in range(999) %}" + "{% set x = 1 %}" * 900 + "{% endfor %}" * 2,
    "a loop that writes much": MANY + "{{ i }}" * 900 + "{% endfor %}",
    "a filter's loop in a loop": MANY + "{% for j in range(99999) | map('string') %}{% endfor %}{% endfor %}",
    "a macro that calls itself twice": "{% macro f(n) %}{% if n < 60 %}{{ f(n + 1) }}{{ f(n + 1) }}{% endif %}"
    "{% endmacro %}{{ f(0) }}",
    "a recursive loop": "{% for x in [1, 2] recursive %}{% if loop.depth < 60 %}{{ loop([1, 2]) }}{% endif %}"
    "{% endfor %}",
    "call blocks in call blocks": "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}"
    + "{% call m() %}" * 25
    + "x"
    + "{% endcall %}" * 25,
    "a cycler": "{% set c = cycler(*range(99999)) %}"
    + MANY
    + "{% for j in range(999) %}{{ c.next() }}"
    + "{% endfor %}" * 2,
    "sorting in a loop": MANY + "{{ range(99999) | list | sort | length }}{% endfor %}",
    "grouping in a loop": MANY + "{{ ([{'a': 1}] * 9999) | groupby('a') | list | length }}{% endfor %}",
    "a sum of lists": "{{ ([[1]] * 99999) | sum(start=[]) | length }}",
    "large texts compared": BIG + MANY * 2 + "{% if a == b %}{% endif %}{% endfor %}" + "{% endfor %}",
    "a large text searched": BIG + MANY + "{% if 'y' in a %}{% endif %}{% endfor %}",
    "a large text in capitals": BIG + MANY + "{{ (a | upper)[:1] }}{% endfor %}",
    "a large text's methods": BIG + MANY + "{{ a.upper().count('y') }}{% endfor %}",
    "a large text's words": BIG + MANY + "{{ a | wordcount }}{% endfor %}",
    "a large text's titles": BIG + MANY + "{{ (a | title)[:1] }}{% endfor %}",
    "a large text split": BIG + MANY + "{{ a.split('x') | length }}{% endfor %}",
    "a list searched by its methods": "{% set l = range(99999) | list %}{% for i in range(9999) %}{{ l.count(-1) }}"
    "{% endfor %}",
    "a range searched by its methods": "{% for i in range(9999) %}{{ range(99999).count('x') }}{% endfor %}",
    "a group copied": "{% set d = dict(range(10000) | batch(2)) %}{% for i in range(9999) %}{{ d.copy() | length }}"
    "{% endfor %}",
    "numbers read from digits": "{% set n = '9' * 4000 %}{% for i in range(9999) %}{{ n | int % 7 }}{% endfor %}",
    "a large text escaped": BIG + "{% for i in range(9) %}{{ a | escape | length }}{% endfor %}",
    "a list laid out": "{% set l = range(9999) | list %}{% for i in range(99) %}{{ l | pprint | length }}{% endfor %}",
    "a large text fenced": BIG + "{% for i in range(9) %}{{ a | fence | length }}{% endfor %}",
    "groups of one": "{{ range(99999) | groupby('real') | list | length }}",
    "a large text searched by a test": BIG + "{% for i in range(99) %}{{ 'xy' is in a }}{% endfor %}",
    "a large text searched some times": BIG + "{% for i in range(99) %}{{ 'xy' in a }}{% endfor %}",
    "a large text backwards": BIG + "{% for i in range(100) %}{{ a[::-1] | length }}{% endfor %}",
    "links by pattern": "{{ ('a@' * 900000) | urlize }}",
    "tags that are none": "{{ ('<!---->' * 900000) | striptags }}",
    "hyphens": "{{ ('-' * 900000) | wordwrap(5) | length }}",
    "a counter put back": "{{ [-10**9] | map(' spend') | list | length }}" + MANY * 2 + "{% endfor %}" * 2,
}
"""Each takes too much work."""

TEXTS = {
    "doubling by ~": "{% set n = namespace(s='a') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "doubling by +": "{% set n = namespace(s='a') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}",
    "doubling without a loop": "{% set s = 'a' * 10 %}" + "{% set s = s ~ s %}" * 60,
    "doubling by replace": "{% set s = 'aa' %}" + "{% set s = s | replace('a', 'aa') %}" * 60,
    "a constant times a number": "{{ 'a' * 200000000 }}",
    "a number times a name": "{% set n = 200000000 %}{{ n * 'a' }}",
    "lists of lists": "{{ [[[1] * 10000] * 10000] * 10000 }}",
    "center": "{{ 'a' | center(900000000) }}",
    "center by name": "{{ 'a' | center(width=900000000) }}",
    "center of each": "{{ ['a'] | map('center', 900000000) | list | length }}",
    "a condition's center": "{{ 1 if 'a' | center(900000000) }}",
    ".center": "{{ 'a'.center(900000000) }}",
    ".ljust": "{{ 'a'.ljust(900000000) }}",
    ".rjust": "{{ 'a'.rjust(900000000) | length }}",
    ".zfill": "{{ 'a'.zfill(900000000) }}",
    ".expandtabs": "{{ '\t'.expandtabs(900000000) }}",
    ".expandtabs by name": "{{ '\t'.expandtabs(tabsize=900000000) }}",
    ".replace": "{{ ('a' * 100000).replace('a', 'b' * 100000) }}",
    ".join": "{{ ('x' * 100000).join(['a'] * 100000) }}",
    ".translate": "{{ ('a' * 9000000).translate({97: 'b' * 9000000}) }}",
    ".to_bytes": "{{ (1).to_bytes(900000000, 'big') | length }}",
    ".format": "{{ '{:>999999999}'.format(1) }}",
    ".format of a width": "{{ '{:>{w}}'.format(1, w=999999999) }}",
    ".format_map": "{{ '{a:>999999999}'.format_map({'a': 1}) }}",
    "%*d": "{{ '%*d' % (900000000, 1) }}",
    "%0d": "{{ '%099999999d' % 1 }}",
    "%.f": "{{ '%.999999999f' % 1.5 }}",
    "format": "{{ '%099999999d' | format(1) }}",
    "format with a star": "{{ '%*d' | format(900000000, 1) }}",
    "format by name": "{{ ('%(a)s' * 100) | format(a='x' * 900000) }}",
    "odd": "{{ '%999999999d' is odd }}",
    "divisible": "{{ '%999999999d' is divisibleby(3) }}",
    "odd of each": "{{ ['%999999999d'] | select('odd') | list }}",
    "indent": "{{ ('a\n' * 100000) | indent(1000000) }}",
    "indent of one line": "{{ 'a' | indent(900000000, true) }}",
    "indent by a text": "{{ ('a\n' * 100000) | indent('x' * 1000000) }}",
    "tojson": "{{ [1, 2, 3] | tojson(indent=900000000) }}",
    "tojson by a text": "{{ range(90000) | list | tojson('x' * 1000000) }}",
    "wordwrap": "{{ ('a ' * 100000) | wordwrap(1, wrapstring='x' * 1000000) }}",
    "replace": "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}",
    "replace nothing": "{{ ('a' * 100000) | replace('', 'b' * 100000) }}",
    "join": "{{ range(100000) | join('x' * 100000) }}",
    "join of each": "{{ range(100000) | map('string') | join('x' * 100000) }}",
    "xmlattr": BIG + "{{ {'a': a, 'b': b, 'c': a} | xmlattr }}",
    "truncate": "{{ ('x' * 300) | truncate(10, end='y' * 9999999) }}",
    "urlize": "{{ ('http://a.b ' * 9000) | urlize(rel='x' * 100000) }}",
    "set": BIG + "{% set x %}" + MANY + "{{ a }}{% endfor %}{% endset %}",
    "a message": BIG + MANY + "{{ a }}{% endfor %}",
    "a filter's block": BIG + "{% filter upper %}" + MANY + "{{ a }}{% endfor %}{% endfilter %}",
    "a macro": BIG + "{% macro m() %}" + MANY + "{{ a }}{% endfor %}{% endmacro %}{{ m() }}",
}
"""Each makes a text that is too long."""

VALUES = {
    "written": "{{ l }}", "as text": "{{ l | string }}", "joined by ~": "{{ l ~ '' }}", "as JSON": "{{ l | tojson }}",
    "compared": "{{ l == m }}", "looked for": "{{ l in [m] }}", "tested": "{{ l is eq m }}",
    "selected": "{{ [l] | select('eq', m) | list | length }}", "sorted": "{{ [l, m] | sort | length }}",
    "by %": "{{ '%s' % (l,) }}", "by format": "{{ '{}'.format(l) }}", "in capitals": "{{ l | upper }}",
    "in a link": "{{ {'a': l} | urlencode }}", "printed": "{{ l | pprint }}", "safe": "{{ l | safe }}",
    "a default": "{{ none_such | default(l) }}",
}  # fmt: skip
KEYS = {
    "a key": "{{ {l: 1} | length }}", "got": "{{ {}.get(l) }}", "an item": "{{ {}[l] is defined }}",
    "unique": "{{ [l] | unique | list | length }}",
}  # fmt: skip

HELD = {
    "parts": BIG + "{% set n = namespace(l=[]) %}" + MANY + "{% set n.l = n.l + [a[1:]] %}{% endfor %}",
    "sums": "{% set n = namespace(l=[], s='x' * 9000000) %}"
    + MANY
    + "{% set n.s = n.s ~ 'y' %}{% set n.l = n.l + [n.s] %}{% endfor %}",
    "of each": "{{ range(100000) | map('string') | map('center', 9000000) | list | length }}",
    "fields": "{{ ('{0}' * 100000).format('x' * 9999999) }}",
    "escaped": "{% autoescape true %}" + BIG + MANY + "{% set x %}{{ a }}{% endset %}{{ x[:1] }}{% endfor %}"
    "{% endautoescape %}{% set n = namespace(l=[]) %}" + MANY + "{% set n.l = [n.l, a | upper] %}{% endfor %}",
}
"""Each holds too many texts at once."""

NUMBERS = {
    "a power": "{{ 2 ** 10000000000 }}", "powers of powers": "{{ 10 ** (10 ** 8) }}",
    "squares": "{% set x = 9 %}" + "{% set x = x * x %}" * 60, "digits": "{{ ('9' * 9000000) | int }}",
    "hexadecimal digits": "{{ ('f' * 9000000) | int(base=16) % 7 }}", "round": "{{ 1 | round(1000000000) }}",
    "round downwards": "{{ 1 | round(-1000000000) }}", "floor": "{{ 1 | round(1000000000, 'floor') }}",
    "a float": "{{ ('9' * 9000000) | float }}",
}  # fmt: skip

LISTS = {
    "a list times a number": "{{ [1] * 200000000 }}", "letters": "{{ ('x' * 9000000) | list | length }}",
    "doubling a list": "{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = n.l + n.l %}{% endfor %}",
    "batch": "{{ [1] | batch(900000000, 0) | list | length }}", "slice": "{{ [1] | slice(900000000) | list | length }}",
}  # fmt: skip
