"""How well near copies are found: recall by kind of copy, and false pairs of people who only look alike.

python -m gestalt_regions.tools.bench.copy_detection results/simulated

Takes the photographs of a finished simulated study. A photograph of each person is copied in every way of
`made_copies`, and goes the whole path: file, detector, crop, hash, pixels. Pairs that are no copies: every pair of the
cohort, and photographs rendered anew in the pose of another one (same person in other light, sibling). Frames of a
burst are rendered too: the same light and backdrop, the head turned by a degree. The people are halved: thresholds are
looked for on one half, and everything is told of the other.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import psutil
import threadpoolctl
from PIL import Image
from statsmodels.stats.proportion import proportion_confint

from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.faces import align
from gestalt_regions.faces.detect import choose_face, make_detector
from gestalt_regions.faces.photo import Unusable
from gestalt_regions.folds.copy_decision import DETAIL, SIZE, UNEXPLAINED, compare
from gestalt_regions.folds.near_copies import MOST_BITS, WORDS, hashes, propose
from gestalt_regions.tools.bench.made_copies import KINDS
from gestalt_regions.tools.bench.posed_photos import rendered

DETAILS, UNEXPLAINEDS = (0.6, 0.7, 0.75, 0.8, 0.9), (0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.01)
EVERY = 4  # every fourth person is embedded: it takes long
Take = Callable[[Image.Image], np.ndarray | None]
Embed = Callable[[np.ndarray], np.ndarray]


def taker(assets: Path) -> Take:
    """Make a function that takes the crop of a photograph as the faces stage does, however small the face.

    Parameters
    ----------
    assets : Path
        results/assets.

    Returns
    -------
    callable
        Photograph -> crop uint8 [112, 112, 3], or None without a face.
    """
    detector = make_detector("scrfd", assets / "scrfd_500m.onnx", 0.5, 1, "cpu")

    def _take(photo: Image.Image) -> np.ndarray | None:
        image = np.asarray(photo.convert("RGB"))
        try:
            face = choose_face(
                detector, image, sizes=[256, 128, 640], several="largest", comparable_area=1, min_eye_distance=8
            )
        except Unusable:
            return None
        return align.warp(image, align.similarity(face.points)[0], SIZE)

    return _take


def embedder(assets: Path) -> Embed:
    """Make a function that embeds crops with SFace.

    Parameters
    ----------
    assets : Path
        results/assets.

    Returns
    -------
    callable
        Crops uint8 [N, 112, 112, 3] -> float32 [N, 128] of unit rows.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(str(assets / "sface.onnx"), options)
    name = session.get_inputs()[0].name

    def _embed(crops: np.ndarray) -> np.ndarray:
        each = [session.run(None, {name: crop.transpose(2, 0, 1)[None].astype(np.float32)})[0] for crop in crops]
        vectors = np.concatenate(each)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return _embed


def measured(first: np.ndarray, second: np.ndarray, embed: Embed | None = None) -> dict[str, Any]:
    """Hash and pixels of a pair, the better of both ways to hold the second.

    Parameters
    ----------
    first, second : ndarray of uint8 [112, 112, 3]
        The crops.
    embed : callable, optional
        Of `embedder`.

    Returns
    -------
    dict
        bits, detail and unexplained of the pair; 0 and 1 where the pixels are clearly not alike. With `embed` also the
        cosine similarity.
    """
    words = hashes(first[None])[0]
    ways = []
    for mirrored, crop in ((False, second), (True, np.ascontiguousarray(second[:, ::-1]))):
        bits = int(np.bitwise_count(words ^ hashes(second[None], mirrored)[0]).sum())
        result = compare(first, crop, min(DETAILS))
        ways.append((1.0, bits, 0.0) if result is None else (result.unexplained, bits, result.detail))
    unexplained, bits, detail = min(ways)
    said = {"bits": bits, "detail": detail, "unexplained": unexplained}
    if embed:
        vectors = embed(np.stack([first, second, second[:, ::-1]]))
        said["similarity"] = float((vectors[1:] @ vectors[0]).max())
    return said


