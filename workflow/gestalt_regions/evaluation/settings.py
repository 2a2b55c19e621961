"""What the schema of config evaluation cannot say."""

from __future__ import annotations

from collections.abc import Mapping

from gestalt_regions.errors import InputError


def check(evaluation: Mapping, folds: int) -> None:
    """InputError for curves that do not run from 0 to 1, squares of no size, and more folds than there are."""
    objective, where = evaluation["objective"], "config evaluation"
    shares = objective["shares"]
    if shares != sorted(shares) or shares[0] != 0 or shares[-1] != 1:
        raise InputError(f"{where}.objective.shares is {shares}; the shares must rise from 0 to 1")
    squares = objective["squares"]
    if squares["smallest"] > squares["largest"]:
        raise InputError(f"{where}.objective.squares: smallest is {squares['smallest']}, above largest")
    if evaluation["sanity"]["folds"] > folds:
        raise InputError(f"{where}.sanity.folds is {evaluation['sanity']['folds']}; config folds.n is {folds}")
