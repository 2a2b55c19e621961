"""The truth stage: counterfactuals of simulated photos in the frame of their aligned faces, in shards, put together."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gestalt_regions.cohort.simulated.cohort_steps import (
    TEXT,
    format_terms,
    parse_terms,
    scene,
    shard_of,
    shown_recipes,
)
from gestalt_regions.cohort.simulated.head.head_landmarks import NAMES
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.people.recipes import Recipe
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import new_array, read_array, read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.faces import align
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.truth import counterfactuals as cf

if TYPE_CHECKING:  # VTK is needed for rendering alone
    from gestalt_regions.cohort.simulated.photo.render import Shot, Studio

log = logging.getLogger("gestalt_regions")
STACKS: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "twins": (np.uint8, (3,)),
    "changes": (np.float16, ()),
    "labels": (np.uint8, ()),
}
INDEX = ["row", "sample_id", "variant", "region", "reverted"]
TABLES = {"index": INDEX, "change": cf.CHANGE, "displacement": cf.DISPLACEMENT}
OTHER_PICTURE = 3.0  # mean grey levels; a photo aligned again from its rounded landmarks differs by far less
COPY_ROWS = 256


@dataclass(frozen=True)
class _Frame:
    """Where the face stage has a photo: the matrix (3,3) to its 112-pixel crop, and by size its crop and regions."""

    matrix: np.ndarray
    crops: Mapping[int, np.ndarray]
    regions: Mapping[int, np.ndarray]


class _Frames:
    """The frame of each usable photo, from faces/index.csv and the stacks of crops and regions at `sizes`."""

    def __init__(
        self, index: str | Path, crops: Sequence[str | Path], regions: Sequence[str | Path], sizes: Sequence[int]
    ) -> None:
        faces = read_table(index, ["row", "sample_id", *POINTS], ["sample_id"])
        self.samples = list(faces["sample_id"])
        self._faces = faces.set_index("sample_id")
        self._crops = {size: read_array(path) for size, path in zip(sizes, crops, strict=True)}
        self._regions = {size: read_array(path) for size, path in zip(sizes, regions, strict=True)}

    def __getitem__(self, sample_id: str) -> _Frame:
        face = self._faces.loc[sample_id]
        matrix, _ = align.similarity(face[POINTS].to_numpy(float).reshape(5, 2))
        crops, regions = ({s: a[int(face["row"])] for s, a in k.items()} for k in (self._crops, self._regions))
        return _Frame(matrix, crops, regions)


@dataclass
class _Variant:
    """One variant of a photo: its arrays by (kind, size), landmarks (L,2) in the 112-pixel crop, rows of TABLES."""

    arrays: dict[tuple[str, int], np.ndarray]
    landmarks: np.ndarray
    rows: dict[str, list[dict]]


def _aligned(shot: Shot, matrix: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """A shot in the frame: twins uint8 (size,size,3), clean float32 (grey levels), labels uint8 (size,size)."""
    to_crop = align.resized(matrix, size)
    return {
        "twins": align.warp(shot.photo, to_crop, size),
        "clean": align.warp(255 * shot.clean, to_crop, size),
        "labels": align.warp_labels(shot.labels, to_crop, size),
    }


def shots(
    studio: Studio,
    row: Mapping,
    recipe: Recipe | None,
    shown: Mapping[str, Mapping[str, float]],
    *,
    cohort: dict,
    seed: int,
) -> Iterator[tuple[str, Shot]]:
    """Render the variants of a photo, the face first; all are seen by the face's camera.

    Variants with equal terms are rendered once.

    Parameters
    ----------
    studio : Studio
        What renders.
    row : mapping
        The photo's row of plan.csv.
    recipe : Recipe or None
        Of the subject's true label.
    shown : mapping
        Variant -> the terms that it shows, see `counterfactuals.variants`.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.

    Yields
    ------
    tuple of str and Shot
        The variant and its photo with truth.
    """
    rendered: dict[str, Shot] = {}
    camera = None
    for variant, terms in shown.items():
        key = format_terms(terms)
        if key not in rendered:
            shape, look, view = scene(studio.model, {**row, "terms": key}, recipe, cohort=cohort, seed=seed)
            rendered[key] = studio.photo(shape, look, view, camera=camera)
            camera = rendered[key].camera
        yield variant, rendered[key]


def _variants_of(
    rendered: Iterator[tuple[str, Shot]], row: Mapping, shown: Mapping[str, Mapping], frame: _Frame
) -> Iterator[_Variant]:
    """Every variant of one photo, measured against the face, which `rendered` begins with.

    Raises InputError if the face stage's crop shows another picture.
    """
    face: dict[int, dict[str, np.ndarray]] = {}
    face_points, terms = None, parse_terms(row["terms"])
    for variant, shot in rendered:
        name = {"sample_id": row["sample_id"], "variant": variant}
        points = align.transform(frame.matrix, shot.landmarks)
        arrays: dict[tuple[str, int], np.ndarray] = {}
        change: list[dict] = []
        for size, crop in frame.crops.items():
            made = _aligned(shot, frame.matrix, size)
            if variant == cf.FACE:
                face[size] = made
                _check_same(made["twins"], crop, row["sample_id"])
            made["changes"] = cf.change_map(face[size]["clean"], made["clean"])
            arrays |= {(kind, size): made[kind] for kind in STACKS}
            masks = {"boxes": frame.regions[size], "labels": cf.on_labels(face[size]["labels"])}
            for mask, regions in masks.items():
                shares = cf.shares(made["changes"], regions)
                change += [{**name, "size": size, "mask": mask, **share} for share in shares]
        face_points = points if face_points is None else face_points
        moved = [{**name, **displacement} for displacement in cf.displacements(face_points, points)]
        region = variant.removeprefix(cf.REVERT) if variant.startswith(cf.REVERT) else ""
        reverted = ";".join(term for term in terms if term not in shown[variant])
        index = [{**name, "region": region, "reverted": reverted}]
        compared = variant != cf.FACE
        tables = {"index": index, "change": change if compared else [], "displacement": moved if compared else []}
        yield _Variant(arrays, points, tables)


def _check_same(made: np.ndarray, crop: np.ndarray, sample_id: str) -> None:
    apart = np.abs(made.astype(np.float32) - crop).mean()
    if apart > OTHER_PICTURE:
        raise InputError(
            f"{sample_id}: the face stage's crop is not the photo of this config (they differ by {apart:.1f} grey "
            "levels); render the photos and run the face stage again"
        )


@dataclass(frozen=True)
class TruthInputs:
    """What one shard of the counterfactuals is made from: the inputs of the rule `truth_shard`, by their names.

    Attributes
    ----------
    head, plan, recipes, hpo_terms : path or paths
        What the photos were rendered from.
    faces : path
        faces/index.csv.
    scored : path or empty
        scored.csv; not needed where all photos or none are chosen.
    crops, regions : paths
        The face stage's stacks, one for each size.
    """

    head: str | Path
    plan: str | Path
    recipes: Sequence[str | Path]
    hpo_terms: str | Path
    faces: str | Path
    scored: str | Path
    crops: Sequence[str | Path]
    regions: Sequence[str | Path]


def truth_shard(
    inputs: TruthInputs,
    *,
    arrays: Mapping[str, Sequence[str]],
    landmarks: str | Path,
    tables: Mapping[str, str | Path],
    sizes: Sequence[int],
    which: str,
    shard: int,
    cohort: dict,
    seed: int,
) -> None:
    """Render the counterfactuals of one shard of the chosen photos and measure what changed.

    Parameters
    ----------
    inputs : TruthInputs
        The files that it reads; InputError where a crop of the face stage shows another picture.
    arrays : mapping
        "twins" (photos), "changes" (of the clean pictures, grey levels), "labels" (true ids) -> one .npy per size.
    landmarks : path
        Where the landmarks go: float32 (n,L,2), pixels of the 112-pixel crop.
    tables : mapping
        The paths of TABLES, whose `row` counts within the shard.
    sizes : sequence of int
        Widths of the crops, pixels.
    which : str
        "explained" (the photos of scored.csv), "all" or "none".
    shard, seed : int
        The shard's number (1..cohort.shards) and the study's seed.
    cohort : dict
        The section `cohort` of the config.
    """
    from gestalt_regions.cohort.simulated.photo.render import Studio

    frames, model = _Frames(inputs.faces, inputs.crops, inputs.regions, sizes), HeadModel(inputs.head)
    recipes, _ = shown_recipes(model, inputs.recipes, inputs.hpo_terms, cohort)
    chosen = _chosen(inputs, frames, which)
    rows = chosen[shard_of(len(chosen), cohort["shards"]) == shard].to_dict("records")
    region_of = _region_of(inputs.hpo_terms, recipes)
    wanted = [cf.variants(parse_terms(row["terms"]), region_of) for row in rows]
    total = sum(map(len, wanted))
    listed: dict[str, list[dict]] = {name: [] for name in TABLES}
    studio, progress = Studio(model, cohort["size"]), Progress(total, "counterfactuals")

    def _variants() -> Iterator[_Variant]:
        for row, shown in zip(rows, wanted, strict=True):
            rendered = shots(studio, row, recipes.get(row["true_label"]), shown, cohort=cohort, seed=seed)
            yield from _variants_of(rendered, row, shown, frames[row["sample_id"]])

    with ExitStack() as stack:
        stacks = _stacks(stack, arrays, sizes, total)
        points = stack.enter_context(new_array(landmarks, (total, len(NAMES), 2), np.float32))
        for row, variant in enumerate(_variants()):
            _store(variant, row, stacks, points, listed)
            progress.update()
    for name, path in tables.items():
        write_table(pd.DataFrame(listed[name], columns=TABLES[name]), path)


def _store(
    variant: _Variant,
    row: int,
    stacks: Mapping[tuple[str, int], np.ndarray],
    points: np.ndarray,
    listed: Mapping[str, list[dict]],
) -> None:
    """Put a variant into this row of the stacks and of the landmarks, and add its lines to the tables."""
    for key, array in variant.arrays.items():
        stacks[key][row] = array
    points[row] = variant.landmarks
    for name, lines in variant.rows.items():
        listed[name] += [{"row": row, **line} for line in lines]


def _chosen(inputs: TruthInputs, frames: _Frames, which: str) -> pd.DataFrame:
    """The rows of the plan whose photos get counterfactuals; the log says how many."""
    plan = read_table(inputs.plan, TEXT, TEXT)
    photos, line = cf.chosen(plan, frames.samples, _only(which, inputs.scored))
    log.info("%s", line)
    return photos


def _only(which: str, scored: str | Path) -> list[str] | None:
    """The samples that may have counterfactuals; None: all."""
    if which == "explained":
        return list(read_table(scored, ["sample_id"], ["sample_id"])["sample_id"])
    return {"all": None, "none": []}[which]


def _region_of(hpo_terms: str | Path, recipes: Mapping[str, Recipe]) -> dict[str, str]:
    """The region of each term that a recipe may show, in the order of the HPO table."""
    table = read_table(hpo_terms, ["term", "region"], ["term", "region"])
    listed = dict(zip(table["term"], table["region"], strict=True))
    return listed | {term.term: term.region for recipe in recipes.values() for term in recipe.terms}


def _stacks(
    stack: ExitStack, outputs: Mapping[str, Sequence[str]], sizes: Sequence[int], total: int
) -> dict[tuple[str, int], np.ndarray]:
    return {
        (kind, size): stack.enter_context(new_array(path, (total, size, size, *depth), dtype))
        for kind, (dtype, depth) in STACKS.items()
        for size, path in zip(sizes, outputs[kind], strict=True)
    }


def truth_gather(
    *, arrays: Mapping[str, Sequence[str]], tables: Mapping[str, Sequence[str]], outputs: Mapping[str, Sequence[str]]
) -> None:
    """Put shards together, a few rows in memory at a time; `row` of the tables then counts over all.

    Parameters
    ----------
    arrays : mapping
        Kind ("twins", "changes", "labels", "landmarks") -> the shards' paths, first all shards of the first size, then
        of the next.
    tables : mapping
        TABLES -> the shards' paths.
    outputs : mapping
        Kind or table -> one path (arrays: for each size).
    """
    indexes = [read_table(path, INDEX, ["sample_id", "variant", "region", "reverted"]) for path in tables["index"]]
    counts = [len(index) for index in indexes]
    progress = Progress(sum(counts) * sum(len(outputs[kind]) for kind in arrays), "rows")
    for kind, paths in arrays.items():
        for path, sources in zip(outputs[kind], np.array(paths).reshape(len(outputs[kind]), -1), strict=True):
            _join(list(sources), path, progress)
    for name, paths in tables.items():
        parts = indexes if name == "index" else [read_table(path, TABLES[name], ["sample_id"]) for path in paths]
        starts = np.cumsum([0, *counts[:-1]])
        whole = [part.assign(row=part["row"] + start) for part, start in zip(parts, starts, strict=True) if len(part)]
        empty = pd.DataFrame(columns=TABLES[name])
        write_table(pd.concat(whole, ignore_index=True) if whole else empty, outputs[name][0])


def _join(sources: Sequence[str], output: str, progress: Progress) -> None:
    parts = [read_array(path) for path in sources]
    with new_array(output, (sum(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype) as joined:
        at = 0
        for part in parts:
            for start in range(0, len(part), COPY_ROWS):
                block = part[start : start + COPY_ROWS]
                joined[at : at + len(block)] = block
                at += len(block)
                progress.update(len(block))
