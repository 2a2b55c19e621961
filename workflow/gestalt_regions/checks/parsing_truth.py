"""How well detector and parser do where the truth is known: faces found, landmark error, and agreement of label maps.

All label maps are compared in the aligned frame that the study uses, by intersection over union (IoU).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, read_table, write_table, write_text
from gestalt_regions.core.progress import track
from gestalt_regions.core.seeds import generator
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.paper_boxes import region_map
from gestalt_regions.faces.parse import LAPA
from gestalt_regions.regions.coefficients import PAPER_REGION_IDS
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.read import load_samples
from gestalt_regions.statistics.toolkit.table_text import bounds, number
from gestalt_regions.truth.rendered_truth import RenderedTruth

log = logging.getLogger("gestalt_regions")

FIVE = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")  # the order of align.TEMPLATE
FOUND, ERROR, AGREEMENT, AREA, BOXES = "faces found", "landmark error", "label IoU", "label area", "region box IoU"
COLUMNS = [
    "measure",
    "item",
    "unit",
    "images",
    "groups",
    "mean",
    "median",
    "p05",
    "p95",
    "low",
    "high",
    "level",
    "interval",
    "simulated",
    "note",
]


def as_lapa(labels: np.ndarray) -> np.ndarray:
    """Label maps in LaPa's ids: ears, neck and clothes, which LaPa does not tell apart, become background.

    Parameters
    ----------
    labels : numpy.ndarray
        Ids of the simulation, of any shape.

    Returns
    -------
    numpy.ndarray
        uint8, the same shape.
    """
    return np.where(labels < len(LAPA), labels, 0).astype(np.uint8)


def iou(one: np.ndarray, other: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """Intersection over union of each id in two label maps.

    Parameters
    ----------
    one, other : numpy.ndarray
        Label maps [S, S].
    ids : sequence of int
        The ids to compare.

    Returns
    -------
    numpy.ndarray
        float64 [ids]; NaN where neither map has the id.
    """
    both = [((one == i) & (other == i)).sum() for i in ids]
    either = np.array([((one == i) | (other == i)).sum() for i in ids], float)
    return np.divide(both, either, out=np.full(len(ids), np.nan), where=either > 0)


def landmark_error(detected: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Distance of each detected landmark from the true one.

    Parameters
    ----------
    detected : numpy.ndarray
        [5, 2].
    true : numpy.ndarray
        [5, 2].

    Returns
    -------
    numpy.ndarray
        Percent of the true distance of the eyes [5].
    """
    return 100 * np.linalg.norm(detected - true, axis=-1) / np.linalg.norm(true[1] - true[0])


def _summary_row(values: np.ndarray, groups: Sequence[str], bootstrap: Mapping, seed: int) -> dict[str, object]:
    """Mean, median, 5th and 95th percentile of the defined values, and the mean's bootstrap interval over groups."""
    known = np.isfinite(values)
    values, groups = values[known], np.asarray(groups)[known]
    row = {"images": len(values), "groups": len(set(groups)), "note": ""}
    if not known.all():
        row["note"] = f"in {(~known).sum()} images it is not there"
    if not len(values):
        return row
    drawn = Weights(groups, bootstrap["n_resamples"], generator(seed, "parsing"))
    low, high = interval(drawn.mean(values), bootstrap["level"], drawn.groups)
    p05, p95 = np.quantile(values, [0.05, 0.95])
    row |= {"mean": values.mean(), "median": np.median(values), "p05": p05, "p95": p95, "low": low, "high": high}
    row["note"] = "; ".join(filter(None, [str(row["note"]), no_interval(low, drawn.groups)]))
    return row | {"interval": "bootstrap" if np.isfinite(low) else ""}


def found_row(excluded: pd.DataFrame, faces: pd.DataFrame, level: float) -> dict[str, object]:
    """Share of photos with a usable face, with Wilson's interval (images taken as independent).

    Parameters
    ----------
    excluded : pandas.DataFrame
        faces/excluded.csv.
    faces : pandas.DataFrame
        faces/index.csv with kin_group.
    level : float
        Of the interval, 0 to 1.

    Returns
    -------
    dict
        A row of the table.
    """
    total = len(faces) + len(excluded)
    share = binomtest(len(faces), total).proportion_ci(level, method="wilson")
    reasons = ", ".join(f"{reason} {count}" for reason, count in excluded["reason"].value_counts().items())
    several = int((faces["faces_found"] > 1).sum())
    row = {"measure": FOUND, "item": "all", "unit": "share", "images": total, "groups": faces["kin_group"].nunique()}
    note = f"{len(faces)} of {total}; excluded: {reasons or 'none'}; {several} with more than one face"
    return row | {"mean": len(faces) / total, "low": share.low, "high": share.high, "interval": "wilson", "note": note}


