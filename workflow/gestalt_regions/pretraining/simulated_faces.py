"""The simulated faces a backbone is pretrained on: people of their own, none of any study, with what is known of them.

One photo a person. Crops show the 112-pixel frame of `faces.align` and MARGIN pixels around it, so that training can
move the frame as a detector's errors would.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.cohort.simulated.head import appearance as looks
from gestalt_regions.cohort.simulated.head.head_landmarks import FIVE
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.people.identity import CALM, add, both, macro
from gestalt_regions.cohort.simulated.people.recipes import APPEARANCE
from gestalt_regions.cohort.simulated.people.subjects import ANCESTRIES, SEXES, Person
from gestalt_regions.cohort.simulated.photo import views
from gestalt_regions.cohort.simulated.photo.scene import Look, View
from gestalt_regions.core.io import write_array, write_table
from gestalt_regions.core.progress import track
from gestalt_regions.core.seeds import derive, generator
from gestalt_regions.faces.align import TEMPLATE_SIZE, similarity, transform, warp, with_margin
from gestalt_regions.pretraining.face_ranges import part
from gestalt_regions.pretraining.shape_variations import (
    Variation,
    draw_coefficients,
    target_weights,
    variations,
)

MARGIN = 8  # pixels on each side
SIDE = TEMPLATE_SIZE + 2 * MARGIN
STUDY_SIZE = 256  # pixels of a study's photo; a smaller one here has fewer pixels to lose
LARGEST = {"squint": 18.0}  # of an appearance change; of the others 1


def person(seed: int, number: int, ages: Sequence[float]) -> Person:
    """Who a face belongs to.

    Parameters
    ----------
    seed : int
        The stream of pretraining alone.
    number : int
        Of the face.
    ages : Sequence of float
        Youngest and oldest, years.

    Returns
    -------
    Person
        One photo each.
    """
    random = generator(seed, "person", number)
    ancestry, sex = str(random.choice(ANCESTRIES)), str(random.choice(SEXES))
    name = f"morph-{number:06d}"
    youngest, oldest = ages
    return Person(name, name, ancestry, sex, float(random.uniform(youngest, oldest)))


def appearance(random: np.random.Generator, rare: float) -> dict[str, float]:
    """Changes of appearance (recipes.APPEARANCE), each of any strength.

    Parameters
    ----------
    random : numpy.random.Generator
        The face's stream.
    rare : float
        Probability of each.

    Returns
    -------
    dict of str to float
        Amounts; 0 for what is not present.
    """
    amounts = {name: random.uniform(0.2, 1) * LARGEST.get(name, 1.0) for name in APPEARANCE}
    present = random.random(len(amounts)) < rare
    return {name: float(amount * shown) for (name, amount), shown in zip(amounts.items(), present, strict=True)}


def face(
    model: HeadModel, directions: Sequence[Variation], number: int, *, morph: Mapping, photos: Mapping, seed: int
) -> tuple[dict[str, float], Look, View, dict]:
    """What is drawn of one face.

    Parameters
    ----------
    model : HeadModel
        The head.
    directions : Sequence of Variation
        Those of the head.
    number : int
        Of the face.
    morph, photos : Mapping
        Config morph, and cohort.photos.
    seed : int
        The stream of pretraining alone.

    Returns
    -------
    tuple of dict, Look, View and dict
        Target weights, look, view, and the truth: its row of targets.csv.
    """
    who = person(seed, number, morph["ages"])
    random = generator(seed, "morphology", number)
    coefficients = draw_coefficients(
        directions, random, spread=morph["spread"], rare=morph["rare"], expressions=morph["expressions"]
    )
    changes = appearance(random, morph["appearance"])
    view = views.view(seed, who.subject_id, photos)
    view = replace(view, resolution=min(1.0, view.resolution * STUDY_SIZE / morph["render_size"]))
    ages = macro(who.ancestry, who.sex, who.age)
    size = float(model.scale(model.shape(ages)).mean())
    changed = add(both(CALM), target_weights(directions, coefficients), view.expression)
    weights = add(ages, {name: size * weight for name, weight in changed.items()})
    shown = [
        value + view.expression.get(v.plus[0], 0.0) / v.reach for v, value in zip(directions, coefficients, strict=True)
    ]
    truth = {"face": who.subject_id, "age": who.age, "sex": who.sex, "ancestry": who.ancestry}
    truth |= {f"shape:{v.name}": value for v, value in zip(directions, shown, strict=True)}
    truth |= {f"look:{name}": amount for name, amount in changes.items()}
    return weights, looks.changed(looks.look(seed, who, model.look), changes), view, truth


def aligned(photo: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The crop of a photo, and its dense landmarks.

    Parameters
    ----------
    photo : numpy.ndarray
        uint8 [h, w, 3].
    landmarks : numpy.ndarray
        [5 + D, 2], pixels of the photo: the five that align (head_landmarks.FIVE), then the dense ones.

    Returns
    -------
    tuple of numpy.ndarray
        uint8 [SIDE, SIDE, 3], and [D, 2] in its inner 112-pixel frame.
    """
    matrix, _ = similarity(landmarks[: len(FIVE)])
    crop = warp(photo, with_margin(SIDE, MARGIN / TEMPLATE_SIZE) @ matrix, SIDE)
    return crop, transform(matrix, landmarks[len(FIVE) :])


def render_shard(
    head: str | Path, output: str | Path, *, shard: int, morph: Mapping, photos: Mapping, seed: int
) -> None:
    """Write a shard's folder: crops.npy uint8 [n, SIDE, SIDE, 3] RGB, landmarks.npy float32 [n, D, 2], targets.csv.

    Parameters
    ----------
    head : str or Path
        The head model.
    output : str or Path
        The folder.
    shard : int
        1..morph.shards.
    morph : Mapping
        The config's section.
    photos : Mapping
        cohort.photos, the ranges of the study's photos.
    seed : int
        The study's.
    """
    from gestalt_regions.cohort.simulated.photo.render import Studio  # VTK is needed here alone

    views.check_ranges(photos)
    model, seed = HeadModel(head), derive(seed, "morph")
    directions, studio = variations(model), Studio(model, morph["render_size"])
    numbers = part(morph["faces"] + morph["heldout"], morph["shards"], shard)
    crops, points, rows = [], [], []
    for number in track(numbers, len(numbers), "faces"):
        weights, look, view, truth = face(model, directions, number, morph=morph, photos=photos, seed=seed)
        shot = studio.photo(weights, look, view, truth=False)
        crop, dense = aligned(shot.photo, shot.landmarks)
        crops.append(crop)
        points.append(dense)
        rows.append(truth)
    output = Path(output)
    folder = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        write_array(np.stack(crops), folder / "crops.npy")
        write_array(np.stack(points).astype(np.float32), folder / "landmarks.npy")
        write_table(pd.DataFrame(rows), folder / "targets.csv")
        shutil.rmtree(output, ignore_errors=True)
        os.replace(folder, output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
