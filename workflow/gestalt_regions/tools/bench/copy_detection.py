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
from dataclasses import replace
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

DETAILS, UNEXPLAINEDS = (0.6, 0.7, 0.75, 0.8, 0.9), (0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.01)
BURST, SAME_POSE, SIBLING = "burst", "same person, same pose, other light", "sibling, same pose"
POSE = ("yaw", "pitch", "roll", "focal", "zoom", "shift")
Take = Callable[[Image.Image], np.ndarray | None]


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


def measured(first: np.ndarray, second: np.ndarray) -> dict[str, Any]:
    """Hash and pixels of a pair, the better of both ways to hold the second.

    Parameters
    ----------
    first, second : ndarray of uint8 [112, 112, 3]
        The crops.

    Returns
    -------
    dict
        bits, detail and unexplained of the pair; 0 and 1 where the pixels are clearly not alike.
    """
    words = hashes(first[None])[0]
    ways = []
    for mirrored, crop in ((False, second), (True, np.ascontiguousarray(second[:, ::-1]))):
        bits = int(np.bitwise_count(words ^ hashes(second[None], mirrored)[0]).sum())
        result = compare(first, crop, min(DETAILS))
        ways.append((1.0, bits, 0.0) if result is None else (result.unexplained, bits, result.detail))
    unexplained, bits, detail = min(ways)
    return {"bits": bits, "detail": detail, "unexplained": unexplained}


def made(study: Path, take: Take, people: int) -> pd.DataFrame:
    """Copies of a photograph of each person, compared with it.

    Parameters
    ----------
    study : Path
        results/<cohort>.
    take : callable
        Of `taker`.
    people : int
        How many.

    Returns
    -------
    DataFrame
        person (number), kind, and the columns of `measured`.
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
            said = {"bits": 512, "detail": 0.0, "unexplained": 1.0} if crop is None else measured(original, crop)
            rows.append({"person": person, "kind": kind, "face": crop is not None} | said)
    return pd.DataFrame(rows)


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
    samples = read_table(study / "samples.csv", ["subject_id", "kin_group"], ["sample_id", "subject_id", "kin_group"])
    index = read_table(study / "faces/index.csv", ["sample_id"], ["sample_id"])
    who = index[["sample_id"]].merge(samples, on="sample_id")
    crops = np.array(read_array(study / f"faces/crops_{SIZE}.npy"))
    subject, kin = (who[column].to_numpy() for column in ("subject_id", "kin_group"))

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


def rendered(study: Path, assets: Path, take: Take, people: int, cohort: dict, seed: int) -> Iterator[dict[str, Any]]:
    """Photographs rendered anew in the pose of a person's first one, compared with it.

    Parameters
    ----------
    study, assets : Path
        results/<cohort> and results/assets.
    take : callable
        Of `taker`.
    people : int
        How many.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.

    Yields
    ------
    dict
        person, kind and the columns of `measured`.
    """
    from gestalt_regions.cohort.simulated.cohort_steps import TEXT, HeadModel, scene, shown_recipes
    from gestalt_regions.cohort.simulated.photo.develop import degrade
    from gestalt_regions.cohort.simulated.photo.render import Studio

    plan = read_table(study / "cohort/plan.csv", TEXT, TEXT)
    model = HeadModel(assets / f"head_model/{plan['look'][0]}.npz")
    recipes, _ = shown_recipes(
        model, sorted(map(str, Path("resources/syndromes").glob("*.yaml"))), "resources/hpo_terms.csv", cohort
    )
    studio, rng = Studio(model, cohort["size"]), np.random.default_rng(0)
    photos = plan.sort_values("photo").groupby("subject_id", sort=False)
    first, last = photos.first().reset_index(), photos.last().reset_index()
    for person in np.linspace(0, len(first) - 1, min(people, len(first))).astype(int):
        row = first.iloc[person].to_dict()
        siblings = last[(last["kin_group"] == row["kin_group"]) & (last["subject_id"] != row["subject_id"])]
        shape, look, view = scene(model, row, recipes.get(row["true_label"]), cohort=cohort, seed=seed)
        others = {SAME_POSE: last[last["subject_id"] == row["subject_id"]].iloc[0], SIBLING: None}
        others[SIBLING] = siblings.iloc[0] if len(siblings) else None
        shots = {}
        for kind, other in others.items():
            if other is not None:
                recipe = recipes.get(other["true_label"])
                parts = scene(model, other.to_dict(), recipe, cohort=cohort, seed=seed)
                posed = replace(parts[2], **{name: getattr(view, name) for name in POSE})
                shots[kind] = studio.photo(parts[0], parts[1], posed).photo
        turned = {name: getattr(view, name) + rng.uniform(-1, 1) for name in POSE[:3]}
        frame = replace(view, **turned, shift=tuple(np.add(view.shift, rng.uniform(-0.01, 0.01, 2))))
        shots[BURST] = degrade(studio.photo(shape, look, frame).clean, replace(frame, seed=view.seed + 1))
        original = take(Image.fromarray(studio.photo(shape, look, view).photo))
        for kind, photo in shots.items():
            crop = take(Image.fromarray(photo))
            if original is not None and crop is not None:
                yield {"person": int(person), "kind": kind} | measured(original, crop)


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
    cohort, seed = _cohort()
    posed = pd.DataFrame(rendered(study, assets, take, options.people, cohort, seed))
    print("\nRendered in the pose of another photograph\n", by_kind(posed).iloc[:-1].to_string(index=False), flush=True)
    copies = made(study, take, options.people)
    chosen = copies["person"] % 2 == 0
    print("\nThresholds, on the first half of the people (false pairs: of all pairs of the cohort)")
    print(grid(copies[chosen], others).to_string(index=False))
    print("\nMade copies, on the other half\n", by_kind(copies[~chosen]).to_string(index=False))
    print("no face found in the copy:", copies.loc[~copies["face"], "kind"].value_counts().to_dict(), flush=True)
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
