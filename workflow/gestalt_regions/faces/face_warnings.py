"""What the index of faces and the list of excluded photographs warn of, and what each warning means; worst first."""

from __future__ import annotations

import re

import pandas as pd

# A number at the end of a warning is `n` here. The order is that of the sheet and of the report.
WARNINGS = {
    "turn_unsure": "two turns of the photograph look alike to the detector; the face may be turned wrongly",
    "turned_n": "the face lay on its side or stood on its head, and was turned by n degrees clockwise",
    "residual": "the five landmarks fit the template badly: a head turned away, or landmarks in wrong places",
    "outside": "more than a tenth of the crop is outside the photograph, and black",
    "tilted": "the head leans more than 30 degrees; landmarks are less exact",
    "no_left_eye": "the parser does not see this part; its box comes from the landmarks",
    "no_right_eye": "the same",
    "no_left_brow": "the same",
    "no_right_brow": "the same",
    "no_nose": "the same",
    "no_upper_lip": "the same",
    "no_lower_lip": "the same",
    "exif_unreadable": "EXIF is damaged and may have said how the photograph lies",
    "colour_profile_unreadable": "the embedded colour profile cannot be used; colours may be off",
    "checksum_wrong": "a checksum beside the pixels of a PNG is wrong; the pixels are read",
    "largest_of_n": "n faces in the photograph; the largest is taken",
    "found_at_n": "no face at the first size; found with the longer side at n pixels",
    "glasses": "glasses in the crop",
    "given": "landmarks come from the cohort's table",
}
HARMLESS = ("glasses", "given")  # no reason to look at a face
_ORDER = {kind: place for place, kind in enumerate(WARNINGS)}


def kinds(warnings: str) -> list[str]:
    """The kinds of warning in a cell of the index.

    Parameters
    ----------
    warnings : str
        The column `warnings` of faces/index.csv: words with `;` between.

    Returns
    -------
    list of str
        Keys of WARNINGS, worst first; a kind that is not there comes last.
    """
    named = {re.sub(r"_\d+$", "_n", word) for word in warnings.split(";") if word}
    return sorted(named, key=lambda kind: (_ORDER.get(kind, len(_ORDER)), kind))


def warning_counts(faces: pd.DataFrame) -> pd.DataFrame:
    """How many faces of each class have each kind of warning.

    Parameters
    ----------
    faces : DataFrame
        warnings and label of every face.

    Returns
    -------
    DataFrame
        One row a kind, worst first: warning, faces, a column for each class, meaning. Empty without warnings.
    """
    pairs = faces.assign(warning=faces["warnings"].map(kinds)).explode("warning").dropna(subset="warning")
    if pairs.empty:
        return pd.DataFrame(columns=["warning", "faces", "meaning"])
    classes = sorted(faces["label"].unique(), key=lambda label: (label.casefold(), label))
    counts = pd.crosstab(pairs["warning"], pairs["label"]).reindex(columns=classes, fill_value=0)
    counts = counts.loc[sorted(counts.index, key=lambda kind: (_ORDER.get(kind, len(_ORDER)), kind))]
    counts.insert(0, "faces", counts.sum(axis=1))
    counts["meaning"] = [WARNINGS.get(kind, "") for kind in counts.index]
    return counts.rename_axis("warning").rename_axis(columns=None).reset_index()


def worst_first(faces: pd.DataFrame) -> pd.DataFrame:
    """The faces to look at.

    Parameters
    ----------
    faces : DataFrame
        sample_id and warnings of every face.

    Returns
    -------
    DataFrame
        Those with a warning that is not harmless; the worst warning decides, then their number, then the name.
    """
    named = faces["warnings"].map(lambda words: [kind for kind in kinds(words) if kind not in HARMLESS])
    table = faces.assign(
        place=named.map(lambda words: _ORDER.get(words[0], len(_ORDER)) if words else -1), number=-named.map(len)
    )
    table = table[table["place"] >= 0].sort_values(["place", "number", "sample_id"], kind="stable")
    return table.drop(columns=["place", "number"])
