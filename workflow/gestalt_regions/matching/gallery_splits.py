"""Gallery and test images by subject: frequent disorders once, rare disorders in repeated splits.

Hustinx et al. 2023, sections 3.1.2 and 3.2.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.cohort.gallery_lists import COLUMNS, FREQUENT, GALLERY, RARE, TEST, check
from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError
from gestalt_regions.folds.near_copies import photographs, read_near_copies
from gestalt_regions.folds.united_groups import united_groups
from gestalt_regions.statistics.toolkit import read

log = logging.getLogger("gestalt_regions")

EXCLUDED = ["sample_id", "label", "group", "repeat", "reason"]
LEAKS = ["repeat", "photograph", "gallery", "test"]


def _roles(units: pd.Series, share: float, rng: np.random.Generator) -> np.ndarray:
    """gallery or test for each image; whole units are drawn, at least one for either side."""
    names = rng.permutation(units.unique())
    tested = names[: min(len(names) - 1, max(1, round(share * len(names))))]
    return np.where(units.isin(tested), TEST, GALLERY)


def drawn(samples: pd.DataFrame, settings: Mapping, control: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw galleries and test images.

    A disorder is rare when it has fewer subjects than rare_below. Of each disorder a share of its subjects is tested,
    those
    of one family together: once for the frequent ones, in each of several independent splits for the rare ones.
    Excluded,
    with the reason, are the control class (unless `settings` keep it) and disorders whose images are all of one family,
    which cannot be on both sides.

    Parameters
    ----------
    samples : DataFrame
        Usable images: sample_id, subject_id, kin_group, label.
    settings : mapping
        config matching: rare_below, repeats, test_share (by group), control.
    control : str
        The control class.
    seed : int
        Seed of the study.

    Returns
    -------
    tuple of DataFrame
        Splits (gallery_lists.COLUMNS) and EXCLUDED.
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
    """Published lists, without the images that the faces stage left out.

    Parameters
    ----------
    lists : DataFrame
        gallery_lists.COLUMNS.
    samples : DataFrame
        Usable images.

    Returns
    -------
    tuple of DataFrame
        Splits and EXCLUDED. A test image whose disorder thereby has no image in its gallery is excluded too.
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


def copies_across(splits: pd.DataFrame, copies: pd.DataFrame) -> pd.DataFrame:
    """Photographs of which one copy is in a gallery and another one is tested against it.

    Parameters
    ----------
    splits : DataFrame
        gallery_lists.COLUMNS.
    copies : DataFrame
        near_copies.COLUMNS.

    Returns
    -------
    DataFrame
        Columns LEAKS; `gallery` and `test` are sample ids. A split of rare disorders is told with the frequent ones,
        for the unified gallery.
    """
    names = splits["sample_id"].drop_duplicates()
    photograph = pd.Series(photographs(list(names), copies), index=names.to_numpy())
    several = photograph[photograph.duplicated(keep=False)]
    table = splits[splits["sample_id"].isin(several.index)]
    table = table.assign(photograph=table["sample_id"].map(several))
    rows = []
    for repeat in table["repeat"].unique():
        for name, cell in table[table["repeat"].isin(["", repeat])].groupby("photograph"):
            sides = [";".join(cell["sample_id"][cell["role"] == role]) for role in (GALLERY, TEST)]
            if all(sides) and (cell["repeat"] == repeat).any():
                rows.append([repeat, name, *sides])
    return pd.DataFrame(rows, columns=LEAKS)


def write_splits(
    inputs: Mapping[str, str | Path],
    outputs: Mapping[str, str | Path],
    *,
    settings: Mapping,
    control: str,
    seed: int,
) -> None:
    """Write splits.csv, excluded.csv and near_copies.csv (`copies_across`).

    Parameters
    ----------
    inputs : mapping of str to path
        samples, faces (faces/index.csv) and, where published lists are kept to, lists; else splits are drawn (`drawn`).
        copies (faces/near_copies.csv), unless they are not looked for.
    outputs : mapping of str to path
        splits, excluded and copies.
    settings : mapping
        config matching: rare_below, repeats, test_share, control.
    control : str
        The control class.
    seed : int
        Seed of the study.

    Raises
    ------
    InputError
        If no disorder has usable images of two subjects.
    """
    usable = io.read_table(inputs["faces"], ["sample_id"], strings=["sample_id"])["sample_id"]
    samples = read.load_samples(inputs["samples"])
    samples = samples[samples["sample_id"].isin(usable)]
    lists = inputs.get("lists")
    if lists:
        splits, excluded = given(io.read_table(lists, COLUMNS, strings=COLUMNS), samples)
    else:
        splits, excluded = drawn(samples, settings, control, seed)
    if splits.empty:
        raise InputError(f"{inputs['samples']}: no disorder has usable images of two subjects; nothing can be matched")
    check(splits, lists or inputs["samples"])
    for (label, reason), cell in excluded.groupby(["label", "reason"], sort=False):
        log.warning("excluded: %s, %d images: %s", label, cell["sample_id"].nunique(), reason)
    leaks = pd.DataFrame(columns=LEAKS)
    if inputs.get("copies"):
        leaks = copies_across(splits, read_near_copies(inputs["copies"]))
        for row in leaks.itertuples():
            named = f"split {row.repeat}, " if row.repeat else ""
            log.warning("%stest %s is a copy of gallery %s", named, row.test, row.gallery)
    io.write_table(leaks, outputs["copies"])
    io.write_table(splits, outputs["splits"])
    io.write_table(excluded, outputs["excluded"])
    for group, cell in splits.groupby("group"):
        log.info(
            "%s: %d images of %d subjects, %d disorders",
            group,
            cell["sample_id"].nunique(),
            cell["subject_id"].nunique(),
            cell["label"].nunique(),
        )
