"""Which expert of an aggregate carried the answer for each face, and whether region coefficients say the same.

An expert's weight is its share in the gradient of the aggregate's answer, exactly (models/joined_experts.py). A region
coefficient is what a saliency method makes of the aggregate's map in that region. Where an expert sees a part that is
also a region (eyes, nose, mouth), the two can be compared over faces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.evaluation.fold_networks import networks_of_folds
from gestalt_regions.models.joined_experts import weights_of_experts

WEIGHTS = ["fold", "sample_id", "set", "label", "target", "expert", "part", "probability", "weight"]
EXPLAINED = ["fold", "sample_id", "row", "set", "label"]


def write_expert_weights(
    inputs: Mapping[str, str | Sequence[str]],
    output: str,
    *,
    folds: Sequence[str],
    parts: Mapping[str, str],
    batch: int,
    device: str,
) -> None:
    """Write the weight of every expert in the answer for every explained face.

    Parameters
    ----------
    inputs : mapping
        Paths of checkpoints (of the aggregate, one a fold), crops, explained (faces that are explained), and asset.
    output : path
        The table, WEIGHTS; the target is the class that the aggregate predicts, as for maps.
    folds : sequence of str
        The folds.
    parts : mapping of str to str
        Experts in the order in which they are joined -> the part of the face that each sees.
    batch : int
        Images that are passed at a time.
    device : str
        As in config run.device.
    """
    networks = networks_of_folds(inputs, folds=folds, batch=batch, device=device)
    explained = read_table(str(inputs["explained"]), EXPLAINED, strings=["fold", "sample_id", "set", "label"])
    rows, progress = [], Progress(len(explained), "faces")
    for fold in folds:
        network, faces = networks[fold], explained[explained["fold"] == fold]
        for start in range(0, len(faces), batch):
            part = faces.iloc[start : start + batch]
            x = network.images(part["row"].to_numpy())
            with torch.no_grad():
                target = network.network(x).argmax(1)
                said, weights = (values.cpu().numpy() for values in weights_of_experts(network.network, x, target))
            for i, face in enumerate(part.itertuples()):
                known = [fold, face.sample_id, face.set, face.label, network.classes[int(target[i])]]
                rows += [[*known, e, parts[e], said[i, k], weights[i, k]] for k, e in enumerate(parts)]
            progress.update(len(part))
    table = pd.DataFrame(rows, columns=WEIGHTS)
    write_table(table.astype({"probability": np.float32, "weight": np.float32}), output)
