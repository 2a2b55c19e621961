"""How much of each region of the face an occluder hides: by the rendered truth, or else by the parser's labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from gestalt_regions.core.io import read_array, read_table, write_table, write_text
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.kept_faces import kept_faces
from gestalt_regions.faces.occluded_photographs import HIDDEN
from gestalt_regions.faces.parse import LABELS
from gestalt_regions.faces.region_maps import region_set_map
from gestalt_regions.regions.sets import load_sets
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.table_text import number
from gestalt_regions.truth.rendered_truth import RenderedTruth

REGION_SET = "fine"
TRUTH, PARSER = "rendered truth", "parser"
Mapped = tuple[np.ndarray, np.ndarray]  # region ids, and what is hidden, in one frame


def hidden_share(ids: np.ndarray, hidden: np.ndarray, count: int) -> np.ndarray:
    """The share of each region's pixels that is hidden.

    Parameters
    ----------
    ids : ndarray of uint8 [h, w]
        The region of each pixel, from 1; 0 for none.
    hidden : ndarray of bool [h, w]
        What the occluder hides.
    count : int
        Number of regions.

    Returns
    -------
    ndarray of float [count]
        0 to 1; NaN for a region without a pixel.
    """
    size = np.bincount(ids.ravel(), minlength=count + 1)[1 : count + 1]
    covered = np.bincount(ids[hidden].ravel(), minlength=count + 1)[1 : count + 1]
    return np.divide(covered, size, out=np.full(count, np.nan), where=size > 0)


def _by_truth(folders: Sequence[str], prefix: str, regions: Mapping) -> Callable[[str, np.ndarray], Mapped]:
    """Regions of a photograph by its true labels and landmarks, in the photograph's own frame."""
    truth = RenderedTruth(folders)

    def _mapped(sample: str, hidden: np.ndarray) -> Mapped:
        name = sample.removeprefix(prefix)
        labels, points = np.asarray(truth.labels(name)), np.asarray(truth.landmarks(name)[:5], float)
        labels = np.where(labels < len(LABELS), labels, 0).astype(np.uint8)  # neck and clothes are background
        return region_set_map(labels, points, regions, LABELS), hidden

    return _mapped


def _by_parser(
    labels_of: Callable[[str], np.ndarray], faces: pd.DataFrame, regions: Mapping
) -> Callable[[str, np.ndarray], Mapped]:
    """Regions of an aligned face by the parser's labels; what is hidden is warped into that frame."""

    def _mapped(sample: str, hidden: np.ndarray) -> Mapped:
        labels = labels_of(sample)
        five = faces.loc[sample, POINTS].to_numpy(float).reshape(5, 2)
        matrix = align.resized(align.similarity(five)[0], len(labels))
        ids = region_set_map(labels, align.transform(matrix, five), regions, LABELS)
        return ids, align.warp_labels(hidden.astype(np.uint8), matrix, len(labels)) > 0

    return _mapped


def _mapping(about: Mapping, regions: Mapping) -> Callable[[str, np.ndarray], Mapped]:
    """By the truth where there are folders of it, else by labels: a stack of the study, or kept faces of a set."""
    if about["truth"]:
        return _by_truth(about["truth"], about["prefix"], regions)
    labels = about["labels"]
    faces = read_table(about["index"], ["row", "sample_id", *POINTS], strings=["sample_id"]).set_index("sample_id")
    if Path(labels).suffix == ".npy":
        stack = read_array(labels)
        return _by_parser(lambda sample: np.asarray(stack[int(faces.loc[sample, "row"])]), faces, regions)

    def _kept(sample: str) -> np.ndarray:
        with kept_faces(labels) as read:
            return read(("labels", about["size"]), sample)

    return _by_parser(_kept, faces, regions)


def write_hidden_regions(
    *,
    originals: Mapping[str, Mapping],
    photographs: Mapping[str, str],
    listed: Mapping[str, str],
    sets: str,
    csv: str,
    tex: str,
) -> None:
    """Write gestalt_hidden.csv and .tex.

    Parameters
    ----------
    originals : mapping
        Occluded set -> occluder, truth (folders of `cohort_steps.render_shard`; none: the parser's labels), prefix (of
        sample names, which those folders lack), index (faces/index.csv of the originals), labels (their stack or kept
        faces) and size (of these labels, pixels).
    photographs, listed : mapping
        Occluded set -> its folder of photographs, its samples.csv.
    sets : path
        resources/regions.yaml.
    csv, tex : path
        Where the tables go: set, occluder, region, images, hidden (mean share of the region's pixels), p05, p95, none
        (images in which nothing of it is hidden), by, simulated.
    """
    regions = load_sets(sets, LABELS)[REGION_SET]["regions"]
    simulated = read.simulated_phrase(pd.concat([read.load_samples(listed[name], ()) for name in originals]))
    rows = []
    for name, about in originals.items():
        mapped = _mapping(about, regions)
        shares = []
        for path in sorted(Path(photographs[name], HIDDEN).glob("*.png")):
            with Image.open(path) as picture:
                ids, hidden = mapped(path.stem, np.asarray(picture.convert("L")) > 0)
            shares.append(hidden_share(ids, hidden, len(regions)))
        for region, values in zip(regions, np.array(shares).reshape(-1, len(regions)).T, strict=True):
            known = values[np.isfinite(values)]
            row = {"set": name, "occluder": about["occluder"], "region": region, "images": len(known)}
            low, high = np.quantile(known, [0.05, 0.95]) if len(known) else (np.nan, np.nan)
            mean = known.mean() if len(known) else np.nan
            row |= {"hidden": mean, "p05": low, "p95": high, "none": int((known == 0).sum())}
            rows.append(row | {"by": TRUTH if about["truth"] else PARSER, "simulated": bool(simulated)})
    table = pd.DataFrame(rows)
    write_table(table, csv)
    wide = table.set_index(["set", "region"])["hidden"]
    shown = pd.DataFrame({"Region": list(regions)})
    for name in originals:
        shown[name] = [number(100 * wide[name, region], 0) for region in regions]
    by = " and ".join(sorted(table["by"].unique()))
    prefix = f"{simulated.capitalize()}. " if simulated else ""
    caption = (
        f"{prefix}How much of each region the occluders hide: mean share of its "
        f"pixels, per cent, by the {by}. Occluders are drawn, not photographed."
    )
    write_text(booktabs(shown, caption, "tab:gestalt_hidden", [], "l" + "r" * len(originals)), tex)
