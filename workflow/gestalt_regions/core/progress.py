"""Progress of long work: count, rate and time left, at most one line every few seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
log = logging.getLogger("gestalt_regions")


class Progress:
    """Logs `done/total unit, rate/s, time left`, and once at the end.

    Parameters
    ----------
    total : int
        Units to do.
    unit : str
        What one is called.
    every : float
        Seconds between two lines.
    """

    def __init__(self, total: int, unit: str, every: float = 10.0) -> None:
        self.total, self.unit, self.every, self.done = total, unit, every, 0
        self.start = self.last = time.monotonic()

    def update(self, n: int = 1) -> None:
        """Count units that are done; log a line if it is time.

        Parameters
        ----------
        n : int
            Units done since the last call.
        """
        self.done += n
        now = time.monotonic()
        if now - self.last < self.every and self.done < self.total:
            return
        self.last = now
        rate = self.done / max(now - self.start, 1e-9)
        left = (self.total - self.done) / rate if rate else float("inf")
        log.info("%d/%d %s, %.1f/s, %.0f s left", self.done, self.total, self.unit, rate, left)


def track(items: Iterable[Item], total: int, unit: str) -> Iterator[Item]:
    """Pass items on and log the progress.

    Parameters
    ----------
    items : iterable
        The items.
    total : int
        How many there are.
    unit : str
        What one is called.

    Yields
    ------
    object
        The items, in their order.
    """
    progress = Progress(total, unit)
    for item in items:
        yield item
        progress.update()
