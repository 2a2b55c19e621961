"""A tiny study as the explorer reads it: drawn faces, maps whose values are known, three networks. No real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from gestalt_regions.report.explorer.explorer_files import Contents

CLASSES = ["KS", "NS", "Unaffected"]
FOLDS = ("1", "2", "3")
SIZE = 32
METHODS = ("Gradient", "GradCam", "Sobel")
CONFIG = {
    "cohort": {"name": "tiny"},
    "faces": {"sizes": [SIZE]},
    "coefficients": {"sets": ["paper"], "policies": {"absolute_minmax": {}, "signed_raw": {}}},
    "figures": {"colormap": "inferno"},
    "evaluation": {"show": {"policy": "absolute_minmax"}},
}
HELD = "NS-H01-1"  # of three networks that explain it, two agree


def contents(**changes: object) -> Contents:
    """What the tiny study has; `changes` says otherwise."""
    given: dict[str, object] = {
        "models": {"net": SIZE},
        "methods": METHODS,
        "controls": ("Sobel",),
        "tabled": ("Gradient", "GradCam"),
        "folds": FOLDS,
        "truth": True,
        "drops": True,
    }
    return Contents(**(given | changes))


def _samples() -> pd.DataFrame:
    """Four faces of each class in the folds, and one held-out."""
    rows = [
        (f"{label}-00{k}-1", label, f"{label}-00{k}", "folds", ("female", "male")[k % 2], 3.0 * k)
        for label in CLASSES
        for k in range(1, 5)
    ]
    rows.append((HELD, "NS", "NS-H01", "heldout", "female", np.nan))
    columns = ["sample_id", "label", "subject_id", "split", "sex", "age"]
    samples = pd.DataFrame(rows, columns=columns)
    return samples.assign(
        image="x.png", kin_group=samples["subject_id"], simulated=True, terms="Ptosis=0.4;Long face=0.9", look="drawn"
    )


def known_map(place: int, method: str) -> np.ndarray:
    """The map of face number `place`: float32 [2, S, S]; both signs, but for Sobel."""
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    signed = np.sin(4 * x + place) * np.cos(3 * y) * (place + 1)
    if method == "Sobel":
        signed = np.abs(signed)
    absolute = np.abs(signed) + (0.5 * (place + 1) * (x > 0.5) if method == "Gradient" else 0)
    return np.stack([signed, absolute]).astype(np.float32)


def explained(samples: pd.DataFrame) -> dict[str, list[tuple[str, str, float]]]:
    """Of each fold the faces that its network explains: sample id, class, factor of its map."""
    held = {"1": ("NS", 1.0), "2": ("KS", 9.0), "3": ("NS", 3.0)}
    told: dict[str, list[tuple[str, str, float]]] = {}
    folds_only = samples[samples["split"] == "folds"]
    for place, fold in enumerate(FOLDS):
        own = folds_only.iloc[place :: len(FOLDS)].iloc[:3]  # not every face has a map
        told[fold] = [(row.sample_id, row.label, 1.0) for row in own.itertuples()]
        told[fold].append((HELD, *held[fold]))
    return told


def write_tiny_study(root: Path, model: str = "net") -> Path:
    """Write it below `root`; return the folder of the cohort."""
    base, samples = root / "results" / "tiny", _samples()
    (base / "faces").mkdir(parents=True, exist_ok=True)
    samples.to_csv(base / "samples.csv", index=False)
    index = samples[["sample_id"]].iloc[:].assign(row=range(len(samples)), warnings="")
    index.to_csv(base / "faces" / "index.csv", index=False)
    excluded = pd.DataFrame(
        [("KS-009-1", "x.png", "no_face", "none found")], columns=["sample_id", "image", "reason", "detail"]
    )
    excluded.to_csv(base / "faces" / "excluded.csv", index=False)
    fold_of = [FOLDS[k % len(FOLDS)] if split == "folds" else "heldout" for k, split in enumerate(samples["split"])]
    samples[["sample_id", "label"]].assign(fold=fold_of).to_csv(base / "folds.csv", index=False)
    _faces(base, len(samples))
    _truth(base, samples)
    for fold in FOLDS:
        _network(base / model / f"fold-{fold}", fold, samples, fold_of)
    _coefficients(base / model, samples)
    return base


def _faces(base: Path, count: int) -> None:
    y, x = np.mgrid[:SIZE, :SIZE]
    face = ((x - 16) ** 2 + (y - 16) ** 2 < 150)[None, :, :, None]
    shades = np.linspace(120, 220, count)[:, None, None, None] * np.array([1, 0.8, 0.7])
    np.save(base / "faces" / f"crops_{SIZE}.npy", np.where(face, shades, 60).astype(np.uint8))
    labels = np.repeat(face[..., 0].astype(np.uint8), count, axis=0)
    regions = np.zeros((SIZE, SIZE), np.uint8)
    regions[8:14, 6:26], regions[14:20, 13:19], regions[21:26, 10:22] = 1, 2, 3
    np.save(base / "faces" / f"labels_{SIZE}.npy", labels)
    np.save(base / "faces" / f"regions_{SIZE}.npy", np.repeat(regions[None], count, axis=0))


def _truth(base: Path, samples: pd.DataFrame) -> None:
    (base / "truth").mkdir(exist_ok=True)
    first = samples["sample_id"].iloc[0]
    lines = [
        (0, first, "face", "", ""),
        (1, first, "twin", "", "Ptosis;Long face"),
        (2, first, "revert:eyes", "eyes", "Ptosis"),
    ]
    table = pd.DataFrame(lines, columns=["row", "sample_id", "variant", "region", "reverted"])
    table.to_csv(base / "truth" / "index.csv", index=False)
    np.save(base / "truth" / f"twins_{SIZE}.npy", np.full((3, SIZE, SIZE, 3), 99, np.uint8))
    changes = np.zeros((3, SIZE, SIZE), np.float16)
    changes[1, 8:14, 6:26] = 40
    np.save(base / "truth" / f"changes_{SIZE}.npy", changes)


def _network(folder: Path, fold: str, samples: pd.DataFrame, fold_of: list[str]) -> None:
    (folder / "saliency").mkdir(parents=True, exist_ok=True)
    place_of = {name: place for place, name in enumerate(samples["sample_id"])}
    answered = samples[[each in (fold, "heldout") for each in fold_of]]
    shares = np.array([[0.7 if name == label else 0.15 for name in CLASSES] for label in answered["label"]])
    shares[0] = [0.2, 0.3, 0.5]  # each network is wrong once
    table = answered[["sample_id", "label"]].assign(
        set=np.where(answered["split"] == "heldout", "heldout", "folds"),
        predicted=[CLASSES[k] for k in shares.argmax(axis=1)],
        **{f"p_{name}": shares[:, k] for k, name in enumerate(CLASSES)},
    )
    table.to_csv(folder / "predictions.csv", index=False)
    rows = explained(samples)[fold]
    for method in METHODS:
        maps = np.stack([factor * known_map(place_of[sample], method) for sample, _, factor in rows])
        np.save(folder / "saliency" / f"{method}.npy", maps)
        index = pd.DataFrame([(k, sample, target, 0.7) for k, (sample, target, _) in enumerate(rows)])
        index.columns = ["row", "sample_id", "target", "probability"]
        index.to_csv(folder / "saliency" / f"{method}.csv", index=False)
    lines = [
        (sample, target, target, "rendered", region, 1.5, 0.25)
        for sample, target, _ in rows
        for region in ("eyes", "all")
    ]
    columns = ["sample_id", "target", "predicted", "way", "region", "logit", "probability"]
    pd.DataFrame(lines, columns=columns).to_csv(folder / "drops.csv", index=False)


def _coefficients(folder: Path, samples: pd.DataFrame) -> None:
    (folder / "coefficients").mkdir(exist_ok=True)
    lines = [
        (sample, fold, target, region, policy, factor * (number + 1) / 10)
        for fold, rows in explained(samples).items()
        for sample, target, factor in rows
        for policy in CONFIG["coefficients"]["policies"]
        for number, region in enumerate(("eyes", "nose", "mouth"))
    ]
    table = pd.DataFrame(lines, columns=["sample_id", "fold", "target", "region", "policy", "coefficient"])
    for method in ("Gradient", "GradCam"):
        table.to_csv(folder / "coefficients" / f"{method}.csv", index=False)
