"""What the fold networks of a model answer about further test sets: every network about every face."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.faces.kept_faces import kept_faces
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.models import checkpoint

log = logging.getLogger("gestalt_regions")


def probabilities(path: str, asset: str, crops: np.ndarray, device: torch.device, batch: int) -> pd.DataFrame:
    """The softmax of a network's answers.

    Parameters
    ----------
    path : str
        Its checkpoint.
    asset : str
        The file that the backbone is built from; "" if none.
    crops : ndarray of uint8 [n, s, s, 3]
        Aligned faces, RGB.
    device : torch.device
        Where it runs.
    batch : int
        Faces at a time.

    Returns
    -------
    DataFrame
        [n], columns p_<class>.

    Raises
    ------
    InputError
        For an answer that is not finite.
    """
    network, preprocess, facts = checkpoint.load(path, asset)
    network.to(device)
    parts = [np.zeros((0, len(facts["classes"])), np.float32)]
    with torch.no_grad():
        for start in range(0, len(crops), batch):
            logits = network(preprocess(crops[start : start + batch], device))
            parts.append(logits.float().softmax(1).cpu().numpy())
    answers = np.concatenate(parts)
    if not np.isfinite(answers).all():
        raise InputError(f"{path}: the network's answers are not finite; delete the file and train again")
    return pd.DataFrame(answers, columns=[f"p_{name}" for name in facts["classes"]])


def answer_test_sets(
    *,
    checkpoints: Sequence[str],
    asset: str,
    faces: Sequence[str],
    indexes: Sequence[str],
    answers: str,
    test_sets: Sequence[str],
    folds: Sequence[str],
    size: int,
    batch: int,
    device: str,
) -> None:
    """Write the answers of all fold networks of a model about all faces of the test sets.

    Parameters
    ----------
    checkpoints : sequence of str
        Of each fold.
    asset : str
        The file that the backbone is built from; "" if none.
    faces, indexes : sequence of str
        The kept faces and their index.csv, of each set.
    answers : str
        Where the table goes: set, sample_id, fold, p_<class>.
    test_sets, folds : sequence of str
        Their names.
    size : int
        Side of the crops that the model takes, pixels.
    batch : int
        Faces at a time.
    device : str
        Of config run.device.
    """
    deterministic()
    where, crops, rows = choose_device(device), [np.zeros((0, size, size, 3), np.uint8)], []
    for name, path, index in zip(test_sets, faces, indexes, strict=True):
        samples = read_table(index, ["sample_id"], strings=["sample_id"])["sample_id"]
        with kept_faces(path) as read:
            crops += [read(("crops", size), sample)[None] for sample in samples]
        rows.append(pd.DataFrame({"set": name, "sample_id": samples}))
    table, stack = pd.concat(rows, ignore_index=True), np.concatenate(crops)
    parts = []
    for fold, path in zip(folds, checkpoints, strict=True):
        answered = probabilities(path, asset, stack, where, batch)
        parts.append(pd.concat([table.assign(fold=fold), answered], axis=1))
    write_table(pd.concat(parts, ignore_index=True), answers)
    log.info("%d faces of %d test sets, %d networks", len(table), len(test_sets), len(folds))
