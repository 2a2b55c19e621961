"""Grouped, stratified folds, and the audit that names every person or family on both sides of a split."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table, write_table

log = logging.getLogger("gestalt_regions")

COLUMNS = ["sample_id", "label", "subject_id", "kin_group", "fold"]
AUDIT = ["check", "level", "group", "sides", "n_images", "sample_ids", "action"]
HELDOUT = "heldout"


def united_groups(subjects: Sequence[str], kin: Sequence[str]) -> np.ndarray:
    """One group for each set of images tied by a common subject or kin group.

    A group is numbered by the sorted place of its kin group (numbers sort as numbers), so that where every subject has
    one kin group the numbering, and with it the folds, are those of the kin groups themselves.

    Parameters
    ----------
    subjects : sequence of str
        Subject of each image.
    kin : sequence of str
        Kin group of each image.

    Returns
    -------
    ndarray of int [N]
        Group of each image.
    """
    kin_codes, kin_names = pd.factorize(pd.Series(kin))
    subject_codes, subject_names = pd.factorize(pd.Series(subjects))
    if all(str(name).isdecimal() for name in kin_names):
        keys = np.array([int(name) for name in kin_names])
    else:
        keys = np.array(kin_names, dtype=str)
    size = len(kin_names) + len(subject_names)
    edges = coo_array((np.ones(len(kin_codes)), (kin_codes, subject_codes + len(kin_names))), shape=(size, size))
    component = connected_components(edges, directed=False)[1][: len(kin_names)]
    place = np.empty(len(kin_names), int)
    place[np.argsort(keys, kind="stable")] = np.arange(len(kin_names))
    first = pd.Series(place).groupby(component).transform("min").to_numpy()
    return np.unique(first[kin_codes], return_inverse=True)[1]


def assign_folds(samples: pd.DataFrame, n: int, random_state: int) -> np.ndarray:
    """Assign folds by StratifiedGroupKFold over united groups, shuffled.

    Parameters
    ----------
    samples : DataFrame
        Columns label, subject_id, kin_group.
    n : int
        Number of folds.
    random_state : int
        Of the shuffling.

    Returns
    -------
    ndarray of int [N]
        Fold 1..n of each sample.

    Raises
    ------
    InputError
        If there is no sample, or a class has fewer groups than folds.
    """
    groups = united_groups(samples["subject_id"], samples["kin_group"])
    counts = pd.Series(groups).groupby(samples["label"].to_numpy()).nunique()
    if counts.empty:
        raise InputError("no usable image has split 'folds'; see excluded.csv, or set split in the cohort's table")
    few = counts[counts < n]
    if len(few):
        named = ", ".join(f"{label} ({count})" for label, count in few.items())
        fewer = f"set folds.n to {few.min()} or less, " if few.min() >= 2 else ""
        raise InputError(
            f"too few independent groups for {n} folds in: {named}. A group is a family or person (kin_group, "
            f"subject_id) with usable images; {fewer}add images, or leave the class out"
        )
    splitter = StratifiedGroupKFold(n_splits=n, shuffle=True, random_state=random_state)
    folds = np.zeros(len(samples), int)
    for fold, (_, judged) in enumerate(splitter.split(groups, samples["label"], groups), start=1):
        folds[judged] = fold
    return folds


def given_folds(samples: pd.DataFrame, n: int, path: str | Path = "samples.csv") -> np.ndarray:
    """Folds from the samples' own column `fold`.

    Parameters
    ----------
    samples : DataFrame
        Columns sample_id and fold (text).
    n : int
        Number of folds.
    path : path
        The file that messages name.

    Returns
    -------
    ndarray of int [N]
        Fold 1..n of each sample.

    Raises
    ------
    InputError
        Naming the sample, for a fold that is not a whole number 1..n; and for a fold without images.
    """
    known = {str(k): k for k in range(1, n + 1)}
    numbers = samples["fold"].map(lambda text: known.get(str(text).removesuffix(".0"), 0)).astype(int)
    if (numbers == 0).any():
        at = int((numbers == 0).to_numpy().argmax())
        sample, fold = samples["sample_id"].iloc[at], samples["fold"].iloc[at]
        raise InputError(f"{path}: fold of '{sample}' is '{fold}'; folds.source is given, so give 1 to {n} (folds.n)")
    empty = sorted(set(known.values()) - set(numbers))
    if empty:
        raise InputError(f"{path}: no usable image has fold {empty[0]}; set folds.n to the number of folds given")
    return numbers.to_numpy()


def _crop_digests(crops: np.ndarray) -> list[str]:
    """A digest of each aligned crop uint8 [N,S,S,3]: equal for copies of one file, whatever their names."""
    return [hashlib.sha256(crop.tobytes()).hexdigest()[:16] for crop in crops]


def audit(samples: pd.DataFrame, action: str = "reported") -> pd.DataFrame:
    """Every subject, kin group and identical image on both sides of a split.

    Parameters
    ----------
    samples : DataFrame
        Columns sample_id, subject_id, kin_group, crop (digest), fold ("heldout" or "1".."K").
    action : str
        What the column `action` says.

    Returns
    -------
    DataFrame
        Columns AUDIT; no rows when there is no leak. `check` is `heldout` (held-out set against any fold) or `folds`
        (one fold against another).
    """
    rows = []
    for level, column in (("subject", "subject_id"), ("kin_group", "kin_group"), ("image", "crop")):
        split = samples.groupby(column)["fold"].transform("nunique") > 1  # few groups are; each takes a while
        for group, members in samples[split].groupby(column, sort=True):
            sides = sorted(members["fold"].unique(), key=lambda side: (side == HELDOUT, len(side), side))
            checks = []
            if HELDOUT in sides and len(sides) > 1:
                checks.append("heldout")
            if len([side for side in sides if side != HELDOUT]) > 1:
                checks.append("folds")
            for check in checks:
                split_members = members if check == "heldout" else members[members["fold"] != HELDOUT]
                rows.append(
                    {
                        "check": check,
                        "level": level,
                        "group": group,
                        "sides": ";".join(side for side in sides if check == "heldout" or side != HELDOUT),
                        "n_images": len(split_members),
                        "sample_ids": ";".join(split_members["sample_id"]),
                        "action": action,
                    }
                )
    return pd.DataFrame(rows, columns=AUDIT)


def make_folds(
    *,
    samples: str | Path,
    index: str | Path,
    crops: str | Path,
    folds_out: str | Path,
    audit_out: str | Path,
    counts_out: str | Path,
    n: int,
    random_state: int,
    heldout_leak: str,
    control: str,
    source: str = "computed",
) -> None:
    """Write folds.csv, fold_audit.csv and fold_counts.csv (images and groups of each label in each fold).

    Parameters
    ----------
    samples : path
        samples.csv.
    index, crops : path
        The faces stage's index and crops; only usable images get a fold.
    folds_out, audit_out, counts_out : path
        Where the tables go.
    n, random_state : int
        Number of folds, and the seed of their shuffling.
    heldout_leak : str
        `report` keeps images whose family, person or crop is also held out and names them; `drop` leaves them out of
        the folds.
    control : str
        Label of the control class.
    source : str
        `computed` (`assign_folds`) or `given` (column `fold` of samples.csv).

    Raises
    ------
    InputError
        If no image of the folds has the label `control`: better now than after hours of training.
    """
    table = _usable_images(samples, index, crops, with_fold=source == "given")
    held = (table["split"] == HELDOUT).to_numpy()
    leaking = ~held & (table["group"].isin(table["group"][held]) | table["crop"].isin(table["crop"][held])).to_numpy()
    dropped = pd.DataFrame(columns=AUDIT)
    if heldout_leak == "drop" and leaking.any():
        dropped = audit(table.assign(fold=np.where(held, HELDOUT, "dropped")), "dropped")
        table, held = table[~leaking].reset_index(drop=True), held[~leaking]
    _check_control(control, table["label"][~held].unique(), samples)
    folded = table[~held]
    numbers = given_folds(folded, n, samples) if source == "given" else assign_folds(folded, n, random_state)
    table["fold"] = HELDOUT
    table.loc[~held, "fold"] = numbers.astype(str)
    report = pd.concat([part for part in (dropped, audit(table)) if len(part)] or [dropped], ignore_index=True)
    for row in report.itertuples():
        log.warning("%s: %s %s is in %s (%d images)", row.action, row.level, row.group, row.sides, row.n_images)
    write_table(table[COLUMNS], folds_out)
    write_table(report[AUDIT], audit_out)
    write_table(_counts(table, held), counts_out)
    log.info("%d images in %d folds, %d held out, %d leaks", (~held).sum(), n, held.sum(), len(report))


def _check_control(control: str, labels: Collection[str], samples: str | Path) -> None:
    """InputError if the control class has no image in the folds."""
    if control not in labels:
        raise InputError(
            f"{samples}: no usable image of the folds has the label '{control}' of the control class (config key "
            f"statistics.control); {nearest(control, labels)}"
        )


def _usable_images(samples: str | Path, index: str | Path, crops: str | Path, with_fold: bool) -> pd.DataFrame:
    """The rows of samples.csv that the faces stage could use, with the digest of their crop and their group."""
    text = ["sample_id", "label", "subject_id", "kin_group", "split", *(["fold"] if with_fold else [])]
    table = read_table(samples, text, strings=text)
    usable = read_table(index, ["sample_id"], strings=["sample_id"])["sample_id"]
    table = table.set_index("sample_id").loc[usable].reset_index()
    table["crop"] = _crop_digests(read_array(crops))
    table["group"] = united_groups(table["subject_id"], table["kin_group"])
    return table


def _counts(table: pd.DataFrame, held: np.ndarray) -> pd.DataFrame:
    """Images and groups of each label in each fold; a warning for every fold that lacks a class."""
    counts = (
        table.groupby(["label", "fold"]).agg(images=("sample_id", "size"), groups=("group", "nunique")).reset_index()
    )
    for label in sorted(table["label"][~held].unique()):
        for fold in sorted(set(table["fold"][~held]) - set(counts["fold"][counts["label"] == label])):
            log.warning("fold %s has no image of class %s: its recall there is not defined", fold, label)
    return counts
