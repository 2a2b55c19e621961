"""The networks of all folds, for measures that need new passes through them, and the images these are tried on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.models import checkpoint
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import resolve


def spread(rows: pd.DataFrame, images: int, seed: int) -> pd.DataFrame:
    """At most `images` (0: all) of the rows (fold, sample_id, label), one class after the other, in an order drawn."""
    rows = rows.assign(order=[derive(seed, "evaluation", sample) for sample in rows["sample_id"]])
    rows = rows.sort_values("order")
    rows["turn"] = rows.groupby("label").cumcount()
    rows = rows.sort_values(["turn", "label", "order"])
    return (rows.head(images) if images else rows).drop(columns=["turn", "order"])


@dataclass(frozen=True)
class FoldNetwork:
    """One fold's network: `network` is the quicker one with BatchNorms merged, `explainer` what methods are given."""

    whole: StagedNetwork
    preprocess: Preprocess
    classes: Sequence[str]
    explainer: Explainer
    crops: np.ndarray
    device: torch.device

    @property
    def network(self) -> StagedNetwork:
        return self.explainer.merged

    @property
    def unit(self) -> Tensor:
        """The range of a pixel (0 to 255) in network input, [c, 1, 1]."""
        return 255 / torch.tensor(self.preprocess.scale, device=self.device).view(-1, 1, 1)

    def images(self, crops: Sequence[int]) -> Tensor:
        """Network input [n, c, s, s] of rows of the stack of crops."""
        return self.preprocess(self.crops[np.asarray(crops)], self.device)

    def targets(self, labels: Sequence[str]) -> Tensor:
        return torch.tensor([self.classes.index(label) for label in labels], device=self.device)


@dataclass(frozen=True)
class Networks:
    """The checkpoints of `folds`, opened one at a time."""

    folds: Sequence[str]
    checkpoints: Sequence[str]
    asset: str
    crops: str
    batch: int
    device: str

    def open(self, path: str) -> FoldNetwork:
        network, preprocess, about = checkpoint.load(path, self.asset)
        return self.wrap(network, preprocess, about["classes"])

    def wrap(self, network: StagedNetwork, preprocess: Preprocess, classes: Sequence[str]) -> FoldNetwork:
        where = choose_device(self.device)
        network = network.to(where, memory_format=torch.channels_last)
        return FoldNetwork(network, preprocess, classes, Explainer(network, self.batch), read_array(self.crops), where)

    def __getitem__(self, fold: str) -> FoldNetwork:
        return self.open(self.checkpoints[list(self.folds).index(fold)])

    def choose(self, explained: str, images: int, seed: int) -> pd.DataFrame:
        """At most `images` faces of the folds, spread over the classes, each with the model that has not seen it:
        fold, sample_id, crop (row of the stack), label, in the order of the folds."""
        rows = read_table(explained, ["fold", "sample_id", "row", "set", "label"], strings=["fold", "sample_id"])
        rows = rows[(rows["set"] == "folds") & rows["fold"].isin(self.folds)]
        chosen = spread(rows.rename(columns={"row": "crop"}), images, seed)[["fold", "sample_id", "crop", "label"]]
        return chosen.sort_values(["fold", "crop"]).reset_index(drop=True)


def from_job(snakemake) -> Networks:
    """Of a job's inputs checkpoints, asset and crops, and its params folds, batch and device."""
    inputs, params = snakemake.input, snakemake.params
    deterministic()
    paths = [inputs.checkpoints] if isinstance(inputs.checkpoints, str) else list(inputs.checkpoints)
    return Networks(params.folds, paths, inputs.get("asset", ""), inputs.crops, params.batch, params.device)


def method_of(name: str, settings: dict) -> Callable[[FoldNetwork, Tensor, Tensor, Sequence[int]], np.ndarray]:
    """The method of config saliency.methods.<name>, as a function (network, images [n, c, s, s], target [n], seeds) ->
    signed and absolute channel sums, float32 [n, 2, s, s]."""
    found, parameters = resolve(name, settings)
    del parameters["target"]  # whoever calls it says which

    def explain(own: FoldNetwork, x: Tensor, target: Tensor, seeds: Sequence[int]) -> np.ndarray:
        parts, step = [], own.explainer.batch
        for start in range(0, len(x), step):
            rows = slice(start, start + step)
            maps = found.run(own.explainer, x[rows], target[rows], seeds[rows], **parameters).detach()
            parts.append(channel_sums(maps, x.shape[3]))
        return np.concatenate(parts)

    return explain
