"""Where a change of some pixels can reach: intervals along one side of the image, followed through a network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

NEARLY_ALL = 0.9  # a span that covers this share of a map is taken as all of it: no border has to be patched in


@dataclass(frozen=True)
class Sweep:
    """How a layer reads along one side: output o sees o * stride - before ... + (kernel - 1) * dilation.

    Attributes
    ----------
    kernel, stride, dilation : int
        Of the layer.
    before : int
        Its padding.
    """

    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0  # padding

    @property
    def reach(self) -> int:
        """From the first place that an output sees to the last.

        Returns
        -------
        int
            Places.
        """
        return (self.kernel - 1) * self.dilation

    def after(self, length: int, out: int) -> int:
        """Padding that the last output needs behind a map.

        Parameters
        ----------
        length : int
            Of the map.
        out : int
            Number of outputs.

        Returns
        -------
        int
            Places, 0 or more.
        """
        return max(0, (out - 1) * self.stride + self.reach + 1 - length - self.before)


SAME_PLACE = Sweep()


@dataclass(frozen=True)
class Span:
    """For several windows: the changed places of a map along one side.

    Attributes
    ----------
    first, last : tuple of int
        First and last changed place for each window.
    length : int
        Places that the map has.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    length: int

    @property
    def size(self) -> int:
        """Places computed for each window: enough for the one that changes most.

        Returns
        -------
        int
            At most the length.
        """
        size = max(b - a + 1 for a, b in zip(self.first, self.last, strict=True))
        return self.length if size >= NEARLY_ALL * self.length else size

    @property
    def starts(self) -> list[int]:
        """First place computed for each window; all windows compute `size` places.

        Returns
        -------
        list of int
            One for each window.
        """
        return [min(a, self.length - self.size) for a in self.first]

    @property
    def whole(self) -> bool:
        """Whether every place is computed.

        Returns
        -------
        bool
            True if nothing is left of the map.
        """
        return self.size == self.length

    def through(self, sweep: Sweep, out: int) -> Span:
        """The outputs that see a changed place.

        Parameters
        ----------
        sweep : Sweep
            How the layer reads.
        out : int
            Number of its outputs.

        Returns
        -------
        Span
            Of the output.
        """
        first, last = [], []
        for a, b in zip(self.first, self.last, strict=True):
            begin = min(max(0, math.ceil((a + sweep.before - sweep.reach) / sweep.stride)), out - 1)
            first.append(begin)
            # a stride may step over the change; then one place is computed for nothing
            last.append(max(begin, min((b + sweep.before) // sweep.stride, out - 1)))
        return Span(tuple(first), tuple(last), out)

    def union(self, other: Span) -> Span:
        """The places that are changed here or there.

        Parameters
        ----------
        other : Span
            Of the same windows and map.

        Returns
        -------
        Span
            From the lower first to the higher last.
        """
        first, last = (tuple(map(f, *pairs)) for f, pairs in self._pairs(other))
        return Span(first, last, self.length)

    def _pairs(self, other: Span) -> list[tuple]:
        return [(min, (self.first, other.first)), (max, (self.last, other.last))]


def windows(size: int, window: int, stride: int) -> list[tuple[int, int]]:
    """Every window along one side; the last one may be cut at the border (as captum does).

    Parameters
    ----------
    size : int
        Of the side, pixels.
    window : int
        Of a window, pixels.
    stride : int
        From window to window, pixels.

    Returns
    -------
    list of tuple
        [start, stop) each.
    """
    count = max(0, -(-(size - window) // stride)) + 1
    return [(start, min(start + window, size)) for start in range(0, min(count * stride, size), stride)]


def split(windows: Sequence[tuple[int, int]], most: int) -> list[list[tuple[int, int]]]:
    """Neighbouring windows in even groups.

    Parameters
    ----------
    windows : Sequence of tuple
        [start, stop) each.
    most : int
        Windows in a group, at most.

    Returns
    -------
    list of list
        The groups.
    """
    groups = -(-len(windows) // max(1, most))
    edges = [round(i * len(windows) / groups) for i in range(groups + 1)]
    return [list(windows[a:b]) for a, b in pairwise(edges)]
