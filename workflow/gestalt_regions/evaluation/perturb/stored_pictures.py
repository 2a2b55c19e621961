"""The pictures that methods store beside their maps: a face without each region (saliency/explanation.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table

Pictures = dict[tuple[str, str], np.ndarray]  # (way, region) -> uint8 [s, s, 3]


@dataclass(frozen=True)
class StoredPictures:
    """The pictures that one method stored for one fold.

    Attributes
    ----------
    method : str
        Name of the method, the way of its pictures.
    values : str
        Path of {method}_values.csv.
    pictures : str
        Path of {method}_pictures.npy, uint8 [n, P, s, s, 3].
    """

    method: str
    values: str
    pictures: str
    _open: dict = field(default_factory=dict, init=False, repr=False)

    def of(self, sample: str) -> Pictures:
        """The pictures of a sample.

        Parameters
        ----------
        sample : str
            Its sample_id.

        Returns
        -------
        dict
            (method, region) -> picture.

        Raises
        ------
        InputError
            For a sample that the method did not explain.
        """
        if not self._open:
            table = read_table(self.values, ["row", "sample_id", "region"], strings=["sample_id", "region"])
            self._open["rows"] = table.groupby("sample_id", sort=False)["row"].first()
            self._open["names"] = list(dict.fromkeys(table["region"]))
            self._open["stack"] = read_array(self.pictures)
        rows = self._open["rows"]
        if sample not in rows:
            raise InputError(f"{self.values}: sample_id '{sample}' is missing; {nearest(sample, rows.index)}")
        pictures = self._open["stack"][int(rows[sample])]
        return {(self.method, name): picture for name, picture in zip(self._open["names"], pictures, strict=False)}


def stored_pictures(
    methods: Sequence[str], folds: Sequence[str], values: Sequence[str], pictures: Sequence[str]
) -> dict[str, list[StoredPictures]]:
    """The stored pictures of several methods.

    Parameters
    ----------
    methods, folds : sequence of str
        Their names.
    values, pictures : sequence of str
        Paths of each method's files, all folds of a method before the next method.

    Returns
    -------
    dict
        Fold -> those of each method.
    """
    files = zip(values, pictures, strict=True)
    every = [(fold, StoredPictures(method, *next(files))) for method in methods for fold in folds]
    return {fold: [each for of_fold, each in every if of_fold == fold] for fold in folds}
