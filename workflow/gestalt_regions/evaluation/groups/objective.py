"""Group objective: what the network says to images changed in the order of a map, and to squares taken out of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import get_type_hints

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gestalt_regions.core.io import new_array, read_array, read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.fold_networks import FoldNetwork, Networks, spread
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.measures.objective_measures import Changes, Curves, Squares
from gestalt_regions.evaluation.perturb import max_sensitivity, replaced_pixels
from gestalt_regions.evaluation.scored_maps import TRAINED, Maps, long_table
from gestalt_regions.regions.coefficients import SIGNS

log = logging.getLogger("gestalt_regions")
CURVE_COLUMNS = ["sample_id", "fold", "network", "policy", "curve", "share", "probability"]
INFIDELITY_SIGN = "signed"  # of coefficients.SIGNS: a prediction of falls and rises has a sign


def needs(function: Callable) -> type:
    """The kind of evidence that a measure of the group takes."""
    return get_type_hints(function)["evidence"]


def square_seeds(seed: int, samples: Sequence[str]) -> list[int]:
    return [derive(seed, "evaluation", "squares", sample) for sample in samples]


def write_squares(
    networks: Networks, evaluated: str, outputs: Mapping[str, str], *, images: int, squares: Mapping, seed: int
) -> None:
    """What every fold's network says to `images` faces without each of `squares.count` squares.

    Outputs drops: float32 [rows, squares, classes], fall of each logit; index: row, fold, sample_id, crop, label. The
    same answers serve the maps of every method.
    """
    rows = networks.choose(evaluated, images, seed)
    seeds, parts = square_seeds(seed, rows["sample_id"]), []
    for fold, part in rows.groupby("fold", sort=False):
        own = networks[fold]
        x = own.images(part["crop"])
        corners = replaced_pixels.random_squares(
            [seeds[i] for i in part.index], squares["count"], x.shape[3], squares["smallest"], squares["largest"]
        ).to(x.device)
        drops = replaced_pixels.square_drops(own.network, x, corners, squares["baseline"], networks.batch)
        parts.append(drops.cpu().numpy())
        log.info("fold %s: %d faces, %d squares each", fold, len(part), squares["count"])
    whole = np.concatenate(parts)
    with new_array(outputs["drops"], whole.shape, np.float32) as stored:
        stored[:] = whole
    write_table(rows.reset_index(names="row"), outputs["index"])


def all_curves(
    own: FoldNetwork, x: Tensor, target: Tensor, maps: Tensor, seeds: list[int], settings: Mapping, batch: int
) -> dict[str, np.ndarray]:
    """The probabilities [n, shares] of `Curves`, by name, for images in the order of their maps [n, s, s]."""
    places, found = replaced_pixels.removal_places(maps, seeds), {}
    for order, least in (("most", False), ("least", True)):
        for baseline in ("mean", "blur"):
            found[f"{baseline}_{order}"] = replaced_pixels.removal_curves(
                own.network, x, target, places, settings["shares"], baseline, batch, least
            )
        found[f"road_{order}"] = replaced_pixels.road_curves(
            own.network, x, target, places, settings["road_shares"], settings["noise"] * own.unit, seeds, batch, least
        )
    return {name: values.cpu().numpy() for name, values in found.items()}


def _curve_rows(part: pd.DataFrame, sign: str, curves: Mapping[str, np.ndarray], settings: Mapping) -> pd.DataFrame:
    """CURVE_COLUMNS of the rows of one fold and network."""
    about, rows = part[["sample_id", "fold", "network"]].assign(policy=sign), []
    for name, values in curves.items():
        shares = settings["road_shares"] if name.startswith("road") else settings["shares"]
        for k, share in enumerate(shares):
            rows.append(about.assign(curve=name, share=share, probability=values[:, k]))
    return pd.concat(rows, ignore_index=True)


def map_changes(
    own: FoldNetwork, method: Callable, x: Tensor, target: Tensor, seeds: list[int], settings: Mapping
) -> np.ndarray:
    """Relative changes [n, copies] of the maps of images [n, c, s, s] when these change by up to `radius` of the range
    of a pixel. A method's own noise is the same for all copies, so it is no change of its own.

    method(own, x, target, seeds) -> maps [n, 2, s, s], of which the absolute ones are taken.
    """
    copies = max_sensitivity.nearby(x.cpu(), settings["radius"] * own.unit.cpu(), settings["copies"], seeds).to(
        x.device
    )

    def explain(images: Tensor, numbers: list[int]) -> Tensor:
        return torch.from_numpy(method(own, images, target[numbers], [seeds[i] for i in numbers])[:, 1])

    maps = torch.from_numpy(method(own, x, target, seeds)[:, 1])
    return max_sensitivity.relative_changes(explain, maps, copies).numpy()


def write_objective(
    maps: Maps,
    networks: Networks,
    files: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    method: Callable,
    settings: Mapping,
    squares: Mapping,
    seed: int,
) -> None:
    """files: drops, index (of `write_squares`); outputs: table, curves.

    The order of the pixels is that of the map under each sign of `settings.signs`. Max-sensitivity is of the absolute
    maps of the trained network, for the first `settings.sensitivity.images` faces.
    """
    chosen = read_table(files["index"], ["row", "fold", "sample_id", "crop"], strings=["fold", "sample_id"])
    drops = read_array(files["drops"])
    chosen = chosen.rename(columns={"row": "answer"})[["answer", "fold", "sample_id", "crop", "label"]]
    rows = maps.rows.merge(chosen.drop(columns="label"), on=["fold", "sample_id"], validate="many_to_one")
    rows = rows.sort_values(["fold", "network", "answer"]).reset_index(drop=True)
    few = set(spread(chosen, settings["sensitivity"]["images"], seed)["sample_id"])
    values: dict[tuple[str, str, str], np.ndarray] = {}
    curves, progress = [], Progress(len(rows), f"maps of {maps.method}")

    def keep(sign: str, evidence: Sequence, at: pd.Index) -> None:
        for name, function in per_image("objective").items():
            if needs(function) is type(evidence[0]):
                column = values.setdefault(("", sign, name), np.full(len(rows), np.nan))
                column[at] = [function(each) for each in evidence]

    for fold, of_fold in rows.groupby("fold", sort=False):
        own = networks[fold]
        for network, part in of_fold.groupby("network", sort=False):
            x, target = own.images(part["crop"]), own.targets(part["target"])
            stored = [maps[line] for line in part.itertuples()]
            seeds = [derive(seed, "evaluation", "order", sample) for sample in part["sample_id"]]
            for sign in settings["signs"]:
                signed = torch.from_numpy(np.stack([SIGNS[sign](each) for each in stored])).to(x.device)
                found = all_curves(own, x, target, signed, seeds, settings, networks.batch)
                curves.append(_curve_rows(part, sign, found, settings))
                shares = {name: np.array(settings[name]) for name in ("shares", "road_shares")}
                each = [{name: values[i] for name, values in found.items()} for i in range(len(part))]
                keep(sign, [Curves(**shares, **one) for one in each], part.index)
            signed = torch.from_numpy(np.stack([SIGNS[INFIDELITY_SIGN](each) for each in stored]))
            corners = replaced_pixels.random_squares(
                square_seeds(seed, part["sample_id"]),
                squares["count"],
                x.shape[3],
                squares["smallest"],
                squares["largest"],
            )
            sums = replaced_pixels.square_sums(signed, corners).numpy()
            fallen = drops[part["answer"], :, target.cpu().numpy()]
            keep(INFIDELITY_SIGN, [Squares(*pair) for pair in zip(sums, fallen, strict=True)], part.index)
            few_here = part[part["sample_id"].isin(few)] if network == TRAINED else part.head(0)
            if len(few_here):
                seeds = [derive(seed, "saliency", maps.method, sample) for sample in few_here["sample_id"]]
                x, target = own.images(few_here["crop"]), own.targets(few_here["target"])
                changes = map_changes(own, method, x, target, seeds, settings["sensitivity"])
                keep("absolute", [Changes(one) for one in changes], few_here.index)
            progress.update(len(part))
    write_table(long_table(rows, values), outputs["table"])
    write_table(pd.concat(curves, ignore_index=True)[CURVE_COLUMNS], outputs["curves"])
