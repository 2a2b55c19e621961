"""p values as they are stored and printed: corrected for multiple tests, and never zero."""

from __future__ import annotations

import numpy as np

SMALLEST = float(np.finfo(float).tiny)  # 2.2e-308: a smaller p is stored as this, which is then an upper bound


def bounded(p: np.ndarray | float) -> np.ndarray:
    """p values of which none is zero: no test gives certainty, a float only cannot hold what is smaller.

    Parameters
    ----------
    p : numpy.ndarray or float
        p values.

    Returns
    -------
    numpy.ndarray
        At least SMALLEST; NaN stays NaN.
    """
    return np.maximum(np.asarray(p, dtype=float), SMALLEST)


def correct(p: np.ndarray, method: str) -> np.ndarray:
    """Correct p values of one family for multiple tests.

    Parameters
    ----------
    p : numpy.ndarray
        p values [n]; undefined ones (NaN) do not count in the family.
    method : str
        Of pingouin's multicomp: none, holm, bonferroni, fdr_bh, fdr_by.

    Returns
    -------
    numpy.ndarray
        Corrected p values [n]; undefined ones stay NaN.
    """
    import pingouin  # takes a second to import, and not every job that imports this module corrects

    return pingouin.multicomp(np.asarray(p, dtype=float), method=method)[1]
