"""The networks of all folds, for measures that need new passes through them, and the images these are tried on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.models import checkpoint
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.precision import network_precision
from gestalt_regions.models.randomise import randomise
from gestalt_regions.saliency.engine import untrained_seed
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.given_faces import Faces, for_faces, open_faces


def spread(rows: pd.DataFrame, images: int, seed: int) -> pd.DataFrame:
    """At most so many rows, one class after the other, in an order drawn.

    Parameters
    ----------
    rows : DataFrame
        With sample_id and label.
    images : int
        How many rows at most; 0 for all.
    seed : int
        Seed of the study; a sample's place depends on its own name alone.

    Returns
    -------
    DataFrame
        The chosen rows, in the order in which they were chosen.
    """
    rows = rows.assign(order=[derive(seed, "evaluation", sample) for sample in rows["sample_id"]])
    rows = rows.sort_values("order")
    rows["turn"] = rows.groupby("label").cumcount()
    rows = rows.sort_values(["turn", "label", "order"])
    return (rows.head(images) if images else rows).drop(columns=["turn", "order"])


@dataclass(frozen=True)
class FoldNetwork:
    """One fold's network, opened.

    Attributes
    ----------
    whole : StagedNetwork
        The network as it was trained.
    preprocess : Preprocess
        What makes its input of photos.
    classes : sequence of str
        The class of each output.
    explainer : Explainer
        What saliency methods are given.
    crops : ndarray
        Photos of all faces, uint8 [n, s, s, 3].
    device : torch.device
        Where the network is.
    faces : Faces or None
        What methods that take any are given.
    """

    whole: StagedNetwork
    preprocess: Preprocess
    classes: Sequence[str]
    explainer: Explainer
    crops: np.ndarray
    device: torch.device
    faces: Faces | None = None

    @property
    def network(self) -> StagedNetwork:
        """The quicker network, with BatchNorms merged into the layers before them.

        Returns
        -------
        StagedNetwork
            It gives what `whole` gives, in the precision of the explainer.
        """
        return self.explainer.merged

    @property
    def unit(self) -> Tensor:
        """The range of a pixel (0 to 255) in network input.

        Returns
        -------
        Tensor
            [c, 1, 1].
        """
        return 255 / torch.tensor(self.preprocess.scale, device=self.device).view(-1, 1, 1)

    def images(self, crops: Sequence[int]) -> Tensor:
        """Network input of some faces.

        Parameters
        ----------
        crops : sequence of int
            n rows of the stack of crops.

        Returns
        -------
        Tensor
            [n, c, s, s].
        """
        return self.preprocess(self.crops[np.asarray(crops)], self.device)

    def targets(self, labels: Sequence[str]) -> Tensor:
        """The outputs of some classes.

        Parameters
        ----------
        labels : sequence of str
            n classes.

        Returns
        -------
        Tensor
            int64 [n].
        """
        return torch.tensor([self.classes.index(label) for label in labels], device=self.device)


@dataclass(frozen=True)
class Networks:
    """The checkpoints of some folds, opened one at a time.

    Attributes
    ----------
    folds, checkpoints : sequence of str
        The folds, and the path of each one's checkpoint.
    asset : str
        Path of the weights that the networks started from; "" if none.
    crops : str
        Path of the stack of crops.
    batch : int
        Images that are passed at a time.
    device : str
        As in config run.device.
    control : str
        The control class; "" if the study has none.
    given : mapping of str to str
        Paths of what a method takes beside the image (given_faces.open_faces); empty for one that takes nothing.
    precision : str
        As in config run.precision.
    """

    folds: Sequence[str]
    checkpoints: Sequence[str]
    asset: str
    crops: str
    batch: int
    device: str
    control: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    precision: str = "float32"

    def open(self, path: str, fold: str) -> FoldNetwork:
        """The network of any checkpoint of a fold, with the same crops.

        Parameters
        ----------
        path : str
            A checkpoint.
        fold : str
            Which photographs it was not trained on.

        Returns
        -------
        FoldNetwork
            On the device.
        """
        network, preprocess, facts = checkpoint.load(path, self.asset)
        classes = facts["classes"]
        if not self.given:
            return self.wrap(network, preprocess, classes)
        faces = open_faces(self.given, self.crops, fold=fold, classes=classes, control=self.control)
        return self.wrap(network, preprocess, classes, faces)

    def wrap(
        self, network: StagedNetwork, preprocess: Preprocess, classes: Sequence[str], faces: Faces | None = None
    ) -> FoldNetwork:
        """A network at hand, with the same crops.

        Parameters
        ----------
        network : StagedNetwork
            Any network for these crops.
        preprocess : Preprocess
            What makes its input of photos.
        classes : sequence of str
            The class of each output.
        faces : Faces, optional
            What methods that take any are given.

        Returns
        -------
        FoldNetwork
            On the device.
        """
        where = choose_device(self.device)
        network = network.to(where).to(memory_format=torch.channels_last)
        precision = network_precision(self.precision, where)
        explainer = Explainer(network, self.batch, preprocess, precision)
        return FoldNetwork(network, preprocess, classes, explainer, read_array(self.crops), where, faces)

    def __getitem__(self, fold: str) -> FoldNetwork:
        """The network of one fold."""
        return self.open(self.checkpoints[list(self.folds).index(fold)], fold)

    def untrained(self, network: FoldNetwork, fold: str, seed: int) -> FoldNetwork:
        """The untrained network whose maps are stored beside those of a fold's trained one.

        Parameters
        ----------
        network : FoldNetwork
            The fold's trained network.
        fold : str
            The fold.
        seed : int
            Seed of the study.

        Returns
        -------
        FoldNetwork
            All its weights are drawn again.
        """
        whole = randomise(network.whole, None, untrained_seed(seed, fold))
        return self.wrap(whole, network.preprocess, network.classes, network.faces)

    def choose(self, explained: str, images: int, seed: int) -> pd.DataFrame:
        """At most so many faces of the folds, spread over the classes, each with the model that has not seen it.

        Parameters
        ----------
        explained : str
            Path of a table of explained faces (fold, sample_id, row, set, label).
        images : int
            How many faces at most; 0 for all.
        seed : int
            Seed of the study.

        Returns
        -------
        DataFrame
            fold, sample_id, crop (row of the stack) and label, in the order of the folds.
        """
        rows = read_table(explained, ["fold", "sample_id", "row", "set", "label"], strings=["fold", "sample_id"])
        rows = rows[(rows["set"] == "folds") & rows["fold"].isin(self.folds)]
        chosen = spread(rows.rename(columns={"row": "crop"}), images, seed)[["fold", "sample_id", "crop", "label"]]
        return chosen.sort_values(["fold", "crop"]).reset_index(drop=True)


def networks_of_folds(
    inputs: Mapping[str, str | Sequence[str]],
    *,
    folds: Sequence[str],
    batch: int,
    device: str,
    control: str = "",
    precision: str = "float32",
) -> Networks:
    """The networks among the inputs of a job; torch is made deterministic.

    Parameters
    ----------
    inputs : mapping of str to path or paths
        checkpoints (one for each fold), crops and, where the networks started from one, asset; and what a method takes
        beside the image (given_faces.for_faces).
    folds : sequence of str
        The folds.
    batch : int
        Images that are passed at a time.
    device : str
        As in config run.device.
    control : str
        The control class; "" if the study has none.
    precision : str
        As in config run.precision.

    Returns
    -------
    Networks
        None is opened yet.
    """
    deterministic()
    checkpoints = inputs["checkpoints"]
    paths = [checkpoints] if isinstance(checkpoints, str) else list(checkpoints)
    asset, crops = str(inputs.get("asset", "")), str(inputs["crops"])
    return Networks(folds, paths, asset, crops, batch, device, control, for_faces(inputs), precision)
