"""scores.tex: one table for each group and region set, methods x measures."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gestalt_regions.evaluation.scored_maps import UNTRAINED
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.table_text import bounds, number

BEATS, OVERLAPS, WORSE = "*", "o", "-"
NOTE = (
    "Against the best control of the same column, the same method on an untrained network included: * its whole "
    "interval is better, o some interval overlaps, - its whole interval is worse. Intervals are not corrected for the "
    "number of cells. Below 10 kin groups there is neither interval nor mark. Chance: what random maps score on "
    "average. Within: a region is compared with the same region of other faces of its class alone."
)


def shown(scores: pd.DataFrame, show: Mapping) -> pd.DataFrame:
    """The rows for print: folds together.

    Parameters
    ----------
    scores : DataFrame
        scores.csv.
    show : mapping
        config evaluation.show: policy, sets; they count where the measure has them.

    Returns
    -------
    DataFrame
        Some of the rows.
    """
    part = scores[scores["fold"] == "all"]
    part = part[part["region_set"].isin([*show["sets"], ""])]
    return part[(part["region_set"] == "") | (part["policy"] == show["policy"])]


def mark(row: pd.Series) -> str:
    """How a method does against the best control.

    Parameters
    ----------
    row : Series
        A row of scores.csv.

    Returns
    -------
    str
        BEATS, OVERLAPS or WORSE; "" for a row that is not judged.
    """
    if row["beats_control"] not in (True, False):
        return ""
    return BEATS if row["beats_control"] else OVERLAPS if row["overlaps_control"] else WORSE


def _name_of(row: pd.Series) -> str:
    return f"{row['method']} (untrained)" if row["network"] == UNTRAINED else row["method"]


def latex(scores: pd.DataFrame, measures: Mapping[str, Mapping], show: Mapping, simulated: str) -> str:
    """The tables for print: one for each group, region set and policy, methods x measures.

    Parameters
    ----------
    scores : DataFrame
        scores.csv.
    measures : mapping
        The measures, as `measure_registry.described` gives them.
    show : mapping
        config evaluation.show: policy, sets.
    simulated : str
        What is said of a simulated cohort; "" of photographs.

    Returns
    -------
    str
        LaTeX.
    """
    tables = []
    for (group, region_set, sign), part in shown(scores, show).groupby(["group", "region_set", "policy"], sort=False):
        names = [name for name in measures if name in set(part["measure"])]
        rows = pd.DataFrame({"Method": part.apply(_name_of, axis=1).unique()})
        for name in names:
            of_measure = part[part["measure"] == name]
            cells = of_measure.apply(
                lambda row: " ".join(filter(None, [number(row["value"]), bounds(row["low"], row["high"]), mark(row)])),
                axis=1,
            )
            known = dict(zip(of_measure.apply(_name_of, axis=1), cells.str.strip(), strict=True))
            rows[measures[name]["label"]] = [known.get(method, "") for method in rows["Method"]]
        chance = {measures[n]["label"]: number(part.loc[part["measure"] == n, "chance"].iloc[0]) for n in names}
        rows = pd.concat([rows, pd.DataFrame([{"Method": "chance", **chance}])], ignore_index=True)
        parts = [f"group {group}", f"region set {region_set}" if region_set else "", f"policy {sign}" if sign else ""]
        level, images = part["level"].iloc[0], part["images"].max()
        caption = f"{simulated.capitalize()}. " if simulated else ""
        caption += f"Scores of the explanations, {', '.join(a for a in parts if a)}: value with {level:.0%} interval "
        caption += f"(bootstrap over kin groups), up to {images} images, all folds."
        label = "-".join(["tab:scores", group, *([region_set] if region_set else []), sign]).rstrip("-")
        tables.append(booktabs(rows, caption, label, [NOTE], long=True))
    return "\n".join(tables)
