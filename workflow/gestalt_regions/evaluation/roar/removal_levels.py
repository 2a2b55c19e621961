"""Which pixels of a photograph go first: one number for each pixel, from which every mask of ROAR follows.

All photographs of the folds are explained by the network of one fold, those that it was trained on among them. It never
saw the photographs that the new networks are judged by.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import new_array, read_array, read_table, write_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.perturb.replaced_pixels import removal_places
from gestalt_regions.evaluation.roar.roar_settings import PRIOR
from gestalt_regions.folds.fold_table import fold_table
from gestalt_regions.regions.coefficients import SIGNS
from gestalt_regions.saliency.engine import explain_fold

log = logging.getLogger("gestalt_regions")

TWIN = "twin"  # in truth/index.csv: the face without any sign of its class
AT_ONCE = 64  # maps


def write_roar_faces(index: str, folds: str, output: str, *, of_folds: Sequence[str]) -> None:
    """List the photographs that are explained: for each fold all of the folds, none that is held out.

    Parameters
    ----------
    index, folds : str
        The stack's index and the folds, CSV.
    output : str
        CSV: fold, sample_id, row, set (training or judged), label.
    of_folds : sequence of str
        Folds whose network explains.
    """
    table = fold_table(index, folds)
    table = table[table["fold"] != "heldout"].sort_values("row")
    parts = []
    for fold in of_folds:
        sets = (table["fold"] == fold).map({True: "judged", False: "training"})
        parts.append(table.assign(set=sets, fold=fold)[["fold", "sample_id", "row", "set", "label"]])
    write_table(pd.concat(parts, ignore_index=True), output)


def levels_of(maps: np.ndarray, fractions: Sequence[float], seeds: Sequence[int]) -> np.ndarray:
    """Number of the first fraction with which each pixel is gone.

    Parameters
    ----------
    maps : ndarray
        float32 [n, s, s]; equal pixels go in an order that is drawn for each map.
    fractions : sequence of float
        Shares of the pixels that are taken away, rising.
    seeds : sequence of int
        One for each map.

    Returns
    -------
    ndarray
        uint8 [n, s, s]; as many as there are fractions where a pixel always stays.
    """
    places = removal_places(torch.from_numpy(np.ascontiguousarray(maps, np.float32)), list(seeds)).numpy()
    ends = [round(fraction * places.shape[1]) for fraction in fractions]
    return np.searchsorted(ends, places, side="right").astype(np.uint8).reshape(maps.shape)


def _write(
    stack: np.ndarray,
    samples: Sequence[str],
    output: str,
    *,
    read: Callable[[np.ndarray], np.ndarray],
    fractions: Sequence[float],
    seed: int,
) -> None:
    """Levels of some stored maps, a few at a time; read: which value of a pixel counts."""
    with new_array(output, (len(samples), *stack.shape[2:]), np.uint8) as levels:
        for start in range(0, len(samples), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            seeds = [derive(seed, "roar", "order", sample) for sample in samples[part]]
            levels[part] = levels_of(np.stack([read(stored) for stored in stack[part]]), fractions, seeds)


def write_levels(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    sign: str,
    fractions: Sequence[float],
    seed: int,
    **method: Any,
) -> None:
    """Explain all photographs of the folds by one method and one fold's network, and write their levels.

    Parameters
    ----------
    inputs, outputs : mapping of str to path
        Those of `explain_fold` (outputs: maps and index); outputs also `levels`, uint8 [n, s, s] in the order of the
        index.
    sign : str
        Of coefficients.SIGNS: which value of a pixel counts.
    fractions : sequence of float
        As of `levels_of`.
    seed : int
        Seed of the study.
    **method : optional
        What else `explain_fold` takes.
    """
    maps = {"maps": outputs["maps"], "index": outputs["index"]}
    explain_fold(inputs, maps, seed=seed, **method)
    samples = read_table(outputs["index"], ["sample_id"], strings=["sample_id"])["sample_id"].tolist()
    stored = read_array(outputs["maps"])
    _write(stored, samples, outputs["levels"], fractions=fractions, seed=seed, read=SIGNS[sign])


def write_prior_levels(
    inputs: Mapping[str, str], outputs: Mapping[str, str], *, fold: str, fractions: Sequence[float], seed: int
) -> None:
    """Write the levels of RegionPrior: the mean change of the photographs of other folds, the same for every one.

    Parameters
    ----------
    inputs : mapping of str to path
        explained (`write_roar_faces`), changes and truth (the stack and its index).
    outputs : mapping of str to path
        levels and index, as of `write_levels`.
    fold : str
        Whose photographs the prior does not know.
    fractions, seed : optional
        As of `write_levels`.

    Raises
    ------
    InputError
        If no photograph of another fold has a twin.
    """
    text = ["fold", "sample_id", "set", "label"]
    faces = read_table(inputs["explained"], [*text, "row"], strings=text)
    faces = faces[faces["fold"] == fold].reset_index(drop=True)
    truth = read_table(inputs["truth"], ["row", "sample_id", "variant"], strings=["sample_id", "variant"])
    known = set(faces.loc[faces["set"] == "training", "sample_id"])
    twins = truth[(truth["variant"] == TWIN) & truth["sample_id"].isin(known)]
    if twins.empty:
        raise InputError(f"{inputs['truth']}: no photograph of another fold than {fold} has a twin, so no {PRIOR}")
    changes = read_array(inputs["changes"])
    mean = np.mean([np.abs(changes[row].astype(np.float32)) for row in twins["row"]], axis=0)
    log.info("%s of fold %s: the mean change of %d photographs", PRIOR, fold, len(twins))
    # one order for all, so that the mask is the same
    levels = levels_of(mean[None], fractions, [derive(seed, "roar", "order", PRIOR)])[0]
    with new_array(outputs["levels"], (len(faces), *levels.shape), np.uint8) as whole:
        whole[:] = levels
    write_table(faces[["sample_id", "set", "label"]], outputs["index"])
