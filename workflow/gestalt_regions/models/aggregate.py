"""The models stage of an aggregate: from its experts' checkpoints and predictions to its own. Nothing is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.models import checkpoint
from gestalt_regions.models.joined_experts import joined

TEXT = ["sample_id", "set", "label"]


def join_experts(
    inputs: Mapping[str, str | Sequence[str]], outputs: Mapping[str, str], *, experts: Sequence[str]
) -> None:
    """Join the experts of one fold: a checkpoint that holds theirs, and the mean of their probabilities.

    Parameters
    ----------
    inputs : Mapping
        Paths of checkpoints and predictions, one of each expert, and asset ("" if none).
    outputs : Mapping
        Paths of checkpoint and predictions.
    experts : sequence of str
        Names of the experts.

    Raises
    ------
    InputError
        If the experts do not have the same classes, the same input, or the same images.
    """
    loaded = [checkpoint.load(path, str(inputs["asset"])) for path in inputs["checkpoints"]]
    first = loaded[0]
    for name, (_, preprocess, facts) in zip(experts, loaded, strict=True):
        if facts["classes"] != first[2]["classes"] or preprocess != first[1]:
            raise InputError(f"{name} has other classes or another input than {experts[0]}; train both again")
    facts = {
        "backbone": first[2]["backbone"],
        "options": {},
        "classes": first[2]["classes"],
        "dropout": 0.0,
        "asset_sha256": first[2]["asset_sha256"],
        "fold": first[2]["fold"],
        "shuffled": first[2]["shuffled"],
        "experts": [
            {"name": name} | {key: facts[key] for key in ("options", "recipe", "recipe_values", "seed", "epoch")}
            for name, (_, _, facts) in zip(experts, loaded, strict=True)
        ],
    }
    checkpoint.save(outputs["checkpoint"], joined([network for network, _, _ in loaded]), first[1], facts)
    _write_mean(inputs["predictions"], outputs["predictions"], experts)


def _write_mean(paths: Sequence[str] | str, output: str, experts: Sequence[str]) -> None:
    """Predictions whose probabilities are the means of the experts' ones, as fold_training.predictions has them."""
    tables = [read_table(path, TEXT, strings=TEXT) for path in paths]
    probabilities = [column for column in tables[0].columns if column.startswith("p_")]
    for name, table in zip(experts, tables, strict=True):
        if not table[TEXT].equals(tables[0][TEXT]):
            raise InputError(f"{name} predicts other images than {experts[0]}; train both again")
    mean = np.mean([table[probabilities].to_numpy(float) for table in tables], axis=0)
    result = tables[0].copy()
    result[probabilities] = mean.astype(np.float32)
    result["predicted"] = [probabilities[i].removeprefix("p_") for i in mean.argmax(1)]
    result["correct"] = result["label"] == result["predicted"]
    write_table(result, output)
