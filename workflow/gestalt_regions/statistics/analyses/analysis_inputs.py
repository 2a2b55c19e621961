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

TESTS = ["variant", "method", "syndrome", "region", "p", "p_corrected", "significant"]


@dataclass(frozen=True)
class AnalysisResult:
    """The whole table for machines, a short one of text for people, and notes beneath it."""

    table: pd.DataFrame
    shown: pd.DataFrame
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class AnalysisInputs:
    """files: name -> path or paths (coefficients, samples, tests, table4, annotations, terms, faces); settings: the
    statistics section of the config."""

    files: Mapping
    settings: Mapping
    seed: int

    @property
    def corrected(self) -> Mapping:
        return self.settings["variants"]["corrected"]

    @cached_property
    def samples(self) -> pd.DataFrame:
        return read.load_samples(self.files["samples"], self.settings["covariates"])

    @cached_property
    def tests(self) -> pd.DataFrame:
        """table3_tests.csv, all variants; `significant` True, False or "" (undefined)."""
        table = io.read_table(self.files["tests"], TESTS, strings=["variant", "method", "syndrome", "region", "note"])
        table["significant"] = table["significant"].map({True: True, False: False, "True": True, "False": False})
        return table

    def tests_of(self, variant: str) -> pd.DataFrame:
        part = self.tests[self.tests["variant"] == variant].reset_index(drop=True)
        if part.empty:
            raise InputError(f"{self.files['tests']}: no tests of the variant '{variant}'; rebuild Table 3")
        return part

    def by_method(self, question: str, part: str) -> Iterator[pd.DataFrame]:
        """Coefficients of "rq1" or "rq2" (its policy) of the set "folds" or "heldout", one method after the other."""
        policy = self.settings[question]["policy"]
        return (table for table, _ in read.by_method(self.files["coefficients"], policy, part, self.samples))

    @property
    def methods(self) -> list[str]:
        return [Path(path).stem for path in self.files["coefficients"]]

    @cached_property
    def syndromes(self) -> list[str]:
        labels = self.samples.loc[self.samples["split"] != "heldout", "label"]
        chosen = self.settings["syndromes"]
        return read.ordered_labels(labels, self.settings["control"], chosen)

    def rng(self, *keys: object) -> np.random.Generator:
        return seeds.generator(self.seed, *keys)


def finite(values: pd.Series) -> np.ndarray:
    values = values.to_numpy(dtype=float)
    return values[np.isfinite(values)]
