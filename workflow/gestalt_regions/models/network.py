"""The classifier f: a backbone cut into named stages, then dropout and a linear head (Sümer 2023, section 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gestalt_regions.core.errors import InputError

LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Preprocess:
    """How an RGB uint8 crop becomes the network's input: (pixel - mean) / scale, channels in the stated order."""

    size: int
    order: str  # "rgb", "bgr", or "grey": one channel, the luma of ITU-R BT.601
    mean: tuple[float, ...]  # in the channel order of the network, 0..255
    scale: tuple[float, ...]

    @property
    def channels(self) -> int:
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
        return asdict(self)


class StagedNetwork(nn.Module):
    """stages (image -> embedding), dropout, head (embedding -> logits).

    `spatial` names the stages whose output is a feature map [n, C, h, w]; the last one is the default layer of
    Grad-CAM and its kin.
    """

    def __init__(
        self, stages: dict[str, nn.Module], spatial: Sequence[str], features: int, classes: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleDict(stages)
        self.spatial = tuple(spatial)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(features, classes)

    def run(self, x: Tensor, start: int = 0, stop: int | None = None) -> Tensor:
        """Run the stages [start, stop) alone."""
        for stage in list(self.stages.values())[start:stop]:
            x = stage(x)
        return x

    def tail(self, hidden: Tensor, start: int) -> Tensor:
        """Logits [n, classes] from the input of stage `start`."""
        return self.head(self.dropout(self.run(hidden, start)))

    def forward(self, x: Tensor) -> Tensor:
        return self.tail(x, 0)

    def layer(self, name: str = "") -> int:
        """Index of the stage `name`; "" is the last stage with a feature map. InputError names the stages there are."""
        names = list(self.stages)
        name = name or self.spatial[-1]
        if name not in self.spatial:
            raise InputError(f"no layer '{name}' with a feature map; this network has {', '.join(self.spatial)}")
        return names.index(name)
