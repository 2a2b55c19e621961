"""Grouped, stratified folds, and the audit that names every person or family on both sides of a split."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table, write_table
from gestalt_regions.folds.near_copies import crop_digests, photographs, read_near_copies
from gestalt_regions.folds.united_groups import united_groups

log = logging.getLogger("gestalt_regions")

COLUMNS = ["sample_id", "label", "subject_id", "kin_group", "fold"]
AUDIT = ["check", "level", "group", "sides", "n_images", "sample_ids", "action"]
HELDOUT = "heldout"
NEAR_COPY = "near_copy"  # level of the audit, and column: the first sample of the same photograph
LABELS = "labels"


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


def audit(samples: pd.DataFrame, action: str = "reported") -> pd.DataFrame:
    """Every subject, kin group, identical image and near copy on both sides of a split.

    Parameters
    ----------
    samples : DataFrame
        Columns sample_id, subject_id, kin_group, crop (digest), fold ("heldout" or "1".."K"); near_copy (the first
        sample of the same photograph), if copies were looked for.
    action : str
        What the column `action` says.

    Returns
    -------
    DataFrame
        Columns AUDIT; no rows when there is no leak. `check` is `heldout` (held-out set against any fold) or `folds`
        (one fold against another).
    """
    rows = []
    levels = [("subject", "subject_id"), ("kin_group", "kin_group"), ("image", "crop"), (NEAR_COPY, NEAR_COPY)]
    for level, column in levels[: 4 if NEAR_COPY in samples else 3]:
        split = samples.groupby(column)["fold"].transform("nunique") > 1  # few groups are; each takes a while
        if level == NEAR_COPY:  # equal crops have their row already
            split &= samples.groupby(column)["crop"].transform("nunique") > 1
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
    near_copies: str = "ignore",
    copies: str | Path | None = None,
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
    near_copies : str
        `report` names copies of one photograph on both sides of a split; `tie` also keeps them in one fold, as far as
        folds are computed; `ignore` does not look.
    copies : path, optional
        near_copies.csv, unless they are ignored.

    Raises
    ------
    InputError
        If no image of the folds has the label `control`: better now than after hours of training.
    """
    table = _usable_images(samples, index, crops, with_fold=source == "given")
    held = (table["split"] == HELDOUT).to_numpy()
    if copies is not None and near_copies != "ignore":
        table[NEAR_COPY] = photographs(table["sample_id"], read_near_copies(copies))
    same = [column for column in ("group", "crop", NEAR_COPY) if column in table]
    leaking = ~held & np.logical_or.reduce([table[column].isin(table[column][held]) for column in same])
    dropped = pd.DataFrame(columns=AUDIT)
    if heldout_leak == "drop" and leaking.any():
        dropped = audit(table.assign(fold=np.where(held, HELDOUT, "dropped")), "dropped")
        table, held = table[~leaking].reset_index(drop=True), held[~leaking]
    _check_control(control, table["label"][~held].unique(), samples)
    folded = table[~held]
    if source == "given":
        numbers = given_folds(folded, n, samples)
        if near_copies == "tie":
            log.warning("config key folds.near_copies: given folds stay as they are; copies are reported, not tied")
    else:
        tied = _tied(folded) if near_copies == "tie" else folded
        numbers = assign_folds(tied, n, random_state)
    table["fold"] = HELDOUT
    table.loc[~held, "fold"] = numbers.astype(str)
    parts = [part for part in (dropped, audit(table), two_labels(table)) if len(part)] or [dropped]
    report = pd.concat(parts, ignore_index=True)
    for row in report.itertuples():
        log.warning("%s: %s %s is in %s (%d images)", row.action, row.level, row.group, row.sides, row.n_images)
    write_table(table[COLUMNS], folds_out)
    write_table(report[AUDIT], audit_out)
    write_table(_counts(table, held), counts_out)
    leaks, alike = report[report["check"] != LABELS], "near copies not looked for"
    if NEAR_COPY in table:
        alike = f"{(leaks['level'] == NEAR_COPY).sum()} of them near copies of one photograph"
    log.info("%d images in %d folds, %d held out, %d leaks, %s", (~held).sum(), n, held.sum(), len(leaks), alike)


def _tied(samples: pd.DataFrame) -> pd.DataFrame:
    """The samples with one kin group for all that have a copy of one photograph."""
    group = united_groups(samples[NEAR_COPY], samples["kin_group"])
    return samples.assign(kin_group=samples["kin_group"].groupby(group).transform("first"))


def two_labels(samples: pd.DataFrame) -> pd.DataFrame:
    """Every photograph whose copies have different labels: one of them is wrong, or the file was mixed up.

    Parameters
    ----------
    samples : DataFrame
        Columns sample_id, label, crop (digest) and fold; near_copy, if copies were looked for.

    Returns
    -------
    DataFrame
        Columns AUDIT, `check` is `labels`; `sides` are the labels.
    """
    level, column = (NEAR_COPY, NEAR_COPY) if NEAR_COPY in samples else ("image", "crop")
    rows = []
    for group, members in samples[samples.groupby(column)["label"].transform("nunique") > 1].groupby(column):
        labels, names = ";".join(sorted(members["label"].unique())), ";".join(members["sample_id"])
        rows.append([LABELS, level, group, labels, len(members), names, "reported"])
    return pd.DataFrame(rows, columns=AUDIT)


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
    table["crop"] = crop_digests(read_array(crops))
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
