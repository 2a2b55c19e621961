"""Shapley values of a set function that is dear to ask."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

EXACT = 4  # players at most, of which all orders are looked at


def shapley(
    worth: Callable[[Sequence[tuple[bool, ...]]], np.ndarray], players: int, orders: int, seed: int
) -> np.ndarray:
    """Shapley values (Shapley, 1953) of a set function.

    Up to EXACT players all subsets are looked at; else `orders` random orders and their reverses (Castro et al.,
    Computers & Operations Research 36, 2009, p. 1726; Mitchell et al., JMLR 23, 2022).

    Parameters
    ----------
    worth : Callable
        Subsets, each a tuple of whether a player is in -> their worth [n].
    players : int
        Number of players.
    orders : int
        Random orders.
    seed : int
        Of the orders.

    Returns
    -------
    ndarray
        [players]; their sum is the worth of all less that of none.
    """
    if players <= EXACT:
        subsets = list(itertools.product((False, True), repeat=players))
        known = dict(zip(subsets, worth(subsets), strict=True))
        values = np.zeros(players)
        for subset in subsets:
            size = sum(subset)
            for player in np.flatnonzero(~np.array(subset)):
                weight = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
                more = tuple(each or place == player for place, each in enumerate(subset))
                values[player] += weight * (known[more] - known[subset])
        return values
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(players) for _ in range(orders)]
    drawn += [order[::-1] for order in drawn]
    chains = [[tuple(np.isin(range(players), order[:size])) for size in range(players + 1)] for order in drawn]
    subsets = list(dict.fromkeys(itertools.chain.from_iterable(chains)))
    known = dict(zip(subsets, worth(subsets), strict=True))
    values = np.zeros(players)
    for order, chain in zip(drawn, chains, strict=True):
        values[order] += np.diff([known[subset] for subset in chain]) / len(drawn)
    return values
