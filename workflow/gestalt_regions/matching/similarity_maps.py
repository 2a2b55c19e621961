"""What makes two faces alike for an encoder: maps of the cosine of their encodings on either face.

Vijayananth, 2022, names such maps and prints no formula. The maps have region coefficients.
"""

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
from gestalt_regions.models.precision import network_precision
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.methods.occlusion import mean_drops

log = logging.getLogger("gestalt_regions")
TEXT = ["sample_id", "label", "disorder", "neighbour", "gallery", "repeat"]


def gradcam(explainer: Explainer, x: Tensor, others: Tensor, settings: Mapping) -> Tensor:
    """Grad-CAM of the cosine at the resolution of the layer.

    It is without Grad-CAM's ReLU: negative places speak against the similarity.

    Parameters
    ----------
    explainer : Explainer
        Of the encoder without its classifier.
    x : Tensor
        Faces [n, c, s, s].
    others : Tensor
        Encodings of length one that they are compared with, [n, d].
    settings : mapping
        layer, length (held: that of the encoding does not count).

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """
    held = settings["length"] == "held"
    activation, gradient = explainer.similarity_gradient(x, others, settings["layer"], held)
    return (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True)


def occlusion(explainer: Explainer, x: Tensor, others: Tensor, settings: Mapping) -> Tensor:
    """Mean drop of the cosine when a window is covered; layers recompute what it can change alone.

    Parameters
    ----------
    explainer : Explainer
        Of the encoder without its classifier.
    x : Tensor
        Faces [n, c, s, s].
    others : Tensor
        Encodings of length one that they are compared with, [n, d].
    settings : mapping
        window, stride, baseline.

    Returns
    -------
    Tensor
        [n, 1, h, w].
    """

    def _cosine(embeddings: Tensor, i: int) -> Tensor:
        return embeddings @ others[i] / embeddings.norm(dim=1)

    window = {key: settings[key] for key in ("window", "stride", "baseline")}
    return mean_drops(explainer, x, _cosine, **window)[:, None]


METHODS = {"EmbeddingGradCam": gradcam, "Occlusion": occlusion}


def without_classifier(network: StagedNetwork) -> StagedNetwork:
    """The network whose outputs are its embedding.

    Parameters
    ----------
    network : StagedNetwork
        An encoder.

    Returns
    -------
    StagedNetwork
        The same stages, a head that changes nothing; in evaluation mode.
    """
    width = network.head.in_features
    network = copy.copy(network)
    network._modules = dict(network._modules)  # the stages are shared, the head is not
    network.head, network.dropout = nn.Linear(width, width, bias=False), nn.Dropout(0.0)
    nn.init.eye_(network.head.weight)
    return network.requires_grad_(False).eval()


def choose(matches: pd.DataFrame, samples: Sequence[str], count: int) -> pd.DataFrame:
    """Test images with their best match (place 1).

    Parameters
    ----------
    matches : DataFrame
        nearest.csv.
    samples : sequence of str
        Which images to take; none to choose.
    count : int
        How many to choose: images whose disorder is found, each of another disorder; then, if too few, others.

    Returns
    -------
    DataFrame
        Some of the rows, by sample_id.

    Raises
    ------
    InputError
        If a sample is no test image.
    """
    best = matches[matches.place == 1].drop_duplicates("sample_id").set_index("sample_id", drop=False)
    for sample in samples:
        if sample not in best.index:
            near = nearest(sample, best.index)
            raise InputError(f"config matching.similarity.samples: '{sample}' is no test image of a gallery; {near}")
    if samples:
        return best.loc[list(samples)]
    hit = best.label == best.disorder
    again = best.label.where(hit, best.index).duplicated()
    return best.iloc[np.argsort(2 * ~hit.to_numpy() + again.to_numpy(), kind="stable")[:count]]


def _pair_maps(explainer: Explainer, x: Tensor, settings: Mapping) -> tuple[float, dict[str, np.ndarray]]:
    """Of two faces [2, c, s, s]: the cosine of their encodings, and method -> maps [2, 2, s, s] on either face."""
    with torch.no_grad():
        encodings = torch.nn.functional.normalize(explainer.network(x))
    cosine = float(encodings[0] @ encodings[1])
    others = encodings.flip(0)
    return cosine, {
        name: channel_sums(method(explainer, x, others, settings), x.shape[3], explainer.seen)
        for name, method in METHODS.items()
    }


