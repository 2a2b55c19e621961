"""Regression of morphology: one run over the first `count` faces, kept going where it was stopped."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive, generator
from gestalt_regions.models.architectures.resnet_morph import PREPROCESS, network
from gestalt_regions.models.finite import check_epoch
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.resume import Resume
from gestalt_regions.pretraining.training_set import GROUPS, Faces
from gestalt_regions.statistics.toolkit.bootstrap import mean_defined

log = logging.getLogger("gestalt_regions")


def r_squared(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Share of each column's variance that is predicted.

    Columns are of unit size, so a smaller sum of squares than 1e-6 is rounding.

    Parameters
    ----------
    predicted, truth : numpy.ndarray
        [n, T].

    Returns
    -------
    numpy.ndarray
        [T]; NaN for a column that does not vary.
    """
    spread = ((truth - truth.mean(0)) ** 2).sum(0)
    missed = ((truth - predicted) ** 2).sum(0)
    varies = spread > 1e-6
    return np.where(varies, 1 - missed / np.where(varies, spread, 1), np.nan)


def by_group(values: np.ndarray, groups: Sequence[str] | np.ndarray) -> dict[str, float]:
    """Mean of the values of each group, without NaN.

    Parameters
    ----------
    values : numpy.ndarray
        [T].
    groups : Sequence of str
        The group of each, of GROUPS.

    Returns
    -------
    dict of str to float
        NaN for a group without a value.
    """
    return {name: float(mean_defined(values[np.array(groups) == name], axis=0)) for name in GROUPS}


def _recoloured(x: Tensor, random: np.random.Generator, strength: float) -> Tensor:
    """Contrast, brightness and balance of each image, changed a little; x (n,3,h,w), zero is middle grey."""
    contrast = np.exp(random.normal(0, strength, (len(x), 1)))
    shift = random.normal(0, strength, (len(x), 1)) + random.normal(0, strength / 2, (len(x), 3))
    factor, term = (torch.from_numpy(v.astype(np.float32))[..., None, None] for v in (contrast, shift))
    return x * factor + term


def _rate(step: int, steps: int, warm: int) -> float:
    """Share of the learning rate: a short rise, then half a cosine to zero."""
    return min(1.0, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _predict(net: StagedNetwork, preprocess: Preprocess, faces: Faces, rows: np.ndarray, batch: int) -> np.ndarray:
    """Standardised predictions (n, T + 2D) of unmoved crops, in evaluation mode."""
    net.eval()
    with torch.no_grad():
        parts = [net(preprocess(faces.plain(part))).numpy() for part in _batches(rows, batch)]
    return np.concatenate(parts)


def _batches(rows: np.ndarray, batch: int) -> list[np.ndarray]:
    """The rows in parts of at most `batch`."""
    return [rows[start : start + batch] for start in range(0, len(rows), batch)]


def train_morphology(
    faces: Faces, fit: np.ndarray, heldout: np.ndarray, *, settings: Mapping, seed: int, folder: Path
) -> tuple[StagedNetwork, pd.DataFrame, np.ndarray]:
    """Train on the rows `fit`.

    Parameters
    ----------
    faces : Faces
        The training set.
    fit, heldout : numpy.ndarray
        Rows that are fitted, rows that are judged.
    settings : Mapping
        Config morph.training, and epochs.
    seed : int
        Of the training.
    folder : Path
        Where the state after each epoch is kept, and gone on from (models/resume.py).

    Returns
    -------
    tuple of StagedNetwork, pandas.DataFrame and numpy.ndarray
        The network, its history (a row an epoch) and the held-out R² of each target.

    Raises
    ------
    InputError
        If an epoch ends with a loss or weights that are not finite.
    """
    torch.manual_seed(derive(seed, "weights"))
    truth = faces.truth(fit)
    mean, scale = truth.mean(0), truth.std(0)
    scale[scale < 1e-6] = 1.0
    groups = np.array(faces.groups())
    share = np.zeros(len(groups), np.float32)
    for name, weight in settings["loss_weights"].items():
        share[groups == name] = weight / max(1, (groups == name).sum())
    weights = torch.from_numpy(share)
    net = network(settings["architecture"], len(groups)).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"])
    steps_an_epoch = math.ceil(len(fit) / settings["batch_size"])
    steps, warm = steps_an_epoch * settings["epochs"], min(200, steps_an_epoch)
    resume = Resume(folder, {"network": net, "optimiser": optimiser})
    history = (resume.restore() or {"history": []})["history"]
    goal = (faces.truth(heldout) - mean) / scale
    progress = Progress((settings["epochs"] - len(history)) * len(fit), "training faces", every=60)
    for epoch in range(len(history) + 1, settings["epochs"] + 1):
        random, start, losses = generator(seed, "epoch", epoch), time.monotonic(), 0.0
        net.train()
        for i, rows in enumerate(_batches(random.permutation(fit), settings["batch_size"])):
            rate = settings["learning_rate"] * _rate((epoch - 1) * steps_an_epoch + i, steps, warm)
            optimiser.param_groups[0]["lr"] = rate
            crops, wanted = faces.shaken(rows, random, settings["landmark_error"])
            x = _recoloured(PREPROCESS(crops), random, settings["colour"])
            missed = net(x) - torch.from_numpy((wanted - mean) / scale)
            loss = (missed**2 * weights).sum(1).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            losses += loss.item() * len(rows)
            progress.update(len(rows))
        check_epoch(net, [losses], where="pretraining", epoch=epoch, rate=rate, key="morph.training.learning_rate")
        explained = r_squared(_predict(net, PREPROCESS, faces, heldout, 64), goal)
        scores = {f"r2_{name}": value for name, value in by_group(explained, groups).items()}
        history.append({"epoch": epoch, "learning_rate": rate, "loss": losses / len(fit), **scores})
        log.info("epoch %d: loss %.3f, R² %s, %.0f s", epoch, losses / len(fit), scores, time.monotonic() - start)
        resume.keep(history)
    return net.eval(), pd.DataFrame(history), explained
