"""What the trainable part of a network is given: images, or what its frozen first stages make of them."""

from __future__ import annotations

import logging
import math

import numpy as np
import torch
from torch import Tensor

from gestalt_regions.core.progress import Progress
from gestalt_regions.models.augment import Views
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.precision import autocast, products

log = logging.getLogger("gestalt_regions")
CACHE_LIMIT = 2e9  # bytes of frozen features kept in memory; beyond it they are recomputed for every batch


class Features:
    """The input of the first trainable stage for any row in any view: cached once where the prefix is frozen.

    Called with rows int [n] and views int [n] (none: the plain one), it gives the float32 tensor [n, ...].

    Parameters
    ----------
    network : StagedNetwork
        The network in training.
    preprocess : Preprocess
        How crops become its input.
    crops : numpy.ndarray
        uint8 [N, s, s, 3], the stack.
    frozen : int
        How many stages, from the image on, are not trained.
    views : Mirrored or Changed
        What is shown of each training image.
    batch : int
        Images that pass the frozen stages together.
    fitted : numpy.ndarray
        Rows that are trained on, which alone are needed in other views than the plain one.
    seen : numpy.ndarray
        All other rows that are needed.
    precision : {"float32", "bfloat16", "tf32"}
        In which changed views pass the frozen stages. Plain ones, which are judged, pass them in float32.
    """

    def __init__(
        self,
        network: StagedNetwork,
        preprocess: Preprocess,
        crops: np.ndarray,
        *,
        frozen: int,
        views: Views,
        batch: int,
        fitted: np.ndarray,
        seen: np.ndarray,
        precision: str = "float32",
    ) -> None:
        self.precision = precision
        self.network, self.preprocess, self.crops, self.frozen, self.views = network, preprocess, crops, frozen, views
        self.device = next(network.parameters()).device
        self.cache: np.ndarray | None = None
        if frozen:
            self._fill(batch, np.unique(fitted), np.unique(np.concatenate([fitted, seen])))

    def _compute(self, rows: np.ndarray, views: np.ndarray) -> Tensor:
        x = self.preprocess(self.views.apply(self.crops, rows, views), self.device)
        if not self.frozen:
            return x
        precision = self.precision if views.all() else "float32"
        with torch.no_grad(), autocast(precision, self.device), products(precision):
            return self.network.run(x, stop=self.frozen).float()

    def _fill(self, batch: int, fitted: np.ndarray, rows: np.ndarray) -> None:
        shape = self._compute(rows[:1], np.zeros(1, int)).shape[1:]
        if self.views.count * len(rows) * math.prod(shape) * 4 > CACHE_LIMIT:
            log.info("the frozen features exceed %.0f GB: they are recomputed for every batch", CACHE_LIMIT / 1e9)
            return
        self.places = np.full(len(self.crops), -1)
        self.places[rows] = np.arange(len(rows))
        cache = np.full((self.views.count, len(rows), *shape), np.nan, np.float32)
        progress = Progress(len(rows) + (self.views.count - 1) * len(fitted), "images through frozen layers")
        for view in range(self.views.count):
            wanted = fitted if view else rows
            for start in range(0, len(wanted), batch):
                part = wanted[start : start + batch]
                cache[view, self.places[part]] = self._compute(part, np.full(len(part), view)).cpu().numpy()
                progress.update(len(part))
        self.cache = cache

    def __call__(self, rows: np.ndarray, views: np.ndarray | None = None) -> Tensor:
        views = np.zeros(len(rows), int) if views is None else views
        if self.cache is None:
            return self._compute(rows, views)
        return torch.from_numpy(self.cache[views, self.places[rows]]).to(self.device)