def write_similarity_maps(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    entry: Mapping,
    settings: Mapping,
    batch: int,
    device: str,
    precision: str = "float32",
) -> None:
    """Write what makes pairs of faces alike for one encoder.

    Parameters
    ----------
    inputs : mapping of str to path
        crops, index, nearest (nearest.csv), asset and trained ("" if none).
    outputs : mapping of str to path
        maps: float32 [n, 2, size, size], signed and absolute, as the stacks of saliency. index: PAIR_KEYS, a row for
        each pair, side (query: what of the query speaks for the match; gallery: the same of the face it is matched
        with) and method; cosine: of the two faces in colour, by this encoder alone; distance: the one they were
        matched by.
    entry : mapping
        Of config matching.encoders.
    settings : mapping
        config matching.similarity.
    batch : int
        Images that are passed at a time.
    device : str
        As in config run.device.
    precision : str
        As in config run.precision.
    """
    where = choose_device(device)
    deterministic()
    network, preprocess = rebuilt(entry, inputs["asset"], inputs["trained"])
    network = without_classifier(network).to(where).to(memory_format=torch.channels_last)
    explainer, size = Explainer(network, batch, precision=network_precision(precision, where)), preprocess.size
    crops = read_array(inputs["crops"])
    rows = read_table(inputs["index"], ["row", "sample_id"], strings=["sample_id"]).set_index("sample_id").row
    matches = read_table(inputs["nearest"], [*TEXT, "place"], strings=TEXT)
    pairs = choose(matches, settings["samples"], settings["count"])
    progress = Progress(len(pairs), "pairs explained")
    lines: list[tuple] = []
    with new_array(outputs["maps"], (len(pairs) * len(SIDES) * len(METHODS), 2, size, size), np.float32) as stack:
        for number, pair in enumerate(pairs.itertuples(), start=1):
            faces = [pair.sample_id, pair.neighbour]
            x = preprocess(np.stack([crops[rows[name]] for name in faces]), where)
            cosine, by_method = _pair_maps(explainer, x, settings)
            match = (number, *faces, pair.label, pair.disorder, pair.distance, cosine)
            for name, maps in by_method.items():
                for side, face, of_face in zip(SIDES, faces, maps, strict=True):
                    stack[len(lines)] = of_face
                    lines.append((*match, side, face, name))
            progress.update()
    table = pd.DataFrame(lines, columns=PAIR_KEYS)
    table.insert(0, "row", range(len(table)))
    write_table(table, outputs["index"])


def write_similarity_coefficients(
    inputs: Mapping[str, str], output: str, *, encoder: str, policies: Mapping[str, Mapping]
) -> None:
    """Write the region coefficients of every map: equation 4 of Sümer et al., 2023.

    Parameters
    ----------
    inputs : mapping of str to path
        maps and index (of `write_similarity_maps`), faces (faces/index.csv), regions (stack of the published boxes),
        sets (resources/regions.yaml).
    output : str
        Path of the table: PAIR_KEYS, encoder, region, policy, area, coefficient.
    encoder : str
        The encoder.
    policies : mapping
        Policies of coefficients (config saliency).
    """
    stack = read_array(inputs["maps"])
    table = read_table(inputs["index"], ["row", *PAIR_KEYS], strings=["query", "neighbour", "sample_id"])
    place = read_table(inputs["faces"], ["row", "sample_id"], strings=["sample_id"]).set_index("sample_id").row
    ids, region_stack = region_ids(inputs["sets"], "paper"), read_array(inputs["regions"])
    lines: list[dict[str, object]] = []
    for row in table.to_dict("records"):
        values, areas = image_coefficients(stack[row["row"]], region_stack[place[row["sample_id"]]], len(ids), policies)
        keys = {key: row[key] for key in PAIR_KEYS} | {"encoder": encoder}
        lines += [
            keys | {"region": region, "policy": policy, "area": areas[r], "coefficient": values[k, r]}
            for r, region in enumerate(ids)
            for k, policy in enumerate(policies)
        ]
    write_table(pd.DataFrame(lines), output)
