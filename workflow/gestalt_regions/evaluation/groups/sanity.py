"""Group sanity: maps of the same images by networks whose learned weights were drawn again, or learned from chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core.io import write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.fold_networks import FoldNetwork, Networks
from gestalt_regions.evaluation.map_method import MapMethod
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.perturb import map_similarity
from gestalt_regions.evaluation.scored_maps import TRAINED, Maps, Regions, long_table
from gestalt_regions.models.randomise import randomise

CURVE_COLUMNS = ["sample_id", "fold", "step", "redrawn", "similarity", "value"]
SHUFFLED = "shuffled labels"
Values = dict[tuple[str, str, str], np.ndarray]  # (region set, policy, measure or similarity) -> a line for each row


def _steps(network: FoldNetwork) -> list[str]:
    """What each step of the cascade draws again: the head, then one stage more at a time, from the top."""
    return ["head", *reversed(list(network.whole.stages))]


def _cascade(network: FoldNetwork, networks: Networks, seed: int) -> list[FoldNetwork]:
    """The network of each of `_steps`."""
    return [
        networks.wrap(randomise(network.whole, depth, seed), network.preprocess, network.classes, network.faces)
        for depth in range(len(_steps(network)))
    ]


def _compare(
    before: np.ndarray,
    after: Sequence[np.ndarray],
    samples: Sequence[str],
    sets: Mapping[str, Regions],
    policies: Mapping[str, Mapping],
) -> Values:
    """How alike the maps [n, 2, s, s] are to those of each other network: (set, policy, similarity) -> [n, networks].

    Similarities rank and ssim are of the absolute maps (set ""); coefficients and distance of the coefficients.
    """
    alike: dict[tuple[str, str, str], list[np.ndarray]] = {}
    coefficients = map_similarity.stored_coefficients(before, samples, sets, policies)
    whole, ranked, shaped = before[:, 1], ("", map_similarity.SIGN, "rank"), ("", map_similarity.SIGN, "ssim")
    for maps in after:
        alike.setdefault(ranked, []).append(map_similarity.rank_similarity(whole, maps[:, 1]))
        alike.setdefault(shaped, []).append(map_similarity.structure_similarity(whole, maps[:, 1]))
        for name, changed in map_similarity.stored_coefficients(maps, samples, sets, policies).items():
            for k, policy in enumerate(policies):
                pair = coefficients[name][:, k], changed[:, k]
                correlation, distance = (
                    map_similarity.coefficient_correlation(*pair),
                    map_similarity.coefficient_distance(*pair),
                )
                alike.setdefault((name, policy, "coefficients"), []).append(correlation)
                alike.setdefault((name, policy, "distance"), []).append(distance)
    return {key: np.stack(columns, axis=1) for key, columns in alike.items()}


def _keep(values: Values, rows: int, at: pd.Index, kind: str, alike: Values) -> None:
    """The measures called `kind`_<similarity>, for the rows `at`."""
    functions = per_image("sanity")
    for (name, policy, similarity), matrix in alike.items():
        if function := functions.get(f"{kind}_{similarity}"):
            column = values.setdefault((name, policy, f"{kind}_{similarity}"), np.full(rows, np.nan))
            column[at] = [function(line) for line in matrix]


def _curve_rows(part: pd.DataFrame, steps: Sequence[str], cascaded: Values, shuffled: Values) -> list[pd.DataFrame]:
    """CURVE_COLUMNS of one fold: the similarity at each step of the cascade, then with shuffled labels."""
    faces, rows = part[["sample_id", "fold"]], []
    for similarity in ("rank", "ssim"):
        key = ("", map_similarity.SIGN, similarity)
        together = np.hstack([cascaded[key], shuffled[key]])
        for k, name in enumerate([*steps, SHUFFLED]):
            rows.append(faces.assign(step=k + 1, redrawn=name, similarity=similarity, value=together[:, k]))
    return rows


def write_sanity(
    maps: Maps,
    networks: Networks,
    explained: str,
    outputs: Mapping[str, str],
    *,
    method: MapMethod,
    shuffled: Sequence[str],
    sets: Mapping[str, Regions],
    policies: Mapping[str, Mapping],
    images: int,
    seed: int,
) -> None:
    """Write how alike the stored maps are to those of cascades of weights drawn again, and after shuffled labels.

    The target and the method's noise stay those of the trained network.

    Parameters
    ----------
    maps : Maps
        The stored maps of the method.
    networks : Networks
        Those of the folds tried.
    explained : str
        Path of the table of faces to choose from.
    outputs : mapping of str to path
        table: LONG; curves: CURVE_COLUMNS.
    method : MapMethod
        The method.
    shuffled : sequence of str
        Of each fold tried, the checkpoint of the network trained on shuffled labels.
    sets, policies : mapping
        Region sets, and policies of coefficients (config saliency).
    images : int
        How many faces at most; 0 for all.
    seed : int
        Seed of the study.
    """
    chosen = networks.choose(explained, images, seed)[["fold", "sample_id", "crop"]]
    rows = maps.rows[maps.rows["network"] == TRAINED].merge(chosen, on=["fold", "sample_id"])
    rows = rows.sort_values(["fold", "crop"]).reset_index(drop=True)
    values, curves, progress = Values(), [], Progress(len(rows), f"images of {maps.method} by all networks")
    for fold, part in rows.groupby("fold", sort=False):
        network, names = networks[fold], part["sample_id"].tolist()
        x, target = network.images(part["crop"]), network.targets(part["target"])
        seeds = method.seeds(seed, str(fold), names)
        before = np.stack([maps[line] for line in part.itertuples()])
        cascade = _cascade(network, networks, derive(seed, "evaluation", "cascade", fold))
        after = [method(redrawn, x, target, seeds, part["crop"]) for redrawn in cascade]
        cascaded = _compare(before, after, names, sets, policies)
        _keep(values, len(rows), part.index, "cascade", cascaded)
        _keep(values, len(rows), part.index, "redrawn", cascaded)
        chance = networks.open(shuffled[list(networks.folds).index(fold)], str(fold))
        other = method(chance, x, target, seeds, part["crop"])
        beside = _compare(before, [other], names, sets, policies)
        _keep(values, len(rows), part.index, "shuffled", beside)
        curves += _curve_rows(part, _steps(network), cascaded, beside)
        progress.update(len(part))
    write_table(long_table(rows, values), outputs["table"])
    write_table(pd.concat(curves, ignore_index=True)[CURVE_COLUMNS], outputs["curves"])
