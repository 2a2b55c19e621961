"""The parts of a case page for each class asked for: maps, regions, what would change the answer, signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from gestalt_regions.report.case_page import case_charts as charts
from gestalt_regions.report.case_page import case_sentences as words
from gestalt_regions.report.case_page.case_files import GROUPS, QUANTILES, Case
from gestalt_regions.report.case_page.case_images import coloured_map, region_outlines, uri_of_array

SIGNED = "signed_raw"  # the policy in which + speaks for the class and - against it


def method_order(case: Case) -> list[str]:
    """The methods, best standing first; those that were not scored keep their order behind them.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    list of str
        Methods that have a map.
    """
    standing = case.tables["standing"].drop_duplicates("method").set_index("method")["rank"]
    drawn = list(dict.fromkeys(case.tables["maps"]["method"]))
    rank = {method: standing.get(method, np.nan) for method in drawn}
    return sorted(drawn, key=lambda method: rank[method] if np.isfinite(rank[method]) else np.inf)


def standings(case: Case) -> dict[str, str]:
    """How far each method can be believed, from the evaluation.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    dict
        Method -> sentence.
    """
    unknown = dict.fromkeys(case.facts["methods"], "Not scored in this study.")
    said = dict(zip(case.tables["standing"]["method"], case.tables["standing"]["sentence"], strict=True))
    return unknown | {method: sentence[:1].upper() + sentence[1:] for method, sentence in said.items()}


def maps_of_class(case: Case, label: str) -> list[dict[str, str]]:
    """The coloured maps of a class, one a method; a method has one scale for all classes.

    Parameters
    ----------
    case : Case
        The files.
    label : str
        The class.

    Returns
    -------
    list of dict
        method, layer (data URI), scale.
    """
    table, drawn = case.tables["maps"], []
    for method in method_order(case):
        own = case.table("maps", class_=label, method=method)
        if own.empty:
            continue
        values = np.asarray(case.arrays["maps"][int(own["row"].iloc[0])])
        scale = float(table.loc[table["method"] == method, "scale"].max())
        layer = uri_of_array(coloured_map(values, scale))
        drawn.append({"method": method, "layer": layer, "scale": words.signed(scale)})
    return drawn


def outlines(case: Case) -> dict[str, str]:
    """Outlines of the regions, in pixels of the maps.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    dict
        Region -> SVG path.
    """
    with Image.open(case.folder / "regions.png") as picture:
        return region_outlines(np.asarray(picture), case.facts["regions"])


def policy_sentence(case: Case) -> str:
    """What the shown coefficients count.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    str
        A sentence.
    """
    policies = set(case.tables["regions"]["policy"])
    shown = SIGNED if SIGNED in policies else min(policies, default=SIGNED)
    return words.POLICIES.get(shown, f"They are those of the policy {shown}.")


def coefficients(case: Case, method: str) -> pd.DataFrame:
    """Region coefficients of a method under one policy, all classes.

    Parameters
    ----------
    case : Case
        The files.
    method : str
        The method.

    Returns
    -------
    pandas.DataFrame
        Rows of regions.csv; with signs, where the case has them.
    """
    rows = case.table("regions", method=method)
    policies = set(rows["policy"])
    chosen = SIGNED if SIGNED in policies else min(policies, default="")
    return rows[rows["policy"] == chosen].reset_index(drop=True)


def _groups(row: Mapping) -> dict[str, dict[str, float]]:
    return {group: {name: float(row[f"{group}_{name}"]) for name in QUANTILES} for group in GROUPS}


def regions_of_class(case: Case, label: str, method: str) -> dict[str, object]:
    """This face's coefficients beside those of the class and of the unaffected.

    Parameters
    ----------
    case : Case
        The files.
    label : str
        The class.
    method : str
        The method.

    Returns
    -------
    dict
        method, rows (region, coefficient, interval, class, control, chart), low, high (ends of the axis), compared.
    """
    everyone = coefficients(case, method)
    ends = ["coefficient", "low", "high", *(f"{group}_{q}" for group in GROUPS for q in ("q05", "q95"))]
    axis = charts.axis_over(everyone[ends].to_numpy(float).ravel())
    own, rows = everyone[everyone["class"] == label], []
    for row in own.to_dict("records"):
        patient = (row["coefficient"], row["low"], row["high"])
        beside = {g: words.percentile_words(row[f"{g}_percentile"], row[f"{g}_n"]) for g in GROUPS}
        numbers = {"coefficient": words.signed(patient[0]), "interval": " … ".join(map(words.signed, patient[1:]))}
        chart = charts.box_chart(axis, patient, _groups(row))
        rows.append({"region": words.plain(row["region"]), "key": row["region"], "chart": chart, **numbers, **beside})
    compared = bool((own[[f"{group}_n" for group in GROUPS]].fillna(0) > 0).to_numpy().any())
    limits = {"low": words.signed(axis.low), "high": words.signed(axis.high)}
    return {"method": method, "rows": rows, "compared": compared, **limits}


def _changes(case: Case, own: pd.DataFrame, axis: charts.Axis) -> list[dict[str, object]]:
    """Changes towards one class: those of regions first, the largest first."""
    beside = own["region"].isin([words.REST, words.OUTSIDE, words.LEFT])
    order = own.assign(beside=beside, size=-own["value"].abs()).sort_values(["beside", "size"], kind="stable")
    rows = []
    for row in order.to_dict("records"):
        numbers = (row["value"], row["low"], row["high"])
        towards = "" if row["towards"] == case.facts["control"] else row["towards"]
        pictured = np.isfinite(row["row"])
        rows.append(
            {
                "region": words.plain(row["region"]),
                "key": row["region"],
                "said": words.change_sentence(row["class"], row["region"], *numbers, towards),
                "value": row["value"],
                "number": words.with_interval(*numbers),
                "chart": charts.value_chart(axis, *numbers),
                "picture": uri_of_array(np.asarray(case.arrays["pictures"][int(row["row"])])) if pictured else "",
            }
        )
    return rows


def changes_of_class(case: Case, label: str) -> list[dict[str, Any]]:
    """What would change the answer.

    Parameters
    ----------
    case : Case
        The files.
    label : str
        The class.

    Returns
    -------
    list of dict
        One a class that the face was moved towards: towards, and rows (region, key, said, value, number, chart, and
        picture as a data URI or nothing), the largest change first; values of no region stand last.
    """
    everyone = case.tables["values"]
    best = min(everyone["method"], key=method_order(case).index, default="")
    own = case.table("values", class_=label, method=best)
    axis = charts.axis_over(everyone[["value", "low", "high"]].to_numpy(float).ravel())
    return [
        {"towards": towards, "rows": _changes(case, rows, axis)} for towards, rows in own.groupby("towards", sort=False)
    ]


def _why(changes: list[dict[str, Any]]) -> list[str]:
    """The largest change by one region; and what no region explains, where that is more."""
    rows = changes[0]["rows"] if changes else []
    rest = [row for row in rows if row["key"] == words.REST and abs(row["value"]) > abs(rows[0]["value"])]
    return [row["said"] for row in (*rows[:1], *rest)]


def signs_of_class(case: Case, label: str, method: str) -> list[dict[str, object]]:
    """HPO terms of the syndrome by region, beside the region's coefficient.

    Parameters
    ----------
    case : Case
        The files.
    label : str
        The class.
    method : str
        The method whose coefficients are shown.

    Returns
    -------
    list of dict
        region, coefficient (empty where the region has none), beside, terms (term, hpo_id, frequency); measured
        regions stand first.
    """
    table, rows = coefficients(case, method), []
    own = table[table["class"] == label].set_index("region")
    for region, terms in case.table("terms", class_=label).groupby("region", sort=False):
        shown = {"region": words.plain(region), "terms": terms[["term", "hpo_id", "frequency"]].to_dict("records")}
        shown |= {"coefficient": "", "beside": ""}
        if region in own.index:
            row = own.loc[region]
            beside = words.percentile_words(row["control_percentile"], row["control_n"])
            shown |= {"coefficient": words.signed(row["coefficient"]), "beside": beside}
        rows.append(shown)
    return sorted(rows, key=lambda row: row["coefficient"] == "")


def reasons(case: Case) -> list[dict[str, object]]:
    """Everything of each class asked for.

    Parameters
    ----------
    case : Case
        The files.

    Returns
    -------
    list of dict
        label, first, maps, regions (one a method), changes, why (sentences), signs.
    """
    methods = method_order(case)
    changes = {label: changes_of_class(case, label) for label in case.facts["asked"]}
    return [
        {
            "label": label,
            "first": place == 0,
            "maps": maps_of_class(case, label),
            "regions": [regions_of_class(case, label, method) for method in methods],
            "changes": changes[label],
            "why": _why(changes[label]),
            "signs": signs_of_class(case, label, methods[0]) if methods else [],
        }
        for place, label in enumerate(case.facts["asked"])
    ]
