"""A tiny finished study of drawn faces, and the kit of a reader study made from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from gestalt_regions.clinicians.reader_study.kit_texts import text_files
from gestalt_regions.clinicians.reader_study.write_kit import write_kit
from simulated_case import drawn_face

CLASSES = ["KS", "NS", "Unaffected"]
PEOPLE = 4  # of each class; the AI is wrong on the last
SIDE, MAP_SIDE = 64, 32
METHODS = ["MorphMean", "GradCam", "Sobel"]
SETTINGS: dict[str, Any] = {
    "cohort": "tiny",
    "model": "net",
    "set": "folds",
    "faces": 3,
    "design": "parallel",
    "explanations": ["MorphMean", "GradCam"],
    "controls": ["Sobel"],
    "control_faces": 1,
    "composites": True,
    "languages": ["en", "de"],
    "readers": 6,
    "colormap": "inferno",
}
PAGE = ("index.html", "digest.js", "answers.js", "widgets.js", "pages.js", "style.css", "README.txt", "en.yaml")


def write_study(folder: Path, *, simulated: bool = True) -> None:
    """Faces, landmarks, predictions and maps of one network."""
    folder.mkdir(parents=True, exist_ok=True)
    people = [(label, number) for label in CLASSES for number in range(PEOPLE)]
    names = [f"{label}-{number}" for label, number in people]
    labels = [label for label, _ in people]
    samples = pd.DataFrame({"sample_id": names, "label": labels, "subject_id": names, "kin_group": names})
    samples.assign(split="folds", simulated=simulated).to_csv(folder / "samples.csv", index=False)
    pd.DataFrame({"row": range(len(names)), "sample_id": names}).to_csv(folder / "index.csv", index=False)
    np.save(folder / "crops.npy", np.stack([drawn_face(SIDE, 1 + 0.05 * row) for row in range(len(names))]))
    rng = np.random.default_rng(1)
    points = np.array([(x, y) for x in (30, 56, 82) for y in (35, 60, 85)], np.float32)
    np.save(folder / "landmarks.npy", points + rng.normal(0, 1, (len(names), *points.shape)).astype(np.float32))
    wrong = [number == PEOPLE - 1 for _, number in people]
    said = [CLASSES[(CLASSES.index(label) + other) % len(CLASSES)] for label, other in zip(labels, wrong, strict=True)]
    table = pd.DataFrame({"sample_id": names, "set": "folds", "label": labels, "predicted": said})
    for label in CLASSES:
        table[f"p_{label}"] = [0.9 if label == answer else 0.05 for answer in said]
    table.to_csv(folder / "predictions.csv", index=False)
    index = table[["sample_id", "set", "label"]].assign(target=said, row=range(len(names)))
    for method in METHODS:
        np.save(folder / f"{method}.npy", rng.normal(0, 1, (len(names), 2, MAP_SIDE, MAP_SIDE)).astype(np.float32))
        index.to_csv(folder / f"{method}.csv", index=False)


def page_files(root: Path) -> dict[str, str]:
    """The files that the page is made of."""
    web = root / "workflow/report"
    return {name: str(web / "reader_study" / name) for name in PAGE} | {"base.css": str(web / "site/style.css")}


def write_tiny_kit(root: Path, folder: Path, *, simulated: bool = True, **changes: Any) -> dict[str, Any]:
    """Write study, kit and design below a folder, and give the design."""
    study, settings = folder / "study", SETTINGS | changes
    if not study.exists():
        write_study(study, simulated=simulated)
    shown = [*settings["explanations"], *settings["controls"]]
    names = ("crops.npy", "index.csv", "samples.csv", "landmarks.npy")
    write_kit(
        {Path(name).stem: str(study / name) for name in names},
        [str(study / "predictions.csv")],
        {method: [str(study / f"{method}.npy")] for method in shown},
        page_files(root),
        {
            code: str(path)
            for code, path in text_files(settings["languages"], root / "workflow/report/reader_study", "").items()
        },
        kit=folder / "kit",
        design=folder / "design.json",
        settings=settings,
        seed=7,
    )
    return json.loads((folder / "design.json").read_text(encoding="utf-8"))
