"""All photographs with what the network said of each: prediction, probability, label, fold, right or wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError

SIDE, ACROSS, DOWN = 56, 10, 10  # thumbnails: pixels, and how many a sheet has
HELDOUT = "held out"
COLUMNS = [
    "photograph",
    "label",
    "predicted",
    "right",
    "probability",
    "of the label",
    "next class",
    "of the next",
    "set",
    "fold",
    "agree",
    "warnings",
    "subject",
]


def _answers(folder: Path) -> pd.DataFrame:
    """Probabilities of every fold's network: sample_id, fold, set, predicted, a column for each class."""
    frames = []
    for path in sorted(folder.glob("fold-*/predictions.csv"), key=lambda p: int(p.parent.name.removeprefix("fold-"))):
        text = ["sample_id", "set", "label", "predicted"]
        table = io.read_table(path, text, strings=text)
        frames.append(table.assign(fold=path.parent.name.removeprefix("fold-")))
    if not frames:
        raise InputError(f"{folder}: no fold-*/predictions.csv; train the networks before the report")
    return pd.concat(frames, ignore_index=True)


def list_photographs(base: Path, model: str, samples: pd.DataFrame) -> pd.DataFrame:
    """What one network said of every photograph of the cohort.

    A photograph of the folds is judged by the network that has not seen it. A held-out one is judged by all: its
    probabilities are their means.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    model : str
        The network.
    samples : pandas.DataFrame
        samples.csv.

    Returns
    -------
    pandas.DataFrame
        COLUMNS, a row a photograph, in the order of samples.csv. Probabilities are the network's own. `agree`: how many
        networks have the same answer. A photograph without a usable face has no answer, and the reason as its set.
    """
    answers = _answers(base / model)
    names = [name for name in answers.columns if name.startswith("p_")]
    classes = np.array([name.removeprefix("p_") for name in names])
    means = answers.groupby("sample_id", sort=False)[names].mean()
    order = np.argsort(-means.to_numpy(), axis=1, kind="stable")
    rows = np.arange(len(means))
    values = means.to_numpy()
    table = pd.DataFrame(
        {"sample_id": means.index, "predicted": classes[order[:, 0]], "probability": values[rows, order[:, 0]]}
    )
    if len(classes) > 1:
        table = table.assign(**{"next class": classes[order[:, 1]], "of the next": values[rows, order[:, 1]]})
    said = answers.merge(table[["sample_id", "predicted"]], on="sample_id", suffixes=("_fold", ""))
    same = (
        said.assign(same=said["predicted_fold"] == said["predicted"]).groupby("sample_id")["same"].agg(["sum", "size"])
    )
    same = same.reindex(table["sample_id"])
    table["agree"] = [f"{agree} of {asked}" for agree, asked in zip(same["sum"], same["size"], strict=True)]
    place = {name: k for k, name in enumerate(classes)}
    listed = samples[["sample_id", "label", "subject_id"]].merge(table, on="sample_id", how="left")
    where = {sample: k for k, sample in enumerate(means.index)}
    listed["of the label"] = [
        values[where[s], place[c]] if s in where and c in place else np.nan
        for s, c in zip(listed["sample_id"], listed["label"], strict=True)
    ]
    listed["right"] = (listed["label"] == listed["predicted"]).where(listed["predicted"].notna(), None)
    return (
        _with_places(base, listed)
        .rename(columns={"sample_id": "photograph", "subject_id": "subject"})
        .reindex(columns=COLUMNS)
    )


def _with_places(base: Path, listed: pd.DataFrame) -> pd.DataFrame:
    """Set, fold and warnings of each photograph."""
    text = ["sample_id", "fold"]
    folds = io.read_table(base / "folds.csv", text, strings=text).set_index("sample_id")["fold"]
    text = ["sample_id", "warnings"]
    warnings = io.read_table(base / "faces" / "index.csv", text, strings=text).set_index("sample_id")["warnings"]
    text = ["sample_id", "reason"]
    reasons = io.read_table(base / "faces" / "excluded.csv", text, strings=text).set_index("sample_id")["reason"]
    fold = listed["sample_id"].map(folds).fillna("")
    reason = listed["sample_id"].map(reasons[~reasons.index.duplicated()]).fillna("")
    kinds = np.where(fold == "heldout", HELDOUT, np.where(fold == "", "not used: " + reason, "folds"))
    shown = listed.assign(set=kinds, fold=np.where(fold == "heldout", "", fold))
    return shown.assign(warnings=shown["sample_id"].map(warnings).fillna("").str.replace(";", ", "))


def write_thumbnails(base: Path, site: Path, sizes: list[int], shown: Iterable[str]) -> dict[str, tuple[str, int, int]]:
    """Small faces on sheets of 100.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    site : Path
        The site's folder.
    sizes : list of int
        Sides of the crops, pixels; the smallest that is large enough is taken.
    shown : iterable of str
        Sample ids of the photographs that the page lists.

    Returns
    -------
    dict
        sample_id -> sheet (relative to the site), and the face's left and upper edge on it, pixels.
    """
    size = min(sizes, key=lambda side: (side < SIDE, abs(side - SIDE)))
    crops = io.read_array(base / "faces" / f"crops_{size}.npy")
    index = io.read_table(base / "faces" / "index.csv", ["sample_id", "row"], strings=["sample_id"])
    index = index[index["sample_id"].isin(set(shown))]
    folder, each, places = site / "thumbnails", ACROSS * DOWN, {}
    folder.mkdir(parents=True, exist_ok=True)
    samples, rows = index["sample_id"].to_numpy(), index["row"].to_numpy(int)
    for number, start in enumerate(range(0, len(samples), each)):
        part = range(start, min(start + each, len(samples)))
        sheet = Image.new("RGB", (SIDE * ACROSS, SIDE * -(-len(part) // ACROSS)), "white")
        for k, place in enumerate(part):
            left, top = SIDE * (k % ACROSS), SIDE * (k // ACROSS)
            face = Image.fromarray(np.asarray(crops[rows[place]])).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            sheet.paste(face, (left, top))
            places[str(samples[place])] = (f"thumbnails/{number}.webp", left, top)
        sheet.save(folder / f"{number}.webp", quality=72, method=4)
    return places
