"""Gallery and test images: frequent disorders once, rare disorders in repeated splits, by subject (Hustinx et al. 2023,
sections 3.1.2 and 3.2)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.cohort.gallery_lists import COLUMNS, FREQUENT, GALLERY, RARE, TEST, check
from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError
from gestalt_regions.folds.assign import united_groups
from gestalt_regions.statistics.toolkit import read

log = logging.getLogger("gestalt_regions")

EXCLUDED = ["sample_id", "label", "group", "repeat", "reason"]


def _roles(units: pd.Series, share: float, rng: np.random.Generator) -> np.ndarray:
    """gallery or test for each image; whole units are drawn, at least one for either side."""
    names = rng.permutation(units.unique())
    tested = names[: min(len(names) - 1, max(1, round(share * len(names))))]
    return np.where(units.isin(tested), TEST, GALLERY)


def drawn(samples: pd.DataFrame, settings: Mapping, control: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(splits, excluded) of usable images (sample_id, subject_id, kin_group, label).

    A disorder is rare when it has fewer subjects than settings["rare_below"]. Of each disorder the share
    `settings["test_share"][group]` of its subjects is tested, those of one family together: once for the frequent ones,
    in each of settings["repeats"] independent splits for the rare ones. Excluded, with the reason: the control class,
    unless settings["control"], and disorders whose images are all of one family, which cannot be on both sides.
    """
    samples = samples.sort_values("sample_id")
    splits, excluded = [], []
    for label, cell in samples.groupby("label", sort=True):
        subjects = cell["subject_id"].nunique()
        group = RARE if subjects < settings["rare_below"] else FREQUENT
        units = pd.Series(united_groups(cell["subject_id"], cell["kin_group"]), cell.index)
        reason = ""
        if label == control and not settings["control"]:
            reason = "control class, no disorder (matching.control)"
        elif len(cell) == 1:
            reason = "the only image of its disorder"
        elif len(units.unique()) == 1:
            reason = f"all {len(cell)} images of the disorder are of one {'subject' if subjects == 1 else 'family'}"
        if reason:
            excluded.append(cell.assign(group=group, repeat="", reason=reason))
            continue
        for repeat in range(1, settings["repeats"] + 1) if group == RARE else [""]:
            rng = seeds.generator(seed, "matching", "splits", label, repeat)
            roles = _roles(units, settings["test_share"][group], rng)
            splits.append(cell.assign(group=group, role=roles, repeat=str(repeat)))
    joined = pd.concat(splits, ignore_index=True) if splits else pd.DataFrame(columns=COLUMNS)
    gone = pd.concat(excluded, ignore_index=True) if excluded else pd.DataFrame(columns=EXCLUDED)
    return joined[COLUMNS], gone[EXCLUDED]


def given(lists: pd.DataFrame, samples: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(splits, excluded) from published lists (COLUMNS), without the images that the faces stage left out.

    A test image whose disorder thereby has no image in its gallery is excluded too.
    """
    usable = lists["sample_id"].isin(samples["sample_id"])
    lost = lists[~usable].assign(reason="no usable face (faces/excluded.csv)")
    kept = lists[usable]
    galleries = kept[kept["role"] == GALLERY]
    known = set(zip(galleries["label"], galleries["repeat"], strict=True))
    alone = (kept["role"] == TEST) & ~pd.Series(
        [pair in known for pair in zip(kept["label"], kept["repeat"], strict=True)], kept.index, dtype=bool
    )
    unmatched = kept[alone].assign(reason="no usable image of its disorder in the gallery")
    return kept.loc[~alone, COLUMNS].reset_index(drop=True), pd.concat([lost, unmatched])[EXCLUDED]


def run(
    samples_path: str | Path,
    faces_path: str | Path,
    lists_path: str | Path | None,
    splits_path: str | Path,
    excluded_path: str | Path,
    *,
    settings: Mapping,
    control: str,
    seed: int,
) -> None:
    """Write splits.csv and excluded.csv. lists_path: published lists to keep to, or None to draw (`drawn`)."""
    usable = io.read_table(faces_path, ["sample_id"], strings=["sample_id"])["sample_id"]
    samples = read.load_samples(samples_path)
    samples = samples[samples["sample_id"].isin(usable)]
    if lists_path:
        splits, excluded = given(io.read_table(lists_path, COLUMNS, strings=COLUMNS), samples)
    else:
        splits, excluded = drawn(samples, settings, control, seed)
    if splits.empty:
        raise InputError(f"{samples_path}: no disorder has usable images of two subjects; nothing can be matched")
    check(splits, lists_path or samples_path)
    for (label, reason), cell in excluded.groupby(["label", "reason"], sort=False):
        log.warning("excluded: %s, %d images: %s", label, cell["sample_id"].nunique(), reason)
    io.write_table(splits, splits_path)
    io.write_table(excluded, excluded_path)
    for group, cell in splits.groupby("group"):
        log.info(
            "%s: %d images of %d subjects, %d disorders",
            group,
            cell["sample_id"].nunique(),
            cell["subject_id"].nunique(),
            cell["label"].nunique(),
        )
