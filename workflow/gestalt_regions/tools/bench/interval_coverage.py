"""How often a 95 % interval of a mean contains the true mean, when few groups are drawn.

python -m gestalt_regions.tools.bench.interval_coverage

Values of three kinds are drawn: normal, skewed (exponential), and shares of right answers (1 or 0). The table is that
of docs/concepts/intervals.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gestalt_regions.core.seeds import generator
from gestalt_regions.statistics.toolkit.bootstrap import mean_interval, percentiles

SIZES = (4, 6, 8, 10, 15, 20, 30, 90)
LEVEL = 0.95
KINDS = {
    "normal": (0.0, lambda rng, n: rng.normal(size=n)),
    "skewed": (1.0, lambda rng, n: rng.exponential(size=n)),
    "share of 0.7": (0.7, lambda rng, n: (rng.random(n) < 0.7).astype(float)),
}


def coverage(groups: int, kind: str, *, trials: int, resamples: int, seed: int) -> dict[str, object]:
    """The share of samples whose interval contains the true mean.

    Parameters
    ----------
    groups : int
        Independent values in a sample.
    kind : str
        Of KINDS.
    trials : int
        Samples.
    resamples : int
        Bootstrap resamples of each.
    seed : int
        Draws all of it.

    Returns
    -------
    dict
        kind, groups, percentile (bootstrap) and student (t): shares, 0 to 1.
    """
    (truth, draw), rng = KINDS[kind], generator(seed, "bench", "coverage", kind, groups)
    inside = np.zeros(2)
    for _ in range(trials):
        values = draw(rng, groups)
        drawn = values[rng.integers(0, groups, (resamples, groups))].mean(axis=1)
        ends = np.array([percentiles(drawn, LEVEL), mean_interval(values, LEVEL)])
        inside += (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    percentile, student = inside / trials
    return {"kind": kind, "groups": groups, "percentile": percentile, "student": student}


def main() -> pd.DataFrame:
    """Measure and print the table.

    Returns
    -------
    DataFrame
        A row for each kind and number of groups.
    """
    rows = [coverage(n, kind, trials=4000, resamples=1000, seed=1) for kind in KINDS for n in SIZES]
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    return table


if __name__ == "__main__":
    main()
