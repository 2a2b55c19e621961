"""An interval of the rank-biserial correlation of two groups that lie wholly apart, where resampling sees no spread."""

from __future__ import annotations

from scipy import stats
from scipy.optimize import brentq


def separated_interval(sign: float, n: int, m: int, level: float) -> tuple[float, float]:
    """Interval of a rank-biserial correlation of 1 or -1 (Newcombe 2006, method 5).

    With r = 2 A - 1, where A is the probability that one group's value is the larger. The bound is the A whose own
    standard error, in the form of Hanley and McNeil, puts it z standard errors from 1. It needs no spread of the data.

    Parameters
    ----------
    sign : float
        1 or -1: the correlation.
    n, m : int
        Independent values of the two groups.
    level : float
        Coverage, 0 to 1.

    Returns
    -------
    tuple of float
        Low and high; one of them is `sign`.
    """
    z, mean_size = stats.norm.isf((1 - level) / 2), (n + m) / 2 - 1

    def _distance(area: float) -> float:
        spread = area * (1 + mean_size * (1 - area) / (2 - area) + mean_size * area / (1 + area)) / (n * m)
        return (1 - area) - z**2 * spread  # both sides are divided by 1 - A

    bound = 2 * brentq(_distance, 0, 1) - 1
    return (bound, 1.0) if sign > 0 else (-1.0, -bound)
