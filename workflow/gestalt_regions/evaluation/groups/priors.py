"""Priors: controls that know neither image nor network, only the truth of other families' faces.

RegionPrior knows which regions, or pixels, change most in faces of other kin groups; ClassPrior the same of faces of
the same class. A method that does no better says nothing of the image that is not known beforehand.

Of regions a prior gives the place in the order of these means, not the means. All measures look at the order alone, so
that nothing is lost within a face. Over many faces the means would be spoilt: a mean without one family is the lower,
the higher this family's own value is, so that the faces of one region come in exactly the wrong order.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.core.io import write_table
from gestalt_regions.evaluation.groups.pixels import RELEVANCE, ChangedPixels, changed_pixels, score_pixels
from gestalt_regions.evaluation.groups.regions import (
    CoefficientsOf,
    RegionTruths,
    recovery_truths,
    score_regions,
    use_truths,
)
from gestalt_regions.evaluation.measure_registry import PRIORS
from gestalt_regions.evaluation.region_pairs import under
from gestalt_regions.evaluation.scored_maps import TRAINED, MapRow, Maps, Regions

log = logging.getLogger("gestalt_regions")
DIGITS = 9  # decimals of a mean that count: sums of the same numbers in another order are equal


def _codes(values: pd.Series) -> dict[str, int]:
    return {name: k for k, name in enumerate(dict.fromkeys(values))}


def places(values: np.ndarray, family: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The order of groups of faces and regions by their mean without one family, for each family.

    Parameters
    ----------
    values : ndarray
        [faces, R]: what is known of the regions of each face; NaN where it is unknown.
    family : ndarray
        [faces]: number of each face's family, from 0.
    group : ndarray
        [faces]: number of each face's group, from 0.

    Returns
    -------
    ndarray
        [families + 1, groups, R], 1 for the lowest mean; equal means share their place. The last line leaves no family
        out. NaN where no face is left.
    """
    shape = family.max(initial=-1) + 2, group.max(initial=-1) + 1, values.shape[1]
    sums, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (family, group), np.nan_to_num(values))
    np.add.at(counts, (family, group), np.isfinite(values))
    sums, counts = sums.sum(axis=0) - sums, counts.sum(axis=0) - counts
    means = np.divide(sums, counts, out=np.full(shape, np.nan), where=counts > 0).round(DIGITS)
    ranked = stats.rankdata(means.reshape(len(means), -1), axis=1, nan_policy="omit") if means.size else means
    return ranked.reshape(shape)


