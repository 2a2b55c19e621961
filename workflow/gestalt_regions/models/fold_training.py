"""The models stage: from the face stack and the folds to checkpoint, history and predictions of one fold."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import torch

from gestalt_regions.assets.fetching import sha256
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, write_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.folds.fold_table import fold_table
from gestalt_regions.jobs.code_digest import digest_of_code
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.jobs.partial import digest_of_work, partial
from gestalt_regions.models import checkpoint
from gestalt_regions.models.backbones import builder
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.training import shuffle_labels, split_fold, train_fold

log = logging.getLogger("gestalt_regions")


def channel_mean(crops: np.ndarray, rows: np.ndarray) -> tuple[float, float, float]:
    """Mean of each RGB channel over the given images, 0..255."""
    total = sum(crops[row].reshape(-1, 3).mean(0, dtype=np.float64) for row in rows)
    return tuple(float(value) for value in total / len(rows))


def options(model: dict, recipe: dict) -> dict:
    """Of the backbone; a recipe that trains the feature layer alone needs it as a stage of its own."""
    return model["options"] | ({"feature_layer": True} if recipe["feature_layer"] else {})


def build(
    model: dict, recipe: dict, asset: str, classes: int, crops: np.ndarray, fit: np.ndarray
) -> tuple[StagedNetwork, Preprocess]:
    """The network that a recipe trains, and its input; model: backbone, options and recipe (the name)."""
    network, preprocess = builder(model["backbone"])(classes, recipe["dropout"], asset, options(model, recipe))
    if recipe["input"] == "bgr_fold_mean" and preprocess.order == "grey":
        raise InputError(f"recipe {model['recipe']}: input bgr_fold_mean needs colour; {model['backbone']} takes grey")
    if recipe["input"] == "bgr_fold_mean":  # Sümer 2023: BGR, 0..255, minus the training images' channel mean
        mean = channel_mean(crops, fit)[::-1]
        preprocess = Preprocess(preprocess.size, "bgr", mean, (1.0, 1.0, 1.0))
    return network, preprocess


def facts(model: dict, recipe: dict, asset: str, classes: list[str], seed: int) -> dict:
    """What a checkpoint says of itself."""
    return {
        "backbone": model["backbone"],
        "options": options(model, recipe),
        "recipe": model["recipe"],
        "recipe_values": recipe,
        "classes": classes,
        "dropout": recipe["dropout"],
        "asset_sha256": sha256(asset) if asset else "",
        "seed": seed,
    }


def training_key(source: str, inputs: dict[str, str], model: dict, recipe: dict, seed: int, where: torch.device) -> str:
    """A digest of all that determines what the training in the module `source` (a file) learns (jobs/partial.py)."""
    made = builder(model["backbone"])
    code = digest_of_code(source, [f"{made.__module__}:{made.__name__}"])
    machine = [torch.__version__, where.type, torch.get_num_threads()]
    return digest_of_work([path for path in inputs.values() if path], model, recipe, seed, code, *machine)


def train(
    inputs: dict[str, str],
    outputs: dict[str, str],
    model: dict,
    recipe: dict,
    fold: str,
    seed: int,
    device: str,
    shuffled: bool = False,
) -> None:
    """Inputs crops, index, folds, asset ("" if none); outputs checkpoint, history, predictions.

    shuffled: the labels of the training folds are shuffled among their subjects first (Adebayo et al., 2018).
    A killed training goes on after its last whole epoch (jobs/partial.py, resume.py).
    """
    table = fold_table(inputs["index"], inputs["folds"])
    classes = sorted(table.label.unique())
    crops = read_array(inputs["crops"])
    seed = derive(seed, "train", fold)
    if shuffled:
        table = shuffle_labels(table, fold, seed)
    deterministic()
    where = choose_device(device)
    log.info("fold %s: %s with recipe %s on %s", fold, model["backbone"], model["recipe"], where)
    split = split_fold(table, fold, recipe["epoch_selection"], recipe["inner_fraction"], seed)
    torch.manual_seed(derive(seed, "weights"))
    network, preprocess = build(model, recipe, inputs["asset"], len(classes), crops, split.fit)
    labels = np.full(len(crops), -1)
    labels[table.row] = [classes.index(label) for label in table.label]
    about = facts(model, recipe, inputs["asset"], classes, seed) | {"fold": fold, "shuffled": shuffled}
    key = training_key(__file__, inputs, model, recipe, seed, where)  # the seed is the fold's own
    with partial(outputs["checkpoint"], key) as folder:
        history, scores = train_fold(network.to(where), preprocess, crops, labels, split, recipe, seed, folder)
        about["epoch"] = int(history.epoch[history.kept].iloc[0])
        checkpoint.save(outputs["checkpoint"], network, preprocess, about)
        write_table(history, outputs["history"])
        write_table(predictions(table, split, scores, classes), outputs["predictions"])


def predictions(table: pd.DataFrame, split, scores: np.ndarray, classes: list[str]) -> pd.DataFrame:
    """sample_id, set, label, predicted, correct, and the softmax probability of every class (p_<class>)."""
    rows = np.concatenate([split.judged, split.heldout])
    part = table.set_index("row").loc[rows, ["sample_id", "label"]].reset_index(drop=True)
    part.insert(1, "set", ["folds"] * len(split.judged) + ["heldout"] * len(split.heldout))
    part["predicted"] = [classes[i] for i in scores.argmax(1)]
    part["correct"] = part.label == part.predicted
    probabilities = torch.from_numpy(scores).softmax(1).numpy()
    return pd.concat([part, pd.DataFrame(probabilities, columns=[f"p_{c}" for c in classes])], axis=1)
