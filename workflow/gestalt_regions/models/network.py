"""The classifier f: a backbone cut into named stages, then dropout and a linear head (Sümer 2023, section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gestalt_regions.core.errors import InputError

LUMA = (0.299, 0.587, 0.114)
Seen = tuple[float, float, float, float]  # left, top, right, bottom, as shares of the image's sides
WHOLE: Seen = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Preprocess:
    """How an RGB uint8 crop becomes the network's input: (pixel - mean) / scale, channels in the stated order.

    Attributes
    ----------
    size : int
        Side of the crop, pixels.
    order : str
        "rgb", "bgr", or "grey": one channel, the luma of ITU-R BT.601.
    mean, scale : tuple of float
        In the channel order of the network, 0..255.
    """

    size: int
    order: str  # "rgb", "bgr", or "grey": one channel, the luma of ITU-R BT.601
    mean: tuple[float, ...]  # in the channel order of the network, 0..255
    scale: tuple[float, ...]

    @property
    def channels(self) -> int:
        """Number of channels of the input.

        Returns
        -------
        int
            1 for grey, else 3.
        """
        return len(self.mean)

    def __call__(self, crops: np.ndarray, device: str | torch.device = "cpu") -> Tensor:
        """uint8 [n, size, size, 3] RGB -> float32 [n, channels, size, size]."""
        if crops.shape[1:] != (self.size, self.size, 3):
            raise ValueError(f"crops of shape {crops.shape[1:]} given to a network for {self.size} px RGB")
        channels = crops[..., ::-1] if self.order == "bgr" else crops
        x = torch.from_numpy(np.ascontiguousarray(channels)).to(device).permute(0, 3, 1, 2).float()
        if self.order == "grey":
            x = (x * torch.tensor(LUMA, device=x.device).view(1, 3, 1, 1)).sum(1, keepdim=True)
        mean, scale = (
            torch.tensor(v, dtype=x.dtype, device=x.device).view(1, -1, 1, 1) for v in (self.mean, self.scale)
        )
        return ((x - mean) / scale).contiguous(memory_format=torch.channels_last)

    def as_dict(self) -> dict:
        """The fields by name, for JSON.

        Returns
        -------
        dict
            size, order, mean, scale.
        """
        return asdict(self)


def pixels_seen(seen: Seen, size: Sequence[int]) -> tuple[int, int, int, int]:
    """Which pixels of an image feature maps are of.

    Parameters
    ----------
    seen : tuple of float
        Of `StagedNetwork`.
    size : sequence of int
        Height and width of the image.

    Returns
    -------
    tuple of int
        Left, top, right, bottom; right and bottom are outside.
    """
    height, width = size
    left, top, right, bottom = (round(share * side) for share, side in zip(seen, (width, height) * 2, strict=True))
    return left, top, right, bottom


class StagedNetwork(nn.Module):
    """stages (image -> embedding), dropout, head (embedding -> logits).

    Parameters
    ----------
    stages : Mapping of str to nn.Module
        In the order in which they are run.
    spatial : Sequence of str
        The stages whose output is a feature map [n, C, h, w]; the last one is the default layer of Grad-CAM and its
        kin.
    features : int
        Length of the embedding.
    classes : int
        Number of logits.
    dropout : float
        Probability in front of the head.
    seen : tuple of float
        The part of the image that feature maps are of: left, top, right, bottom, as shares of its sides.

    Attributes
    ----------
    in_bfloat16 : bool
        Whether the stages compute in bfloat16 (models/precision.py). What goes in and comes out is float32 all the
        same.
    """

    in_bfloat16 = False

    def __init__(
        self,
        stages: Mapping[str, nn.Module],
        spatial: Sequence[str],
        features: int,
        classes: int,
        dropout: float = 0.0,
        seen: Seen = WHOLE,
    ) -> None:
        super().__init__()
        self.seen = seen
        self.stages = nn.ModuleDict(stages)
        self.spatial = tuple(spatial)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(features, classes)

    def run(self, x: Tensor, start: int = 0, stop: int | None = None) -> Tensor:
        """Run some stages alone.

        Parameters
        ----------
        x : Tensor
            The input of stage `start`.
        start, stop : int
            The stages [start, stop); None is to the end, which gives the embedding [n, features].

        Returns
        -------
        Tensor
            The output of the last of them.
        """
        if self.in_bfloat16:
            x = x.to(torch.bfloat16)
        for stage in list(self.stages.values())[start:stop]:
            x = stage(x)
        return x.float() if self.in_bfloat16 else x

    def tail(self, hidden: Tensor, start: int) -> Tensor:
        """Logits from the input of a stage.

        Parameters
        ----------
        hidden : Tensor
            The input of stage `start`.
        start : int
            Number of the stage.

        Returns
        -------
        Tensor
            [n, classes].
        """
        return self.head(self.dropout(self.run(hidden, start)))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of images.

        Parameters
        ----------
        x : Tensor
            Preprocessed images [n, c, s, s].

        Returns
        -------
        Tensor
            [n, classes].
        """
        return self.tail(x, 0)

    def layer(self, name: str = "") -> int:
        """Number of a stage with a feature map.

        Parameters
        ----------
        name : str
            Of `spatial`; "" is the last of them.

        Returns
        -------
        int
            Its place among all stages.

        Raises
        ------
        InputError
            For another name; it names the stages there are.
        """
        names = list(self.stages)
        name = name or next(reversed(self.spatial), "")
        if not self.spatial:
            raise InputError("this network has no layer with a feature map")
        if name not in self.spatial:
            raise InputError(f"no layer '{name}' with a feature map; this network has {', '.join(self.spatial)}")
        return names.index(name)
