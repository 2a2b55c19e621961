"""Table 1 of Sümer et al. 2023: the HPO terms by facial region, as CSV and LaTeX."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_table, write_text
from gestalt_regions.hpo.facial_terms import read_terms
from gestalt_regions.statistics.toolkit.latex import booktabs

TERM = ["term", "hpo_id", "region"]


def table1(terms: pd.DataFrame) -> pd.DataFrame:
    """The HPO terms of each region; regions and terms keep the order of `terms`.

    Parameters
    ----------
    terms : pandas.DataFrame
        term, hpo_id, region: one row for each term.

    Returns
    -------
    pandas.DataFrame
        region, n_terms, terms and hpo_ids (both separated by `; `).
    """
    rows = []
    for region, part in terms.groupby("region", sort=False):
        names, ids = ("; ".join(part[column]) for column in ("term", "hpo_id"))
        rows.append({"region": region, "n_terms": len(part), "terms": names, "hpo_ids": ids})
    return pd.DataFrame(rows, columns=["region", "n_terms", "terms", "hpo_ids"])


def write_table1(terms_path: str | Path, csv_path: str | os.PathLike, tex_path: str | os.PathLike) -> None:
    """Write table1.csv and table1.tex.

    Parameters
    ----------
    terms_path : str or path
        The HPO table; Table 1 has its rows with table1 `yes`.
    csv_path : str or path
        The table for machines.
    tex_path : str or path
        The table for print.

    Raises
    ------
    InputError
        As hpo.ratings.read_terms, and for an empty cell.
    """
    terms = read_terms(terms_path)
    if (terms[TERM] == "").any(axis=None):
        row = int((terms[TERM] == "").any(axis=1).to_numpy().argmax())
        raise InputError(f"{terms_path}: line {row + 2} lacks term, hpo_id or region")
    terms = terms[terms["table1"] == "yes"]
    table = table1(terms)
    write_table(table, csv_path)
    shown = pd.DataFrame({"Region": table["region"], "N": table["n_terms"].astype(str), "HPO terms": table["terms"]})
    caption = f"The {len(terms)} HPO terms by facial region."
    write_text(booktabs(shown, caption, "tab:hpo-terms", columns=r"lrp{0.75\linewidth}"), tex_path)
