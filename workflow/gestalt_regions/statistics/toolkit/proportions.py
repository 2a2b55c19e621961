"""Shares of images: tests of two shares, exact intervals, and the percentile bootstrap of a share in closed form."""

from __future__ import annotations

import numpy as np

from gestalt_regions.statistics.toolkit.bootstrap import interval

# Forms of the two-sided test of a share against a stated one. Two samples: the stated share as if measured on as many
# images, each share with its own variance, or both with one. One sample: the stated share has no error, and the
# variance is that of the stated share or of the new one.
UNPOOLED, POOLED = "two samples, unpooled variance", "two samples, pooled variance"
KNOWN, OWN = "one sample, variance of the stated share", "one sample, variance of the new share"
FORMS = (UNPOOLED, POOLED, KNOWN, OWN)


def proportions_p(share: float, n: float, stated: float, stated_n: float, form: str) -> float:
    """Two-sided p of the population-proportions z-test of a share against a stated one.

    Gurovich et al. (2019, Methods) name the test and no form of it. `gestalt_published` shows which give their p.

    Parameters
    ----------
    share : float
        Share of the n that are right, 0 to 1.
    n : float
        Images.
    stated : float
        The share it is compared with, 0 to 1.
    stated_n : float
        Images that the stated share was measured on; only two samples use it.
    form : str
        Of FORMS.

    Returns
    -------
    float
        p, 0 to 1; NaN where no image or no variance is left.

    Raises
    ------
    KeyError
        For an unknown form.
    """
    from statsmodels.stats.proportion import proportions_ztest, test_proportions_2indep

    if not n or not stated_n or not 0 <= stated <= 1:
        return float("nan")
    hits = share * n
    with np.errstate(divide="ignore", invalid="ignore"):
        if form == UNPOOLED:
            p = test_proportions_2indep(hits, n, stated * stated_n, stated_n, method="wald").pvalue
        elif form == POOLED:
            p = proportions_ztest([hits, stated * stated_n], [n, stated_n])[1]
        elif form == KNOWN:
            p = proportions_ztest(hits, n, stated, prop_var=stated)[1]
        elif form == OWN:
            p = proportions_ztest(hits, n, stated)[1] if 0 < share < 1 else np.nan
        else:
            raise KeyError(form)
    return float(p)


def exact_interval(hits: float, n: int, level: float) -> tuple[float, float]:
    """The interval of Clopper and Pearson (Biometrika 26, 1934, p. 404), which has a width also where all are right.

    Parameters
    ----------
    hits : float
        How many are right.
    n : int
        Of how many.
    level : float
        Of the interval, 0 to 1.

    Returns
    -------
    tuple of float
        Low and high, 0 to 1.
    """
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, n, alpha=1 - level, method="beta")
    return float(low), float(high)


def share_interval(share: float, draws: np.ndarray, level: float, groups: int) -> tuple[float, float]:
    """The interval of a share whose families are drawn; where all or none are right, a bootstrap has no width.

    Parameters
    ----------
    share : float
        0 to 1.
    draws : numpy.ndarray
        The share in each resample [B].
    level : float
        Of the interval, 0 to 1.
    groups : int
        Families with a value.

    Returns
    -------
    tuple of float
        Low and high: of a share of 0 or 1 the exact interval of as many families, otherwise as `bootstrap.interval`.
    """
    if share in (0.0, 1.0) and groups:
        return exact_interval(share * groups, groups, level)
    return interval(draws, level, groups)


def bootstrap_quantile(hits: int, n: int, quantile: float) -> float:
    """What the percentile bootstrap of a share over independent images tends to: a quantile of Binomial(n, hits / n).

    Parameters
    ----------
    hits : int
        How many are right.
    n : int
        Of how many.
    quantile : float
        Such as 0.025.

    Returns
    -------
    float
        A share, a multiple of 1 / n.
    """
    from scipy import stats

    return float(stats.binom.ppf(quantile, n, hits / n) / n) if 0 < hits < n else hits / n
