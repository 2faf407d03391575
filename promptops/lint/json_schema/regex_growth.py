"""How the work of a backtracking engine grows with the text, as far as it can be shown.

A state of the automaton that a text leads back to in two ways doubles the ways at each round: the work is exponential.
A chain of such states, each of which a text leads on from as well as back, is a polynomial of as many steps (Weber and
Seidl, "On the degree of ambiguity of finite automata", 1991). A look-around or a back-reference only takes ways away.
"""

from __future__ import annotations

from functools import lru_cache

from promptops.lint.json_schema.regex_positions import Positions, TooManyPositions, bits, read_positions

MAX_DEGREE = 3
"""Repetitions in a row that may share their text; each may begin anew at every place of it."""
_MOST_STATES = 100_000
"""States that are looked at for one pattern: less than a second."""

_MOST_WAYS = 1_000_000
_LENGTH = 80
"""A text of so many characters; one that only MAX_DEGREE repetitions share has fewer ways through than the most."""

Pair = tuple[int, ...]


@lru_cache(maxsize=512)
def may_take_for_ever(pattern: str) -> bool:
    """Whether it can be shown, or cannot be ruled out. Raises re.error and its like for what is no expression."""
    try:
        positions = read_positions(pattern)
        return positions.is_ambiguous or _Growth(positions).is_too_much()
    except TooManyPositions:
        return True


class _Growth:
    def __init__(self, positions: Positions) -> None:
        self._found = positions
        self._states = 0
        self._reach = self._closure()
        self._loops = [number for number, reached in enumerate(self._reach) if reached >> number & 1]

    def is_too_much(self) -> bool:
        if any(self._reach[after] >> number & 1 for number in self._loops for after in bits(self._found.twice[number])):
            return True
        seen: set[int] = set()
        for number in self._loops:
            if number not in seen:
                component = [other for other in self._loops if self._together(number, other)]
                seen.update(component)
                if self._parts_and_meets(number, component):
                    return True
        return self._degree() > MAX_DEGREE or self._ways() > _MOST_WAYS

    def _ways(self) -> int:
        """In how many ways a short text is read, each character the one that leaves the most.

        `a?a?a?aaa` and `(aa?|a)(aa?|a)` have few choices at each place, no repetition, and ways without number.
        """
        classes = {
            bits_of
            for place in range(max(self._found.characters, default=0).bit_length())
            if (bits_of := sum(1 << n for n, held in enumerate(self._found.characters) if held >> place & 1))
        }
        ways = dict.fromkeys(bits(self._found.first), 1)
        most = 0
        for _ in range(_LENGTH):
            ways = max(({n: w for n, w in ways.items() if held >> n & 1} for held in classes), key=_total, default={})
            most = max(most, _total(ways))
            self._states += sum(self._found.follow[number].bit_count() for number in ways) + len(ways) * len(classes)
            if self._states > _MOST_STATES:
                raise TooManyPositions
            onward: dict[int, int] = {}
            for number, count in ways.items():
                for after in bits(self._found.follow[number]):
                    onward[after] = onward.get(after, 0) + count
            ways = onward
        return most

    def _together(self, one: int, other: int) -> bool:
        return bool(self._reach[one] >> other & 1 and self._reach[other] >> one & 1)

    def _closure(self) -> list[int]:
        """Which positions come after each, sooner or later."""
        reach = list(self._found.follow)
        order = range(len(reach))
        for middle in order:
            for number in order:
                if reach[number] >> middle & 1:
                    reach[number] |= reach[middle]
        return reach

    def _steps(self, state: Pair) -> list[Pair]:
        """Where one character leads several walkers at once."""
        states: list[tuple[int, Pair]] = [(-1, ())]
        for number in state:
            self._states += len(states) * self._found.follow[number].bit_count()
            if self._states > _MOST_STATES:
                raise TooManyPositions
            states = [
                (shared & self._found.characters[after], (*taken, after))
                for shared, taken in states
                for after in bits(self._found.follow[number])
                if shared & self._found.characters[after]
            ]
        return [taken for _, taken in states]

    def _walk(self, start: Pair, allowed: list[int] | None = None) -> dict[Pair, list[Pair]]:
        """The states that are reached from one, each with those before it."""
        before: dict[Pair, list[Pair]] = {}
        inside, known, waiting = set(allowed or ()), {start}, [start]
        while waiting:
            state = waiting.pop()
            for after in self._steps(state):
                if allowed is not None and not inside.issuperset(after):
                    continue
                before.setdefault(after, []).append(state)
                if after not in known:
                    known.add(after)
                    waiting.append(after)
        return before

    def _parts_and_meets(self, number: int, component: list[int]) -> bool:
        """Whether one text leads back to a position in two ways."""
        start: Pair = (number, number)
        before = self._walk(start, component)
        leading, waiting = {start}, [start]
        while waiting:
            for state in before.get(waiting.pop(), ()):
                if state not in leading:
                    leading.add(state)
                    waiting.append(state)
        return any(one != other for one, other in leading)

    def _degree(self) -> int:
        """The longest chain of repetitions of which a text may end one and begin the next at any place."""
        chains: dict[int, int] = {}
        for number in sorted(self._loops, key=lambda one: self._reach[one].bit_count()):
            onward = [other for other in self._loops if self._reach[number] >> other & 1]
            later = [other for other in onward if not self._together(number, other)]
            best = 0
            for other in later:
                if chains[other] > best and (number, other, other) in self._walk((number, number, other)):
                    best = chains[other]
            chains[number] = 1 + best
        for number in self._loops:  # those of one loop share their chains
            chains[number] = max(
                chains[other] for other in self._loops if other == number or self._together(number, other)
            )
        return max(chains.values(), default=0)


def _total(ways: dict[int, int]) -> int:
    return sum(ways.values())
