"""The networks of a training set: trained for each judged fold, and their maps, and what they use of a face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.imbalance.planned_sets import USE
from gestalt_regions.evaluation.perturb.region_drops import fallen
from gestalt_regions.evaluation.scored_maps import Counterfactuals
from gestalt_regions.jobs.device import choose_device
from gestalt_regions.models import checkpoint
from gestalt_regions.models.fold_training import train_on_fold
from gestalt_regions.models.merge import merged
from gestalt_regions.saliency.engine import explain_fold
from gestalt_regions.truth.counterfactuals import FACE, REVERT

TRAINING_FILES = ("crops", "index", "asset", "weights", "samples", "boxes")


def train_networks(
    inputs: Mapping[str, str],
    outputs: Mapping[str, Sequence[str]],
    *,
    tables: Sequence[str],
    folds: Sequence[str],
    trained_on: str,
    run: int,
    model: dict,
    recipe: dict,
    seed: int,
    device: str,
) -> None:
    """Train a network of a set for each judged fold.

    Frozen layers are passed once for each photograph, as in every training (models/features.py). Every set and run has
    its own seed, so that two networks differ by chance of training, too; how much, the runs of the whole set tell.

    Parameters
    ----------
    inputs : mapping of str to path
        TRAINING_FILES; "" for those that the model does not need.
    outputs : mapping of str to paths
        checkpoints, histories and predictions, one for each fold.
    tables : sequence of str
        The set's table of folds (nested_subsets.FOLD) of each fold.
    folds : sequence of str
        The folds.
    trained_on : str
        Name of the set.
    run : int
        The training, from 1.
    model, recipe : dict
        As `train_on_fold`.
    seed : int
        The study's.
    device : str
        Of config run.device.
    """
    kinds = {"checkpoint": "checkpoints", "history": "histories", "predictions": "predictions"}
    for k, fold in enumerate(folds):
        train_on_fold(
            {**{name: inputs.get(name, "") for name in TRAINING_FILES}, "folds": tables[k]},
            {one: outputs[several][k] for one, several in kinds.items()},
            model=model,
            recipe=recipe,
            fold=fold,
            seed=derive(seed, "imbalance", trained_on, run),
            device=device,
        )


def explain_networks(
    inputs: Mapping[str, str],
    outputs: Mapping[str, Sequence[str]],
    *,
    checkpoints: Sequence[str],
    photographs: Sequence[str],
    folds: Sequence[str],
    methods: Mapping[str, Mapping],
    seed: int,
    batch: int,
    device: str,
    control: str,
) -> None:
    """Explain each face for its own class by the networks of a set.

    Parameters
    ----------
    inputs : mapping of str to path
        crops, asset, explained (the set's), and faces_index, faces_landmarks, faces_sets and faces_regions_<set> for
        methods that take photographs.
    outputs : mapping of str to paths
        maps and indices: for each method those of each fold.
    checkpoints : sequence of str
        Of each fold.
    photographs : sequence of str
        Of each fold the table (nested_subsets.FOLD) of the photographs that methods are given: all people of these
        classes, also where the network learnt from fewer. So a map changes with the network alone.
    folds : sequence of str
        The folds.
    methods : mapping of str to mapping
        Method -> its settings.
    seed : int
        The study's.
    batch : int
        Images that pass the network together.
    device : str
        Of config run.device.
    control : str
        The control class.
    """
    paths = zip(outputs["maps"], outputs["indices"], strict=True)
    for name, settings in methods.items():
        for k, fold in enumerate(folds):
            maps, index = next(paths)
            explain_fold(
                {"asset": "", **inputs, "checkpoint": checkpoints[k], "faces_folds": photographs[k]},
                {"maps": maps, "index": index},
                name=name,
                settings={**settings, "target": "true"},
                fold=fold,
                seed=seed,
                batch=batch,
                device=device,
                control=control,
            )


def write_use(
    inputs: Mapping[str, str],
    output: str,
    *,
    checkpoints: Sequence[str],
    folds: Sequence[str],
    batch: int,
    device: str,
) -> None:
    """Write by how much the answer for a face's own class falls when the signs of one region are reverted by rendering.

    Parameters
    ----------
    inputs : mapping of str to path
        asset, explained (the set's), twins (rendered counterfactuals) and truth (their index).
    output : path
        USE; faces without counterfactuals, such as unaffected ones, have no line.
    checkpoints : sequence of str
        Of each fold.
    folds : sequence of str
        The folds.
    batch : int
        Images that pass the network together.
    device : str
        Of config run.device.
    """
    text = ["fold", "sample_id", "label"]
    shown = read_table(inputs["explained"], text, text)[text]
    truth = Counterfactuals(inputs["truth"], shown["sample_id"], twins=inputs["twins"])
    shown = shown[truth.has_twin(shown["sample_id"])]
    where, rows = choose_device(device), []
    for path, fold in zip(checkpoints, folds, strict=True):
        network, preprocess, facts = checkpoint.load(path, inputs.get("asset", ""))
        network = merged(network).to(where).to(memory_format=torch.channels_last)
        for line in shown[shown["fold"] == fold].itertuples():
            photos = truth.photos(line.sample_id)
            kept = {name: photo for name, photo in photos.items() if name == FACE or name.startswith(REVERT)}
            stack = np.stack(list(kept.values()))
            with torch.no_grad():
                parts = np.split(stack, range(batch, len(stack), batch))
                scores = torch.cat([network(preprocess(part, where)) for part in parts])
            logit, probability = fallen(scores, [facts["classes"].index(line.label)])
            for i, name in enumerate(list(kept)[1:]):
                numbers = (logit[i, 0], probability[i, 0])
                rows.append((fold, line.sample_id, line.label, name.removeprefix(REVERT), *numbers))
    write_table(pd.DataFrame(rows, columns=USE), output)
