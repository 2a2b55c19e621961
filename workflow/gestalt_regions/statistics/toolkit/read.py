"""Reads and checks what the statistics and figures share: samples, coefficients and HPO annotations."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_pieces, read_table
from gestalt_regions.folds.united_groups import united_groups

SAMPLE_COLUMNS = ["sample_id", "label", "subject_id", "kin_group", "split"]
COEFFICIENT_COLUMNS = ["sample_id", "fold", "set", "label", "target", "region", "policy", "coefficient"]


def load_samples(path: str | os.PathLike, also: Sequence[str] | None = None) -> pd.DataFrame:
    """Read samples.csv.

    Parameters
    ----------
    path : str or path
        samples.csv.
    also : sequence of str, optional
        Further columns to read, as far as they exist; without it all.

    Returns
    -------
    pandas.DataFrame
        Text identifiers, `simulated` as bool, and a subject's own id where no kin group is given.

    Raises
    ------
    InputError
        For a sample_id that appears twice.
    """
    text = [*SAMPLE_COLUMNS, "simulated"]
    samples = read_table(path, text, strings=text, only=None if also is None else {*text, *also})
    repeated = samples.loc[samples["sample_id"].duplicated(), "sample_id"]
    if len(repeated):
        raise InputError(f"{path}: sample_id '{repeated.iloc[0]}' appears more than once; sample_id must be unique")
    samples["kin_group"] = samples["kin_group"].where(samples["kin_group"] != "", samples["subject_id"])
    samples["simulated"] = samples["simulated"].str.lower().isin(["true", "1"])
    return samples


def simulated_phrase(samples: pd.DataFrame) -> str:
    """What captions and titles say of simulated images.

    Parameters
    ----------
    samples : pandas.DataFrame
        As from `load_samples`.

    Returns
    -------
    str
        `simulated cohort`, `partly simulated cohort (3 of 10 images)`, or nothing.
    """
    count = int(samples["simulated"].sum())
    if count == 0:
        return ""
    return (
        "simulated cohort" if count == len(samples) else f"partly simulated cohort ({count} of {len(samples)} images)"
    )


def join_samples(table: pd.DataFrame, samples: pd.DataFrame, path: str | os.PathLike) -> pd.DataFrame:
    """Add subject_id and kin_group of each sample_id.

    Parameters
    ----------
    table : pandas.DataFrame
        With the column sample_id.
    samples : pandas.DataFrame
        As from `load_samples`.
    path : str or path
        Where `table` comes from, for the message.

    Returns
    -------
    pandas.DataFrame
        `table` with the two columns.

    Raises
    ------
    InputError
        Names a sample that samples.csv lacks.
    """
    unknown = table.loc[~table["sample_id"].isin(samples["sample_id"]), "sample_id"]
    if len(unknown):
        raise InputError(f"{path}: sample_id '{unknown.iloc[0]}' is not in samples.csv; rebuild both from one cohort")
    return table.merge(samples[["sample_id", "subject_id", "kin_group"]], on="sample_id", how="left")


def leaked_images(audit_path: str | os.PathLike, samples: pd.DataFrame) -> frozenset[str]:
    """Held-out images that are no strangers to the fold models.

    Parameters
    ----------
    audit_path : str or path
        fold_audit.csv.
    samples : pandas.DataFrame
        As from `load_samples`.

    Returns
    -------
    frozenset of str
        sample_id of every held-out image of a family that has a person, kin group or photograph in the folds.
    """
    text = ["check", "action", "sample_ids"]
    audit = read_table(audit_path, text, strings=text)
    leaks = audit[(audit["check"] == "heldout") & (audit["action"] == "reported")]
    named = {name for names in leaks["sample_ids"] for name in names.split(";")}
    held = samples[samples["split"] == "heldout"]
    group = united_groups(held["subject_id"], held["kin_group"])
    return frozenset(held["sample_id"][np.isin(group, group[held["sample_id"].isin(named)])])


class _Coded:
    """A text column of many rows as categories, so that each text is held once; built from pieces."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._codes = [np.zeros(0, np.int32)]

    def add(self, values: pd.Series) -> None:
        codes, texts = pd.factorize(values)
        places = np.array([self._places.setdefault(text, len(self._places)) for text in texts], np.int32)
        self._codes.append(places[codes] if len(texts) else codes.astype(np.int32))

    def column(self) -> pd.Categorical:
        return pd.Categorical.from_codes(np.concatenate(self._codes), pd.Index(list(self._places), dtype=str))


