"""How far the network's answer falls when a region is taken out: reverted by rendering, or filled in the usual ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.progress import track
from gestalt_regions.evaluation.perturb.drop_tables import ALL, DROPS, RENDERED
from gestalt_regions.evaluation.perturb.fills import FILLS
from gestalt_regions.evaluation.scored_maps import Regions, Truth
from gestalt_regions.jobs.device import choose_device
from gestalt_regions.models import checkpoint
from gestalt_regions.models.merge import merged
from gestalt_regions.regions.sets import PAPER, region_ids
from gestalt_regions.truth.counterfactuals import FACE, REVERT, TWIN


def without(photos: Mapping[str, np.ndarray], regions: np.ndarray, names: Sequence[str]) -> dict[tuple, np.ndarray]:
    """(way, region) -> the photo without the region, of the photos of Truth and a map of the published regions."""
    ways = {(RENDERED, v.removeprefix(REVERT)): photo for v, photo in photos.items() if v.startswith(REVERT)}
    ways[RENDERED, ALL] = photos[TWIN]
    masks = {name: regions == number for number, name in enumerate(names, start=1)}
    masks = {name: mask for name, mask in masks.items() if mask.any()} | {ALL: regions > 0}
    for way, fill in FILLS.items():
        ways |= {(way, name): fill(photos[FACE], mask) for name, mask in masks.items()}
    return ways


def fallen(scores: Tensor, targets: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Drop of the logit and of the probability of each target from the first row of `scores` [1 + n, classes] to every
    other: float64 [n, targets] each; negative where the answer rises."""
    scores = scores.double()
    return tuple(
        (values[:1] - values[1:])[:, list(targets)].cpu().numpy() for values in (scores, scores.softmax(dim=1))
    )


def write_drops(inputs: Mapping[str, str], output: str, *, fold: str, batch: int, device: str) -> None:
    """DROPS of every photo of scored.csv of one fold that has a twin, for its predicted class and for its own.

    inputs: checkpoint, asset ("" if none), scored, predictions, twins, truth (its index), regions (the published
    boxes), faces, sets (resources/regions.yaml).
    """
    network, preprocess, about = checkpoint.load(inputs["checkpoint"], inputs["asset"])
    where = choose_device(device)
    network = merged(network).to(where, memory_format=torch.channels_last)
    regions = Regions(inputs["regions"], inputs["faces"], region_ids(inputs["sets"], PAPER))
    text = ["sample_id", "fold", "set", "label"]
    todo = read_table(inputs["scored"], text, text)[text]
    todo = todo[todo["fold"] == fold]
    truth = Truth(inputs["truth"], todo["sample_id"], twins=inputs["twins"])
    todo = todo[truth.has_twin(todo["sample_id"])]
    told = read_table(inputs["predictions"], ["sample_id", "predicted"], ["sample_id", "predicted"])
    predicted = dict(zip(told["sample_id"], told["predicted"], strict=True))
    rows: list[dict] = []
    for line in track(todo.itertuples(), len(todo), "photos"):
        photos = truth.photos(line.sample_id)
        ways = without(photos, regions[line.sample_id], regions.names)
        stack, answer = np.stack([photos[FACE], *ways.values()]), predicted[line.sample_id]
        parts = np.split(stack, range(batch, len(stack), batch))
        with torch.no_grad():
            scores = torch.cat([network(preprocess(part, where)) for part in parts])
        targets = list(dict.fromkeys([answer, line.label]))
        logit, probability = fallen(scores, [about["classes"].index(target) for target in targets])
        own = {key: getattr(line, key) for key in text} | {"predicted": answer}
        for i, (way, region) in enumerate(ways):
            for k, target in enumerate(targets):
                values = {"logit": logit[i, k], "probability": probability[i, k]}
                rows.append({**own, "target": target, "way": way, "region": region, **values})
    write_table(pd.DataFrame(rows, columns=DROPS), output)
