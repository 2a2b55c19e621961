"""Group objective: what the network says to images changed in the order of a map, and to squares taken out of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_type_hints

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gestalt_regions.core.io import new_array, read_array, read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.fold_networks import FoldNetwork, Networks, spread
from gestalt_regions.evaluation.map_method import MapMethod
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.measures.objective_measures import Changes, Curves, Squares
from gestalt_regions.evaluation.perturb import max_sensitivity, replaced_pixels
from gestalt_regions.evaluation.scored_maps import TRAINED, Maps, long_table
from gestalt_regions.regions.coefficients import SIGNS

log = logging.getLogger("gestalt_regions")
CURVE_COLUMNS = ["sample_id", "fold", "network", "policy", "curve", "share", "probability"]
INFIDELITY_SIGN = "signed"  # of coefficients.SIGNS: a prediction of falls and rises has a sign
SENSITIVITY_SIGN = "absolute"

Evidence = Curves | Squares | Changes


def needs(function: Callable) -> type:
    """The kind of evidence that a measure of the group takes.

    Parameters
    ----------
    function : callable
        A registered measure of the group.

    Returns
    -------
    type
        Curves, Squares or Changes.
    """
    return get_type_hints(function)["evidence"]


def _corners(samples: Sequence[str], size: int, squares: Mapping, seed: int) -> Tensor:
    """The squares of each face: int64 [n, squares, 3]; the same for every method."""
    seeds = [derive(seed, "evaluation", "squares", sample) for sample in samples]
    return replaced_pixels.random_squares(seeds, squares["count"], size, squares["smallest"], squares["largest"])


def write_squares(
    networks: Networks, evaluated: str, outputs: Mapping[str, str], *, images: int, squares: Mapping, seed: int
) -> None:
    """Write what every fold's network says to some faces without each of some squares.

    The same answers serve the maps of every method.

    Parameters
    ----------
    networks : Networks
        Those of all folds.
    evaluated : str
        Path of the table of faces to choose from.
    outputs : mapping of str to path
        drops: float32 [rows, squares, classes], fall of each logit; index: row, fold, sample_id, crop, label.
    images : int
        How many faces at most; 0 for all.
    squares : mapping
        config evaluation.objective.squares: count, smallest and largest side (shares of the image's), baseline.
    seed : int
        Seed of the study.
    """
    rows = networks.choose(evaluated, images, seed)
    parts = []
    for fold, part in rows.groupby("fold", sort=False):
        network = networks[fold]
        x = network.images(part["crop"])
        corners = _corners(part["sample_id"], x.shape[3], squares, seed).to(x.device)
        drops = replaced_pixels.square_drops(network.network, x, corners, squares["baseline"], networks.batch)
        parts.append(drops.cpu().numpy())
        log.info("fold %s: %d faces, %d squares each", fold, len(part), squares["count"])
    whole = np.concatenate(parts)
    with new_array(outputs["drops"], whole.shape, np.float32) as stored:
        stored[:] = whole
    write_table(rows.reset_index(names="row"), outputs["index"])


def _curve_rows(part: pd.DataFrame, sign: str, curves: Mapping[str, np.ndarray], settings: Mapping) -> pd.DataFrame:
    """CURVE_COLUMNS of the rows of one fold and network."""
    faces, rows = part[["sample_id", "fold", "network"]].assign(policy=sign), []
    for name, values in curves.items():
        shares = settings["road_shares"] if name.startswith("road") else settings["shares"]
        for k, share in enumerate(shares):
            rows.append(faces.assign(curve=name, share=share, probability=values[:, k]))
    return pd.concat(rows, ignore_index=True)


class _Values:
    """A column of values for each measure, one for each of `count` rows, filled a part at a time."""

    def __init__(self, count: int, method: str) -> None:
        self.columns: dict[tuple[str, str, str], np.ndarray] = {}
        self._count, self._functions = count, per_image("objective", method=method)

    def add(self, sign: str, evidence: Sequence[Evidence], at: pd.Index) -> None:
        """The values of all measures that take this kind of evidence, for the rows `at`."""
        for name, function in self._functions.items() if len(evidence) else ():
            if needs(function) is type(evidence[0]):
                column = self.columns.setdefault(("", sign, name), np.full(self._count, np.nan))
                column[at] = [function(each) for each in evidence]


@dataclass(frozen=True)
class _Part:
    """The rows of one fold and network, its images [n, c, s, s], their targets [n] and stored maps [2, s, s]."""

    network: FoldNetwork
    rows: pd.DataFrame
    x: Tensor
    target: Tensor
    stored: Sequence[np.ndarray]

    def maps(self, sign: str) -> Tensor:
        """The maps [n, s, s] under one of coefficients.SIGNS."""
        return torch.from_numpy(np.stack([SIGNS[sign](each) for each in self.stored]))

    def only(self, chosen: np.ndarray) -> _Part:
        """Some of the rows: chosen, bool [n]."""
        places = np.flatnonzero(chosen).tolist()
        stored = [self.stored[i] for i in places]
        return _Part(self.network, self.rows[chosen], self.x[places], self.target[places], stored)

    def ordered(self, sign: str) -> np.ndarray:
        """Whether each map has two different values: bool [n]."""
        flat = self.maps(sign).flatten(1)
        return (flat.max(dim=1).values > flat.min(dim=1).values).numpy()


def _curves(part: _Part, sign: str, settings: Mapping, batch: int, seed: int) -> dict[str, np.ndarray]:
    """The probabilities [n, shares] of `Curves`, by name, for images in the order of their maps."""
    seeds = [derive(seed, "evaluation", "order", sample) for sample in part.rows["sample_id"]]
    places = replaced_pixels.removal_places(part.maps(sign).to(part.x.device), seeds)
    images = (part.network.network, part.x, part.target, places)
    curves: dict[str, Tensor] = {}
    for order, least in (("most", False), ("least", True)):
        for baseline in ("mean", "blur"):
            curves[f"{baseline}_{order}"] = replaced_pixels.removal_curves(
                *images, settings["shares"], baseline=baseline, batch=batch, least_first=least
            )
        noise = settings["noise"] * part.network.unit
        curves[f"road_{order}"] = replaced_pixels.road_curves(
            *images, settings["road_shares"], noise=noise, seeds=seeds, batch=batch, least_first=least
        )
    return {name: values.cpu().numpy() for name, values in curves.items()}


def _curve_evidence(curves: Mapping[str, np.ndarray], settings: Mapping, images: int) -> list[Curves]:
    """The curves of each image."""
    shares = {name: np.array(settings[name]) for name in ("shares", "road_shares")}
    return [Curves(**shares, **{name: values[i] for name, values in curves.items()}) for i in range(images)]


def _foretold(part: _Part, method: MapMethod, explaining: FoldNetwork, squares: Mapping, seed: int) -> Tensor:
    """The falls that each map foretells for its squares, a row for each way of reading it: [n, ways, squares].

    Yeh et al., definition 2.1: a local attribution times the perturbation I, which is x - baseline inside the square; a
    global one, where that product is made already, times 1 inside the square. What is neither is read in both ways.
    """
    kind, corners = method.method.attribution, _corners(part.rows["sample_id"], part.x.shape[3], squares, seed)
    ways = []
    if kind != "local":
        ways.append(part.maps(INFIDELITY_SIGN))
    if kind != "global":
        samples, fold = part.rows["sample_id"].tolist(), str(part.rows["fold"].iloc[0])
        perturbation = part.x - replaced_pixels.BASELINES[squares["baseline"]](part.x)
        seeds, crops = method.seeds(seed, fold, samples), part.rows["crop"].tolist()
        values = method.attributions(explaining, part.x, part.target, seeds, crops)
        ways.append((values * perturbation).sum(1).cpu())
    return torch.stack([replaced_pixels.square_sums(way, corners) for way in ways], dim=1)


def _square_evidence(part: _Part, drops: np.ndarray, foretold: Tensor) -> list[Squares]:
    """The falls that each map foretells, beside those of the target's logit."""
    fallen = drops[part.rows["answer"], :, part.target.cpu().numpy()]
    return [Squares(*pair) for pair in zip(foretold.numpy(), fallen, strict=True)]


def _change_evidence(part: _Part, method: MapMethod, settings: Mapping, seeds: Sequence[int]) -> list[Changes]:
    """Relative changes of the absolute maps when the images change by up to `radius` of a pixel's range.

    A method's own noise is the same for all copies of an image, so it is no change of its own.
    """
    radius = settings["radius"] * part.network.unit.cpu()
    copies = max_sensitivity.nearby(part.x.cpu(), radius, settings["copies"], seeds).to(part.x.device)

    def explain(images: Tensor, numbers: list[int]) -> Tensor:
        of_copies, crops = [seeds[i] for i in numbers], part.rows["crop"].iloc[numbers]
        return torch.from_numpy(method(part.network, images, part.target[numbers], of_copies, crops)[:, 1])

    stored = part.maps(SENSITIVITY_SIGN)
    return [Changes(one) for one in max_sensitivity.relative_changes(explain, stored, copies).numpy()]


def write_objective(
    maps: Maps,
    networks: Networks,
    files: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    method: MapMethod,
    settings: Mapping,
    squares: Mapping,
    seed: int,
) -> None:
    """Write the objective measures of one method, and its curves.

    Parameters
    ----------
    maps : Maps
        The stored maps of the method.
    networks : Networks
        Those of all folds.
    files : mapping of str to path
        drops and index, as `write_squares` wrote them.
    outputs : mapping of str to path
        table: LONG; curves: CURVE_COLUMNS.
    method : MapMethod
        The method.
    settings : mapping
        config evaluation.objective: signs (pixels go in the order of the map under each), shares, road_shares, noise,
        sensitivity (of the trained network's maps, for its first `images` faces).
    squares : mapping
        The settings that the squares were drawn with.
    seed : int
        Seed of the study.
    """
    drops, answered = read_array(files["drops"]), _answered(files["index"])
    few = set(spread(answered, settings["sensitivity"]["images"], seed)["sample_id"])
    rows = maps.rows.merge(answered.drop(columns="label"), on=["fold", "sample_id"], validate="many_to_one")
    rows = rows.sort_values(["fold", "network", "answer"]).reset_index(drop=True)
    values, curves, progress = _Values(len(rows), maps.method), [], Progress(len(rows), f"maps of {maps.method}")
    for fold, of_fold in rows.groupby("fold", sort=False):
        network = networks[fold]
        for kind, lines in of_fold.groupby("network", sort=False):
            images, targets = network.images(lines["crop"]), network.targets(lines["target"])
            part = _Part(network, lines, images, targets, [maps[line] for line in lines.itertuples()])
            for sign in settings["signs"]:
                of_sign = _curves(part, sign, settings, networks.batch, seed)
                curves.append(_curve_rows(lines, sign, of_sign, settings))
                evidence = _curve_evidence(of_sign, settings, len(lines))
                ordered = part.ordered(sign)  # a flat map has no order to judge
                values.add(sign, [evidence[i] for i in np.flatnonzero(ordered)], lines.index[ordered])
            explaining = network if kind == TRAINED else networks.untrained(network, str(fold), seed)
            foretold = _foretold(part, method, explaining, squares, seed)
            values.add(INFIDELITY_SIGN, _square_evidence(part, drops, foretold), lines.index)
            tried = part.only(lines["sample_id"].isin(few).to_numpy())
            if kind == TRAINED and len(tried.rows):
                seeds = method.seeds(seed, str(fold), tried.rows["sample_id"].tolist())
                changes = _change_evidence(tried, method, settings["sensitivity"], seeds)
                values.add(SENSITIVITY_SIGN, changes, tried.rows.index)
            progress.update(len(lines))
    write_table(long_table(rows, values.columns), outputs["table"])
    write_table(pd.concat(curves, ignore_index=True)[CURVE_COLUMNS], outputs["curves"])


def _answered(index: str) -> pd.DataFrame:
    """The faces of `write_squares`: answer (row of the drops), fold, sample_id, crop, label."""
    table = read_table(index, ["row", "fold", "sample_id", "crop"], strings=["fold", "sample_id"])
    return table.rename(columns={"row": "answer"})[["answer", "fold", "sample_id", "crop", "label"]]
