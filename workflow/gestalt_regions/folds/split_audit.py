"""The split audit: what is in each fold and in the held-out set, and who is on both sides. It needs no image."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.cohort.readers.reader_registry import BOX, POINTS
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.folds.assign import AUDIT, HELDOUT, audit, given_folds

log = logging.getLogger("gestalt_regions")

PLACE = [*POINTS, *BOX]


def split_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Count the images of each class in each fold, in all folds, held out and rated, and its kin groups.

    Parameters
    ----------
    table : DataFrame
        label, fold ("heldout" or "1".."K"), kin_group, rated (bool).

    Returns
    -------
    DataFrame
        One row per class and a last one, Overall.
    """
    folds = sorted(set(table["fold"]) - {HELDOUT}, key=int)
    rows = []
    for label in [*sorted(table["label"].unique(), key=lambda name: (name.casefold(), name)), "Overall"]:
        part = table if label == "Overall" else table[table["label"] == label]
        rows.append(
            {
                "class": label,
                **{f"fold-{fold}": int((part["fold"] == fold).sum()) for fold in folds},
                "in_folds": int((part["fold"] != HELDOUT).sum()),
                "heldout": int((part["fold"] == HELDOUT).sum()),
                "rated": int(part["rated"].sum()),
                "images": len(part),
                "kin_groups": part["kin_group"].nunique(),
            }
        )
    return pd.DataFrame(rows)


def split_findings(table: pd.DataFrame, control: str) -> pd.DataFrame:
    """Everything that the splits should not have.

    Beside the checks of `assign.audit`: `duplicate` is equal pictures on one side of every split, `labels` a kin group
    with two classes other than `control` (relatives may have one syndrome, hardly two).

    Parameters
    ----------
    table : DataFrame
        sample_id, label, subject_id, kin_group, crop (equal for equal pictures), fold.
    control : str
        Label of the control class.

    Returns
    -------
    DataFrame
        The columns of fold_audit.csv; no rows when all is well.
    """
    rows = audit(table).to_dict("records")
    affected = table[table["label"] != control]
    for check, level, column, part in (
        ("duplicate", "image", "crop", table),
        ("labels", "kin_group", "kin_group", affected),
    ):
        groups = part.groupby(column)["fold" if check == "duplicate" else "label"]
        apart, size = groups.transform("nunique"), groups.transform("size")
        found = (size > 1) & (apart == 1 if check == "duplicate" else apart > 1)
        for group, members in part[found].groupby(column, sort=True):  # few groups are; each takes a while
            what = {"check": check, "level": level, "group": group, "sides": ";".join(sorted(set(members["fold"])))}
            names = ";".join(members["sample_id"])
            rows.append(what | {"n_images": len(members), "sample_ids": names, "action": "reported"})
    return pd.DataFrame(rows, columns=AUDIT)


def write_split_audit(
    *,
    samples: str | Path,
    annotations: str | Path,
    counts: str | Path,
    findings: str | Path,
    control: str,
    n: int,
    folds: str | Path | None = None,
) -> None:
    """Write split_audit.csv (`split_counts`) and split_findings.csv (`split_findings`).

    Images count as equal where box and landmarks in samples.csv are; without them, none do.

    Parameters
    ----------
    samples : path
        samples.csv.
    annotations : path
        hpo_annotations.csv: the rated images.
    counts, findings : path
        Where the tables go.
    control : str
        Label of the control class.
    n : int
        Number of folds.
    folds : path, optional
        folds.csv; without it (folds.source: given) the column `fold` of samples.csv says the folds.
    """
    text = ["sample_id", "label", "subject_id", "kin_group", "split"]
    table = read_table(samples, [*text, *([] if folds else ["fold"])], strings=[*text, "fold"])
    if folds:
        made = read_table(folds, ["sample_id", "fold"], strings=["sample_id", "fold"])[["sample_id", "fold"]]
        table = table.drop(columns="fold", errors="ignore").merge(made, on="sample_id", validate="one_to_one")
    else:
        held = (table["split"] == HELDOUT).to_numpy()
        numbers = given_folds(table[~held], n, samples)
        table["fold"] = HELDOUT
        table.loc[~held, "fold"] = numbers.astype(str)
    table["crop"] = table["sample_id"]
    if set(PLACE) <= set(table.columns):
        known = table[PLACE].notna().all(axis=1)
        first = table["sample_id"].groupby([table[c] for c in PLACE]).transform("first")
        table["crop"] = np.where(known, first, table["sample_id"])
    rated = read_table(annotations, ["sample_id"], strings=["sample_id"])["sample_id"]
    table["rated"] = table["sample_id"].isin(rated)
    problems = split_findings(table, control)
    for (check, level), number in problems.groupby(["check", "level"], sort=False).size().items():
        log.warning("%s, %s: %d", check, level, number)
    write_table(split_counts(table), counts)
    write_table(problems, findings)
