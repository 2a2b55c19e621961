"""Changes of the loose parts of a head (teeth, tongue, brows, lashes), which have no morph targets.

Each is one decorated function of (piece, points (P,3) in decimetres, amount) that returns new points (P,3); amount 0
changes nothing. `recipes.APPEARANCE` says what 1 stands for. Axes: x to the subject's left, y up, z out of the face.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gestalt_regions.cohort.simulated.head.shading import Piece

Change = Callable[["Piece", np.ndarray, float], np.ndarray]
FORMS: dict[str, tuple[str, Change]] = {}  # name -> (kind of piece, function)
OPEN = 0.05  # dm by which upper and lower front teeth each withdraw at an open bite of 1
SLOPE = 0.26  # the biting plane rises backwards by this much


def form(kind: str) -> Callable[[Change], Change]:
    """Register a change of this kind of piece under the function's name.

    Parameters
    ----------
    kind : str
        Kind of piece.

    Returns
    -------
    callable
        The decorator.
    """

    def _register(change: Change) -> Change:
        FORMS[change.__name__] = kind, change
        return change

    return _register


def formed(piece: Piece, points: np.ndarray, amounts: Mapping[str, float]) -> np.ndarray:
    """The piece's points with every change that is meant for its kind.

    Parameters
    ----------
    piece : Piece
        A loose part.
    points : ndarray [P, 3]
        Decimetres.
    amounts : mapping
        Name in FORMS -> amount.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    for name, amount in amounts.items():
        kind, change = FORMS[name]
        if kind == piece.kind and amount:
            points = change(piece, points, amount)
    return points


@form("teeth")
def tooth_gap(piece: Piece, points: np.ndarray, amount: float) -> np.ndarray:
    """Teeth draw towards their own middle, so that gaps open between them.

    Parameters
    ----------
    piece : Piece
        The part.
    points : ndarray [P, 3]
        Decimetres.
    amount : float
        See recipes.APPEARANCE.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    towards = piece.islands(points) - points
    return points + min(amount, 1.0) * towards * [1, 0, 1]


@form("teeth")
def tooth_shrink(piece: Piece, points: np.ndarray, amount: float) -> np.ndarray:
    """Teeth shrink about their own middle.

    Parameters
    ----------
    piece : Piece
        The part.
    points : ndarray [P, 3]
        Decimetres.
    amount : float
        See recipes.APPEARANCE.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    return points + min(amount, 1.0) * (piece.islands(points) - points)


@form("teeth")
def lateral_incisor_loss(piece: Piece, points: np.ndarray, amount: float) -> np.ndarray:
    """The upper second incisors, most often missing of all but the wisdom teeth, become pegs and then nothing.

    Parameters
    ----------
    piece : Piece
        The part.
    points : ndarray [P, 3]
        Decimetres.
    amount : float
        See recipes.APPEARANCE.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    across, upper, _ = _rows(piece)
    second = np.argsort(np.where(upper, across, np.inf), kind="stable")[2:4]
    mine = np.isin(piece.island, second)
    return np.where(mine[:, None], points + min(amount, 1.0) * (piece.islands(points) - points), points)


@form("teeth")
def open_bite(piece: Piece, points: np.ndarray, amount: float) -> np.ndarray:
    """Upper and lower front teeth withdraw from each other.

    Parameters
    ----------
    piece : Piece
        The part.
    points : ndarray [P, 3]
        Decimetres.
    amount : float
        See recipes.APPEARANCE.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    across, upper, tooth = _rows(piece)
    lift = np.where(upper, 1, -1) * np.clip(1.5 - across / 0.12, 0, 1) * tooth * OPEN * amount
    return points + np.outer(lift[piece.island], [0, 1, 0])


def _rows(piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each island (I,): its distance from the middle, whether it is an upper tooth, and whether a tooth at all.

    Told from the rest pose, so that no jaw confuses the rows: half of the teeth are upper ones.
    """
    _, first = np.unique(piece.island, return_index=True)
    centres = piece.islands(piece.rest)[first]
    tooth = np.arange(len(first)) != np.bincount(piece.island).argmax()
    height = centres @ [0, 1, SLOPE]
    return np.abs(centres[:, 0]), tooth & (height > np.median(height[tooth])), tooth


@form("tongue")
def tongue_size(piece: Piece, points: np.ndarray, amount: float) -> np.ndarray:
    """The tongue grows about its middle.

    Parameters
    ----------
    piece : Piece
        The part.
    points : ndarray [P, 3]
        Decimetres.
    amount : float
        See recipes.APPEARANCE.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    middle = points.mean(0)
    return middle + (points - middle) * [1 + amount, 1 + 0.5 * amount, 1]


@form("eyebrows")
def synophrys(piece: Piece, points: np.ndarray, amount: float) -> np.ndarray:
    """The inner ends meet; they lie a little forward, as the bone there does.

    Parameters
    ----------
    piece : Piece
        The part.
    points : ndarray [P, 3]
        Decimetres.
    amount : float
        See recipes.APPEARANCE.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    inner = np.clip(2 * piece.part.fields[:, 0] - 1, 0, 1) ** 2 * min(amount, 1.0)
    return points * np.stack([1 - inner, np.ones_like(inner), np.ones_like(inner)], 1) + np.outer(inner, [0, 0, 0.02])


@form("eyebrows")
def brow_width(piece: Piece, points: np.ndarray, amount: float) -> np.ndarray:
    """Brows grow in height about their arch.

    Parameters
    ----------
    piece : Piece
        The part.
    points : ndarray [P, 3]
        Decimetres.
    amount : float
        See recipes.APPEARANCE.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    along = piece.part.fields[:, 0]  # 1 at the nose, 0 at the temple
    arch = np.polyval(np.polyfit(along, points[:, 1], 3), along)
    return points + np.outer(amount * (points[:, 1] - arch), [0, 1, 0])


@form("eyelashes")
def lash_length(piece: Piece, points: np.ndarray, amount: float) -> np.ndarray:
    """Tips, which lie farthest out of the face, move on by a share of the lashes' depth.

    Parameters
    ----------
    piece : Piece
        The part.
    points : ndarray [P, 3]
        Decimetres.
    amount : float
        See recipes.APPEARANCE.

    Returns
    -------
    ndarray [P, 3]
        The changed points.
    """
    depth = points[:, 2] - points[:, 2].min()
    tip = np.clip(depth / max(float(np.ptp(points[:, 2])), 1e-6), 0, 1) ** 2
    up = np.sign(points[:, 1] - points[:, 1].mean())
    return points + amount * np.ptp(points[:, 2]) * tip[:, None] * np.stack([0 * up, 0.5 * up, 1 + 0 * up], 1)
