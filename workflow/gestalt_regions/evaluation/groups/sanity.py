"""Group sanity: maps of the same images by networks whose learned weights were drawn again, or learned from chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from gestalt_regions.core.io import write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.fold_networks import FoldNetwork, Networks
from gestalt_regions.evaluation.measure_registry import per_image
from gestalt_regions.evaluation.perturb import map_similarity
from gestalt_regions.evaluation.scored_maps import TRAINED, Maps, Regions, long_table
from gestalt_regions.models.randomise import randomise

CURVE_COLUMNS = ["sample_id", "fold", "step", "redrawn", "similarity", "value"]
SHUFFLED = "shuffled labels"
Values = dict[tuple[str, str, str], np.ndarray]  # (region set, policy, measure) -> one value for each row


def steps(network: FoldNetwork) -> list[str]:
    """What each step of the cascade draws again: the head, then one stage more at a time, from the top."""
    return ["head", *reversed(list(network.whole.stages))]


def cascade(own: FoldNetwork, networks: Networks, seed: int) -> list[FoldNetwork]:
    """The network of each of `steps`."""
    return [
        networks.wrap(randomise(own.whole, depth, seed), own.preprocess, own.classes)
        for depth in range(len(steps(own)))
    ]


def compare(
    before: np.ndarray,
    after: Sequence[np.ndarray],
    samples: Sequence[str],
    sets: Mapping[str, Regions],
    policies: Mapping[str, Mapping],
) -> dict[tuple[str, str, str], np.ndarray]:
    """How alike the maps [n, 2, s, s] are to those of each other network: (set, policy, similarity) -> [n, networks].

    Similarities rank and ssim are of the absolute maps (set ""); coefficients and distance of the coefficients.
    """
    found: dict[tuple[str, str, str], list[np.ndarray]] = {}
    coefficients = map_similarity.stored_coefficients(before, samples, sets, policies)
    for maps in after:
        found.setdefault(("", map_similarity.SIGN, "rank"), []).append(
            map_similarity.rank_similarity(before[:, 1], maps[:, 1])
        )
        found.setdefault(("", map_similarity.SIGN, "ssim"), []).append(
            map_similarity.structure_similarity(before[:, 1], maps[:, 1])
        )
        for name, changed in map_similarity.stored_coefficients(maps, samples, sets, policies).items():
            for k, policy in enumerate(policies):
                pair = coefficients[name][:, k], changed[:, k]
                found.setdefault((name, policy, "coefficients"), []).append(
                    map_similarity.coefficient_correlation(*pair)
                )
                found.setdefault((name, policy, "distance"), []).append(map_similarity.coefficient_distance(*pair))
    return {key: np.stack(columns, axis=1) for key, columns in found.items()}


def _keep(values: Values, rows: int, at: pd.Index, kind: str, alike: Mapping) -> None:
    """The measures called `kind`_<similarity>, for the rows `at`."""
    functions = per_image("sanity")
    for (name, policy, similarity), matrix in alike.items():
        if function := functions.get(f"{kind}_{similarity}"):
            column = values.setdefault((name, policy, f"{kind}_{similarity}"), np.full(rows, np.nan))
            column[at] = [function(line) for line in matrix]


def write_sanity(
    maps: Maps,
    networks: Networks,
    explained: str,
    outputs: Mapping[str, str],
    *,
    method: Callable,
    shuffled: Sequence[str],
    regions: Mapping[str, Regions],
    policies: Mapping[str, Mapping],
    images: int,
    seed: int,
) -> None:
    """Stored maps of the trained networks against those of cascades, and of networks trained on shuffled labels.

    networks, shuffled (checkpoints): of the folds tried. method(own, x, target, seeds) -> maps [n, 2, s, s]; the target
    and the method's noise stay those of the trained network. outputs: table, curves.
    """
    chosen = networks.choose(explained, images, seed)
    rows = maps.rows[maps.rows["network"] == TRAINED].merge(
        chosen[["fold", "sample_id", "crop"]], on=["fold", "sample_id"]
    )
    rows = rows.sort_values(["fold", "crop"]).reset_index(drop=True)
    values: Values = {}
    curves, progress = [], Progress(len(rows), f"images of {maps.method} by all networks")
    for fold, part in rows.groupby("fold", sort=False):
        own, names = networks[fold], part["sample_id"].tolist()
        x, target = own.images(part["crop"]), own.targets(part["target"])
        seeds = [derive(seed, "saliency", maps.method, sample) for sample in names]

        def explain(other: FoldNetwork, x: Tensor = x, target: Tensor = target, seeds: list[int] = seeds) -> np.ndarray:
            return method(other, x, target, seeds)

        before = np.stack([maps[line] for line in part.itertuples()])
        after = [explain(other) for other in cascade(own, networks, derive(seed, "evaluation", "cascade", fold))]
        alike = compare(before, after, names, regions, policies)
        _keep(values, len(rows), part.index, "cascade", alike)
        _keep(values, len(rows), part.index, "redrawn", alike)
        with_shuffled = explain(networks.open(shuffled[list(networks.folds).index(fold)]))
        beside = compare(before, [with_shuffled], names, regions, policies)
        _keep(values, len(rows), part.index, "shuffled", beside)
        about = part[["sample_id", "fold"]]
        for similarity in ("rank", "ssim"):
            together = np.hstack(
                [alike["", map_similarity.SIGN, similarity], beside["", map_similarity.SIGN, similarity]]
            )
            for k, name in enumerate([*steps(own), SHUFFLED]):
                curves.append(about.assign(step=k + 1, redrawn=name, similarity=similarity, value=together[:, k]))
        progress.update(len(part))
    write_table(long_table(rows, values), outputs["table"])
    write_table(pd.concat(curves, ignore_index=True)[CURVE_COLUMNS], outputs["curves"])