def _means(values: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Means [samples, R] of values [lines, R]; sample: number of each line's face, from 0."""
    sums = np.zeros((sample.max() + 1, values.shape[1]))
    np.add.at(sums, sample, values)
    return sums / np.bincount(sample)[:, None]


def prior_coefficients(truths: RegionTruths, signs: Sequence[str], by_class: bool) -> CoefficientsOf:
    """The coefficients of a prior.

    A face counts once: the truth of one that several folds' models explain is its mean.

    Parameters
    ----------
    truths : RegionTruths
        What is known of the regions; recognised faces are what the prior is made of.
    signs : sequence of str
        Sign of each policy.
    by_class : bool
        Whether it knows the face's class.

    Returns
    -------
    callable
        Of a line of the rows and a region set: of each truth, name -> places of the regions [signs, R].
    """
    known = truths.rows[(truths.rows["recognised"] == 1) & (truths.rows["network"] == TRAINED)]
    faces = known.drop_duplicates("sample_id")
    families, classes = _codes(faces["kin_group"]), _codes(faces["target"])
    family = faces["kin_group"].map(families).to_numpy(int)
    group = faces["target"].map(classes).to_numpy(int) if by_class else np.zeros(len(faces), int)
    sample = known["sample_id"].map(_codes(faces["sample_id"])).to_numpy(int)
    ordered: dict[tuple[str, str, str], np.ndarray] = {}  # region set, truth, sign -> what `places` gives
    for name, regions in truths.sets.items():
        of_lines = [truths.of(line, regions) for line in known.itertuples()]
        for truth in of_lines[0] if of_lines else ():
            for sign in dict.fromkeys(signs):
                values = under(sign, np.stack([one[truth] for one in of_lines]))
                ordered[name, truth, sign] = places(_means(values, sample), family, group)
    names = {id(regions): name for name, regions in truths.sets.items()}

    def _of(line: MapRow, regions: Regions) -> dict[str, np.ndarray]:
        at, own = families.get(line.kin_group, -1), classes.get(line.target, -1) if by_class else 0
        nothing, name = np.full(len(regions.names), np.nan), names[id(regions)]
        return {
            truth: np.stack([ordered[name, truth, sign][at, own] if own >= 0 else nothing for sign in signs])
            for truth in truths.of(line, regions)
        }

    return _of


def prior_relevances(pixels: ChangedPixels, by_class: bool) -> Iterator[dict[str, np.ndarray]]:
    """In which share of other families' faces each pixel changed.

    Parameters
    ----------
    pixels : ChangedPixels
        Which pixels changed, and of which maps.
    by_class : bool
        Whether the face's class is known.

    Yields
    ------
    dict
        For each line of the rows: sign -> share [s, s], 0 to 1; all zero without such a face.
    """
    faces = pixels.rows[pixels.rows["network"] == TRAINED].drop_duplicates("sample_id")
    totals: dict[str, tuple[np.ndarray, int]] = {}

    def _sum(part: pd.DataFrame) -> np.ndarray:
        return np.sum([pixels.mask(sample) for sample in part["sample_id"]], axis=0, dtype=float)

    for line in pixels.rows.itertuples():
        key = str(line.target) if by_class else ""
        rivals = faces[faces["target"] == line.target] if by_class else faces
        if key not in totals:
            totals[key] = _sum(rivals), len(rivals)
        kin = rivals[rivals["kin_group"] == line.kin_group]
        total, count = totals[key]
        left = total - _sum(kin)
        yield dict.fromkeys(RELEVANCE, left / max(1, count - len(kin)))


def write_priors(
    maps: Maps,
    files: Mapping[str, str],
    outputs: Sequence[str],
    *,
    sets: Mapping[str, Regions],
    boxes: Regions,
    predictions: Sequence[str],
    policies: Mapping[str, Mapping],
    changed: float,
) -> None:
    """Write the tables of all priors, of the groups that are among the outputs.

    Parameters
    ----------
    maps : Maps
        Which maps are scored, of the trained networks alone; no stack is opened.
    files : mapping of str to path
        changes (stack of change maps), truth (its index) and displacement; drops for group use.
    outputs : sequence of str
        {group}/{prior}.csv and {group}/pairs/{prior}.csv.
    sets : mapping of str to Regions
        The region sets.
    boxes : Regions
        The published boxes.
    predictions : sequence of str
        Path of predictions.csv of each fold.
    policies : mapping
        Policies of coefficients (config coefficients).
    changed : float
        Grey levels above which a pixel, or a region on average, counts as changed.
    """
    wanted: dict[tuple[str, str], dict[str, str]] = {}
    for path in map(Path, outputs):
        of_pairs = path.parent.name == "pairs"
        group = path.parents[1 if of_pairs else 0].name
        wanted.setdefault((group, path.stem), {})["pairs" if of_pairs else "table"] = str(path)
    groups = {group for group, _ in wanted}
    truths = {}
    if "recovery" in groups:
        truths["recovery"] = recovery_truths(maps, files, sets=sets, predictions=predictions, changed=changed)
    if "use" in groups:
        truths["use"] = use_truths(maps, files["drops"], boxes)
    pixels = changed_pixels(maps, files, predictions, changed) if "pixels" in groups else None
    signs = [policy["sign"] for policy in policies.values()]
    for (group, prior), paths in wanted.items():
        if group == "pixels":
            assert pixels is not None
            write_table(score_pixels(pixels, prior_relevances(pixels, PRIORS[prior])), paths["table"])
        else:
            score_regions(truths[group], prior_coefficients(truths[group], signs, PRIORS[prior]), paths, policies)
