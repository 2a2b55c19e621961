"""The files of a case, read and checked."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError

QUANTILES = ("q05", "q25", "q50", "q75", "q95")
GROUPS = ("class", "control")
KEYS = (
    *("name", "photo", "cohort", "model", "backbone", "simulated", "refusal", "cautions", "classes", "control"),
    *("asked", "against", "methods", "size", "folds", "level", "region_set", "regions", "made_with"),
)
COLUMNS: dict[str, tuple[str, ...]] = {
    "quality": ("check", "value", "unit", "percentile", "verdict", "sentence"),
    "probabilities": ("fold", "class", "logit", "probability"),
    "classes": ("rank", "class", "probability", "low", "high", "p_value", "in_set"),
    "calibration": (
        *("fold", "temperature", "n", "ece_before", "ece_after"),
        *("coverage", "coverage_low", "coverage_high", "set_size"),
    ),
    "maps": ("row", "class", "method", "policy", "scale"),
    "regions": (
        *("class", "method", "policy", "region", "coefficient", "low", "high"),
        *(f"{group}_{name}" for group in GROUPS for name in ("n", "percentile", *QUANTILES)),
    ),
    "values": ("class", "towards", "region", "value", "low", "high", "row", "method"),
    "neighbours": ("rank", "sample_id", "label", "set", "similarity", "alike"),
    "standing": ("method", "rank", "of", "low", "high", "sentence"),
    "terms": ("class", "region", "hpo_id", "term", "frequency"),
}
TEXT: tuple[str, ...] = (
    "fold",
    "class",
    "method",
    "policy",
    "region",
    "towards",
    "label",
    "sample_id",
    "subject_id",
    "set",
    "alike",
)
TEXT += ("check", "unit", "verdict", "sentence", "hpo_id", "term", "frequency")
ARRAYS = ("maps", "pictures", "neighbours")


@dataclass(frozen=True)
class Case:
    """What a case leaves: `facts` (case.json), its tables and arrays by name, and the folder with its pictures."""

    folder: Path
    facts: dict
    tables: dict[str, pd.DataFrame]
    arrays: dict[str, np.ndarray]

    def table(self, name: str, **where: str) -> pd.DataFrame:
        """Rows of a table.

        Parameters
        ----------
        name : str
            The table, a key of COLUMNS.
        **where : str
            Values that columns must have; `name` of a column that is no name in Python ends with `_` (class_).

        Returns
        -------
        pandas.DataFrame
            The rows, numbered anew.
        """
        rows = self.tables[name]
        for column, value in where.items():
            rows = rows[rows[column.rstrip("_")] == value]
        return rows.reset_index(drop=True)


def _facts(path: Path) -> dict:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; explain the photograph first") from None
    except ValueError as error:
        raise InputError(f"{path}: not a readable JSON file ({error}); explain the photograph again") from None
    if missing := [key for key in KEYS if key not in facts]:
        raise InputError(f"{path}: no key {', '.join(missing)}; explain the photograph again")
    return facts


def read_case(folder: str | os.PathLike) -> Case:
    """Read the files of a case.

    Parameters
    ----------
    folder : str or path
        results/{cohort}/{model}/cases/{name}/data.

    Returns
    -------
    Case
        All of it; after a refusal its tables and arrays are empty.

    Raises
    ------
    InputError
        Where a file, a key or a column is missing, or a table names a row that its array does not have.
    """
    folder = Path(folder)
    facts = _facts(folder / "case.json")
    tables = {name: io.read_table(folder / f"{name}.csv", needed, TEXT) for name, needed in COLUMNS.items()}
    arrays = {name: io.read_array(folder / f"{name}.npy") for name in ARRAYS}
    pictured = tables["values"]["row"].dropna()
    for name, rows in (("maps", tables["maps"]["row"]), ("pictures", pictured)):
        if len(rows) and rows.max() >= len(arrays[name]):
            raise InputError(f"{folder / name}.npy: {len(arrays[name])} rows, but its table names row {rows.max():.0f}")
    return Case(folder, facts, tables, arrays)
