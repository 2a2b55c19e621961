"""Writes what a case leaves for its page: complete, small, and simulated. No person's photograph and no real number."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image

CLASSES = ["22q11DS", "KS", "NS", "Unaffected", "WS"]
ASKED = ["NS", "KS"]
METHODS = ["MorphMean", "LRP-EpsilonPlusFlat", "GradCam", "Occlusion"]
REGIONS = ["brows", "eyes", "nose_tip", "mouth"]
QUANTILES = ["q05", "q25", "q50", "q75", "q95"]
DISTRIBUTION = [f"{group}_{name}" for group in ("class", "control") for name in ("n", "percentile", *QUANTILES)]
COVERAGE = ["coverage_low", "coverage_high", "set_size"]
COLUMNS = {
    "quality": ["check", "value", "unit", "percentile", "verdict", "sentence"],
    "probabilities": ["fold", "class", "logit", "uncalibrated", "probability"],
    "classes": ["rank", "class", "probability", "low", "high", "p_value", "in_set"],
    "calibration": ["fold", "temperature", "n", "ece_before", "ece_after", "coverage", *COVERAGE],
    "maps": ["row", "class", "method", "policy", "scale"],
    "regions": ["class", "method", "policy", "region", "coefficient", "low", "high", *DISTRIBUTION],
    "values": ["class", "towards", "region", "value", "low", "high", "row", "method"],
    "neighbours": ["rank", "sample_id", "label", "subject_id", "set", "similarity", "alike"],
    "standing": ["method", "rank", "of", "low", "high", "sentence"],
    "terms": ["class", "region", "hpo_id", "term", "frequency"],
}
SIDE = 64  # of the maps
LARGE = 128  # of the large face


def drawn_face(side: int, eyes: float = 1.0) -> np.ndarray:
    """A drawn face, [side, side, 3]; `eyes` widens its eyes."""
    large = np.full((512, 512, 3), (96, 110, 130), np.uint8)
    shapes = [
        ((256, 270), (170, 215), (214, 172, 148)),
        ((180, 230), (int(34 * eyes), 17), (250, 250, 248)),
        ((332, 230), (int(34 * eyes), 17), (250, 250, 248)),
        ((180, 230), (13, 15), (70, 50, 40)),
        ((332, 230), (13, 15), (70, 50, 40)),
        ((256, 300), (26, 36), (196, 148, 124)),
        ((256, 388), (58, 17), (168, 84, 82)),
    ]
    for centre, axes, colour in shapes:
        cv2.ellipse(large, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
    for left in (140, 292):
        cv2.rectangle(large, (left, 186), (left + 80, 200), (84, 60, 46), -1)
    return cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)


def _region_map() -> np.ndarray:
    ids = np.zeros((SIDE, SIDE), np.uint8)
    boxes = ((17, 23, 16, 28), (17, 23, 36, 48), (25, 33, 16, 29), (25, 33, 36, 48), (33, 43, 28, 37), (45, 53, 23, 42))
    for number, (top, bottom, left, right) in zip((1, 1, 2, 2, 3, 4), boxes, strict=True):
        ids[top:bottom, left:right] = number
    return ids


def _quality() -> list[tuple]:
    return [
        ("pose yaw", 4.0, "degrees", 41, "good", "The face looks straight into the camera."),
        ("pose pitch", 17.0, "degrees", 96, "caution", "The head is tilted down more than in most faces."),
        ("blur", 120.0, "", 38, "good", "The photograph is sharp enough."),
        ("face size", 310.0, "px", 60, "good", "The face is large enough."),
        ("outside the frame", 0.02, "", 55, "good", "All of the face is in the frame."),
        ("occlusion", 0, "parts not seen", np.nan, "good", "All parts of the face are seen."),
        ("faces in the photograph", 1, "", np.nan, "good", "There is one face."),
        ("likeness", 0.41, "", 88, "caution", "12 % of the study's faces lie farther from the training faces."),
    ]


def _regions(rng: np.random.Generator, compared: bool) -> list[dict]:
    rows = []
    for name in ASKED:
        for method in METHODS:
            for place, region in enumerate(REGIONS):
                middle = (0.5 - 0.15 * place) * (1 if name == "NS" else -0.4)
                row = {"class": name, "method": method, "policy": "signed_raw", "region": region}
                row |= {"coefficient": middle, "low": middle - 0.2, "high": middle + 0.3}
                for group, shift in (("class", 0.1), ("control", -0.2)):
                    faces = rng.normal(middle + shift, 0.2, 40)
                    row |= {f"{group}_n": 40 if compared else 0}
                    if compared:
                        row |= {f"{group}_percentile": 100 * (faces < middle).mean()}
                        row |= {f"{group}_{q}": np.quantile(faces, int(q[1:]) / 100) for q in QUANTILES}
                rows.append(row)
    return rows


def _values() -> tuple[list[tuple], list[np.ndarray]]:
    rows, pictures = [], []
    numbers = {
        "brows": (0.1, -0.3, 0.5),
        "eyes": (0.8, 0.3, 1.4),
        "nose_tip": (-0.4, -0.9, -0.1),
        "mouth": (0.2, 0, 0.3),
    }
    for name in ASKED:
        for region, (value, low, high) in numbers.items():
            rows.append((name, "Unaffected", region, value, low, high, len(pictures), METHODS[0]))
            pictures.append(drawn_face(SIDE, 0.7 if region == "eyes" else 1.0))
        rows.append((name, "Unaffected", "outside the face", 0.05, -0.1, 0.2, None, METHODS[0]))
        rows.append((name, "Unaffected", "left in the whole face", 0.3, 0.1, 0.6, None, METHODS[0]))
    return rows, pictures


def _tables(rng: np.random.Generator, compared: bool) -> dict[str, list]:
    means = dict(zip(CLASSES, (0.05, 0.26, 0.55, 0.12, 0.02), strict=True))
    probabilities = []
    for fold in range(1, 6):
        shares = np.array([means[name] for name in CLASSES]) * rng.uniform(0.6, 1.4, len(CLASSES))
        for name, share in zip(CLASSES, shares / shares.sum(), strict=True):
            probabilities.append((fold, name, np.log(share), share, share))
    spread = pd.DataFrame(probabilities, columns=COLUMNS["probabilities"]).groupby("class")["probability"]
    order = sorted(CLASSES, key=lambda name: -spread.mean()[name])
    classes = [
        (rank, name, spread.mean()[name], spread.min()[name], spread.max()[name], 0.5 / rank, rank <= 2)
        for rank, name in enumerate(order, start=1)
    ]
    calibration = [(fold, 1.2 + fold / 10, 60, 0.09, 0.04, *4 * [None]) for fold in range(1, 6)]
    coverage = [("all", None, 90, 0.08, 0.03, 0.88, 0.79, 0.93, 1.6), ("heldout", None, 0, *6 * [None])]
    scores = zip(METHODS, (1, 2, 4, 3), (0.71, 0.69, 0.55, 0.64), strict=True)
    standing = [
        (m, rank, 13, rank - 0.5, rank + 0.7, f"Finds the changed region in {auc:.0%} of pairs; chance is 50%.")
        for m, rank, auc in scores
    ]
    return {
        "quality": _quality(),
        "probabilities": probabilities,
        "classes": classes,
        "calibration": [*calibration, *coverage],
        "maps": [(i, c, m, "signed_raw", 0.9) for i, (c, m) in enumerate((c, m) for c in ASKED for m in METHODS)],
        "regions": _regions(rng, compared),
        "values": _values()[0],
        "neighbours": [
            (rank, f"{label}-00{rank}-1", label, f"{label}-00{rank}", "folds", 0.9 - rank / 50, "eyes; mouth")
            for rank, label in enumerate(("NS", "NS", "KS"), start=1)
        ],
        "standing": standing,
        "terms": [
            ("NS", "eyes", "HP:0000286", "Epicanthus", "38/71"),
            ("NS", "eyes", "HP:0000316", "Hypertelorism", "Very frequent"),
            ("NS", "ears", "HP:0000369", "Low-set ears", ""),
            ("KS", "brows", "HP:0002553", "Highly arched eyebrow", "Frequent"),
        ],
    }


def write_case(folder: Path, refusal: str = "", compared: bool = True, **changes) -> Path:
    """Write the files of a case into `folder`/data and return that; `changes` go into case.json.

    With `refusal` all tables and arrays are empty. compared: whether faces of the study were explained for the class.
    """
    data, rng = folder / "data", np.random.default_rng(1)
    data.mkdir(parents=True)
    case = {
        "name": "drawn",
        "photo": "drawn.png",
        "cohort": "sim",
        "model": "net",
        "backbone": "resnet18_morph",
        "simulated": "simulated cohort. For a real photograph its numbers mean nothing",
        "refusal": refusal,
        "cautions": ["Two faces are in the photograph. The larger one was taken."],
        "classes": CLASSES,
        "control": "Unaffected",
        "asked": [] if refusal else ASKED,
        "against": "",
        "methods": METHODS,
        "size": SIDE,
        "folds": [1, 2, 3, 4, 5],
        "level": 0.9,
        "region_set": "fine",
        "regions": REGIONS,
        "made_with": {"gestalt_regions": "0.2.0", "torch": "2"},
    }
    (data / "case.json").write_text(json.dumps(case | changes), encoding="utf-8")
    tables = _tables(rng, compared)
    for name, columns in COLUMNS.items():
        rows = [] if refusal else tables[name]
        pd.DataFrame(rows, columns=columns).to_csv(data / f"{name}.csv", index=False)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    shapes = [np.sin(3 * (number + 2) * x) * np.cos(4 * y) for number in range(len(ASKED) * len(METHODS))]
    arrays = {
        "maps": np.array(shapes, np.float32),
        "pictures": np.array(_values()[1]),
        "neighbours": np.array([drawn_face(SIDE, width) for width in (0.8, 1.0, 1.2)]),
    }
    for name, array in arrays.items():
        np.save(data / f"{name}.npy", array[:0] if refusal else array)
    Image.fromarray(np.pad(drawn_face(192), ((20, 0), (40, 40), (0, 0)), mode="edge")).save(data / "photo.jpg")
    if not refusal:
        Image.fromarray(drawn_face(SIDE)).save(data / "crop.png")
        Image.fromarray(drawn_face(LARGE)).save(data / "face.png")
        Image.fromarray(_region_map()).save(data / "regions.png")
    return data
