"""Who is who in a cohort that is read: images, persons, families, sides and classes, and what its tables say."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import pandas as pd

from gestalt_regions.cohort.readers.reader_registry import COLUMNS, Files, Reader, Settings
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import Remark, remark, remarks_kept
from gestalt_regions.core.spelling import bare

ITEMS = ["item", "value", "note"]
NAMED_CLASSES = 12
SEVERAL = re.compile(r"(.*?[^\W_])(?:[ _.-]+\(?(?:[0-9]{1,2}|[a-h])\)?|\((?:[0-9]{1,2})\))")  # anna_1, anna (2), anna-b
FEWEST_GROUPS, MOST_IMAGES = 3, 10  # of what may be several photographs of one person


def _per_class(labels: pd.Series) -> str:
    counts = labels.value_counts().sort_index()
    named = ", ".join(f"{label} {count}" for label, count in counts.head(NAMED_CLASSES).items())
    return named + (f" and {len(counts) - NAMED_CLASSES} more classes" if len(counts) > NAMED_CLASSES else "")


def who_line(samples: pd.DataFrame) -> str:
    """Say in one line who is in a cohort.

    Parameters
    ----------
    samples : DataFrame
        samples.csv.

    Returns
    -------
    str
        Images, subjects, kin groups, held-out images, and images of each class.
    """
    return (
        f"{len(samples)} images of {samples['subject_id'].nunique()} subjects in {samples['kin_group'].nunique()} kin "
        f"groups, {int((samples['split'] == 'heldout').sum())} images held out; {_per_class(samples['label'])}"
    )


def _likely_persons(samples: pd.DataFrame) -> str:
    """What the files' names say of persons, where each image is its own: an example, or nothing."""
    stems = samples["image"].map(lambda path: os.path.splitext(os.path.basename(path))[0])
    folders = samples["image"].map(lambda path: os.path.basename(os.path.dirname(path)))
    parts = stems.map(lambda stem: match[1] if (match := SEVERAL.fullmatch(stem)) else "")
    classes = set(samples["label"].map(bare))
    for groups, what in ((parts, "the file names"), (folders, "the folders")):
        groups = groups[(groups != "") & ~groups.map(bare).isin(classes)]
        sizes = groups.value_counts()
        sizes = sizes[(sizes > 1) & (sizes <= MOST_IMAGES)]
        if len(sizes) >= FEWEST_GROUPS and sizes.sum() > len(samples) / 2:
            alike = stems[groups.index[groups == sizes.index[0]]].head(2).tolist()
            return f"{what} look like {len(sizes)} persons with several photographs each ({' and '.join(alike)})"
    return ""


def _across(samples: pd.DataFrame, group: str, column: str) -> list[str]:
    """Groups with more than one value of a column."""
    pairs = samples[[group, column]].drop_duplicates()
    return pairs.loc[pairs[group].duplicated(), group].unique().tolist()


def _spellings(names: pd.Series) -> list[list[str]]:
    """Names that differ in form only."""
    distinct = pd.Series(names.unique())
    forms = distinct.map(bare)
    doubled = distinct[forms.duplicated(keep=False)]
    return [group.tolist() for _, group in doubled.groupby(forms)] if len(doubled) else []


def _check(samples: pd.DataFrame, name: str) -> None:
    """Say what is likely to be wrong with the persons and classes of any reader's samples."""
    alone = samples["subject_id"] == samples["sample_id"]
    for column in ("subject_id", "kin_group", "label"):
        named = samples[column] if column == "label" else samples.loc[samples[column] != samples["sample_id"], column]
        for names in _spellings(named)[:3]:
            remark(f"{name}: {column}: {' and '.join(map(repr, names))} differ in form alone", warning=True)
    if alone.all() and (guess := _likely_persons(samples)):
        remark(
            f"{name}: every image is taken for a person of its own, but {guess}; give a column subject_id, else a "
            "network is trained on a person and judged by the same",
            warning=True,
        )
    for group, what in (("subject_id", "subjects"), ("kin_group", "kin groups")):
        if both := _across(samples, group, "split"):
            remark(f"{name}: {len(both)} {what} are in the folds and held out; the first: {both[0]}", warning=True)
    if two := _across(samples, "subject_id", "kin_group"):
        kin = " and ".join(samples.loc[samples["subject_id"] == two[0], "kin_group"].unique()[:2])
        text = f"{len(two)} subjects have two kin groups, which count as one family; the first: {two[0]} ({kin})"
        remark(f"{name}: {text}", warning=True)
    if two := _across(samples, "subject_id", "label"):
        labels = " and ".join(samples.loc[samples["subject_id"] == two[0], "label"].unique()[:2])
        remark(f"{name}: {len(two)} subjects have two labels; the first: {two[0]} ({labels})", warning=True)


def read_samples(
    reader: Reader, files: Files, settings: Settings, aloud: bool = True
) -> tuple[pd.DataFrame, list[Remark]]:
    """Read a cohort's samples, with what is said of them.

    Parameters
    ----------
    reader : Reader
        The registered reader.
    files : mapping
        Its input files by name.
    settings : mapping
        Config cohort.<kind>.
    aloud : bool
        Whether what is said goes to the log.

    Returns
    -------
    tuple of (DataFrame, list of Remark)
        samples.csv, and what was said.

    Raises
    ------
    InputError
        If a table is bad, or the samples lack a column.
    """
    with remarks_kept(aloud) as said:
        samples = reader.read(files, settings)
        if missing := [column for column in COLUMNS if column not in samples]:
            raise InputError(f"the cohort reader {reader.name} gives no column {', '.join(missing)}")
        _check(samples, reader.name)
    return samples, said


def who_is_who(samples: pd.DataFrame, said: Sequence[Remark]) -> pd.DataFrame:
    """Make the table of who is in a cohort.

    Parameters
    ----------
    samples : DataFrame
        samples.csv.
    said : sequence of Remark
        What was said when it was read.

    Returns
    -------
    DataFrame
        ITEMS: counts, then what was taken from where, then warnings.
    """
    subjects, kin = samples["subject_id"], samples["kin_group"]
    held = samples[samples["split"] == "heldout"]

    def _several(groups: pd.Series, members: pd.Series, none: str, what: str) -> str:
        pairs = pd.DataFrame({"group": groups, "member": members}).drop_duplicates()
        several = int((pairs["group"].value_counts() > 1).sum())
        return f"{several} with several {what}" if several else none

    rows: list[tuple[str, int, str]] = [
        ("images", len(samples), _per_class(samples["label"])),
        ("classes", samples["label"].nunique(), ""),
        ("subjects", subjects.nunique(), _several(subjects, samples["sample_id"], "each image its own", "images")),
        ("kin groups", kin.nunique(), _several(kin, subjects, "each subject its own", "subjects")),
        ("images held out", len(held), _per_class(held["label"])),
    ]
    for column in ("age", "sex"):
        if column in samples:
            values = samples[column].dropna()
            values = values[values.astype(str) != ""]
            note = _per_class(values) if column == "sex" else ""
            if column == "age" and len(values) and pd.api.types.is_numeric_dtype(values):
                note = f"{values.min():.3g} to {values.max():.3g} years"
            rows.append((f"images with known {column}", len(values), note))
    numbered = sorted(enumerate(each for each in said if each.lasting), key=lambda each: (each[1].warning, each[0]))
    rows += [("warning" if each.warning else "read", place, each.text) for place, (_, each) in enumerate(numbered, 1)]
    return pd.DataFrame(rows, columns=ITEMS)