def embedding(study: Path, embed: Embed, copies: pd.DataFrame) -> None:
    """Print what an embedding would add to hash and pixels.

    Parameters
    ----------
    study : Path
        results/<cohort>.
    embed : callable
        Of `embedder`.
    copies : DataFrame
        Made copies, with similarity.
    """
    crops, (subject, _) = _crops_and_people(study)
    start = time.process_time()
    vectors = embed(crops)
    each = (time.process_time() - start) / len(crops)
    first, second = np.triu_indices(len(crops), 1)
    similarity, same = (vectors @ vectors.T)[first, second], subject[first] == subject[second]
    copies = copies.dropna(subset="similarity")
    alike = (copies["detail"] >= DETAIL) & (copies["unexplained"] <= UNEXPLAINED)
    print(f"\nSFace, {1000 * each:.0f} ms of a processor a face. Copies have a similarity of", end=" ")
    print(
        ", ".join(f"{value:.2f}" for value in copies["similarity"].quantile([0.01, 0.05, 0.5])), end=" (1, 5, 50 %)\n"
    )
    print(
        f"hash and pixels find {(alike & (copies['bits'] <= MOST_BITS)).mean():.4f}, pixels of all {alike.mean():.4f}"
    )
    for rate in (1e-4, 1e-3, 1e-2):
        level = np.quantile(similarity[~same], 1 - rate)
        near = copies["similarity"] >= level
        print(
            f"similarity {level:.2f} proposes {rate:.2%} of strangers, {(similarity[same] >= level).mean():.1%} of one "
            f"person's pairs, {near.mean():.4f} of copies; with pixels it finds {(near & alike).mean():.4f}"
        )


def made(study: Path, take: Take, people: int, embed: Embed | None = None) -> pd.DataFrame:
    """Copies of a photograph of each person, compared with it.

    Parameters
    ----------
    study : Path
        results/<cohort>.
    take : callable
        Of `taker`.
    people : int
        How many.
    embed : callable, optional
        Of `embedder`.

    Returns
    -------
    DataFrame
        person (number), kind, face (one was found), and the columns of `measured`.
    """
    samples = read_table(study / "samples.csv", ["image", "subject_id"]).drop_duplicates("subject_id")
    samples = samples.iloc[np.linspace(0, len(samples) - 1, min(people, len(samples))).astype(int)]
    rows = []
    for person, image in enumerate(samples["image"]):
        photo, rng = Image.open(study / image).convert("RGB"), np.random.default_rng(person)
        original = take(photo)
        if original is None:
            continue
        for kind, change in KINDS.items():
            crop = take(change(photo, rng))
            said = (
                {"bits": 512, "detail": 0.0, "unexplained": 1.0}
                if crop is None
                else measured(original, crop, None if person % EVERY else embed)
            )
            rows.append({"person": person, "kind": kind, "face": crop is not None} | said)
    return pd.DataFrame(rows)


