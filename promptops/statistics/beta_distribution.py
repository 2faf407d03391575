"""The beta distribution, for exact bounds: in plain Python, for lint asks for them and numpy has none."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_PRECISION = 1e-15
_MOST_EXPONENT = 700.0  # beyond, exp overflows


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b); a, b > 0 and real, 0 ≤ x ≤ 1.

    For whole numbers it is a binomial tail: I_p(k, n − k + 1) = P(X ≥ k) for X of n cases with rate p. To about
    1e-13, 1e-10 for 100,000 cases. ValueError otherwise.

    Source: DLMF 8.17.22, its continued fraction, by Lentz's method; mirrored (8.17.4) where it converges faster.
    """
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError(f"no beta distribution: {x} of ({a}, {b})")
    if x in (0, 1):
        return float(x)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_cdf(1 - x, b, a)
    scale = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return min(1.0, scale * _continued_fraction(x, a, b))


def beta_quantile(share: float, a: float, b: float) -> float:
    """The x below which `share` of the beta distribution lies; share in (0, 1).

    To 1e-15 or what the sums allow. Newton's method, bisecting where a step would leave what holds the answer.
    """
    log_beta = lgamma(a) + lgamma(b) - lgamma(a + b)
    low, high, x = 0.0, 1.0, min(max(a / (a + b), _TINY), 1 - _PRECISION)
    while high - low > _PRECISION:
        miss = beta_cdf(x, a, b) - share
        low, high = (low, x) if miss > 0 else (x, high)
        slope = exp(min((a - 1) * log(x) + (b - 1) * log1p(-x) - log_beta, _MOST_EXPONENT))
        step = x - miss / slope if slope else low
        if abs(step - x) <= _PRECISION:
            break
        x = step if low < step < high else (low + high) / 2
        if x in (low, high):
            break
    return x


def _continued_fraction(x: float, a: float, b: float) -> float:
    front, back = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1))
    total = back
    m = 0
    while True:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            back = 1.0 / _away_from_zero(1.0 + term * back)
            front = _away_from_zero(1.0 + term / front)
            total *= back * front
        if abs(back * front - 1.0) < _PRECISION:
            return total


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
