"""What a reader of identity data gives: people, each with photographs that are read when they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Photograph:
    """A photograph of a person.

    Attributes
    ----------
    name : str
        Which file or record it is.
    read : callable
        Gives the pixels: uint8 [H, W, 3], RGB. It raises faces.unusable.Unusable for what cannot be read.
    """

    name: str
    read: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Identity:
    """A person of the identity data.

    Attributes
    ----------
    name : str
        Of the folder, or the label.
    photographs : sequence of Photograph
        In their order.
    """

    name: str
    photographs: Sequence[Photograph]