def _measures(
    table: pd.DataFrame, parsed: np.ndarray, regions: np.ndarray, truth: RenderedTruth
) -> dict[tuple, np.ndarray]:
    """(measure, item, unit) -> one value for each image of `table` (row, sample_id, POINTS).

    parsed, regions: the stacks of the faces stage [N,S,S]. The true label map is warped by the detected landmarks, as
    the photo was, so that only the labels differ and not the frame.
    """
    size = parsed.shape[1]
    agreement, areas = np.zeros((2, len(table), len(LAPA)))
    boxes, errors = np.zeros((len(table), len(PAPER_REGION_IDS))), np.zeros((len(table), len(FIVE)))
    for i, row in enumerate(track(table.to_dict("records"), len(table), "faces")):
        points = np.array([row[name] for name in POINTS], float).reshape(5, 2)
        true_points = truth.landmarks(row["sample_id"])[:5].astype(float)
        matrix = align.resized(align.similarity(points)[0], size)
        true = as_lapa(align.warp_labels(truth.labels(row["sample_id"]), matrix, size))
        labels = as_lapa(parsed[row["row"]])
        agreement[i] = iou(labels, true, range(len(LAPA)))
        seen, real = (np.bincount(each.ravel(), minlength=len(LAPA)) for each in (labels, true))
        areas[i] = np.divide(seen, real, out=np.full(len(LAPA), np.nan), where=real > 0)
        true_boxes = region_map(true, align.transform(matrix, true_points))
        boxes[i] = iou(regions[row["row"]], true_boxes, list(PAPER_REGION_IDS.values()))
        errors[i] = landmark_error(points, true_points)
    values = {(ERROR, name, "% of eye distance"): errors[:, k] for k, name in enumerate(FIVE)}
    values |= {(ERROR, "mean of the five", "% of eye distance"): errors.mean(axis=1)}
    values |= {(AGREEMENT, name, "IoU"): agreement[:, k] for k, name in enumerate(LAPA)}
    values |= {(AREA, name, "parsed / true"): areas[:, k] for k, name in enumerate(LAPA)}
    return values | {(BOXES, name, "IoU"): boxes[:, k] for k, name in enumerate(PAPER_REGION_IDS)}


def _latex(table: pd.DataFrame, simulated: str) -> str:
    """The table for print."""
    shown = pd.DataFrame({"Measure": table["measure"], "Item": table["item"], "Images": table["images"].astype(str)})
    for column in ("mean", "median", "p95"):
        shown[column.capitalize()] = table[column].map(number)
    shown["Interval of the mean"] = [bounds(*pair) for pair in zip(table["low"], table["high"], strict=True)]
    caption = (
        f"{simulated.capitalize()}. Detector and parser against rendered truth, in the aligned frame; landmark error "
        f"in percent of the distance of the eyes; {table['level'].iloc[0]:.0%} bootstrap intervals over kin groups."
    )
    return booktabs(shown, caption, "tab:parsing", [f"{r.item}: {r.note}" for r in table.itertuples() if r.note])


def write_parsing_table(
    *,
    samples_path: str,
    index_path: str,
    excluded_path: str,
    labels_path: str,
    regions_path: str,
    shards: Sequence[str],
    csv_path: str,
    tex_path: str,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write parsing.csv and parsing.tex over all images of a rendered cohort, held-out ones included.

    Parameters
    ----------
    samples_path, index_path, excluded_path : str
        samples.csv, faces/index.csv, faces/excluded.csv.
    labels_path, regions_path : str
        Stacks of the faces stage [N, S, S].
    shards : sequence of str
        Folders of rendered photos with their truth.
    csv_path, tex_path : str
        What is written.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.

    Raises
    ------
    InputError
        For a cohort that is not simulated.
    """
    samples = load_samples(samples_path)
    if not samples["simulated"].all():
        raise InputError(f"{samples_path}: only a rendered cohort has truth to compare with")
    index = read_table(index_path, ["row", "sample_id", "faces_found", *POINTS], strings=["sample_id"])
    excluded = read_table(excluded_path, ["sample_id", "reason"], strings=["sample_id", "reason"])
    table = index.merge(samples[["sample_id", "subject_id", "kin_group"]], on="sample_id", validate="one_to_one")
    rows = [found_row(excluded, table, bootstrap["level"])]
    values = _measures(table, read_array(labels_path), read_array(regions_path), RenderedTruth(shards))
    for (measure, item, unit), numbers in values.items():
        row = {"measure": measure, "item": item, "unit": unit}
        rows.append(row | _summary_row(numbers, table[bootstrap["group"]], bootstrap, seed))
    result = pd.DataFrame(rows).assign(level=bootstrap["level"], simulated=True).reindex(columns=COLUMNS)
    write_table(result, csv_path)
    write_text(_latex(result, "simulated cohort"), tex_path)
