"""The tables of the maps of each syndrome: those of all methods in one, each with its method in front."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pandas as pd

from gestalt_regions.core.io import read_table, write_table


def join_methods(paths: Sequence[str | os.PathLike], methods: Sequence[str], output: str | os.PathLike) -> None:
    """Write the tables of several methods as one.

    Parameters
    ----------
    paths : sequence of path
        A table of each method.
    methods : sequence of str
        Their names.
    output : path
        Where the table goes; it has a column `method` and no column `row`.
    """
    tables = [read_table(path, ["variant"], strings=["variant"]) for path in paths]
    named = [table.assign(method=method) for table, method in zip(tables, methods, strict=True) if len(table)]
    joined = pd.concat(named, ignore_index=True).drop(columns="row", errors="ignore")
    write_table(joined[["method", *(column for column in joined if column != "method")]], output)
