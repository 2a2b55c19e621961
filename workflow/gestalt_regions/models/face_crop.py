"""A network's first layer that shows it a part of the face: cut out and scaled (FaceCrop), or alone (FaceWindow).

Both are linear, and their weights are none that training changes and never negative. Each pixel of a crop is a mean of
pixels of the part (bilinear scaling with antialiasing); each pixel in a window is itself. So a gradient goes through as
through any layer, and relevance that is handed through is neither made nor lost.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import handle_torch_function, has_torch_function_unary

from gestalt_regions.faces.face_parts import SIDE
from gestalt_regions.models.network import Seen, StagedNetwork, pixels_seen

Windows = Sequence[tuple[int, int]]  # [start, stop) each
Reached = list[tuple[int, int]]  # first and last place for each window


def scaling(length: int, size: int, like: Tensor) -> Tensor:
    """The matrix of bilinear scaling with antialiasing along one side.

    Parameters
    ----------
    length, size : int
        Pixels before and after.
    like : Tensor
        Whose type and device the matrix has.

    Returns
    -------
    Tensor
        [size, length]: no value is negative, and each row sums to 1.
    """
    wide = torch.promote_types(like.dtype, torch.float32)  # in bfloat16 its rows would not sum to 1
    units = torch.eye(length, dtype=wide, device=like.device)[None, None]
    # not one column at a time: of pictures one pixel wide, torch 2 repeats the first row of the result
    matrix = functional.interpolate(units, (size, length), mode="bilinear", align_corners=False, antialias=True)[0, 0]
    return matrix.to(like.dtype)


def cut(x: Tensor, seen: Seen, size: int) -> Tensor:
    """Cut a part out of images and scale it.

    What replaces PyTorch's functions (TorchFunctionMode) can replace this one, too: it begins a network.

    Parameters
    ----------
    x : Tensor
        Images [n, c, h, w].
    seen : tuple of float
        The part: left, top, right, bottom, as shares of the image's sides.
    size : int
        Side of the result, pixels.

    Returns
    -------
    Tensor
        [n, c, size, size].
    """
    if has_torch_function_unary(x):
        replaced: Tensor = handle_torch_function(cut, (x,), x, seen, size)
        return replaced
    left, top, right, bottom = pixels_seen(seen, x.shape[-2:])
    part = x[..., top:bottom, left:right]
    rows, columns = scaling(bottom - top, size, x), scaling(right - left, size, x)
    return rows @ part @ columns.T


class FaceCrop(nn.Module):
    """A part of the image, scaled to a square whatever its shape.

    Parameters
    ----------
    seen : tuple of float
        Left, top, right and bottom of the part, as shares of the image's sides.
    size : int
        Side of the result, pixels.
    """

    def __init__(self, seen: Seen, size: int) -> None:
        super().__init__()
        self.seen, self.size = seen, size

    def reached(self, sides: tuple[int, int], windows: tuple[Windows, Windows]) -> tuple[Reached, Reached]:
        """Which rows and columns of the result a window of the image can change.

        Parameters
        ----------
        sides : tuple of int
            Height and width of the image.
        windows : tuple of sequences
            Windows [start, stop) along each side.

        Returns
        -------
        tuple of list
            First and last row for each window, then first and last column; (0, 0) for a window beside the part.
        """
        left, top, right, bottom = pixels_seen(self.seen, sides)
        found = []
        for (begin, end), along in zip(((top, bottom), (left, right)), windows, strict=True):
            read = scaling(end - begin, self.size, torch.empty(0)) > 0
            places = []
            for start, stop in along:
                changed = read[:, max(start - begin, 0) : max(stop - begin, 0)].any(1).nonzero()[:, 0].tolist()
                places.append((changed[0], changed[-1]) if changed else (0, 0))
            found.append(places)
        return found[0], found[1]

    def forward(self, x: Tensor) -> Tensor:
        """Cut and scale.

        Parameters
        ----------
        x : Tensor
            Images [n, c, h, w].

        Returns
        -------
        Tensor
            [n, c, size, size].
        """
        return cut(x, self.seen, self.size)


class FaceWindow(FaceCrop):
    """A part of the image where it is; all else is 0, which a network's input reads as its middle grey.

    Unlike a crop it keeps the size and place of the part. So a network that knows whole faces knows it, too.

    Parameters
    ----------
    seen : tuple of float
        Left, top, right and bottom of the part, as shares of the image's sides.
    """

    def __init__(self, seen: Seen) -> None:
        super().__init__(seen, 0)

    def reached(self, sides: tuple[int, int], windows: tuple[Windows, Windows]) -> tuple[Reached, Reached]:
        """Which rows and columns of the result a window of the image can change.

        Parameters
        ----------
        sides : tuple of int
            Height and width of the image.
        windows : tuple of sequences
            Windows [start, stop) along each side.

        Returns
        -------
        tuple of list
            First and last row for each window, then first and last column; (0, 0) for a window beside the part.
        """
        left, top, right, bottom = pixels_seen(self.seen, sides)
        rows, columns = (
            [(max(start, begin), min(stop, end) - 1) for start, stop in along]
            for (begin, end), along in zip(((top, bottom), (left, right)), windows, strict=True)
        )
        return [r if r[0] <= r[1] else (0, 0) for r in rows], [c if c[0] <= c[1] else (0, 0) for c in columns]

    def forward(self, x: Tensor) -> Tensor:
        """Show the part alone.

        Parameters
        ----------
        x : Tensor
            Images [n, c, h, w].

        Returns
        -------
        Tensor
            [n, c, h, w].
        """
        left, top, right, bottom = pixels_seen(self.seen, x.shape[-2:])
        beside = (left, x.shape[-1] - right, top, x.shape[-2] - bottom)
        return functional.pad(x[..., top:bottom, left:right], beside)


def see_part(network: StagedNetwork, box: Sequence[int]) -> None:
    """Put a window before a network's first layer, in place.

    Parameters
    ----------
    network : StagedNetwork
        Any.
    box : sequence of int
        Left, top, right and bottom of the part, pixels of a crop of face_parts.SIDE.
    """
    first, stage = next(iter(network.stages.items()))
    plain = type(stage) is nn.Sequential
    layers = OrderedDict(stage.named_children()) if plain else OrderedDict(network=stage)  # layers keep their names
    left, top, right, bottom = (edge / SIDE for edge in box)
    network.stages[first] = nn.Sequential(OrderedDict(part=FaceWindow((left, top, right, bottom))) | layers)
