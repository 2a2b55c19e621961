"""The models stage: from the face stack and the folds to checkpoint, history and predictions of one fold."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from gestalt_regions.assets.fetching import sha256
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, write_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.faces.face_parts import box_of
from gestalt_regions.folds.fold_table import fold_table
from gestalt_regions.jobs.code_digest import digest_of_code
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.jobs.partial import digest_of_work, partial
from gestalt_regions.models import checkpoint
from gestalt_regions.models.backbones import backbone, builder
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.own_labels import own_table
from gestalt_regions.models.training import Split, shuffle_labels, split_fold, train_fold

log = logging.getLogger("gestalt_regions")


def _channel_mean(crops: np.ndarray, rows: np.ndarray) -> tuple[float, float, float]:
    """Mean of each RGB channel over the given images, 0..255."""
    total = sum(crops[row].reshape(-1, 3).mean(0, dtype=np.float64) for row in rows)
    red, green, blue = total / len(rows)
    return float(red), float(green), float(blue)


def _options(model: dict, recipe: dict) -> dict:
    """Of the backbone; a recipe that trains the feature layer alone needs it as a stage of its own."""
    return model["options"] | ({"feature_layer": True} if recipe["feature_layer"] else {})


def build_for_recipe(
    model: dict, recipe: dict, *, asset: str, classes: int, crops: np.ndarray, fit: np.ndarray
) -> tuple[StagedNetwork, Preprocess]:
    """The network that a recipe trains, and its input.

    Parameters
    ----------
    model : dict
        backbone, options and recipe (the name).
    recipe : dict
        The recipe's values.
    asset : str
        The file that the backbone is built from; "" if none.
    classes : int
        Number of logits.
    crops : numpy.ndarray
        uint8 [N, s, s, 3], the stack.
    fit : numpy.ndarray
        Rows that are trained on: their mean is the input's where the recipe says so (Sümer 2023: BGR, 0..255, less the
        training images' channel mean).

    Returns
    -------
    tuple of StagedNetwork and Preprocess
        The untrained head is part of the network.

    Raises
    ------
    InputError
        If the recipe needs colour and the backbone takes grey.
    """
    network, preprocess = builder(model["backbone"])(classes, recipe["dropout"], asset, _options(model, recipe))
    if recipe["input"] == "bgr_fold_mean" and preprocess.order == "grey":
        raise InputError(f"recipe {model['recipe']}: input bgr_fold_mean needs colour; {model['backbone']} takes grey")
    if recipe["input"] == "bgr_fold_mean":  # Sümer 2023: BGR, 0..255, minus the training images' channel mean
        mean = _channel_mean(crops, fit)[::-1]
        preprocess = Preprocess(preprocess.size, "bgr", mean, (1.0, 1.0, 1.0))
    return network, preprocess


def with_weights(model: dict, weights: str) -> dict:
    """A model whose options name the file of the weights that it starts from.

    Parameters
    ----------
    model : dict
        Of config models; its option `weights` may be backbones.IDENTITIES.
    weights : str
        Weights that this workflow pretrained; "" if the model asks for none.

    Returns
    -------
    dict
        The same where it asks for none.
    """
    return model | {"options": model["options"] | {"weights": weights}} if weights else model


def with_box(model: dict, boxes: str) -> dict:
    """A model whose options hold the box of the part that it sees.

    Parameters
    ----------
    model : dict
        Of config models; its option `part` may be there.
    boxes : str
        resources/face_parts.csv; "" if the model needs no box.

    Returns
    -------
    dict
        The same where it needs none.
    """
    if not boxes:
        return model
    return model | {"options": model["options"] | {"box": list(box_of(model["options"]["part"], boxes))}}


def checkpoint_facts(model: dict, recipe: dict, asset: str, classes: list[str], seed: int) -> dict:
    """What a checkpoint says of itself.

    Parameters
    ----------
    model : dict
        backbone, options and recipe (the name).
    recipe : dict
        The recipe's values.
    asset : str
        The file that the backbone is built from; "" if none.
    classes : list of str
        In the order of the logits.
    seed : int
        Of the training.

    Returns
    -------
    dict
        For `checkpoint.save`.
    """
    return {
        "backbone": model["backbone"],
        "options": _options(model, recipe),
        "recipe": model["recipe"],
        "recipe_values": recipe,
        "classes": classes,
        "dropout": recipe["dropout"],
        "asset_sha256": sha256(asset) if asset else "",
        "seed": seed,
    }


def training_digest(
    source: str, inputs: Mapping[str, str], *, model: dict, recipe: dict, seed: int, device: torch.device
) -> str:
    """A digest of all that determines what a training learns (jobs/partial.py).

    Parameters
    ----------
    source : str
        File of the module that trains.
    inputs : Mapping
        Files by name; "" is left out.
    model : dict
        backbone, options and recipe (the name).
    recipe : dict
        The recipe's values.
    seed : int
        Of the training.
    device : torch.device
        Where it trains; the number of threads counts too.

    Returns
    -------
    str
        Hexadecimal.
    """
    code = digest_of_code(source, [backbone(model["backbone"]).root])
    machine = [torch.__version__, device.type, torch.get_num_threads()]
    return digest_of_work([path for path in inputs.values() if path], model, recipe, seed, code, *machine)


def train_on_fold(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    model: dict,
    recipe: dict,
    fold: str,
    seed: int,
    device: str,
    shuffled: bool = False,
) -> None:
    """Train the network of one fold and write its checkpoint, history and predictions.

    A killed training goes on after its last whole epoch (jobs/partial.py, resume.py).

    Parameters
    ----------
    inputs : Mapping
        Paths of crops, index, folds, asset ("" if none); weights: what a model with options.weights: identities starts
        from; samples, where the model's labels are a column there; boxes of the parts, where it sees one through a
        window.
    outputs : Mapping
        Paths of checkpoint, history and predictions.
    model : dict
        Of config models: backbone, options, recipe (the name), and labels, where it has its own.
    recipe : dict
        The recipe's values.
    fold : str
        The fold that is judged, and not trained on.
    seed : int
        The study's.
    device : str
        Of config run.device.
    shuffled : bool
        Whether the labels of the training folds are shuffled among their subjects first (Adebayo et al., 2018).
    """
    model = with_box(model, inputs.get("boxes", ""))
    table = fold_table(inputs["index"], inputs["folds"])
    if labels_of_its_own := model.get("labels"):
        name = Path(outputs["checkpoint"]).parents[1].name
        table = own_table(table, labels_of_its_own, fold, name, inputs.get("samples", ""))
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
    start = inputs.get("weights", "")
    network, preprocess = build_for_recipe(
        with_weights(model, start), recipe, asset=inputs["asset"], classes=len(classes), crops=crops, fit=split.fit
    )
    labels = np.full(len(crops), -1)
    labels[table.row] = [classes.index(label) for label in table.label]
    facts = checkpoint_facts(model, recipe, inputs["asset"], classes, seed) | {"fold": fold, "shuffled": shuffled}
    facts |= {"weights_sha256": sha256(start)} if start else {}
    # the seed is the fold's own
    key = training_digest(__file__, inputs, model=model, recipe=recipe, seed=seed, device=where)
    with partial(outputs["checkpoint"], key) as folder:
        history, scores = train_fold(
            network.to(where),
            preprocess,
            crops,
            labels,
            split,
            recipe=recipe,
            seed=seed,
            folder=folder,
            where=f"fold {fold}",
            key=f"recipes.{model['recipe']}",
        )
        facts["epoch"] = int(history.epoch[history.kept].iloc[0])
        checkpoint.save(outputs["checkpoint"], network, preprocess, facts)
        write_table(history, outputs["history"])
        write_table(predictions(table, split, scores, classes), outputs["predictions"])


def predictions(table: pd.DataFrame, split: Split, scores: np.ndarray, classes: list[str]) -> pd.DataFrame:
    """What the network answers on the images that it has not seen.

    Parameters
    ----------
    table : pandas.DataFrame
        row, sample_id, label.
    split : Split
        Its judged and held-out rows are those of `scores`.
    scores : numpy.ndarray
        Logits float32 [judged + heldout, classes].
    classes : list of str
        In the order of the logits.

    Returns
    -------
    pandas.DataFrame
        sample_id, set, label, predicted, correct, and the softmax probability of every class (p_<class>).

    Raises
    ------
    InputError
        For a logit that is not finite; it names the first image.
    """
    finite = np.isfinite(scores).all(1)
    if not finite.all():
        row = np.concatenate([split.judged, split.heldout])[int((~finite).argmax())]
        sample = table.set_index("row").loc[row, "sample_id"]
        raise InputError(
            f"the network's answer to '{sample}' is not finite ({(~finite).sum()} of {len(finite)} images)"
        )
    rows = np.concatenate([split.judged, split.heldout])
    part = table.set_index("row").loc[rows, ["sample_id", "label"]].reset_index(drop=True)
    part.insert(1, "set", ["folds"] * len(split.judged) + ["heldout"] * len(split.heldout))
    part["predicted"] = [classes[i] for i in scores.argmax(1)]
    part["correct"] = part.label == part.predicted
    probabilities = torch.from_numpy(scores).softmax(1).numpy()
    return pd.concat([part, pd.DataFrame(probabilities, columns=[f"p_{c}" for c in classes])], axis=1)
