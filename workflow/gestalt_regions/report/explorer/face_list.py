"""The faces of the explorer, and what they can be chosen by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table
from gestalt_regions.faces.pose import pose_from_landmarks
from gestalt_regions.statistics.toolkit import read

MOST_FACES = 6000  # of a larger cohort, those with maps come first
MOST_VALUES = 12  # an attribute with more of them is no filter
HELDOUT = "heldout"
UNNAMED = ""  # an attribute's value that nobody gave
# Columns of samples.csv that are no attribute, or are shown in another way.
OTHER_COLUMNS = {"sample_id", "image", "label", "subject_id", "kin_group", "split", "simulated", "terms", "photo"}
BANDS: dict[str, tuple[tuple[float, ...], str]] = {  # lower bounds, and the unit
    "age": ((0, 2, 6, 12, 18), "years"),
    "yaw": ((0, 0.1, 0.2), "eye distances"),
    "severity": ((0, 0.4, 0.6, 0.8, 1), ""),
}
TITLES = {"true_label": "true class", "yaw": "turned to a side (nose off the middle)"}


def list_faces(base: Path, explained: Sequence[str]) -> pd.DataFrame:
    """The faces that are shown, in the order of samples.csv.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    explained : sequence of str
        Sample ids that have maps.

    Returns
    -------
    pandas.DataFrame
        Columns of samples.csv; row (in the stacks of faces), fold, warnings, yaw. At most MOST_FACES faces: those with
        maps, then as many others, evenly from the whole list.
    """
    samples = read.load_samples(base / "samples.csv")
    index = read_table(base / "faces" / "index.csv", ["row", "sample_id"], strings=["sample_id", "warnings"])
    index = index.join(pose_from_landmarks(index).abs().rename(columns={"yaw_measured": "yaw"}), on="sample_id")
    folds = read_table(base / "folds.csv", ["sample_id", "fold"], strings=["sample_id", "fold"])
    known = [name for name in ("sample_id", "row", "warnings", "yaw") if name in index]
    faces = samples.merge(index[known], on="sample_id").merge(folds[["sample_id", "fold"]], on="sample_id", how="left")
    faces["fold"] = faces["fold"].fillna("")
    if len(faces) > MOST_FACES:
        has_maps = faces["sample_id"].isin(set(explained))
        first, others = np.flatnonzero(has_maps), np.flatnonzero(~has_maps)
        places = np.linspace(0, len(others) - 1, max(0, MOST_FACES - len(first))).astype(int)
        faces = faces.iloc[np.sort(np.concatenate([first, others[np.unique(places)]])[:MOST_FACES])]
    return faces.reset_index(drop=True)


def _in_words(low: float, high: float | None, unit: str) -> str:
    """A band of numbers."""
    text = f"{low:g} or more" if high is None else f"{low:g} to {high:g}"
    return f"{text} {unit}".strip()


def _banded(values: pd.Series, bounds: Sequence[float], unit: str) -> tuple[list[str], list[int]]:
    """The bands of numbers, and which of them each value falls into (-1: no number)."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(float)
    names = [_in_words(low, high, unit) for low, high in zip(bounds, [*bounds[1:], None], strict=True)]
    places = np.searchsorted(bounds, numbers, side="right") - 1
    return names, np.where(np.isnan(numbers), -1, np.maximum(places, 0)).tolist()


def _named(values: pd.Series) -> tuple[list[str], list[int]]:
    """The texts in a column, and which of them each value is (-1: none)."""
    texts = values.fillna(UNNAMED).astype(str).str.strip()
    names = sorted(set(texts) - {UNNAMED}, key=lambda name: (name.casefold(), name))
    place = {name: number for number, name in enumerate(names)}
    return names, [place.get(text, -1) for text in texts]


def attributes(faces: pd.DataFrame) -> list[dict[str, object]]:
    """What faces can be chosen by beside their class, set and prediction.

    Parameters
    ----------
    faces : pandas.DataFrame
        As from `list_faces`.

    Returns
    -------
    list of dict
        key, title, names (of the values), codes (number of each face's value, -1: unknown). Only attributes by which
        the faces differ.
    """
    chosen = []
    for key in [name for name in faces.columns if name not in OTHER_COLUMNS | {"row", "fold"}]:
        if key == "true_label" and (faces[key].astype(str) == faces["label"].astype(str)).all():
            continue
        bounds, unit = BANDS.get(key, ((), ""))
        names, codes = _banded(faces[key], bounds, unit) if bounds else _named(faces[key])
        used = sorted({code for code in codes if code >= 0})
        if not used or len(used) > MOST_VALUES or (len(used) == 1 and -1 not in codes):
            continue
        place = {code: number for number, code in enumerate(used)} | {-1: -1}
        names = [names[code] for code in used]
        title = TITLES.get(key, key.replace("_", " "))
        chosen.append({"key": key, "title": title, "names": names, "codes": [place[code] for code in codes]})
    return chosen


def facts(faces: pd.DataFrame) -> list[dict[str, str]]:
    """What the page says of each face beside its class and prediction.

    Parameters
    ----------
    faces : pandas.DataFrame
        As from `list_faces`.

    Returns
    -------
    list of dict
        Words -> text, without what nobody gave or what holds for all faces.
    """
    columns: dict[str, list[str]] = {"subject": faces["subject_id"].tolist()}
    family = faces["kin_group"].where(faces["kin_group"] != faces["subject_id"], "")
    columns["family"] = family.tolist()
    for key in [name for name in faces.columns if name not in OTHER_COLUMNS | {"row", "fold"}]:
        values = faces[key].where(faces[key] != faces["label"]) if key == "true_label" else faces[key]
        different = set(values.dropna())
        if len(different) > 1 or (key == "true_label" and different):
            columns[key.replace("_", " ")] = [_in_text(value, BANDS.get(key, ((), ""))[1]) for value in values]
    if "terms" in faces:
        columns["signs given (strength)"] = [_signs(text) for text in faces["terms"].fillna("").astype(str)]
    return [
        {words: texts[place] for words, texts in columns.items() if texts[place] not in ("", "nan")}
        for place in range(len(faces))
    ]


def _signs(text: str) -> str:
    """The signs of a simulated face, the strongest first."""
    parts = [sign.rpartition("=") for sign in text.split(";") if "=" in sign]
    pairs = [(name, float(strength)) for name, _, strength in parts]
    return ", ".join(f"{name} ({strength:.2f})" for name, strength in sorted(pairs, key=lambda pair: -pair[1]))


def _in_text(value: object, unit: str) -> str:
    """One value with its unit; "" for none."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3g} {unit}".strip()
    return str(value)
