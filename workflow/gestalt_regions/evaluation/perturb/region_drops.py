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
from gestalt_regions.evaluation.scored_maps import Counterfactuals, Regions
from gestalt_regions.jobs.device import choose_device
from gestalt_regions.models import checkpoint
from gestalt_regions.models.merge import merged
from gestalt_regions.models.precision import in_precision, network_precision
from gestalt_regions.regions.sets import PAPER, region_ids
from gestalt_regions.truth.counterfactuals import FACE, REVERT, TWIN


def without(photos: Mapping[str, np.ndarray], regions: np.ndarray, names: Sequence[str]) -> dict[tuple, np.ndarray]:
    """A photo without each of its regions, taken out in every way.

    Parameters
    ----------
    photos : mapping of str to ndarray
        Variant -> photo uint8 [s, s, 3], as `Counterfactuals.photos` gives them.
    regions : ndarray
        Map [s, s] of the published regions, ids 1 and up.
    names : sequence of str
        The regions, in the order of their ids.

    Returns
    -------
    dict
        (way, region) -> photo; the way is RENDERED or one of FILLS, the region ALL for all at once.
    """
    ways = {(RENDERED, v.removeprefix(REVERT)): photo for v, photo in photos.items() if v.startswith(REVERT)}
    return ways | {(RENDERED, ALL): photos[TWIN]} | filled(photos[FACE], regions, names)


def filled(photo: np.ndarray, regions: np.ndarray, names: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    """A photo with each of its regions filled in the usual ways.

    Parameters
    ----------
    photo : ndarray
        uint8 [s, s, 3].
    regions : ndarray
        Map [s, s] of the published regions, ids 1 and up.
    names : sequence of str
        The regions, in the order of their ids.

    Returns
    -------
    dict
        (way, region) -> photo; the way is one of FILLS, the region one that has a pixel, or ALL for all at once.
    """
    masks = {name: regions == number for number, name in enumerate(names, start=1)}
    masks = {name: mask for name, mask in masks.items() if mask.any()} | {ALL: regions > 0}
    return {(way, name): fill(photo, mask) for way, fill in FILLS.items() for name, mask in masks.items()}


def fallen(scores: Tensor, targets: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """How far the answer for each target falls from the whole photo to every other.

    Parameters
    ----------
    scores : Tensor
        Logits [1 + n, classes], the first row those of the whole photo.
    targets : sequence of int
        Outputs of the network.

    Returns
    -------
    tuple of ndarray
        Drop of the logit and of the probability, float64 [n, targets] each; negative where the answer rises.
    """
    scores = scores.double()

    def _drop(values: Tensor) -> np.ndarray:
        return (values[:1] - values[1:])[:, list(targets)].cpu().numpy()

    return _drop(scores), _drop(scores.softmax(dim=1))


def _face_rows(
    face: Mapping[str, str], ways: Sequence[tuple[str, str]], scores: Tensor, classes: Sequence[str]
) -> list[dict[str, object]]:
    """DROPS of one photo (keys of `face`) from the logits of it and of its versions, `ways`."""
    targets = list(dict.fromkeys([face["predicted"], face["label"]]))
    logit, probability = fallen(scores, [classes.index(target) for target in targets])
    rows: list[dict[str, object]] = []
    for i, (way, region) in enumerate(ways):
        for k, target in enumerate(targets):
            values = {"logit": logit[i, k], "probability": probability[i, k]}
            rows.append({**face, "target": target, "way": way, "region": region, **values})
    return rows


def write_drops(
    inputs: Mapping[str, str], output: str, *, fold: str, batch: int, device: str, precision: str = "float32"
) -> None:
    """Write what the answer of one fold's network loses without each region of each photo.

    Photos are those of scored.csv that have a twin; answers are for the predicted class and for the photo's own.

    Parameters
    ----------
    inputs : mapping of str to path
        checkpoint, asset ("" if none), scored, predictions, twins, truth (its index), regions (the published boxes),
        faces, sets (resources/regions.yaml).
    output : str
        Path of the table DROPS.
    fold : str
        The fold.
    batch : int
        Images that are passed at a time.
    device : str
        As in config run.device.
    precision : str
        As in config run.precision.
    """
    network, preprocess, facts = checkpoint.load(inputs["checkpoint"], inputs["asset"])
    where = choose_device(device)
    network = merged(network).to(where).to(memory_format=torch.channels_last)
    network = in_precision(network, network_precision(precision, where))
    regions = Regions(inputs["regions"], inputs["faces"], region_ids(inputs["sets"], PAPER))
    text = ["sample_id", "fold", "set", "label"]
    todo = read_table(inputs["scored"], text, text)[text]
    todo = todo[todo["fold"] == fold]
    truth = Counterfactuals(inputs["truth"], todo["sample_id"], twins=inputs["twins"])
    todo = todo[truth.has_twin(todo["sample_id"])]
    answers = read_table(inputs["predictions"], ["sample_id", "predicted"], ["sample_id", "predicted"])
    predicted = dict(zip(answers["sample_id"], answers["predicted"], strict=True))
    rows: list[dict[str, object]] = []
    for line in track(todo.itertuples(), len(todo), "photos"):
        photos = truth.photos(line.sample_id)
        ways = without(photos, regions[line.sample_id], regions.names)
        stack = np.stack([photos[FACE], *ways.values()])
        parts = np.split(stack, range(batch, len(stack), batch))
        with torch.no_grad():
            scores = torch.cat([network(preprocess(part, where)) for part in parts])
        face = {key: getattr(line, key) for key in text} | {"predicted": predicted[line.sample_id]}
        rows += _face_rows(face, list(ways), scores, facts["classes"])
    write_table(pd.DataFrame(rows, columns=DROPS), output)
