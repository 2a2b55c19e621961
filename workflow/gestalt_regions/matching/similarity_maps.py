"""What makes two faces alike for an encoder: maps of the cosine of their encodings on either face (Vijayananth, 2022,
names such maps and prints no formula), and the region coefficients of the maps."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import new_array, read_array, read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.matching.encoders import rebuilt
from gestalt_regions.matching.encoding_layout import PAIR_KEYS, SIDES
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.methods.occlusion import mean_drops

log = logging.getLogger("gestalt_regions")
TEXT = ["sample_id", "label", "disorder", "neighbour", "gallery", "repeat"]


def gradcam(explainer: Explainer, x: Tensor, others: Tensor, settings: Mapping) -> Tensor:
    """Grad-CAM of the cosine at the resolution of the layer [n, 1, h, w], without its ReLU: negative places speak
    against the similarity."""
    held = settings["length"] == "held"
    activation, gradient = explainer.similarity_gradient(x, others, settings["layer"], held)
    return (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True)


def occlusion(explainer: Explainer, x: Tensor, others: Tensor, settings: Mapping) -> Tensor:
    """Mean drop of the cosine [n, 1, h, w] when a window is covered; layers recompute what it can change alone."""

    def cosine(embeddings: Tensor, i: int) -> Tensor:
        return embeddings @ others[i] / embeddings.norm(dim=1)

    return mean_drops(explainer, x, cosine, settings["window"], settings["stride"], settings["baseline"])[:, None]


METHODS = {"EmbeddingGradCam": gradcam, "Occlusion": occlusion}


def without_classifier(network: StagedNetwork) -> StagedNetwork:
    """The network whose outputs are its embedding."""
    width = network.head.in_features
    network = copy.copy(network)
    network._modules = dict(network._modules)  # the stages are shared, the head is not
    network.head, network.dropout = nn.Linear(width, width, bias=False), nn.Identity()
    nn.init.eye_(network.head.weight)
    return network.requires_grad_(False).eval()


def choose(found: pd.DataFrame, samples: Sequence[str], count: int) -> pd.DataFrame:
    """Test images with their best match (place 1): `samples`, or `count` of them whose disorder is found, each of
    another disorder; then, if these are too few, others."""
    best = found[found.place == 1].drop_duplicates("sample_id").set_index("sample_id", drop=False)
    for sample in samples:
        if sample not in best.index:
            near = nearest(sample, best.index)
            raise InputError(f"config matching.similarity.samples: '{sample}' is no test image of a gallery; {near}")
    if samples:
        return best.loc[list(samples)]
    hit = best.label == best.disorder
    again = best.label.where(hit, best.index).duplicated()
    return best.iloc[np.argsort(2 * ~hit.to_numpy() + again.to_numpy(), kind="stable")[:count]]


def explain(
    inputs: dict[str, str], outputs: dict[str, str], entry: dict, settings: dict, batch: int, device: str
) -> None:
    """Inputs crops, index, nearest (rank.NEAREST), asset and trained ("" if none); outputs maps, index.

    maps: float32 [n, 2, size, size], signed and absolute, as the stacks of saliency; a row of the index for each pair,
    side (query: what of the query speaks for the match; gallery: the same of the face it is matched with) and method.
    cosine: of the two faces in colour, by this encoder alone; distance: the one they were matched by.
    """
    where = choose_device(device)
    deterministic()
    network, preprocess = rebuilt(entry, inputs["asset"], inputs["trained"])
    explainer = Explainer(without_classifier(network).to(where, memory_format=torch.channels_last), batch)
    crops = read_array(inputs["crops"])
    rows = read_table(inputs["index"], ["row", "sample_id"], strings=["sample_id"]).set_index("sample_id").row
    pairs = choose(
        read_table(inputs["nearest"], [*TEXT, "place"], strings=TEXT), settings["samples"], settings["count"]
    )
    progress, facts, size = Progress(len(pairs), "pairs explained"), [], preprocess.size
    with new_array(outputs["maps"], (len(pairs) * len(SIDES) * len(METHODS), 2, size, size), np.float32) as stack:
        for number, pair in enumerate(pairs.itertuples()):
            faces = [pair.sample_id, pair.neighbour]
            x = preprocess(np.stack([crops[rows[name]] for name in faces]), where)
            with torch.no_grad():
                encodings = torch.nn.functional.normalize(explainer.network(x))
            cosine = float(encodings[0] @ encodings[1])
            for name, method in METHODS.items():
                maps = channel_sums(method(explainer, x, encodings.flip(0), settings), size)
                for side, face, own in zip(SIDES, faces, maps, strict=True):
                    stack[len(facts)] = own
                    about = (number + 1, *faces, pair.label, pair.disorder, pair.distance, cosine)
                    facts.append((*about, side, face, name))
            progress.update()
    table = pd.DataFrame(facts, columns=PAIR_KEYS)
    table.insert(0, "row", range(len(table)))
    write_table(table, outputs["index"])


def coefficients(
    maps: str, index: str, faces: str, regions: str, sets: str, output: str, *, encoder: str, policies: Mapping
) -> None:
    """Write PAIR_KEYS, encoder, region, policy, area, coefficient of every map: equation 4 of Sümer et al., 2023."""
    stack, table = read_array(maps), read_table(index, ["row", *PAIR_KEYS], strings=["query", "neighbour", "sample_id"])
    place = read_table(faces, ["row", "sample_id"], strings=["sample_id"]).set_index("sample_id").row
    ids, region_stack, parts = region_ids(sets, "paper"), read_array(regions), []
    for row in table.to_dict("records"):
        values, areas = image_coefficients(stack[row["row"]], region_stack[place[row["sample_id"]]], len(ids), policies)
        about = {key: row[key] for key in PAIR_KEYS} | {"encoder": encoder}
        parts += [
            about | {"region": region, "policy": policy, "area": areas[r], "coefficient": values[k, r]}
            for r, region in enumerate(ids)
            for k, policy in enumerate(policies)
        ]
    write_table(pd.DataFrame(parts), output)
