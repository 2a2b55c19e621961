"""What is known beside the photograph: how far each method can be trusted, and the signs of each syndrome in HPO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import yaml

from gestalt_regions.core.io import read_table
from gestalt_regions.hpo.facial_terms import read_terms

STANDING = ["method", "rank", "of", "low", "high", "sentence"]
TERMS = ["class", "region", "hpo_id", "term", "frequency"]
# HPO's categories of frequency in words (hpo/ontology.py has their shares)
CATEGORY_NAMES = {
    "HP:0040280": "obligate (100 %)",
    "HP:0040281": "very frequent (80-99 %)",
    "HP:0040282": "frequent (30-79 %)",
    "HP:0040283": "occasional (5-29 %)",
    "HP:0040284": "very rare (1-4 %)",
}
NOT_SCORED = "not scored in this study"
TEXT = ("scope", "method", "name", "policy", "network", "measure")


def standing_table(methods: Sequence[str], ranking: str, region_values: str) -> pd.DataFrame:
    """How each method stands against the truth, as far as the study's evaluation is there.

    Parameters
    ----------
    methods : sequence of str
        The methods of the case.
    ranking, region_values : path
        evaluation/ranking.csv and region_values.csv; files that are not there are left out.

    Returns
    -------
    DataFrame
        STANDING, a line a method.
    """
    ranks = _read(ranking, ["scope", "method", "rank", "low", "high", "control", "methods"])
    values = _read(region_values, ["name", "policy", "network", "measure", "value", "low", "high", "groups"])
    overall = ranks[ranks["scope"] == "all"] if len(ranks) else ranks
    lines: list[tuple] = []
    for method in methods:
        row = overall[overall["method"] == method] if len(overall) else overall
        if row.empty:
            lines.append((method, "", "", "", "", NOT_SCORED))
            continue
        one = row.iloc[0]
        lines.append(
            (method, one["rank"], int(one["methods"]), one["low"], one["high"], _sentence(one, overall, values))
        )
    return pd.DataFrame(lines, columns=STANDING)


def _read(path: str, columns: Sequence[str]) -> pd.DataFrame:
    """A table that may not be there."""
    if not Path(path).is_file():
        return pd.DataFrame(columns=list(columns))
    return read_table(path, columns, strings=[name for name in columns if name in TEXT])


def _sentence(one: pd.Series, overall: pd.DataFrame, values: pd.DataFrame) -> str:
    """The rank beside that of the best control, and how well its region values follow the network."""
    said = f"Mean rank {one['rank']:.1f} of {int(one['methods'])} over all measures{_interval(one)}"
    controls = overall[overall["control"].astype(str).str.lower() == "true"]
    if len(controls):
        best = controls.sort_values("rank").iloc[0]
        better = one["high"] < best["rank"] if pd.notna(one["high"]) else one["rank"] < best["rank"]
        said += f"; the best control, {best['method']}, has {best['rank']:.1f}"
        said += "" if better else ": it is not clearly better than that"
    chosen = values[
        (values["name"] == one["method"]) & (values["network"] == "trained") & (values["measure"] == "pooled")
    ]
    chosen = chosen[chosen["policy"] == "signed_raw"] if (chosen["policy"] == "signed_raw").any() else chosen.head(1)
    if len(chosen):
        row = chosen.iloc[0]
        followed = f"{row['value']:.2f}{_interval(row)}"
        said += f". Its region values follow what the networks lose with a correlation of {followed}"
    return f"{said}."


def _interval(row: pd.Series) -> str:
    return f" [{row['low']:.2g}, {row['high']:.2g}]" if pd.notna(row["low"]) and pd.notna(row["high"]) else ""


def term_table(classes: Sequence[str], recipes: Sequence[str], terms: str, frequencies: str) -> pd.DataFrame:
    """The facial HPO terms of each class, by region.

    Parameters
    ----------
    classes : sequence of str
        Classes.
    recipes : sequence of path
        resources/syndromes/*.yaml, which say the diseases of a label.
    terms : path
        resources/hpo_terms.csv.
    frequencies : path
        results/assets/ontology/frequencies.csv; "" or a file that is not there: no frequencies.

    Returns
    -------
    DataFrame
        TERMS, in the order of resources/hpo_terms.csv; frequency as HPO annotates it, a category in words, several
        sources with "; " between. No line for a class without a recipe, nor for a term that is said to be absent.
    """
    facial = read_terms(terms).set_index("hpo_id")
    columns = ["disease", "hpo_id", "frequency", "number"]
    there = bool(frequencies) and Path(frequencies).is_file()
    stated = read_table(frequencies, columns, strings=columns[:3]) if there else pd.DataFrame(columns=columns)
    stated = stated[stated["hpo_id"].isin(facial.index) & (stated["number"].astype(float) > 0)]
    documents = [yaml.safe_load(Path(path).read_text(encoding="utf-8")) for path in recipes]
    of_label: Mapping[str, dict] = {str(document["label"]): document for document in documents}
    place = {hpo_id: number for number, hpo_id in enumerate(facial.index)}
    lines = []
    for name in classes:
        diseases = [str(each) for each in of_label.get(name, {}).get("diseases") or []]
        mine = stated[stated["disease"].isin(diseases)]
        for hpo_id in sorted(mine["hpo_id"].unique(), key=place.__getitem__):
            said = mine.loc[mine["hpo_id"] == hpo_id, "frequency"].map(lambda text: CATEGORY_NAMES.get(text, text))
            term = facial.loc[hpo_id]
            lines.append((name, term["region"], hpo_id, term["term"], "; ".join(dict.fromkeys(said))))
    return pd.DataFrame(lines, columns=TERMS)
