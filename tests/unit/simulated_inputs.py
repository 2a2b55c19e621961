"""Writes a small simulated study: every table and array that statistics, figures and report read. No real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from gestalt_regions.folds.assign import AUDIT

LABELS = ["22q11DS", "Angelman", "KS", "NS", "WS", "Unaffected"]
REGIONS = ["eyes", "nose", "mouth"]
TERMS = pd.DataFrame(
    [
        ("Ptosis", "HP:1", "eyes"),
        ("Epicanthus", "HP:2", "eyes"),
        ("Bulbous nose", "HP:3", "nose"),
        ("Wide mouth", "HP:4", "mouth"),
        ("Long philtrum", "HP:5", "mouth"),
        ("High forehead", "HP:6", "forehead"),
    ],
    columns=["term", "hpo_id", "region"],
)
METHODS = ["Gradient", "SmoothGrad", "GradCam", "Occlusion"]


def write_study(
    root: Path, folds: int = 3, per_class: int = 24, heldout: int = 8, size: int = 32, seed: int = 1
) -> Path:
    """Write the simulated study under `root`/results/sim and `root`/resources; return `root`/results/sim."""
    rng = np.random.default_rng(seed)
    base = root / "results" / "sim"
    model = base / "net"
    (base / "faces").mkdir(parents=True)
    rows = []
    for label in LABELS:
        for k in range(per_class + (heldout if label != "Unaffected" else 0)):
            split = "folds" if k < per_class else "heldout"
            subject = f"{label}-{split}-{k // 2 if k % 3 else k}"
            rows.append((f"{label}_{k:03d}", f"images/{label}_{k}.png", label, subject, f"kin-{subject}", split, True))
    columns = ["sample_id", "image", "label", "subject_id", "kin_group", "split", "simulated"]
    samples = pd.DataFrame(rows, columns=columns)
    samples.to_csv(base / "samples.csv", index=False)
    excluded = samples.iloc[[0]]
    usable = samples.iloc[1:].reset_index(drop=True)
    pd.DataFrame(
        {"sample_id": excluded["sample_id"], "image": excluded["image"], "reason": "no_face", "detail": "none"}
    ).to_csv(base / "faces" / "excluded.csv", index=False)
    usable[["sample_id"]].assign(score=0.9, faces_found=1, warnings="").rename_axis("row").reset_index().to_csv(
        base / "faces" / "index.csv", index=False
    )
    groups = usable["kin_group"].drop_duplicates().reset_index(drop=True)
    fold_of = dict(zip(groups, groups.index % folds + 1, strict=True))
    usable["fold"] = [
        str(fold_of[k]) if s == "folds" else "heldout"
        for k, s in zip(usable["kin_group"], usable["split"], strict=True)
    ]
    usable[["sample_id", "label", "subject_id", "kin_group", "fold"]].to_csv(base / "folds.csv", index=False)
    pd.DataFrame(columns=AUDIT).to_csv(base / "fold_audit.csv", index=False)
    _faces(base, usable, size, rng)
    _annotations(base, root, usable, rng)
    _predictions(model, usable, folds, rng)
    _coefficients(model, usable, folds, rng)
    _maps(model, usable, size, rng)
    return base


def _faces(base: Path, usable: pd.DataFrame, size: int, rng: np.random.Generator) -> None:
    y, x = np.mgrid[:size, :size] / size
    face = ((x - 0.5) ** 2 / 0.16 + (y - 0.5) ** 2 / 0.2 < 1).astype(float)
    shades = rng.uniform(0.5, 0.9, (len(usable), 1, 1, 3))
    crops = (255 * (0.25 + 0.75 * face[None, :, :, None] * shades)).astype(np.uint8)
    regions = np.zeros((size, size), np.uint8)
    regions[int(0.3 * size) : int(0.48 * size), int(0.15 * size) : int(0.42 * size)] = 1
    regions[int(0.3 * size) : int(0.48 * size), int(0.58 * size) : int(0.85 * size)] = 1
    regions[int(0.35 * size) : int(0.66 * size), int(0.42 * size) : int(0.58 * size)] = 2
    regions[int(0.66 * size) : int(0.86 * size), int(0.3 * size) : int(0.7 * size)] = 3
    np.save(base / "faces" / f"crops_{size}.npy", crops)
    np.save(base / "faces" / f"regions_{size}.npy", np.repeat(regions[None], len(usable), axis=0))


def _annotations(base: Path, root: Path, usable: pd.DataFrame, rng: np.random.Generator) -> None:
    held = usable[usable["fold"] == "heldout"]
    (root / "resources").mkdir()
    TERMS.to_csv(root / "resources" / "hpo_terms.csv", index=False)
    ratings = {term: rng.integers(0, 4, len(held)) for term in TERMS["term"]}
    pd.DataFrame({"sample_id": held["sample_id"].to_numpy(), **ratings}).to_csv(
        base / "hpo_annotations.csv", index=False
    )


def _predictions(model: Path, usable: pd.DataFrame, folds: int, rng: np.random.Generator) -> None:
    for fold in range(1, folds + 1):
        part = usable[usable["fold"].isin([str(fold), "heldout"])]
        wrong = rng.random(len(part)) < 0.25
        predicted = np.where(wrong, rng.choice(LABELS[1:], len(part)), part["label"])
        kind = np.where(part["fold"] == "heldout", "heldout", "folds")
        table = pd.DataFrame(
            {"sample_id": part["sample_id"], "set": kind, "label": part["label"], "predicted": predicted}
        )
        folder = model / f"fold-{fold}"
        folder.mkdir(parents=True)
        table.assign(**{f"p_{c}": 1 / len(LABELS) for c in LABELS}).to_csv(folder / "predictions.csv", index=False)


def _coefficients(model: Path, usable: pd.DataFrame, folds: int, rng: np.random.Generator) -> None:
    (model / "coefficients").mkdir()
    explained = []
    for fold in range(1, folds + 1):
        part = usable[usable["fold"].isin([str(fold), "heldout"])]
        explained.append(part.assign(set=np.where(part["fold"] == "heldout", "heldout", "folds"), fold=fold))
    rows = pd.concat(explained, ignore_index=True)[["sample_id", "fold", "set", "label"]].assign(target="WS")
    rows[["fold", "sample_id", "set"]].assign(row=0).to_csv(model.parent / "explained.csv", index=False)
    shift = {(label, region): rng.normal(0, 0.6) for label in LABELS for region in REGIONS}
    for method in METHODS:
        parts = []
        for region in REGIONS:
            mean = np.array([shift[label, region] * (label != "Unaffected") for label in rows["label"]])
            value = np.exp(mean + rng.normal(0, 0.5, len(rows)))
            for policy, scale in (("absolute_raw", 1e-3), ("absolute_minmax", 0.1), ("absolute_sum", 1e-4)):
                parts.append(rows.assign(region=region, policy=policy, area=50, coefficient=value * scale))
        pd.concat(parts).to_csv(model / "coefficients" / f"{method}.csv", index=False)


def _maps(model: Path, usable: pd.DataFrame, size: int, rng: np.random.Generator) -> None:
    part = usable[usable["fold"].isin(["1", "heldout"])].reset_index(drop=True)
    kind = np.where(part["fold"] == "heldout", "heldout", "folds")
    folder = model / "fold-1" / "saliency"
    folder.mkdir()
    for method in METHODS:
        maps = rng.normal(0, 1, (len(part), 2, size, size)).astype(np.float32)
        maps[:, 1] = np.abs(maps[:, 0]) + 0.1
        np.save(folder / f"{method}.npy", maps)
        index = pd.DataFrame({"row": part.index, "sample_id": part["sample_id"], "set": kind, "label": part["label"]})
        index.assign(target=part["label"]).to_csv(folder / f"{method}.csv", index=False)
