"""What the analyses beyond the paper share: their inputs, read once when asked for, and the form of their result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.variants import CORRECTED

TESTS = ["variant", "method", "syndrome", "region", "p", "p_corrected", "significant", "same_as"]
TEXT_OF_TESTS = ["variant", "method", "syndrome", "region", "same_as", "note"]


@dataclass(frozen=True)
class AnalysisResult:
    """What an analysis gives.

    Attributes
    ----------
    table : pandas.DataFrame
        The whole table, for machines.
    shown : pandas.DataFrame
        A short one of text, for people.
    notes : list of str
        Lines beneath it.
    """

    table: pd.DataFrame
    shown: pd.DataFrame
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class AnalysisInputs:
    """What an analysis may ask for; each file is read when asked, and once.

    Attributes
    ----------
    files : mapping
        Name -> path or paths: samples, and those of analysis_registry.NEEDS.
    settings : mapping
        The section `statistics` of the config.
    seed : int
        Seed of the study.
    """

    files: Mapping
    settings: Mapping
    seed: int

    @property
    def corrected(self) -> Mapping:
        """Settings of the corrected variant.

        Returns
        -------
        mapping
            policy, without, unit, correction, family, alpha, assumption_level, copy_slip, correlation, heldout_leak.
        """
        return self.settings["variants"][CORRECTED]

    @cached_property
    def samples(self) -> pd.DataFrame:
        """samples.csv with the covariates.

        Returns
        -------
        pandas.DataFrame
            As from `read.load_samples`.
        """
        return read.load_samples(self.files["samples"], self.settings["covariates"])

    @cached_property
    def tests(self) -> pd.DataFrame:
        """table3_tests.csv, all variants.

        Returns
        -------
        pandas.DataFrame
            `significant` is True, False or NaN (undefined).
        """
        table = io.read_table(self.files["tests"], TESTS, strings=TEXT_OF_TESTS)
        table["significant"] = table["significant"].map({True: True, False: False, "True": True, "False": False})
        return table

    @property
    def same_maps(self) -> dict[str, str]:
        """Methods that have the maps of another.

        Returns
        -------
        dict
            Method -> the other one.
        """
        rows = self.tests.loc[self.tests["same_as"] != "", ["method", "same_as"]]
        return dict(zip(rows["method"], rows["same_as"], strict=True))

    def tests_of(self, variant: str) -> pd.DataFrame:
        """The tests of one variant.

        Parameters
        ----------
        variant : str
            Name of the variant.

        Returns
        -------
        pandas.DataFrame
            Its rows of table3_tests.csv.

        Raises
        ------
        InputError
            Where there are none.
        """
        part = self.tests[self.tests["variant"] == variant].reset_index(drop=True)
        if part.empty:
            raise InputError(f"{self.files['tests']}: no tests of the variant '{variant}'; rebuild Table 3")
        return part

    def by_method(self, question: str, part: str) -> Iterator[pd.DataFrame]:
        """Coefficients of one method after the other, of the policy and the images of the corrected variant.

        Parameters
        ----------
        question : {"rq1", "rq2"}
            The research question, whose corrected policy is taken.
        part : {"folds", "heldout"}
            The set; an analysis of those held out needs fold_audit.

        Returns
        -------
        iterator of pandas.DataFrame
            As from `read.load_coefficients`.
        """
        policy = self.corrected["policy"][question]
        left_out: frozenset[str] = frozenset()
        if part == "heldout" and self.corrected["heldout_leak"] == "drop":
            left_out = read.leaked_images(self.files["fold_audit"], self.samples)
        each = read.by_method(self.files["coefficients"], policy, part, self.samples, left_out)
        return (table for table, _ in each)

    @property
    def methods(self) -> list[str]:
        """The saliency methods.

        Returns
        -------
        list of str
            In the order of the coefficients' files.
        """
        return [Path(path).stem for path in self.files["coefficients"]]

    @cached_property
    def syndromes(self) -> list[str]:
        """The syndromes to compare with the control.

        Returns
        -------
        list of str
            As from `read.ordered_labels`, over the images of the folds.
        """
        labels = self.samples.loc[self.samples["split"] != "heldout", "label"]
        chosen = self.settings["syndromes"]
        return read.ordered_labels(labels, self.settings["control"], chosen)

    def rng(self, *keys: object) -> np.random.Generator:
        """A generator of random numbers of its own.

        Parameters
        ----------
        *keys : object
            What it is for.

        Returns
        -------
        numpy.random.Generator
            Seeded by the study's seed and the keys.
        """
        return seeds.generator(self.seed, *keys)


def finite(values: pd.Series) -> np.ndarray:
    """The defined values of a column.

    Parameters
    ----------
    values : pandas.Series
        Numbers [n].

    Returns
    -------
    numpy.ndarray
        float64, without NaN and infinity.
    """
    values = values.to_numpy(dtype=float)
    return values[np.isfinite(values)]