def _crops_and_people(study: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    """Crops of the study, and subject and kin group of each."""
    columns = ["sample_id", "subject_id", "kin_group"]
    index = read_table(study / "faces/index.csv", columns[:1], columns)[columns[:1]]
    who = index.merge(read_table(study / "samples.csv", columns, columns), on="sample_id")
    return np.array(read_array(study / f"faces/crops_{SIZE}.npy")), [who[column].to_numpy() for column in columns[1:]]


def proposed_pairs(study: Path) -> tuple[pd.DataFrame, pd.Series]:
    """All pairs of the cohort that the hash proposes.

    Parameters
    ----------
    study : Path
        results/<cohort>.

    Returns
    -------
    tuple
        Relation, detail and unexplained of each proposed pair; number of pairs by relation.
    """
    crops, (subject, kin) = _crops_and_people(study)

    def _relation(a: int | np.ndarray, b: int | np.ndarray) -> np.ndarray:
        return np.where(subject[a] == subject[b], "same person", np.where(kin[a] == kin[b], "sibling", "stranger"))

    rows = []
    for pair in (pair for block in propose(hashes(crops), hashes(crops, True)) for pair in block):
        second = np.ascontiguousarray(crops[pair.second][:, ::-1]) if pair.mirrored else crops[pair.second]
        result = compare(crops[pair.first], second, min(DETAILS))
        said = {"detail": 0.0, "unexplained": 1.0}
        if result is not None:
            said = {"detail": result.detail, "unexplained": result.unexplained}
        place = {"first": pair.first, "second": pair.second, "bits": pair.bits}
        rows.append({"kind": str(_relation(pair.first, pair.second))} | place | said)
    return pd.DataFrame(rows), pd.Series(_relation(*np.triu_indices(len(crops), 1))).value_counts()


def posed_pairs(study: Path, assets: Path, take: Take, people: int) -> Iterator[dict[str, Any]]:
    """Photographs rendered in the pose of another one, compared with it.

    Parameters
    ----------
    study, assets : Path
        results/<cohort> and results/assets.
    take : callable
        Of `taker`.
    people : int
        How many.

    Yields
    ------
    dict
        kind, and the columns of `measured`.
    """
    for kind, photos in rendered(study, assets, people, *_cohort()):
        first, second = (take(Image.fromarray(photo)) for photo in photos)
        if first is not None and second is not None:
            yield {"kind": kind} | measured(first, second)


def is_copy(table: pd.DataFrame, detail: float = DETAIL, unexplained: float = UNEXPLAINED) -> pd.Series:
    """Whether each pair counts as a copy, the hash included.

    Parameters
    ----------
    table : DataFrame
        Columns of `measured`.
    detail, unexplained : float
        The thresholds.

    Returns
    -------
    Series of bool
        One for each row.
    """
    alike = (table["detail"] >= detail) & (table["unexplained"] <= unexplained)
    return alike & (table["bits"] <= MOST_BITS)


def by_kind(table: pd.DataFrame) -> pd.DataFrame:
    """Share proposed and share called a copy, with its 95 % Wilson interval.

    Parameters
    ----------
    table : DataFrame
        kind and the columns of `measured`.

    Returns
    -------
    DataFrame
        One row for each kind and one for all.
    """
    rows = []
    for kind in [*table["kind"].unique(), "all"]:
        part = table if kind == "all" else table[table["kind"] == kind]
        copies = int(is_copy(part).sum())
        low, high = proportion_confint(copies, len(part), method="wilson")
        shares = {"proposed": (part["bits"] <= MOST_BITS).mean(), "copies": copies / len(part)}
        rows.append({"kind": kind, "n": len(part)} | shares | {"95 % from": low, "to": high})
    return pd.DataFrame(rows)


def grid(copies: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Recall and false pairs at every pair of thresholds.

    Parameters
    ----------
    copies, others : DataFrame
        Columns of `measured`, of pairs that are copies and that are not.

    Returns
    -------
    DataFrame
        detail, unexplained, recall, false pairs.
    """
    rows = [
        (detail, most, is_copy(copies, detail, most).mean(), int(is_copy(others, detail, most).sum()))
        for detail in DETAILS
        for most in UNEXPLAINEDS
    ]
    return pd.DataFrame(rows, columns=["detail", "unexplained", "recall", "false pairs"])


def large(number: int) -> None:
    """Time and memory of hashing and of proposing among many photographs, none of them copies.

    Parameters
    ----------
    number : int
        Photographs.
    """
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (500, SIZE, SIZE, 3), dtype=np.uint8)
    start = time.process_time()
    hashes(crops), hashes(crops, True)
    each = (time.process_time() - start) / len(crops)
    words = rng.integers(0, 2**64, (2, number, WORDS), dtype=np.uint64)
    start = time.process_time()
    pairs = sum(len(block) for block in propose(words[0], words[1]))
    spent = time.process_time() - start
    memory = psutil.Process().memory_info().rss / 1e6
    print(
        f"\n{number} photographs: hashing {each * number:.0f} s, all pairs {spent:.0f} s of a processor ({pairs} pairs)"
    )
    print(f"resident memory {memory:.0f} MB", flush=True)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, help="results/<cohort> of a simulated study")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--large", type=int, default=0, help="also time so many photographs")
    parser.add_argument("--embedding", action="store_true", help="also measure SFace (results/assets/sface.onnx)")
    options = parser.parse_args()
    threadpoolctl.threadpool_limits(1)
    cv2.setNumThreads(1)
    pd.set_option("display.width", 200, "display.max_rows", 200, "display.precision", 4)
    study, assets = options.study, options.study.parent / "assets"
    take = taker(assets)
    print(f"load {os.getloadavg()[0]:.1f}; thresholds: detail {DETAIL}, unexplained {UNEXPLAINED}, bits {MOST_BITS}")
    start = time.process_time()
    others, every = proposed_pairs(study)
    print(f"\nAll pairs of {study.name}: {len(others)} proposed, {time.process_time() - start:.0f} s of a processor")
    counts = others.assign(copies=is_copy(others)).groupby("kind")["copies"].agg(["size", "sum"])
    print(counts.rename(columns={"size": "proposed", "sum": "copies"}).assign(pairs=every).to_string())
    posed = pd.DataFrame(posed_pairs(study, assets, take, options.people))
    print("\nRendered in the pose of another photograph\n", by_kind(posed).iloc[:-1].to_string(index=False), flush=True)
    embed = embedder(assets) if options.embedding else None
    copies = made(study, take, options.people, embed)
    chosen = copies["person"] % 2 == 0
    print("\nThresholds, on the first half of the people (false pairs: of all pairs of the cohort)")
    print(grid(copies[chosen], others).to_string(index=False))
    print("\nMade copies, on the other half\n", by_kind(copies[~chosen]).to_string(index=False))
    print("no face found in the copy:", copies.loc[~copies["face"], "kind"].value_counts().to_dict(), flush=True)
    if embed:
        embedding(study, embed, copies)
    if options.large:
        large(options.large)


def _cohort() -> tuple[dict, int]:
    """The section `cohort` of the default study, and its seed."""
    import yaml

    from gestalt_regions.study.study import load_study

    config = yaml.safe_load(Path("config/config.yaml").read_text(encoding="utf-8"))
    study = load_study(config, Path.cwd())
    return study.config["cohort"], study.config["run"]["seed"]


if __name__ == "__main__":
    main()
