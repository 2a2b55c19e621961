"""Small charts within the rows of a table. They are drawn with shares of the width, so they fit any screen.

Each stands beside its numbers, so a reader who hears the page misses nothing: the charts themselves are not read out.
Marks differ in shape as well as in colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

MARGIN = 4  # percent of the width at each end, so that no mark is cut


@dataclass(frozen=True)
class Axis:
    """The values from which to which a chart goes."""

    low: float
    high: float

    def place(self, value: float) -> str:
        """Where a value lies.

        Parameters
        ----------
        value : float
            Cut to the axis.

        Returns
        -------
        str
            Percent of the width, as SVG has it.
        """
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return f"{MARGIN + (100 - 2 * MARGIN) * min(max(share, 0.0), 1.0):.2f}%"


def axis_over(values: Iterable[float], *, zero: bool = True) -> Axis:
    """An axis on which all values lie.

    Parameters
    ----------
    values : iterable of float
        Those that are not finite do not count.
    zero : bool
        Whether 0 lies on it too.

    Returns
    -------
    Axis
        From 0 to 1 where there is no value.
    """
    numbers = [float(value) for value in values if np.isfinite(value)] + ([0.0] if zero else [])
    return Axis(min(numbers), max(numbers)) if numbers and max(numbers) > min(numbers) else Axis(0.0, 1.0)


def _svg(parts: Iterable[str], height: int, kind: str) -> Markup:
    return Markup(f'<svg class="strip {kind}" width="100%" height="{height}" aria-hidden="true">{"".join(parts)}</svg>')


def _line(axis: Axis, low: float, high: float, y: float, kind: str) -> str:
    if not np.isfinite([low, high]).all():
        return ""
    return f'<line class="{kind}" x1="{axis.place(low)}" x2="{axis.place(high)}" y1="{y}" y2="{y}"/>'


def _upright(axis: Axis, value: float, top: float, bottom: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{axis.place(value)}" x2="{axis.place(value)}" y1="{top}" y2="{bottom}"/>'


def _diamond(axis: Axis, value: float, y: float) -> str:
    return f'<svg x="{axis.place(value)}" y="{y}" overflow="visible"><path class="mark" d="M0-6L5 0L0 6L-5 0Z"/></svg>'


def spread_chart(axis: Axis, mean: float, low: float, high: float, points: Sequence[float]) -> Markup:
    """Mean, range and single values of several networks.

    Parameters
    ----------
    axis : Axis
        Of all rows.
    mean, low, high : float
        Mean, least and greatest.
    points : sequence of float
        One a network.

    Returns
    -------
    Markup
        An SVG.
    """
    dots = [f'<circle class="point" cx="{axis.place(point)}" cy="14" r="3"/>' for point in points]
    parts = [_line(axis, axis.low, axis.high, 14, "rail"), _line(axis, low, high, 14, "range"), *dots]
    return _svg([*parts, _diamond(axis, mean, 14)], 28, "spread")


def percentile_bar(percentile: float) -> Markup:
    """Where a value lies among those of the study's faces.

    Parameters
    ----------
    percentile : float
        0 to 100.

    Returns
    -------
    Markup
        An SVG; nothing where the percentile is not known.
    """
    if not np.isfinite(percentile):
        return Markup("")
    axis = Axis(0, 100)
    parts = [_line(axis, 0, 100, 12, "rail"), _line(axis, 25, 75, 12, "middle"), _diamond(axis, percentile, 12)]
    return _svg(parts, 24, "percentile")


def _box(axis: Axis, quantiles: Mapping[str, float], y: float, kind: str) -> list[str]:
    if not np.isfinite(quantiles["q50"]):
        return []
    return [
        _line(axis, quantiles["q05"], quantiles["q95"], y, f"whisker {kind}"),
        _line(axis, quantiles["q25"], quantiles["q75"], y, f"box {kind}"),
        _upright(axis, quantiles["q50"], y - 5, y + 5, "median"),
    ]


def box_chart(axis: Axis, patient: tuple[float, float, float], groups: Mapping[str, Mapping[str, float]]) -> Markup:
    """This face's coefficient above those of groups of faces.

    Parameters
    ----------
    axis : Axis
        Of all rows.
    patient : tuple of float
        The coefficient, and its least and greatest over the networks.
    groups : mapping
        Group (`class`, `control`) -> q05, q25, q50, q75, q95; not finite where nothing is known.

    Returns
    -------
    Markup
        An SVG.
    """
    value, low, high = patient
    parts = [_upright(axis, 0, 0, 58, "zero")]
    for place, (kind, quantiles) in enumerate(groups.items()):
        parts += _box(axis, quantiles, 30 + 18 * place, kind)
    parts += [_upright(axis, value, 9, 58, "guide"), _line(axis, low, high, 9, "range"), _diamond(axis, value, 9)]
    return _svg(parts, 58, "boxes")


def value_chart(axis: Axis, value: float, low: float, high: float) -> Markup:
    """A value with its interval, from 0.

    Parameters
    ----------
    axis : Axis
        Of all rows.
    value, low, high : float
        The value and its interval.

    Returns
    -------
    Markup
        An SVG.
    """
    parts = [
        _upright(axis, 0, 0, 28, "zero"),
        _line(axis, 0, value, 14, "bar"),
        _line(axis, low, high, 14, "range"),
        _diamond(axis, value, 14),
    ]
    return _svg(parts, 28, "value")
