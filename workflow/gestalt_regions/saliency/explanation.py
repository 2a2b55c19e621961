"""What a method may give beside attributions: a value of each region, how sure it is, and a picture to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table

if TYPE_CHECKING:
    from torch import Tensor

VALUE_COLUMNS = ["row", "sample_id", "set", "label", "target", "towards", "region", "value", "low", "high"]
VALUE_TEXT = ["sample_id", "set", "label", "target", "towards", "region"]


@dataclass(frozen=True)
class Explanation:
    """The explanation of n images.

    Attributes
    ----------
    attribution : Tensor
        [n, c, h, w].
    names : tuple of str
        What the R values are of: regions, then perhaps what is outside all of them.
    values : ndarray
        By how much the target's logit falls without each, float64 [n, R].
    low, high : ndarray
        Its interval, float64 [n, R].
    pictures : ndarray
        The photograph without what the network takes for the target in each of the first P of `names`, uint8
        [n, P, s, s, 3], RGB.
    towards : tuple of str
        Of each image, what the target was compared with, in words: n names.
    """

    attribution: Tensor
    names: tuple[str, ...]
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    pictures: np.ndarray
    towards: tuple[str, ...]


def attribution_of(result: Tensor | Explanation) -> Tensor:
    """The attributions in what a method gave.

    Parameters
    ----------
    result : Tensor or Explanation
        Of `Method.run`.

    Returns
    -------
    Tensor
        [n, c, h, w].
    """
    return result.attribution if isinstance(result, Explanation) else result


def read_fold_values(paths: Sequence[str], folds: Sequence[str]) -> pd.DataFrame:
    """The values that a method gave to the regions of every face that it explained.

    Parameters
    ----------
    paths : sequence of str
        {method}_values.csv of each fold.
    folds : sequence of str
        The folds, in the same order.

    Returns
    -------
    DataFrame
        VALUE_COLUMNS and fold.
    """
    tables = [
        read_table(path, VALUE_COLUMNS, VALUE_TEXT).assign(fold=fold) for path, fold in zip(paths, folds, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)
