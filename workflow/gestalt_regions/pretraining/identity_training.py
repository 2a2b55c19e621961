"""Whose face is it: an expert of DeepGestalt learns to tell people apart, as Gurovich et al. (2019) describe it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive, generator
from gestalt_regions.models.finite import check_epoch
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.models.precision import arrange, autocast, products, training_precision
from gestalt_regions.models.resume import Resume
from gestalt_regions.pretraining.identity_faces import IdentityFaces

log = logging.getLogger("gestalt_regions")


def split_people(person: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Which faces are held out: about a share of each person's, at least one, and never all.

    Parameters
    ----------
    person : numpy.ndarray
        int [N], whose face each is; everybody has two or more.
    share : float
        Of the faces.
    seed : int
        Of the training.

    Returns
    -------
    numpy.ndarray
        bool [N].
    """
    heldout = np.zeros(len(person), bool)
    for each in np.unique(person):
        faces = np.flatnonzero(person == each)
        count = min(max(1, round(share * len(faces))), len(faces) - 1)
        heldout[generator(seed, "heldout", int(each)).permutation(faces)[:count]] = True
    return heldout


def _input(pixels: np.ndarray, device: torch.device) -> Tensor:
    """Grey faces as the experts' Preprocess gives them: [n, 1, h, w], (pixel - 127.5) / 127.5."""
    x = (torch.from_numpy(pixels).to(device)[:, None].float() - 127.5) / 127.5
    return x.contiguous(memory_format=torch.channels_last)


def identify(network: StagedNetwork, faces: IdentityFaces, rows: np.ndarray, batch: int) -> tuple[np.ndarray, float]:
    """Whether the network knows each face, and its loss; in evaluation mode.

    Parameters
    ----------
    network : StagedNetwork
        With an output for each person.
    faces : IdentityFaces
        The data.
    rows : numpy.ndarray
        Faces, n.
    batch : int
        Faces at once.

    Returns
    -------
    tuple of numpy.ndarray and float
        bool [n], and the mean cross-entropy.
    """
    network.eval()
    device = network.head.weight.device
    with torch.no_grad():
        parts = [network(_input(faces.pixels(rows[i : i + batch]), device)).cpu() for i in range(0, len(rows), batch)]
    scores, truth = torch.cat(parts), torch.from_numpy(faces.person[rows])
    return (scores.argmax(1) == truth).numpy(), functional.cross_entropy(scores, truth).item()


def train_identities(
    network: StagedNetwork, faces: IdentityFaces, heldout: np.ndarray, *, settings: Mapping, seed: int, folder: Path
) -> tuple[pd.DataFrame, np.ndarray]:
    """Train in place: Adam for some epochs, then SGD.

    Parameters
    ----------
    network : StagedNetwork
        With an output for each person; on the device where it trains.
    faces : IdentityFaces
        The data.
    heldout : numpy.ndarray
        bool [N], faces that are judged and not learnt from.
    settings : Mapping
        Of config identities.settings.
    seed : int
        Of the training.
    folder : Path
        Where the state after each epoch is kept, and gone on from (models/resume.py).

    Returns
    -------
    tuple of pandas.DataFrame and numpy.ndarray
        The history (epoch, optimiser, learning_rate, loss, accuracy, heldout_loss, heldout_accuracy), and whether each
        held-out face was known at the end, bool.

    Raises
    ------
    InputError
        If an epoch ends with a loss or weights that are not finite.
    """
    torch.manual_seed(derive(seed, "torch"))
    torch.nn.init.kaiming_normal_(network.head.weight, nonlinearity="relu")
    torch.nn.init.zeros_(network.head.bias)
    device, batch = network.head.weight.device, settings["batch_size"]
    precision = training_precision(settings, device)
    arrange(network, precision)
    adam = torch.optim.Adam(network.parameters(), lr=settings["adam_rate"])
    sgd = torch.optim.SGD(network.parameters(), lr=settings["sgd_rate"], momentum=settings["momentum"])
    epochs = settings["adam_epochs"] + settings["sgd_epochs"]
    resume = Resume(folder, {"network": network, "adam": adam, "sgd": sgd})
    history = (resume.restore() or {"history": []})["history"]
    fit, judged = np.flatnonzero(~heldout), np.flatnonzero(heldout)
    progress = Progress((epochs - len(history)) * len(fit), "training faces", every=30)
    for epoch in range(len(history) + 1, epochs + 1):
        name, optimiser = ("adam", adam) if epoch <= settings["adam_epochs"] else ("sgd", sgd)
        random, start, losses, hits = generator(seed, "epoch", epoch), time.monotonic(), 0.0, 0
        network.train()
        for rows in np.array_split(order := random.permutation(fit), max(1, len(order) // batch)):
            pixels = faces.pixels(rows)
            if settings["flip"]:
                mirrored = random.random(len(rows)) < 0.5
                pixels[mirrored] = pixels[mirrored, :, ::-1]
            truth = torch.from_numpy(faces.person[rows]).to(device)
            with products(precision):
                with autocast(precision, device):
                    scores = network(_input(pixels, device)).float()
                loss = functional.cross_entropy(scores, truth)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
            optimiser.step()
            losses, hits = losses + loss.item() * len(rows), hits + int((scores.argmax(1) == truth).sum())
            progress.update(len(rows))
        known, missed = identify(network, faces, judged, batch)
        key = f"identities.settings.*.{name}_rate"
        rate = settings[f"{name}_rate"]
        check_epoch(network, [losses, missed], where="identity pretraining", epoch=epoch, rate=rate, key=key)
        history.append((epoch, name, rate, losses / len(fit), hits / len(fit), missed, float(known.mean())))
        log.info(
            "epoch %d (%s): loss %.3f, known %.3f, held out %.3f, %.0f s",
            *(epoch, name, losses / len(fit), hits / len(fit), known.mean(), time.monotonic() - start),
        )
        resume.keep(history)
    columns = ["epoch", "optimiser", "learning_rate", "loss", "accuracy", "heldout_loss", "heldout_accuracy"]
    return pd.DataFrame(history, columns=columns), identify(network, faces, judged, batch)[0]
