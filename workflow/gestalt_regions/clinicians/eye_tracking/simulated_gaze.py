"""Simulated readers: four ways of looking at a simulated face, whose truth is known.

signs: where the face differs from its unaffected twin. features: at the eyes, the nose and the mouth, as people look at
faces. centre: at the middle of the picture. random: anywhere on it. Every reader begins at the middle, sometimes looks
elsewhere, and is measured with an error. How real readers look is no claim of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import ndimage

from gestalt_regions.clinicians.eye_tracking.gaze_baselines import CENTRE_SHARE, Changes
from gestalt_regions.clinicians.eye_tracking.screen_geometry import Shown, pixels_per_degree
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.seeds import generator
from gestalt_regions.faces import align

COLUMNS = ["reader", "face", "x", "y", "start", "duration", "group"]
STRATEGIES = ("signs", "features", "centre", "random")
FEATURE_SHARES = (0.3, 0.3, 0.25, 0.15)  # eyes, nose, mouth: where people look on faces, roughly (Hessels 2020)
FEATURE_SPREAD = 0.15  # standard deviation about each, in distances of the eyes
ELSEWHERE = 0.1  # share of fixations anywhere on the picture
MEAN_COUNT, FEWEST = 12, 4  # fixations of a reader on a face
DURATION_MS, DURATION_SPREAD = 250.0, 0.35  # median and spread of the logarithm
SACCADE_MS = 40.0
SIGN_SPREAD = 0.03  # the change map is smoothed by this share of the crop: nobody aims at one pixel


def _at_signs(shown: Shown, truth: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    size = len(truth)
    chance = ndimage.gaussian_filter(truth.astype(float), SIGN_SPREAD * size).ravel()
    place = rng.choice(chance.size, count, p=chance / chance.sum())
    crop = np.column_stack([place % size, place // size]) + rng.uniform(-0.5, 0.5, (count, 2))
    return align.transform(np.linalg.inv(shown.matrix), crop)


def _at_features(shown: Shown, size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    points = align.template(size)
    aims = np.array([points[0], points[1], points[2], points[3:].mean(axis=0)])
    spread = FEATURE_SPREAD * np.linalg.norm(points[1] - points[0])
    crop = aims[rng.choice(4, count, p=FEATURE_SHARES)] + rng.normal(0, spread, (count, 2))
    return align.transform(np.linalg.inv(shown.matrix), crop)


def _at_centre(shown: Shown, count: int, rng: np.random.Generator) -> np.ndarray:
    middle = (np.array([shown.width, shown.height]) - 1) / 2
    return rng.normal(middle, CENTRE_SHARE / 2 * min(shown.width, shown.height), (count, 2))


def _anywhere(shown: Shown, count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-0.5, np.array([shown.width, shown.height]) - 0.5, (count, 2))


def look(
    strategy: str, shown: Shown, truth: np.ndarray, error_px: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One reader looks at one face.

    Parameters
    ----------
    strategy : str
        One of STRATEGIES.
    shown : Shown
        How the face is shown.
    truth : ndarray [S, S]
        Its change map.
    error_px : float
        Standard deviation of the tracker's error, pixels of the screen.
    rng : Generator
        Draws.

    Returns
    -------
    places : ndarray [n, 2]
        Pixels of the screen.
    start, duration : ndarray [n]
        Milliseconds.
    """
    count = FEWEST + int(rng.poisson(MEAN_COUNT - FEWEST))
    ways: dict[str, Callable[[], np.ndarray]] = {
        "signs": lambda: _at_signs(shown, truth, count, rng),
        "features": lambda: _at_features(shown, len(truth), count, rng),
        "centre": lambda: _at_centre(shown, count, rng),
        "random": lambda: _anywhere(shown, count, rng),
    }
    photo = np.where(rng.random((count, 1)) < ELSEWHERE, _anywhere(shown, count, rng), ways[strategy]())
    photo[0] = (np.array([shown.width, shown.height]) - 1) / 2  # where the cross was
    places = shown.to_screen(photo) + rng.normal(0, error_px, (count, 2))
    duration = DURATION_MS * np.exp(rng.normal(0, DURATION_SPREAD, count))
    start = np.concatenate([[0.0], np.cumsum(duration + SACCADE_MS)[:-1]])
    return places, start, duration


def simulated_fixations(
    readers: Mapping[str, int],
    faces: Sequence[str],
    shown: Mapping[str, Shown],
    changes: Changes,
    *,
    screen: Mapping[str, float],
    error_degrees: float,
    seed: int,
) -> pd.DataFrame:
    """All simulated readers on all faces.

    Parameters
    ----------
    readers : mapping
        Strategy -> number of readers.
    faces : sequence of str
        Faces that are shown; those without a change map are left out.
    shown : mapping
        Of `shown_faces`.
    changes : Changes
        The truth.
    screen : mapping
        Of config eye_tracking.
    error_degrees : float
        The tracker's error, standard deviation in degrees.
    seed : int
        The study's; each reader and face has its own.

    Returns
    -------
    DataFrame
        COLUMNS, in pixels of the screen and milliseconds; group is the strategy.

    Raises
    ------
    InputError
        If no face has a change map.
    """
    truths = {face: truth for face in faces if (truth := changes.truth(face)) is not None}
    if not truths:
        raise InputError("eye_tracking.simulated_readers: no explained face has an unaffected twin to differ from")
    error, parts = error_degrees * pixels_per_degree(screen), []
    for strategy, count in readers.items():
        for number in range(1, count + 1):
            for face, truth in truths.items():
                reader = f"simulated-{strategy}-{number:02d}"
                rng = generator(seed, "eye_tracking", "look", strategy, number, face)
                places, start, duration = look(strategy, shown[face], truth, error, rng)
                columns = (reader, face, *places.T.round(1), start.round(), duration.round(), strategy)
                parts.append(pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))))
    return pd.concat(parts, ignore_index=True)
