"""Copies of photographs with something in front of the face, drawn before the face is looked for."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.progress import track
from gestalt_regions.core.seeds import generator
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.landmarks import detections, open_landmark_network
from gestalt_regions.faces.occluder_painting import occluded
from gestalt_regions.faces.photo import read_photo

log = logging.getLogger("gestalt_regions")

TEXT = ["sample_id", "image", "label", "subject_id", "kin_group", "split", "simulated"]
HIDDEN = "hidden"  # folder of what the occluder hides: <sample_id>.png, white where it does


def occlude_photographs(
    *,
    samples: str | Path,
    index: str | Path,
    weights: str | Path,
    photographs: str | Path,
    listed: str | Path,
    occluder: str,
    seed: int,
    threads: int,
) -> None:
    """Draw an occluder on every held-out photograph of a table.

    A photograph without a face, where nothing can be drawn, stays as it is: it is excluded again for the same reason.

    Parameters
    ----------
    samples : path
        samples.csv of the study or of a test set; its rows of the folds are left out.
    index : path
        faces/index.csv of the same photographs.
    weights : path
        Weights of the network of 106 landmarks.
    photographs : path
        The folder that is made: <sample_id>.png, and HIDDEN.
    listed : path
        Where samples.csv of the copies goes: names of samples, people and families are those of the originals.
    occluder : str
        Of `occluders.OCCLUDERS`.
    seed : int
        The study's seed.
    threads : int
        Number of threads.
    """
    table = read_table(samples, TEXT, strings=TEXT)
    table = table[table["split"] == "heldout"].reset_index(drop=True)
    faces = read_table(index, ["sample_id", *POINTS], strings=["sample_id"]).set_index("sample_id")
    run, output = open_landmark_network(weights, threads), Path(photographs)
    folder = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / HIDDEN).mkdir(parents=True)
    try:
        images = []
        for name, image in track(zip(table["sample_id"], table["image"], strict=True), len(table), "photographs"):
            path = Path(samples).parent / image
            if name not in faces.index:
                images.append(os.path.relpath(path, Path(listed).parent) if not os.path.isabs(image) else image)
                continue
            photo, five = read_photo(path).pixels, faces.loc[name, POINTS].to_numpy(float).reshape(5, 2)
            dense = detections(run, photo, five).mean(axis=0)
            drawn, hidden = occluded(photo, five, dense, occluder, generator(seed, "occluder", occluder, name))
            Image.fromarray(drawn).save(folder / f"{name}.png", compress_level=1)
            Image.fromarray(hidden).save(folder / HIDDEN / f"{name}.png")
            images.append(f"{output.relative_to(Path(listed).parent).as_posix()}/{name}.png")
        shutil.rmtree(output, ignore_errors=True)
        os.replace(folder, output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    write_table(table.assign(image=pd.Series(images, dtype=str), occluder=occluder)[[*TEXT, "occluder"]], listed)
    log.info("%s before %d of %d faces", occluder, int(np.isin(table["sample_id"], faces.index).sum()), len(table))
