"""The stages that growth.py measures: those of stage_memory.py, and copies, splits and matching."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import new_array, write_table
from gestalt_regions.folds.near_copies import COLUMNS as COPIES
from gestalt_regions.matching.encoding_layout import TTA
from gestalt_regions.tools.bench import planned_study, stage_memory
from gestalt_regions.tools.bench.made_up import SIDE, Step, settings_of, tables

WIDTH, ENCODERS, AT_ONCE = 64, ("one", "other"), 10_000  # numbers of an encoding, a true one has 512
QUERIES = 600


def _noise(folder: Path, images: int) -> None:
    """Tables, and crops of which no two are alike."""
    tables(folder, images)
    with new_array(folder / "crops.npy", (images, SIDE, SIDE, 3), np.uint8) as crops:
        for start in range(0, images, AT_ONCE):
            rng = np.random.default_rng(start)
            part = crops[start : start + AT_ONCE]
            crops[start : start + AT_ONCE] = rng.integers(0, 256, part.shape, np.uint8)


def _near_copies(folder: Path, images: int) -> None:
    from gestalt_regions.folds.near_copies import write_near_copies

    write_near_copies(crops=folder / "crops.npy", index=folder / "index.csv", copies=folder / "copies.csv")


def _listed(folder: Path, images: int) -> None:
    """Tables, and nobody rated."""
    tables(folder, images)
    write_table(pd.DataFrame({"sample_id": ["s0000000"]}), folder / "annotations.csv")


def _split_counts(folder: Path, images: int) -> None:
    from gestalt_regions.folds.split_audit import write_split_audit

    names = ("samples", "annotations", "counts", "findings", "folds")
    write_split_audit(**{name: folder / f"{name}.csv" for name in names}, control="Unaffected", n=5)


def _encoded(folder: Path, images: int) -> None:
    """Encodings of two encoders, near each other for the images of a person, and no copies."""
    table = tables(folder, images)
    for number, encoder in enumerate(ENCODERS):
        shape = (images, len(TTA), WIDTH)
        with new_array(folder / f"{encoder}.npy", shape, np.float32) as stack:
            for start in range(0, images, AT_ONCE):
                rng = np.random.default_rng([number, start])
                part = rng.normal(size=(min(AT_ONCE, images - start), len(TTA), WIDTH)).astype(np.float32)
                part[1::2] = part[::2][: len(part[1::2])] + 0.8 * part[1::2]
                stack[start : start + AT_ONCE] = part / np.linalg.norm(part, axis=2, keepdims=True)
        write_table(pd.DataFrame({"row": range(images), "sample_id": table["sample_id"]}), folder / f"{encoder}.csv")
    write_table(pd.DataFrame(columns=COPIES), folder / "copies.csv")


def _match_splits(folder: Path, images: int) -> None:
    from gestalt_regions.matching.gallery_splits import write_splits

    inputs = {"samples": folder / "samples.csv", "faces": folder / "index.csv", "copies": folder / "copies.csv"}
    outputs = {name: folder / f"{file}.csv" for name, file in zip(("splits", "excluded", "copies"), "abc", strict=True)}
    settings = {key: settings_of("matching")[key] for key in ("rare_below", "repeats", "test_share", "control")}
    write_splits(inputs, outputs, settings=settings, control="Unaffected", seed=1)


def _queried(folder: Path, images: int) -> None:
    """Encodings, and QUERIES test images of the frequent disorders, all others in the gallery."""
    from gestalt_regions.cohort.gallery_lists import COLUMNS, FREQUENT, GALLERY, TEST

    _encoded(folder, images)
    table = tables(folder, images)
    people = table["subject_id"].unique()
    tested = table["subject_id"].isin(people[:: max(5, len(people) // (QUERIES // 2))])
    roles = np.where(tested, TEST, GALLERY)
    write_table(table.assign(group=FREQUENT, role=roles, repeat="")[COLUMNS], folder / "splits.csv")


def _match_ranks(folder: Path, images: int) -> None:
    """Of the ensemble and its encoders."""
    from gestalt_regions.matching.ranks import write_ranks

    outputs = {"ranks": folder / "ranks.csv", "nearest": folder / "nearest.csv"}
    encodings = [folder / f"{encoder}.npy" for encoder in ENCODERS]
    places = settings_of("matching")["sheet"]["places"]
    write_ranks(folder / "splits.csv", encodings, outputs, settings={"ensemble": [], "k": 1}, places=places)


def _match_verification(folder: Path, images: int) -> None:
    from gestalt_regions.matching.verification import write_verification

    outputs = {"pairs": folder / "pairs.csv", "table": folder / "verification.csv"}
    write_verification(
        folder / "samples.csv",
        [folder / f"{encoder}.npy" for encoder in ENCODERS],
        outputs,
        settings={"ensemble": [], "verification": settings_of("matching")["verification"]},
        bootstrap=settings_of("statistics")["bootstrap"],
        seed=1,
    )


STAGES: dict[str, tuple[Step, Step]] = {  # what makes its inputs, and the stage
    **stage_memory.STAGES,
    "near_copies": (_noise, _near_copies),
    "split_counts": (_listed, _split_counts),
    "match_splits": (_encoded, _match_splits),
    "match_verification": (_encoded, _match_verification),
    "match_ranks": (_queried, _match_ranks),
    **planned_study.STAGES,
}


def main(arguments: list[str] | None = None) -> None:
    """Take one step of a stage.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process without it.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--step", type=int, required=True, help="0: make its inputs; 1: the stage")
    parser.add_argument("--stages", required=True, help="one stage")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--images", type=int, required=True)
    options = parser.parse_args(arguments)
    logging.getLogger("gestalt_regions").setLevel(logging.ERROR)
    STAGES[options.stages][options.step](Path(options.folder), options.images)


if __name__ == "__main__":
    main()
