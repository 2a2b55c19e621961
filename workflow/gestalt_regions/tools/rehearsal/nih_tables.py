"""Tables of the NIH faces: the user's own published ones, copied, or INVENTED ones of the same shape and size."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from gestalt_regions.cohort.readers.nih_faces import read_kin, read_partitions
from gestalt_regions.cohort.readers.reader_registry import LANDMARKS
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_table, write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.faces.align import TEMPLATE
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.hpo.facial_terms import read_terms
from gestalt_regions.tools.rehearsal.stand_ins import Picture

TABLES = ("partitions.csv", "related_samples.csv")
RATINGS = "annotated-hpo-terms"
# Sümer et al. 2023, table 2 and section 4.1: images of each class, and how many of them are held out and rated.
IMAGES = {
    "22q11DS": 591,
    "Angelman": 456,
    "BWS": 308,
    "CdLS": 120,
    "Down": 352,
    "KS": 246,
    "NS": 327,
    "PWS": 104,
    "RSTS1": 105,
    "Unaffected": 228,
    "WHS": 178,
    "WS": 529,
}
HELDOUT = {"22q11DS": 34, "Angelman": 36, "KS": 34, "NS": 34, "WS": 33}
FOLDS, KIN_SHARE, LEAKS = 5, 0.07, 7
EYES = 130  # pixels between the eyes: the published median
SMALLEST = 512  # pixels of a side
BEYOND = 1.12  # a picture ends so much farther out than the face in it


def copy_tables(source: Path, target: Path) -> list[Path]:
    """Copy the published tables into the rehearsal's folder.

    Parameters
    ----------
    source : Path
        The user's folder of metadata.
    target : Path
        Folder of the copies.

    Returns
    -------
    list of Path
        The copies.

    Raises
    ------
    InputError
        If a table is not there.
    """
    if gone := [name for name in TABLES if not (source / name).is_file()]:
        raise InputError(f"{source}: no {gone[0]}; give the folder of the published metadata")
    copies = []
    for path in [*(source / name for name in TABLES), *sorted((source / RATINGS).glob("*.csv"))]:
        copies.append(target / path.relative_to(source))
        copies[-1].parent.mkdir(parents=True, exist_ok=True)
        copies[-1].write_bytes(path.read_bytes())
    return copies


def invent_tables(target: Path, hpo_terms: Path, seed: int, scale: float = 1.0) -> list[Path]:
    """Write invented tables: names, folds, landmarks, kin and ratings of the published shape.

    Parameters
    ----------
    target : Path
        Folder of the tables.
    hpo_terms : Path
        resources/hpo_terms.csv.
    seed : int
        Seed of the rehearsal.
    scale : float
        Share of the published number of images of each class (at least ten of each).

    Returns
    -------
    list of Path
        The tables.
    """
    rng = generator(seed, "nih tables")
    rows = []
    for label, published in IMAGES.items():
        count = max(10, math.ceil(published * scale))
        heldout = max(3, math.ceil(HELDOUT[label] * scale)) if label in HELDOUT else 0
        numbers = np.sort(rng.choice(count * 2, count, replace=False)) + 2  # as slides, with gaps
        tested = set(rng.choice(count, heldout, replace=False))
        rows += [(f"{label}Slide{number}.png", label, at in tested) for at, number in enumerate(numbers)]
    table = pd.DataFrame(rows, columns=["image_name", "label", "heldout"])
    table["group"] = _invented_kin(table, rng)
    for name, values in zip(LANDMARKS, _invented_landmarks(len(table), rng).T, strict=True):
        table[name] = values.round(3)
    folds = [f"fold-{k}" for k in range(1, FOLDS + 1)]
    table[folds] = "train"
    rest = table[~table["heldout"]]
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for fold, (_, judged) in zip(folds, splitter.split(rest, rest["label"], rest["group"]), strict=True):
        table.loc[rest.index[judged], fold] = "val"
    table.loc[table["heldout"], folds] = "test"
    target.mkdir(parents=True, exist_ok=True)
    written = [target / name for name in TABLES]
    write_table(table[["image_name", *LANDMARKS[11:], *LANDMARKS[1:11], "score", *folds]], written[0])
    lines = ["# INVENTED. Each line contains images of one subject or of relatives."]
    for _, names in table.groupby("group", sort=False)["image_name"]:
        if len(names) > 1:
            lines.append(", ".join(f"'{Path(name).stem}'" for name in names))
    write_text("\n".join(lines) + "\n", written[1])
    terms = read_terms(hpo_terms).query("table1 == 'yes'")["term"].to_numpy()
    for label in HELDOUT:
        names = table.loc[table["heldout"] & (table["label"] == label), "image_name"].tolist()
        written.append(target / RATINGS / f"{label}.csv")
        write_table(_invented_ratings(names, rng.choice(terms, 11, replace=False), rng), written[-1])
    return written


def _invented_kin(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A group for every image: pairs up to five, within a class; LEAKS of them have a held-out member and another."""
    groups = np.arange(len(table))
    for label, rows in table.groupby("label").indices.items():
        judged, others = (rows[table["heldout"].to_numpy()[rows] == side] for side in (True, False))
        others, at = rng.permutation(others), 0
        while at + 5 < len(others) * KIN_SHARE:
            size = int(rng.integers(2, 6))
            groups[others[at : at + size]] = others[at]
            at += size
        for k in range(min(len(judged), math.ceil(LEAKS / len(HELDOUT))) if label in HELDOUT else 0):
            groups[judged[k]] = groups[others[-1 - k]]
    return groups


