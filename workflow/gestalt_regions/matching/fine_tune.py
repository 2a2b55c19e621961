"""Fine-tuning of an encoder on the gallery of the frequent disorders (Hustinx et al. 2023, section 3.3)."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import torch

from gestalt_regions.cohort import gallery_lists
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table, write_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.jobs.partial import partial
from gestalt_regions.models import checkpoint
from gestalt_regions.models.fold_training import build_for_recipe, checkpoint_facts, training_digest
from gestalt_regions.models.training import Split, set_aside, train_fold
from gestalt_regions.statistics.toolkit.read import load_samples

log = logging.getLogger("gestalt_regions")


def learned_from(splits: str, index: str, samples: str) -> pd.DataFrame:
    """The images that an encoder may learn from: the frequent disorders' gallery.

    No test image is among them, and nothing of a rare disorder.

    Parameters
    ----------
    splits, index, samples : str
        Paths of splits.csv, faces/index.csv and samples.csv.

    Returns
    -------
    DataFrame
        row, sample_id, label, subject_id, kin_group.

    Raises
    ------
    InputError
        If there are fewer than two frequent disorders.
    """
    table = gallery_lists.load(splits)
    gallery = (table.group == gallery_lists.FREQUENT) & (table.role == gallery_lists.GALLERY)
    table = table[gallery][["sample_id", "label"]]
    rows = read_table(index, ["row", "sample_id"], strings=["sample_id"])[["row", "sample_id"]]
    kin = load_samples(samples)[["sample_id", "subject_id", "kin_group"]]
    table = table.merge(rows, on="sample_id", validate="one_to_one").merge(kin, on="sample_id", validate="one_to_one")
    if table.label.nunique() < 2:
        raise InputError(
            f"{splits}: {table.label.nunique()} frequent disorders have gallery images; fine-tuning needs two or "
            "more (lower matching.rare_below, or give the cohort more subjects)"
        )
    return table


def fine_tune(
    inputs: dict[str, str],
    outputs: dict[str, str],
    *,
    entry: dict,
    recipe: dict,
    seed: int,
    device: str,
) -> None:
    """Fine-tune one encoder.

    With epoch_selection `inner`, whole families set aside choose the epoch and end a plateau. All recipes share one
    seed, so that variants differ in nothing but what the recipe says.

    Parameters
    ----------
    inputs : dict of str to path
        crops, index, samples, splits, asset ("" if none).
    outputs : dict of str to path
        checkpoint and history.
    entry, recipe : dict
        Of config matching.encoders, and its recipe.
    seed : int
        Seed of the study.
    device : str
        As in config run.device.
    """
    table = learned_from(inputs["splits"], inputs["index"], inputs["samples"])
    classes, crops = sorted(table.label.unique()), read_array(inputs["crops"])
    seed = derive(seed, "matching", "fine_tune")
    deterministic()
    where = choose_device(device)
    none = np.array([], int)
    fit, choose = table.row.to_numpy(), none
    if recipe["epoch_selection"] == "inner":
        fit, choose = set_aside(table, recipe["inner_fraction"], seed)
    fitted = "%s by %s on %s: %d images of %d frequent disorders fitted, %d choose the epoch"
    log.info(fitted, entry["backbone"], entry["recipe"], where, len(fit), len(classes), len(choose))
    labels = np.full(len(crops), -1)
    labels[table.row] = [classes.index(label) for label in table.label]
    torch.manual_seed(derive(seed, "weights"))
    network, preprocess = build_for_recipe(
        entry, recipe, asset=inputs["asset"], classes=len(classes), crops=crops, fit=fit
    )
    facts = checkpoint_facts(entry, recipe, inputs["asset"], classes, seed)
    key = training_digest(__file__, inputs, model=entry, recipe=recipe, seed=seed, device=where)
    with partial(outputs["checkpoint"], key) as folder:
        split = Split(fit=fit, choose=choose, judged=none, heldout=none)
        history, _ = train_fold(
            network.to(where),
            preprocess,
            crops,
            labels,
            split,
            recipe=recipe,
            seed=seed,
            folder=folder,
            where=f"fine-tuning {entry['backbone']}",
            key=f"recipes.{entry['recipe']}",
        )
        facts["epoch"] = int(history.epoch[history.kept].iloc[0])
        checkpoint.save(outputs["checkpoint"], network, preprocess, facts)
        write_table(history, outputs["history"])
