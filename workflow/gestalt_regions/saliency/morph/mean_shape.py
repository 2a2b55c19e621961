"""Pictures of faces warped to a mean shape, so that what lies at one place of a face lies at one pixel.

Composite photographs and mean saliency maps share this. A mean shape is a list of landmarks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gestalt_regions.saliency.morph.warps import spline, spread, warped


def person_weights(people: pd.Series) -> np.ndarray:
    """What each image counts, so that all people count the same.

    Parameters
    ----------
    people : pandas.Series
        The person of each image.

    Returns
    -------
    numpy.ndarray
        float64 [n], of sum one.
    """
    weights = 1 / people.map(people.value_counts()).to_numpy(float)
    return weights / weights.sum()


def mean_shape(landmarks: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The mean landmarks of some faces.

    Parameters
    ----------
    landmarks : numpy.ndarray
        [n, k, 2], pixels of a crop of 112 pixels.
    weights : numpy.ndarray
        [n], of sum one.

    Returns
    -------
    numpy.ndarray
        float64 [k, 2].
    """
    return np.einsum("n,nkd->kd", weights, np.asarray(landmarks, np.float64))


def common_shape(landmarks: np.ndarray, labels: pd.Series, people: pd.Series) -> np.ndarray:
    """The mean of the mean shapes of all classes: a class counts once, and in it a person once.

    Parameters
    ----------
    landmarks : numpy.ndarray
        [n, k, 2], pixels of a crop of 112 pixels; finite.
    labels, people : pandas.Series
        Class and person of each face.

    Returns
    -------
    numpy.ndarray
        float64 [k, 2].
    """
    names, persons = labels.to_numpy(), people.reset_index(drop=True)
    classes = [names == name for name in sorted(set(names))]
    return np.mean([mean_shape(landmarks[each], person_weights(persons[each])) for each in classes], axis=0)


class Shape:
    """A mean shape, to which any number of pictures are warped.

    Parameters
    ----------
    points : numpy.ndarray
        [k, 2], pixels of a crop of 112 pixels.
    """

    def __init__(self, points: np.ndarray) -> None:
        self.points, self._matrix = points, spline(points)

    def of(self, picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """A picture of a face, warped so that the face's landmarks lie at those of the shape.

        Parameters
        ----------
        picture : numpy.ndarray
            float32 [s, s] or [s, s, channels] of any side s.
        landmarks : numpy.ndarray
            [k, 2], pixels of a crop of 112 pixels.

        Returns
        -------
        numpy.ndarray
            As the picture.
        """
        return warped(picture, spread(self._matrix, np.asarray(landmarks, np.float64) - self.points))


def composite(
    crops: Sequence[np.ndarray] | np.ndarray,
    landmarks: np.ndarray,
    weights: np.ndarray,
    *,
    warp: bool = True,
    onto: np.ndarray | None = None,
) -> np.ndarray:
    """The mean of faces that are warped to one shape.

    Parameters
    ----------
    crops : sequence of numpy.ndarray
        n of uint8 [s, s, 3].
    landmarks : numpy.ndarray
        [n, k, 2], pixels of a crop of 112 pixels.
    weights : numpy.ndarray
        [n], of sum one.
    warp : bool
        False: the mean of pixels where they are.
    onto : numpy.ndarray, optional
        The shape, [k, 2]; without it the mean shape of these faces.

    Returns
    -------
    numpy.ndarray
        uint8 [s, s, 3].
    """
    shape, total = Shape(mean_shape(landmarks, weights) if onto is None else onto), np.zeros(np.shape(crops[0]))
    for crop, points, weight in zip(crops, landmarks, weights, strict=True):
        face = np.asarray(crop, np.float32)
        total += weight * (shape.of(face, points) if warp else face)
    return np.clip(np.round(total), 0, 255).astype(np.uint8)
