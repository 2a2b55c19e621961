"""Networks trained anew on photographs without some of their pixels, and what they answer to others without theirs.

Three kinds of pictures (ARMS): the pixels take the mean colour of the training photographs, as published; they are
imputed from their neighbours with noise, so that the mask is harder to see (Rong et al. 2022); or the picture is the
mask alone, which tells how much the mask's shape says of the class.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial as bind
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from gestalt_regions.core.io import atomic, read_array, read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.perturb.noisy_imputation import noisy_linear_imputation
from gestalt_regions.folds.fold_table import fold_table
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.jobs.partial import partial
from gestalt_regions.models.fold_training import build_for_recipe, training_digest, with_box, with_weights
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.training import Split, split_fold, train_fold

log = logging.getLogger("gestalt_regions")
MEAN, IMPUTED, MASK = "mean", "imputed", "mask"
ARMS = {MEAN: "mean colour", IMPUTED: "imputed", MASK: "mask alone"}
REMOVED, KEPT = "removed", "kept"  # the most salient pixels go (ROAR), or they alone stay (KAR)
UNCHANGED = "unchanged"  # the arm of whole photographs
ANSWERS = ["method", "fold", "arm", "direction", "fraction", "repeat", "sample_id", "label", "predicted"]
NOISE = 0.01  # sd of the noise on imputed pixels, a share of the range, as ROAD has it
AT_ONCE = 60  # photographs that are imputed together

Build = Callable[..., tuple[StagedNetwork, Preprocess]]  # build(crops=, fit=)


@dataclass(frozen=True)
class Version:
    """One way to change all photographs.

    Attributes
    ----------
    arm : str
        Of ARMS, or UNCHANGED.
    direction : str
        REMOVED or KEPT.
    place : int
        Number of the fraction.
    fraction : float
        Share of the pixels that are removed, or kept.
    """

    arm: str
    direction: str
    place: int
    fraction: float

    def masks(self, levels: np.ndarray) -> np.ndarray:
        """Which pixels are replaced.

        Parameters
        ----------
        levels : ndarray
            uint8 [n, s, s] (`removal_levels`).

        Returns
        -------
        ndarray
            bool [n, s, s].
        """
        first = levels <= self.place
        return first if self.direction == REMOVED else ~first


WHOLE = Version(UNCHANGED, REMOVED, -1, 0.0)


def versions(fractions: Sequence[float], keep: bool) -> list[Version]:
    """All ways to change the photographs.

    Parameters
    ----------
    fractions : sequence of float
        Shares of the pixels.
    keep : bool
        Whether to keep the most salient pixels alone, too.

    Returns
    -------
    list of Version
        Arm by arm.
    """
    directions = [REMOVED, *([KEPT] if keep else [])]
    return [
        Version(arm, direction, place, fraction)
        for arm in ARMS
        for direction in directions
        for place, fraction in enumerate(fractions)
    ]


def changed_photographs(
    crops: np.ndarray, masks: np.ndarray, arm: str, *, colour: np.ndarray, seeds: Sequence[int]
) -> np.ndarray:
    """Photographs without some of their pixels.

    Parameters
    ----------
    crops : ndarray
        uint8 [n, s, s, 3].
    masks : ndarray
        bool [n, s, s], what is replaced.
    arm : str
        Of ARMS.
    colour : ndarray
        [3], the mean colour of the training photographs.
    seeds : sequence of int
        One for each photograph, of the noise.

    Returns
    -------
    ndarray
        uint8 [n, s, s, 3].
    """
    if arm == MASK:
        return np.repeat(np.where(masks, 255, 0).astype(np.uint8)[..., None], 3, axis=3)
    if arm == MEAN:
        return np.where(masks[..., None], np.round(colour).astype(np.uint8), crops)
    filled = np.empty_like(crops)
    for start in range(0, len(crops), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        x = torch.from_numpy(np.ascontiguousarray(crops[part])).permute(0, 3, 1, 2).float()
        y = noisy_linear_imputation(x, torch.from_numpy(masks[part]), 255 * NOISE, list(seeds[part]))
        filled[part] = y.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return filled


@dataclass(frozen=True)
class Retraining:
    """The photographs of one fold's split, and how a network is trained on changed copies of them.

    Attributes
    ----------
    crops : ndarray
        uint8 [N, s, s, 3], the stack.
    rows : ndarray
        int [n], the photographs of the folds in the stack.
    levels : ndarray or None
        uint8 [n, s, s] in the order of `rows`; None for whole photographs.
    labels : ndarray
        int [N].
    split : Split
        Whom to train on and whom to judge, rows of the stack.
    build : callable
        Makes the network and its preprocessing.
    recipe : mapping
        Of config recipes.
    seeds : sequence of int
        One for each repeat: of weights, order and dropout; the same for every version, so that versions are compared
        under equal conditions.
    device : torch.device
        Where it trains.
    """

    crops: np.ndarray
    rows: np.ndarray
    levels: np.ndarray | None
    labels: np.ndarray
    split: Split
    build: Build
    recipe: Mapping
    seeds: Sequence[int]
    device: torch.device

    def pictures(self, version: Version) -> np.ndarray:
        """The stack with the photographs of the folds changed.

        Parameters
        ----------
        version : Version
            How.

        Returns
        -------
        ndarray
            uint8 [N, s, s, 3].
        """
        if self.levels is None:
            return self.crops
        stack = np.zeros(self.crops.shape, np.uint8)
        colour = self.crops[self.split.fit].reshape(-1, 3).mean(0, dtype=np.float64)
        seeds = [derive(self.seeds[0], "noise", int(row), version.fraction) for row in self.rows]
        masks = version.masks(self.levels)
        stack[self.rows] = changed_photographs(self.crops[self.rows], masks, version.arm, colour=colour, seeds=seeds)
        return stack

    def answers(self, pictures: np.ndarray, repeat: int) -> np.ndarray:
        """What a network that was trained on such pictures answers to those of the judged fold.

        Parameters
        ----------
        pictures : ndarray
            Of `pictures`.
        repeat : int
            Number of the repeat.

        Returns
        -------
        ndarray
            int [judged], classes.
        """
        seed = self.seeds[repeat]
        torch.manual_seed(derive(seed, "weights"))
        network, preprocess = self.build(crops=pictures, fit=self.split.fit)
        network = network.to(self.device)
        _, scores = train_fold(
            network, preprocess, pictures, self.labels, self.split, recipe=dict(self.recipe), seed=seed, folder=None
        )
        return scores.argmax(1)


def all_answers(work: Retraining, wanted: Sequence[Version], folder: Path) -> list[tuple[Version, int, np.ndarray]]:
    """Train on every version with every seed; what is there already is kept.

    Parameters
    ----------
    work : Retraining
        The photographs and the training.
    wanted : sequence of Version
        The versions.
    folder : Path
        Where the answers of each training are kept until all are there.

    Returns
    -------
    list of (Version, int, ndarray)
        Version, repeat and the answers to the judged photographs.
    """
    results = []
    progress = Progress(len(wanted) * len(work.seeds), "networks trained anew")
    for version in wanted:
        pictures = None
        for repeat in range(len(work.seeds)):
            path = folder / f"{version.arm}-{version.direction}-{version.place}-{repeat}.npy"
            if not path.is_file():
                pictures = work.pictures(version) if pictures is None else pictures
                with atomic(path) as temporary, open(temporary, "wb") as stream:
                    np.save(stream, work.answers(pictures, repeat), allow_pickle=False)
            results.append((version, repeat, np.load(path, allow_pickle=False)))
            progress.update(1)
    return results


def retrain(
    inputs: Mapping[str, str],
    output: str,
    *,
    method: str,
    fold: str,
    model: dict,
    recipe: dict,
    epochs: int,
    fractions: Sequence[float],
    keep: bool,
    repeats: int,
    seed: int,
    device: str,
) -> None:
    """Train networks on the photographs of one method and fold, without the pixels that go first, and write answers.

    Parameters
    ----------
    inputs : mapping of str to path
        crops, index, folds, asset ("" if none), weights and boxes as of `train_on_fold`; levels and explained, their
        index (both "" for whole photographs).
    output : path
        CSV: ANSWERS.
    method : str
        Name of the method.
    fold : str
        The fold that is judged.
    model, recipe : dict
        Of config models and recipes.
    epochs : int
        In place of the recipe's; 0 leaves it.
    fractions, keep : optional
        As of `versions`.
    repeats : int
        Trainings of each version.
    seed : int
        Seed of the study.
    device : str
        Of config run.device.
    """
    recipe = recipe | ({"epochs": epochs, "restart_epochs": epochs} if epochs else {})
    model = with_box(model, inputs.get("boxes", ""))
    table = fold_table(inputs["index"], inputs["folds"])
    table = table[table["fold"] != "heldout"]
    classes = sorted(table["label"].unique())
    crops = read_array(inputs["crops"])
    labels = np.full(len(crops), -1)
    labels[table["row"]] = [classes.index(label) for label in table["label"]]
    seeds = [derive(seed, "roar", fold, repeat) for repeat in range(repeats)]
    split = split_fold(table, fold, recipe["epoch_selection"], recipe["inner_fraction"], seeds[0])
    deterministic()
    where = choose_device(device)
    levels = read_array(inputs["levels"]) if inputs.get("levels") else None
    rows = table["row"].to_numpy()
    if levels is not None:
        rows = _rows_of_levels(table, inputs["explained"])
    build = bind(
        build_for_recipe, with_weights(model, inputs.get("weights", "")), recipe, asset=inputs["asset"],
        classes=len(classes),
    )  # fmt: skip
    work = Retraining(crops, rows, levels, labels, split, build, recipe, seeds, where)
    wanted = [WHOLE] if levels is None else versions(fractions, keep)
    key = training_digest(__file__, inputs, model=model, recipe=recipe, seed=derive(seed, *fractions), device=where)
    samples = table.set_index("row").loc[split.judged]
    parts = []
    with partial(output, key) as folder:
        for version, repeat, answers in all_answers(work, wanted, folder):
            part = samples[["sample_id", "label"]].reset_index(drop=True)
            part = part.assign(method=method, fold=fold, arm=version.arm, direction=version.direction)
            part = part.assign(fraction=version.fraction, repeat=repeat, predicted=[classes[i] for i in answers])
            parts.append(part)
        write_table(pd.concat(parts, ignore_index=True)[ANSWERS], output)


def _rows_of_levels(table: pd.DataFrame, explained: str) -> np.ndarray:
    """The row of the stack of each line of the levels."""
    samples = read_table(explained, ["sample_id"], strings=["sample_id"])["sample_id"]
    return table.set_index("sample_id")["row"].loc[samples].to_numpy()
