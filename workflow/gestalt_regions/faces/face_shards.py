"""The faces stage: a shard of a cohort to arrays, and the shards put together."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import new_array, read_array, read_table, write_table
from gestalt_regions.core.progress import Progress, track
from gestalt_regions.faces import align
from gestalt_regions.faces.detect import Choice, choose_face, make_detector
from gestalt_regions.faces.given_landmarks import BOX, GIVEN, POINTS, given_face, read_given
from gestalt_regions.faces.paper_boxes import missing_parts, region_map
from gestalt_regions.faces.parse import Parser
from gestalt_regions.faces.photo import Unusable, read_photo

log = logging.getLogger("gestalt_regions")

KINDS = ("crops", "labels", "regions")
INDEX = ["row", "sample_id", "score", "faces_found", *POINTS, *BOX, "eye_distance", "residual", "outside", "warnings"]
EXCLUDED = ["sample_id", "image", "reason", "detail"]
# Beyond these the crop is kept, with a warning: pixels of the 112 template, and share of the crop outside the photo.
RESIDUAL_LIMIT, OUTSIDE_LIMIT = 8.0, 0.1
COPY_ROWS = 256  # rows copied at a time while gathering


def shard_rows(total: int, shard: int, shards: int) -> range:
    """The contiguous rows of shard 1..shards of a table with `total` rows; sizes differ by at most one."""
    if not 1 <= shard <= shards:
        raise InputError(f"shard {shard} of {shards}: shards are numbered 1 to faces.shards")
    return range(total * (shard - 1) // shards, total * shard // shards)


def face_arrays(
    image: np.ndarray, face: Choice, parser: Parser, sizes: Sequence[int], parse_size: int, parse_margin: float
) -> tuple[dict[tuple[str, int], np.ndarray], dict[str, object]]:
    """Crops, labels and regions of one face at each size, and what the index says of it.

    image: uint8 [H,W,3] RGB. Returns {(kind, size): uint8 [S,S,3] or [S,S]} and columns of INDEX.
    Raises Unusable if the landmarks define no alignment.
    """
    matrix, residual = align.similarity(face.points)
    margin = align.with_margin(parse_size, parse_margin)
    head = align.warp(image, margin @ matrix, parse_size)
    parsed, warnings = parser.parse(head, align.transform(margin @ matrix, face.points))
    warnings = [*face.warnings, *warnings]
    arrays = {}
    for size in sizes:
        to_crop = align.resized(matrix, size)
        labels = align.warp_labels(parsed, to_crop @ np.linalg.inv(margin @ matrix), size)
        arrays["crops", size] = align.warp(image, to_crop, size)
        arrays["labels", size] = labels
        arrays["regions", size] = region_map(labels, align.transform(to_crop, face.points))
        warnings += [f"no_{part}" for part in missing_parts(labels)]
    outside = align.outside_share(matrix, image.shape)
    warnings += ["residual"] * (residual > RESIDUAL_LIMIT) + ["outside"] * (outside > OUTSIDE_LIMIT)
    about = {
        "score": face.score,
        "faces_found": face.found,
        **dict(zip(POINTS, face.points.ravel().tolist(), strict=True)),
        **dict(zip(BOX, face.box.tolist(), strict=True)),
        "eye_distance": float(np.linalg.norm(face.points[1] - face.points[0])),
        "residual": residual,
        "outside": outside,
        "warnings": ";".join(dict.fromkeys(warnings)),
    }
    return arrays, about


def faces_shard(
    samples: str | Path,
    detector_weights: str | Path,
    parser_weights: str | Path,
    outputs: Mapping[str, Sequence[str]],
    index: str | Path,
    excluded: str | Path,
    *,
    shard: int,
    shards: int,
    sizes: Sequence[int],
    detector: str,
    detection_size: int,
    retry_sizes: Sequence[int],
    min_score: float,
    min_eye_distance: float,
    several: str,
    comparable_area: float,
    parse_size: int,
    parse_margin: float,
    device: str,
    threads: int,
) -> None:
    """Detect, align and parse the images of one shard.

    samples: samples.csv; images are relative to its folder or absolute. outputs: kind ("crops", "labels", "regions")
    -> one .npy path for each of `sizes`. Arrays have one row for every sample of the shard, zero where excluded; the
    column `row` of `index` counts within the shard. An image that cannot be used goes to
    `excluded` with a reason. detector `given` takes box and landmarks from samples.csv and needs no weights.
    """
    table = read_table(samples, ["sample_id", "image"], strings=["sample_id", "image"])
    rows = shard_rows(len(table), shard, shards)
    if detector == GIVEN:
        given = read_given(samples)
    else:
        find = make_detector(detector, detector_weights, min_score, threads, device)
    parser = Parser(parser_weights, threads, device)
    kept, dropped = [], []
    with ExitStack() as stack:
        arrays = {
            (kind, size): stack.enter_context(
                new_array(path, (len(rows), size, size, *((3,) if kind == "crops" else ())), np.uint8)
            )
            for kind in KINDS
            for size, path in zip(sizes, outputs[kind], strict=True)
        }
        listed = zip(table["sample_id"][rows], table["image"][rows], strict=True)
        for at, (sample, path) in enumerate(track(listed, len(rows), "images")):
            try:
                image = read_photo(Path(samples).parent / path)
                if detector == GIVEN:
                    face = given_face(given.loc[sample], min_eye_distance)
                else:
                    looked = [detection_size, *retry_sizes]
                    face = choose_face(find, image, looked, several, comparable_area, min_eye_distance)
                made, about = face_arrays(image, face, parser, sizes, parse_size, parse_margin)
            except Unusable as problem:
                dropped.append({"sample_id": sample, "image": path, "reason": problem.reason, "detail": problem.detail})
                log.info("excluded %s: %s", sample, problem)
                continue
            for key, array in made.items():
                arrays[key][at] = array
            kept.append({"row": at, "sample_id": sample, **about})
    write_table(pd.DataFrame(kept, columns=INDEX), index)
    write_table(pd.DataFrame(dropped, columns=EXCLUDED), excluded)


def faces_gather(
    shard_arrays: Mapping[str, Sequence[str]],
    shard_indexes: Sequence[str],
    shard_excluded: Sequence[str],
    outputs: Mapping[str, Sequence[str]],
    index: str | Path,
    excluded: str | Path,
) -> None:
    """Put shards together: only the used rows, in the order of samples.csv, a few rows in memory at a time.

    shard_arrays: kind -> the shards' paths, first all shards of the first size, then of the next; outputs: kind -> one
    path for each size.
    Raises InputError if no image of the cohort can be used.
    """
    indexes = [read_table(path, INDEX, strings=["sample_id", "warnings"]) for path in shard_indexes]
    gone = pd.concat([read_table(path, EXCLUDED, strings=EXCLUDED) for path in shard_excluded], ignore_index=True)
    total = sum(len(part) for part in indexes)
    if total == 0:
        reasons = ", ".join(f"{reason} {count}" for reason, count in gone["reason"].value_counts().items())
        first = "" if gone.empty else f"; the first: {gone['image'][0]}: {gone['detail'][0]}"
        raise InputError(f"no image of the cohort can be used ({reasons or 'it has no images'}){first}")
    progress = Progress(total * len(outputs) * len(outputs["crops"]), "rows")
    for kind, paths in outputs.items():
        for path, sources in zip(paths, np.array(shard_arrays[kind]).reshape(len(paths), -1), strict=True):
            shape = read_array(sources[0]).shape[1:]
            with new_array(path, (total, *shape), np.uint8) as array:
                at = 0
                for part, shard in zip(indexes, sources, strict=True):
                    source, rows = read_array(shard), part["row"].to_numpy()
                    for start in range(0, len(rows), COPY_ROWS):
                        chosen = rows[start : start + COPY_ROWS]
                        array[at : at + len(chosen)] = source[chosen]
                        at += len(chosen)
                        progress.update(len(chosen))
    whole = pd.concat([part for part in indexes if len(part)], ignore_index=True)
    whole["row"] = np.arange(total)
    write_table(whole[INDEX], index)
    write_table(gone[EXCLUDED], excluded)
    warned = int((whole["warnings"] != "").sum())
    log.info("%d faces (%d with warnings), %d images excluded", total, warned, len(gone))
