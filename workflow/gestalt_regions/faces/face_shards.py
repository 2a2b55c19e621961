"""The faces stage: a shard of a cohort to arrays, and the shards put together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import new_array, read_table, write_table
from gestalt_regions.core.progress import Progress, track
from gestalt_regions.faces import align
from gestalt_regions.faces.dense_alignment import with_dense_points
from gestalt_regions.faces.detect import Choice, choose_face, make_detector
from gestalt_regions.faces.detector_registry import GIVEN
from gestalt_regions.faces.given_landmarks import BOX, POINTS, given_face, read_given
from gestalt_regions.faces.kept_faces import Key, kept_faces, new_kept_faces
from gestalt_regions.faces.landmarks import open_landmark_network
from gestalt_regions.faces.paper_boxes import missing_parts, region_map
from gestalt_regions.faces.parse import Parser
from gestalt_regions.faces.photo import FACTS, Photo, read_photo
from gestalt_regions.faces.shards import shard_numbers
from gestalt_regions.faces.unusable import Unusable

log = logging.getLogger("gestalt_regions")

INDEX = ["row", "sample_id", "score", "faces_found", *POINTS, *BOX, "eye_distance", "residual", "outside", "warnings"]
EXCLUDED = ["sample_id", "image", "reason", "detail"]
# Of every photograph that can be read, also of those without a usable face; `turned` as `detect.Choice` has it.
PHOTOGRAPHS = ["sample_id", *FACTS, "turned"]
# Beyond these the crop is kept, with a warning: pixels of the 112 template, and share of the crop outside the photo.
RESIDUAL_LIMIT, OUTSIDE_LIMIT = 8.0, 0.1


@dataclass(frozen=True)
class FaceSettings:
    """How faces are found, chosen, aligned and parsed: the section `faces` of the config, whose schema says the units.

    `sizes` are those of the crops, in pixels; `detector` is the name of a registered detector or `given`.
    """

    shards: int
    sizes: Sequence[int]
    detector: str
    detection_size: int
    retry_sizes: Sequence[int]
    min_score: float
    min_eye_distance: float
    several: str
    comparable_area: float
    parse_size: int
    parse_margin: float
    device: str
    alignment: str = "five_points"


Find = Callable[[str, np.ndarray], Choice]  # (sample_id, photograph) -> its face


def finder(
    samples: str | Path, weights: str | Path, settings: FaceSettings, threads: int, landmarks: str | Path = ""
) -> Find:
    """What finds the face of a photograph: samples.csv itself, or a detector with its weights.

    Parameters
    ----------
    samples : path
        samples.csv; read for the detector `given` alone.
    weights : path
        Weights of the detector.
    settings : FaceSettings
        The section `faces` of the config.
    threads : int
        Number of threads.
    landmarks : path
        Weights of the network of 106 landmarks; used for the dense alignment alone.

    Returns
    -------
    callable
        (sample_id, photograph uint8 [H,W,3]) -> Choice.
    """
    if settings.alignment == "dense":
        found = finder(samples, weights, replace(settings, alignment="five_points"), threads)
        return with_dense_points(found, open_landmark_network(landmarks, threads), settings.min_eye_distance)
    if settings.detector == GIVEN:
        given = read_given(samples)
        return lambda sample, image: given_face(given.loc[sample], image.shape, settings.min_eye_distance)
    detector = make_detector(settings.detector, weights, settings.min_score, threads, settings.device)
    return lambda sample, image: choose_face(
        detector,
        image,
        sizes=[settings.detection_size, *settings.retry_sizes],
        several=settings.several,
        comparable_area=settings.comparable_area,
        min_eye_distance=settings.min_eye_distance,
    )


def _face_arrays(
    image: np.ndarray, face: Choice, parser: Parser, settings: FaceSettings
) -> tuple[dict[Key, np.ndarray], dict[str, object]]:
    """Crops, labels and regions of one face at each size, and what INDEX and PHOTOGRAPHS say of the face.

    Unusable without an alignment.

    image: uint8 [H,W,3] RGB. The arrays are {(kind, size): uint8 [S,S,3] or [S,S]}.
    """
    matrix, residual = align.similarity(face.points)
    margin = align.with_margin(settings.parse_size, settings.parse_margin)
    head = align.warp(image, margin @ matrix, settings.parse_size)
    parsed, warnings = parser.parse(head, align.transform(margin @ matrix, face.points))
    warnings = [*face.warnings, *warnings]
    arrays = {}
    for size in settings.sizes:
        to_crop = align.resized(matrix, size)
        labels = align.warp_labels(parsed, to_crop @ np.linalg.inv(margin @ matrix), size)
        arrays["crops", size] = align.warp(image, to_crop, size)
        arrays["labels", size] = labels
        arrays["regions", size] = region_map(labels, align.transform(to_crop, face.points))
        warnings += [f"no_{part}" for part in missing_parts(labels)]
    outside = align.outside_share(matrix, image.shape)
    warnings += ["residual"] * (residual > RESIDUAL_LIMIT) + ["outside"] * (outside > OUTSIDE_LIMIT)
    described = {
        "score": face.score,
        "faces_found": face.faces_found,
        **dict(zip(POINTS, face.points.ravel().tolist(), strict=True)),
        **dict(zip(BOX, face.box.tolist(), strict=True)),
        "turned": face.turned,
        "eye_distance": float(np.linalg.norm(face.points[1] - face.points[0])),
        "residual": residual,
        "outside": outside,
        "warnings": ";".join(dict.fromkeys(warnings)),
    }
    return arrays, described


def face_of(
    photo: Photo, sample: str, find: Find, parser: Parser, settings: FaceSettings
) -> tuple[dict[Key, np.ndarray], dict[str, object]]:
    """The face of one photograph: crops, labels and regions, and what is said of it.

    Errors that are not of the picture stop the job: what a user can mend, files, memory, and the GPU.

    Parameters
    ----------
    photo : Photo
        The photograph.
    sample : str
        Its sample_id.
    find : callable
        Of `finder`.
    parser : Parser
        The face parser.
    settings : FaceSettings
        The section `faces` of the config.

    Returns
    -------
    arrays : dict
        (kind, size) -> uint8 [S,S,3] or [S,S]; kinds are KINDS.
    described : dict
        What INDEX and PHOTOGRAPHS say of the face.

    Raises
    ------
    Unusable
        For a photograph that detector, alignment or parser cannot bear.
    """
    try:
        made, described = _face_arrays(photo.pixels, find(sample, photo.pixels), parser, settings)
    except (Unusable, InputError, OSError, MemoryError):
        raise
    except Exception as error:
        if settings.device == "cuda" and isinstance(error, RuntimeError):
            raise
        height, width = photo.pixels.shape[:2]
        log.exception("%s: %d x %d pixels", sample, width, height)
        said = f"{type(error).__name__} in an image of {width} x {height}: {str(error)[:120]}"
        raise Unusable("failed", said.replace("\n", " ")) from None
    described["warnings"] = ";".join(filter(None, [*photo.warnings, str(described["warnings"])]))
    return made, described


def faces_shard(
    *,
    samples: str | Path,
    detector_weights: str | Path,
    parser_weights: str | Path,
    listed: str | Path,
    faces: str | Path,
    index: str | Path,
    excluded: str | Path,
    photographs: str | Path,
    shard: int,
    settings: FaceSettings,
    threads: int,
    landmark_weights: str | Path = "",
) -> None:
    """Detect, align and parse the images of one shard.

    An image that cannot be used goes to `excluded` with a reason.

    Parameters
    ----------
    samples : path
        samples.csv, or its columns sample_id, image and what is given; images are relative to its folder or absolute.
    detector_weights : path
        Weights of the detector; the detector `given` takes box and landmarks from `samples` and needs none.
    parser_weights : path
        Weights of the face parser.
    listed : path or empty
        The list of the shard's photographs (photograph_lists), which must not change while they are read.
    faces : path
        Where the arrays go (kept_faces): uint8, kinds KINDS, each of the sizes.
    index, excluded, photographs : path
        Where the tables go, columns INDEX, EXCLUDED and PHOTOGRAPHS.
    shard : int
        1..settings.shards.
    settings : FaceSettings
        The section `faces` of the config.
    threads : int
        Number of threads.
    landmark_weights : path or empty
        Weights of the network of 106 landmarks, for the dense alignment.

    Raises
    ------
    InputError
        If there is no such shard, or if the list of its photographs changed meanwhile.
    """
    before = Path(listed).read_bytes() if listed else b""
    if not 1 <= shard <= settings.shards:
        raise InputError(f"shard {shard} of {settings.shards}: shards are numbered 1 to faces.shards")
    table = read_table(samples, ["sample_id", "image"], strings=["sample_id", "image"])
    table = table[shard_numbers(table["sample_id"], settings.shards) == shard]
    find = finder(samples, detector_weights, settings, threads, landmark_weights)
    parser = Parser(parser_weights, threads, settings.device)
    kept: list[dict[str, object]] = []
    dropped: list[dict[str, object]] = []
    read: list[dict[str, object]] = []
    with new_kept_faces(faces) as add:
        rows = zip(table["sample_id"], table["image"], strict=True)
        for sample, path in track(rows, len(table), "images"):
            try:
                photo = read_photo(Path(samples).parent / path)
                read.append({"sample_id": sample, **photo.facts})
                made, described = face_of(photo, sample, find, parser, settings)
            except Unusable as problem:
                dropped.append({"sample_id": sample, "image": path, "reason": problem.reason, "detail": problem.detail})
                log.info("excluded %s: %s", sample, problem)
                continue
            add(sample, made)
            read[-1]["turned"] = described.pop("turned")
            kept.append({"row": len(kept), "sample_id": sample, **described})
    if listed and Path(listed).read_bytes() != before:
        raise InputError(f"{listed}: photographs were replaced, added or removed while they were read; run again")
    write_table(pd.DataFrame(kept, columns=INDEX), index)
    write_table(pd.DataFrame(dropped, columns=EXCLUDED), excluded)
    write_table(pd.DataFrame(read, columns=PHOTOGRAPHS).astype({"turned": "Int64"}), photographs)


def faces_gather(
    *,
    samples: str | Path,
    shard_faces: Sequence[str],
    shard_indexes: Sequence[str],
    shard_excluded: Sequence[str],
    shard_photographs: Sequence[str],
    arrays: Mapping[Key, str | Path],
    index: str | Path,
    excluded: str | Path,
    photographs: str | Path,
) -> None:
    """Put shards together: only the used images, in the order of samples.csv, one face in memory at a time.

    Parameters
    ----------
    samples : path
        samples.csv, or its column sample_id.
    shard_faces, shard_indexes, shard_excluded, shard_photographs : sequences of path
        What `faces_shard` wrote, of each shard.
    arrays : mapping
        (kind, size in pixels) -> where the stack goes: uint8 [N,S,S,3] or [N,S,S].
    index, excluded, photographs : path
        Where the tables go.

    Raises
    ------
    InputError
        If no image of the cohort can be used.
    """
    names = read_table(samples, ["sample_id"], strings=["sample_id"], only=["sample_id"])["sample_id"]
    place = pd.Series(np.arange(len(names)), names)
    indexes = [read_table(path, INDEX, strings=["sample_id", "warnings"]) for path in shard_indexes]
    gone = _in_order([read_table(path, EXCLUDED, strings=EXCLUDED) for path in shard_excluded], place)
    total = sum(map(len, indexes))
    if total == 0:
        reasons = ", ".join(f"{reason} {count}" for reason, count in gone["reason"].value_counts().items())
        first = "" if gone.empty else f"; the first: {gone['image'][0]}: {gone['detail'][0]}"
        raise InputError(f"no image of the cohort can be used ({reasons or 'it has no images'}){first}")
    whole = _in_order(indexes, place)
    whole["row"] = np.arange(total)
    rows = dict(zip(whole["sample_id"], whole["row"], strict=True))
    progress = Progress(total, "faces")
    with ExitStack() as stack:
        stacks = {key: stack.enter_context(_new_stack(key, total, path)) for key, path in arrays.items()}
        for path, part in zip(shard_faces, indexes, strict=True):
            with kept_faces(path) as read:
                for sample in part["sample_id"]:
                    for key, array in stacks.items():
                        array[rows[sample]] = read(key, sample)
                    progress.update()
    write_table(whole[INDEX], index)
    write_table(gone[EXCLUDED], excluded)
    facts = _in_order([read_table(path, PHOTOGRAPHS, strings=PHOTOGRAPHS) for path in shard_photographs], place)
    write_table(facts[PHOTOGRAPHS], photographs)
    warned = int((whole["warnings"] != "").sum())
    log.info("%d faces (%d with warnings), %d images excluded", total, warned, len(gone))


def _new_stack(key: Key, rows: int, path: str | Path) -> AbstractContextManager[np.ndarray]:
    """A new array of one kind and size."""
    kind, size = key
    return new_array(path, (rows, size, size, 3)[: 4 if kind == "crops" else 3], np.uint8)


def _in_order(tables: Sequence[pd.DataFrame], place: pd.Series) -> pd.DataFrame:
    """The rows of some tables with a sample_id as one table, in the order of the cohort."""
    whole = pd.concat([table for table in tables if len(table)] or list(tables[:1]), ignore_index=True)
    return whole.iloc[np.argsort(place[whole["sample_id"]].to_numpy())].reset_index(drop=True)