def _kin_of(names: pd.Categorical, samples: pd.DataFrame, path: str | os.PathLike) -> dict[str, pd.Categorical]:
    """subject_id and kin_group of each of the samples `names`."""
    rows = pd.Index(samples["sample_id"]).get_indexer(names.categories)
    if (rows < 0).any():
        unknown = names.categories[int(np.argmin(rows))]
        raise InputError(f"{path}: sample_id '{unknown}' is not in samples.csv; rebuild both from one cohort")
    columns = {}
    for column in ("subject_id", "kin_group"):
        codes, texts = pd.factorize(samples[column])
        columns[column] = pd.Categorical.from_codes(codes[rows][names.codes], pd.Index(texts, dtype=str))
    return columns


def load_coefficients(
    path: str | os.PathLike, policy: str, part: str, samples: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Region coefficients (equation 4) of one method, one policy and one set.

    Parameters
    ----------
    path : str or path
        coefficients/{method}.csv; the file name is the method.
    policy : str
        Policy of the coefficients.
    part : {"folds", "heldout"}
        The set.
    samples : pandas.DataFrame
        As from `load_samples`.

    Returns
    -------
    tuple
        The rows in file order: method, sample_id, fold, label, target, region, coefficient, subject_id, kin_group (text
        as categories). And the regions in the order of the file (also where the set has no rows).

    Raises
    ------
    InputError
        For an unknown policy, a repeated row or a sample that is not in samples.csv.
    """
    names = ["sample_id", "fold", "label", "target", "region"]
    columns, values = {name: _Coded() for name in names}, [np.zeros(0)]
    regions: dict[str, None] = {}  # in the order of the file
    policies: dict[str, None] = {}
    text = [c for c in COEFFICIENT_COLUMNS if c != "coefficient"]
    for piece in read_pieces(path, COEFFICIENT_COLUMNS, strings=text):  # a large cohort's file does not fit whole
        policies |= dict.fromkeys(piece["policy"].unique())
        regions |= dict.fromkeys(piece["region"].unique())
        chosen = piece[(piece["policy"] == policy) & (piece["set"] == part)]
        for name, column in columns.items():
            column.add(chosen[name])
        values.append(chosen["coefficient"].to_numpy(float))
    if policy not in policies:
        raise InputError(f"{path}: no rows with policy '{policy}'; {nearest(policy, policies)}")
    data = {name: column.column() for name, column in columns.items()} | {"coefficient": np.concatenate(values)}
    data |= _kin_of(data["sample_id"], samples, path)
    table = pd.DataFrame(data)
    repeated = table[table.duplicated(["sample_id", "fold", "region"])]
    if len(repeated):
        row = repeated.iloc[0]
        raise InputError(
            f"{path}: sample '{row['sample_id']}', fold {row['fold']}, region '{row['region']}', policy '{policy}' "
            "appears more than once; delete the file and rebuild it"
        )
    method = pd.Categorical.from_codes(np.zeros(len(table), np.int8), [Path(path).stem])
    table.insert(0, "method", method)
    return table, list(regions)


def by_method(
    paths: Sequence[str | os.PathLike],
    policy: str,
    part: str,
    samples: pd.DataFrame,
    left_out: Collection[str] = (),
) -> Iterator[tuple[pd.DataFrame, list[str]]]:
    """`load_coefficients` of one method after the other: those of a large cohort do not fit together.

    Parameters
    ----------
    paths : sequence of str or path
        coefficients/{method}.csv of each method.
    policy : str
        Policy of the coefficients.
    part : {"folds", "heldout"}
        The set.
    samples : pandas.DataFrame
        As from `load_samples`.
    left_out : collection of str
        Samples that are left out.

    Yields
    ------
    tuple
        As from `load_coefficients`.

    Raises
    ------
    InputError
        Where there is no path.
    """
    if not paths:
        raise InputError("no coefficients: configure at least one saliency method (saliency.methods)")
    for path in paths:
        table, regions = load_coefficients(path, policy, part, samples)
        yield (table[~table["sample_id"].isin(left_out)].reset_index(drop=True) if left_out else table), regions


def by_policy(
    paths: Sequence[str | os.PathLike], policies: Sequence[str], part: str, samples: pd.DataFrame
) -> Iterator[dict[str, pd.DataFrame]]:
    """The coefficients of several policies, of one method after the other.

    Parameters
    ----------
    paths : sequence of str or path
        coefficients/{method}.csv of each method.
    policies : sequence of str
        Policies of the coefficients.
    part : {"folds", "heldout"}
        The set.
    samples : pandas.DataFrame
        As from `load_samples`.

    Yields
    ------
    dict
        Policy -> table, as from `load_coefficients`.
    """
    each = [by_method(paths, policy, part, samples) for policy in policies]
    for tables in zip(*each, strict=True):
        yield {policy: table for policy, (table, _) in zip(policies, tables, strict=True)}


def joined_annotations(coefficients: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """The coefficients of annotated images, with the annotations of their regions.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        As from `load_coefficients`.
    counts : pandas.DataFrame
        As from `annotation_counts`.

    Returns
    -------
    pandas.DataFrame
        Rows of annotated images, with `annotations`: the count of the row's region.
    """
    long = counts.melt("sample_id", var_name="region", value_name="annotations")
    for column in ("sample_id", "region"):
        long[column] = long[column].astype(coefficients[column].dtype)
    return coefficients.merge(long.dropna(subset=["sample_id", "region"]), on=["sample_id", "region"], how="inner")


def annotation_counts(
    annotations_path: str | os.PathLike, terms_path: str | os.PathLike, regions: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """HPO annotations per image and region (Sümer et al. 2023, section 4.4).

    Parameters
    ----------
    annotations_path : str or path
        Number of raters (0 to 3) who saw each term, by image.
    terms_path : str or path
        term, region.
    regions : sequence of str
        The regions to count.

    Returns
    -------
    tuple
        A table with sample_id and one column per region: the raters' counts summed over the region's terms. And the
        number of terms of each region.

    Raises
    ------
    InputError
        For an unknown term, a cell that is no count, or an image that appears twice.
    """
    annotations = read_table(annotations_path, ["sample_id"], strings=["sample_id"])
    terms = read_table(terms_path, ["term", "region"], strings=["term", "region"])
    region_of = dict(zip(terms["term"], terms["region"], strict=True))
    columns = [c for c in annotations.columns if c != "sample_id"]
    for column in columns:
        if column not in region_of:
            raise InputError(f"{annotations_path}: '{column}' is no term of {terms_path}; {nearest(column, region_of)}")
        numbers = pd.to_numeric(annotations[column], errors="coerce")
        if not (numbers >= 0).all():
            raise InputError(f"{annotations_path}: column '{column}' must hold a number of raters in every row")
        annotations[column] = numbers
    repeated = annotations.loc[annotations["sample_id"].duplicated(), "sample_id"]
    if len(repeated):
        raise InputError(f"{annotations_path}: sample_id '{repeated.iloc[0]}' appears more than once")
    counts, sizes = annotations[["sample_id"]].copy(), {}
    for region in regions:
        members = [c for c in columns if region_of[c] == region]
        counts[region], sizes[region] = annotations[members].sum(axis=1).astype(float), len(members)
    return counts, sizes


def ordered_labels(labels: Iterable[str], control: str, chosen: Sequence[str] = ()) -> list[str]:
    """The syndromes to compare with the control.

    Parameters
    ----------
    labels : iterable of str
        Labels of all images.
    control : str
        Label of the control class.
    chosen : sequence of str
        Syndromes asked for; none: every other label.

    Returns
    -------
    list of str
        `chosen`, or every other label in alphabetical order.

    Raises
    ------
    InputError
        For a label without images.
    """
    present = sorted(set(labels), key=lambda label: (label.casefold(), label))
    if control not in present:
        raise InputError(
            f"no images of the control class '{control}' (statistics.control); {nearest(control, present)}"
        )
    for label in chosen:
        if label not in present:
            raise InputError(f"no images of '{label}' (statistics.syndromes); {nearest(label, present)}")
    return list(chosen) or [label for label in present if label != control]