def _invented_landmarks(count: int, rng: np.random.Generator) -> np.ndarray:
    """Score, five points and box, as LANDMARKS: the template's face, scaled, turned and moved; a few far off."""
    scale = EYES / (TEMPLATE[1, 0] - TEMPLATE[0, 0]) * np.exp(rng.normal(0, 0.08, count) + (rng.random(count) < 0.02))
    angle = np.radians(rng.normal(0, 2, count) + np.where(rng.random(count) < 0.01, rng.uniform(-90, 90, count), 0))
    centred = TEMPLATE - TEMPLATE.mean(axis=0) + rng.normal(0, 1.5, (count, 5, 2))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    points = (centred @ turn) * scale[:, None, None]
    centre = np.array([265, 310]) * (scale / np.median(scale))[:, None] + rng.normal(0, 8, (count, 2))
    points += centre[:, None]
    half = np.array([42, 55]) * scale[:, None]
    box = np.hstack([centre - half, centre + half])
    return np.hstack([rng.uniform(0.6, 0.9, (count, 1)), points.reshape(count, 10), box])


def _invented_ratings(names: list[str], terms: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Ratings as clinicians hand them in: `2X` where two of three raters saw a term, and free text."""
    table = pd.DataFrame({"image_num": range(len(names)), "image_name": names})
    often = rng.uniform(0.1, 0.9, len(terms))
    for term, chance in zip(terms, often, strict=True):
        raters = rng.binomial(3, chance * rng.random(len(names)))
        table[term] = [f"{number}X" if number else "" for number in raters]
    return table.assign(Other=["invented remark, as free text" if rng.random() < 0.2 else "" for _ in names])


def read_pictures(folder: Path) -> tuple[list[Picture], dict[str, str]]:
    """List the pictures that the tables name.

    Parameters
    ----------
    folder : Path
        The tables.

    Returns
    -------
    pictures : list of Picture
        One for every row; `faces` is still the table's label.
    labels : dict
        File name -> label.
    """
    table = read_partitions(folder / TABLES[0])
    kin = read_kin(folder / TABLES[1], table["sample_id"])
    pictures = []
    for row in table.itertuples(index=False):
        points = np.array([getattr(row, name) for name in POINTS]).reshape(5, 2)
        sides = np.maximum(points.max(axis=0), [row.bb_x2, row.bb_y2]) * BEYOND
        width, height = (max(SMALLEST, math.ceil(side)) for side in sides)
        person = kin.get(row.sample_id, row.sample_id)
        pictures.append(Picture(row.image_name, person, row.label, points, width, height))
    return pictures, dict(zip(table["image_name"], table["label"], strict=True))
