"""Do format, size or camera of the files go with a class? Families are counted, and a probe gets its features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from gestalt_regions.statistics.toolkit.p_values import bounded

COLUMNS = ["fact", "value", "class", "images", "images_of_class", "groups", "groups_of_class", "p", "p_corrected"]
KINDS = ("format", "mode", "bits", "camera", "colour_profile", "exif_orientation")  # facts that are names
PIXELS = ("width", "height")
FEWEST = 2  # families that a value must have to be counted
MOST = 50  # values of one fact that a probe sees, the most frequent ones


def file_kinds(photographs: pd.DataFrame) -> pd.DataFrame:
    """What is told apart of files: names of their kinds, and their size as one name.

    Parameters
    ----------
    photographs : DataFrame
        faces/photographs.csv.

    Returns
    -------
    DataFrame
        KINDS and `size` as text; "" where unknown.
    """
    text = {column: photographs[column].fillna("").astype(str) for column in photographs}
    kinds = pd.DataFrame({name: text[name] for name in KINDS if name in text}, index=photographs.index)
    if "camera_make" in text and "camera_model" in text:
        kinds["camera"] = (text["camera_make"] + " " + text["camera_model"]).str.strip()
    if set(PIXELS) <= set(text):
        kinds["size"] = text["width"] + " x " + text["height"]
    return kinds


def file_features(photographs: pd.DataFrame) -> np.ndarray | str:
    """What the probe of files sees: one column for each kind of file, and the logarithms of width and height.

    Parameters
    ----------
    photographs : DataFrame
        faces/photographs.csv of the images [N].

    Returns
    -------
    ndarray or str
        float64 [N, d]; a reason where all files are alike.
    """
    kinds, parts = file_kinds(photographs), []
    for name in kinds.columns.drop("size", errors="ignore"):
        frequent = kinds[name].value_counts().index[:MOST]
        if len(frequent) > 1:
            parts.append(pd.get_dummies(kinds[name].where(kinds[name].isin(frequent), "others")).to_numpy(float))
    sides = photographs[[name for name in PIXELS if name in photographs]]
    if len(sides.drop_duplicates()) > 1:
        parts.append(np.log(sides.to_numpy(float)))
    return np.concatenate(parts, axis=1) if parts else "all files are of one format, size and camera"


def _pairs(kinds: pd.Series, table: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Each value of one fact with each class: how often they meet, and how likely that is by chance, in families."""
    known = table.assign(value=kinds.to_numpy())
    of_group = known.drop_duplicates(["kin_group", "label", "value"])
    everyone = of_group.drop_duplicates(["kin_group", "label"])
    total, of_class = len(everyone), everyone["label"].value_counts()
    for value, part in of_group.groupby("value"):
        having = part.drop_duplicates(["kin_group", "label"])
        if len(having) < FEWEST or len(having) == total:
            continue
        images = known[known["value"] == value]
        for label, groups in having["label"].value_counts().items():
            yield {
                "value": value,
                "class": label,
                "images": len(images),
                "images_of_class": int((images["label"] == label).sum()),
                "groups": len(having),
                "groups_of_class": int(groups),
                "p": float(bounded(hypergeom.sf(groups - 1, total, of_class[label], len(having)))),
            }


def files_by_class(photographs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Count how often each kind of file goes with each class.

    p is that of Fisher's one-sided test over families: so many or more of a class among those that have the value.
    p_corrected is p times the number of pairs of a value and a class (Bonferroni).

    Parameters
    ----------
    photographs : DataFrame
        faces/photographs.csv of the images [N].
    table : DataFrame
        label and kin_group of the images [N].

    Returns
    -------
    DataFrame
        COLUMNS, the least likely first; an empty value is what files have that do not tell.
    """
    kinds = file_kinds(photographs)
    rows = [{"fact": name, **row} for name in kinds for row in _pairs(kinds[name], table)]
    counted = pd.DataFrame(rows, columns=COLUMNS)
    counted["p_corrected"] = (counted["p"] * len(counted)).clip(upper=1.0)
    return counted.sort_values(["p", "fact", "value", "class"], ignore_index=True)
