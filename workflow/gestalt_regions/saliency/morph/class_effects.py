"""What a class adds to a measurement, given what else is known of a face: ridge regression within classes.

Faces of one class differ by pose, light and person, and by chance the classes differ in these too. So the means of the
classes are compared at equal covariates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gestalt_regions.core.errors import InputError

FEWEST = 5  # subjects of a class, and of what it is compared with
PENALTY = 0.05  # of the ridge, on covariates of unit variance
OTHERS = "the other classes"  # what a class is compared with if there is no control class


@dataclass(frozen=True)
class Regression:
    """A measurement as covariates predict it within classes.

    Attributes
    ----------
    slopes : ndarray
        [k, m].
    means : ndarray
        [classes, m]: the measurement's mean of each class, as it would be with covariates of 0.
    """

    slopes: np.ndarray
    means: np.ndarray

    def predicted(self, covariates: np.ndarray) -> np.ndarray:
        """The part of the measurement that goes with covariates.

        Parameters
        ----------
        covariates : ndarray
            [..., k].

        Returns
        -------
        ndarray
            [..., m]; differences between faces have a meaning, its level has none.
        """
        return covariates @ self.slopes


def within_classes(values: np.ndarray, covariates: np.ndarray, labels: np.ndarray) -> Regression:
    """Regress measurements on covariates, within classes.

    With Y and Z less their class means and n photographs: B = (Z'Z + PENALTY n I)^-1 Z'Y (Hoerl and Kennard,
    Technometrics 12, 1970, p. 55). The mean of class c at covariates of 0 is mean(Y_c) - mean(Z_c) B.

    Parameters
    ----------
    values : ndarray
        Y [n, m].
    covariates : ndarray
        Z [n, k], of about unit variance.
    labels : ndarray of int
        [n], the class of each photograph, from 0.

    Returns
    -------
    Regression
        What it gives.
    """
    z, mean_z = _less_class_means(covariates.astype(values.dtype), labels)
    rest, mean_y = _less_class_means(values, labels)
    slopes = np.linalg.solve(z.T @ z + PENALTY * len(z) * np.eye(z.shape[1], dtype=z.dtype), z.T @ rest)
    return Regression(slopes, mean_y - mean_z @ slopes)


def _less_class_means(values: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values [n, m] less the means of their classes, and these [classes, m]."""
    belongs = (labels[:, None] == np.arange(labels.max() + 1)).astype(values.dtype)
    means = (belongs.T @ values) / np.maximum(belongs.sum(0), 1)[:, None]
    return values - means[labels], means


def principal_axes(covariates: np.ndarray, labels: np.ndarray, components: int) -> np.ndarray:
    """Axes whose scores sum covariates up: principal components within classes.

    Parameters
    ----------
    covariates : ndarray
        [n, d].
    labels : ndarray of int
        [n].
    components : int
        How many, at most.

    Returns
    -------
    ndarray
        [d, components]; `covariates` times it are scores of unit variance within classes.
    """
    rest = _less_class_means(covariates, labels)[0]
    n, d = rest.shape
    if d <= n:
        roots, axes = np.linalg.eigh((rest.T @ rest).astype(np.float64))
    else:  # through the smaller matrix of products
        roots, left = np.linalg.eigh((rest @ rest.T).astype(np.float64))
    order = np.argsort(roots)[::-1][:components]
    order = order[roots[order] > 1e-5 * max(roots.max(), 1e-12)]
    if d > n:
        axes = (rest.T @ left[:, order].astype(rest.dtype)) / np.sqrt(roots[order])
    else:
        axes = axes[:, order]
    return (axes * np.sqrt(n / roots[order])).astype(covariates.dtype)


def difference(regression: Regression, one: int, others: Sequence[int]) -> np.ndarray:
    """The mean of a class minus that of others, at equal covariates.

    Parameters
    ----------
    regression : Regression
        Of a measurement.
    one : int
        The class.
    others : sequence of int
        What it is compared with; each counts the same.

    Returns
    -------
    ndarray
        [m].
    """
    return regression.means[one] - regression.means[list(others)].mean(0)


def comparison(name: str, classes: Sequence[str], control: str, towards: str) -> tuple[list[int], str]:
    """The classes that a class is compared with.

    Parameters
    ----------
    name : str
        The class.
    classes : sequence of str
        All classes.
    control : str
        The control class; "" for none.
    towards : str
        The class to compare with; "" for the control.

    Returns
    -------
    numbers : list of int
        Their places in `classes`. The control is compared with itself: nothing is typical of it.
    label : str
        What to call them.

    Raises
    ------
    InputError
        If `towards` is no class.
    """
    other = towards or control
    if not other:
        return [number for number, each in enumerate(classes) if each != name], OTHERS
    if other not in classes:
        raise InputError(f"towards: '{other}' is no class of the network; it has {', '.join(classes)}")
    return [list(classes).index(other)], other


def check_subjects(labels: np.ndarray, subjects: np.ndarray, numbers: Sequence[int], called: str) -> None:
    """Refuse to say what is typical of too few people.

    Parameters
    ----------
    labels : ndarray of int
        The class of each training photograph.
    subjects : ndarray of str
        Their subjects.
    numbers : sequence of int
        The classes that are taken together.
    called : str
        What to call them.

    Raises
    ------
    InputError
        Below FEWEST subjects.
    """
    count = len(np.unique(subjects[np.isin(labels, numbers)]))
    if count < FEWEST:
        raise InputError(
            f"the matched morph needs {FEWEST} subjects of {called} among the fold's training photographs; there are "
            f"{count}. Add photographs, use fewer folds, or leave the morph methods out of config "
            "saliency.further_methods"
        )
