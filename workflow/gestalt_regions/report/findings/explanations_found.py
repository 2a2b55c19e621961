"""Whether the explanations hold: ranks beside the controls, region values beside the truth, plausible pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.evaluation.perturb.plausibility import ADDED, ONE_FACE, PHOTOGRAPH, REGIONS
from gestalt_regions.evaluation.summary.ranking import GROUP, OVERALL
from gestalt_regions.report.findings.finding import (
    FINDING,
    NOT_SHOWN,
    WARNING,
    Finding,
    Kind,
    Parts,
    counted,
    figure,
    named,
    table_of,
    with_span,
)
from gestalt_regions.report.findings.sanity_found import fold_agreement, read_checks, redrawn_found
from gestalt_regions.report.findings.values_found import WAYS, error_found, order_found

THEME = "explanations"
GROUPS = {
    "recovery": "regions of the truth",
    "pixels": "pixels of the truth",
    "use": "what the network uses",
    "objective": "measures without truth",
}


def _apart(best: pd.Series, other: pd.Series) -> bool | None:
    """Whether the intervals of two mean ranks are apart, the first one better; None without intervals."""
    if not np.isfinite([best["low"], best["high"], other["low"], other["high"]]).all():
        return None
    return bool(best["high"] < other["low"])


def _is_control(table: pd.DataFrame) -> pd.Series:
    return table["control"].astype(str).str.lower().isin(["true", "1"])


def ranks_found(ranking: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Say whether the best method is apart from the best control, and how many methods are.

    Parameters
    ----------
    ranking : pandas.DataFrame
        ranking.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One or two.
    """
    table = ranking[(ranking["scope"] == OVERALL) & (ranking["same_as"] == "")].dropna(subset="rank")
    control = _is_control(table)
    methods, controls = table[~control].sort_values("rank"), table[control].sort_values("rank")
    about: Parts = {"theme": THEME, "link": f"{link}#ranking", "model": model}
    if methods.empty:
        text = "Methods were not ranked: no measure has values of all of them."
        return [Finding(rule="ranks", kind=NOT_SHOWN, text=text, **about)]
    best = methods.iloc[0]
    row: Parts = about | {
        "what": f"mean rank of {best['method']} (1 is the best of {len(table)})",
        "number": best["rank"],
        "low": best["low"],
        "high": best["high"],
        "level": best["level"],
        "n": f"{int(best['blocks'])} measures",
        "correction": "not corrected; measures share their faces, so that the interval is too narrow",
    }
    if controls.empty:
        text = (
            f"The best of {counted(len(methods), 'method')} is {best['method']}. There was no control to compare with."
        )
        return [Finding(rule="ranks", kind=NOT_SHOWN, text=text, **row)]
    rival = controls.iloc[0]
    apart = _apart(best, rival)
    text = (
        f"Over all measures the best method is {best['method']} (mean rank {with_span(best, 'rank')}), the best "
        f"control {rival['method']} ({with_span(rival, 'rank')}). "
    )
    kind: Kind = FINDING
    if apart is None:
        kind, said = NOT_SHOWN, "not known whether apart from the controls"
        text += "Whether they are apart cannot be said: there are no intervals."
    elif apart:
        said = "apart from every control"
        text += "They are apart. A control knows nothing of the network."
    else:
        kind, said = WARNING, f"not apart from the control {rival['method']}"
        text += "They are not apart: what knows nothing of the network does about as well."
    gap, cd = rival["rank"] - best["rank"], best["critical_difference"]
    if np.isfinite(cd) and apart and gap <= cd:
        kind = WARNING
        text += f" Yet by Nemenyi's test they are not: they differ by {figure(gap)}, and need {figure(cd)}."
        said = f"not surely apart from the control {rival['method']}"
    row["short"] = f"best explanation {best['method']}, {said}"
    found = [Finding(rule="ranks", kind=kind, text=text, **row)]
    above = [m["method"] for _, m in methods.iterrows() if _apart(m, rival)]
    if apart is not None and len(methods) > 1:
        text = f"{len(above)} of {len(methods)} methods are apart from the best control"
        text += f": {named(above)}." if above else "."
        last = methods.iloc[-1]
        text += f" The last method is {last['method']} (mean rank {with_span(last, 'rank')})."
        what: Parts = {
            "what": "methods apart from the best control",
            "number": len(above),
            "n": f"{len(methods)} methods",
        }
        found.append(Finding(rule="methods_apart", kind=FINDING if above else WARNING, text=text, **about, **what))
    return found


def controls_found(ranking: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Say what the controls get: noise, edges, and the others.

    Parameters
    ----------
    ranking : pandas.DataFrame
        ranking.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One; none without controls.
    """
    table = ranking[(ranking["scope"] == OVERALL) & (ranking["same_as"] == "")].dropna(subset="rank")
    table = table.sort_values("rank").reset_index(drop=True)
    controls = table[_is_control(table)]
    if controls.empty or len(controls) == len(table):
        return []
    each = [f"{row['method']} {with_span(row, 'rank')}" for _, row in controls.iterrows()]
    text = f"Mean ranks of the controls: {named(each, 8)}. Sobel is an edge filter, Random is noise."
    known = set(controls["method"])
    text = text if {"Sobel", "Random"} <= known else f"Mean ranks of the controls: {named(each, 8)}."
    beaten = int((~_is_control(table.loc[controls.index[0] :])).sum())
    text += f" The best control stands before {beaten} of {len(table) - len(controls)} methods."
    what: Parts = {
        "what": "methods behind the best control",
        "number": beaten,
        "n": f"{int(table['blocks'].iloc[0])} measures",
    }
    where: Parts = {"link": f"{link}#ranking", "model": model}
    return [Finding(rule="controls", theme=THEME, kind=WARNING if beaten else FINDING, text=text, **what, **where)]


def groups_found(ranking: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Say whether the groups of measures prefer the same method.

    Parameters
    ----------
    ranking : pandas.DataFrame
        ranking.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One; none for a single group.
    """
    table = ranking[(ranking["scope"] == GROUP) & (ranking["same_as"] == "")].dropna(subset="rank")
    table = table[~_is_control(table)]
    best = {str(group): part.loc[part["rank"].idxmin(), "method"] for group, part in table.groupby("group", sort=False)}
    if len(best) < 2:
        return []
    each = [f"{method} for {GROUPS.get(group, group)}" for group, method in best.items()]
    same = len(set(best.values())) == 1
    text = f"Which method is best {'does not depend' if same else 'depends'} on what is asked: {named(each)}."
    row: Parts = {
        "what": "different winners",
        "number": len(set(best.values())),
        "n": f"{len(best)} groups of measures",
    }
    where: Parts = {"link": f"{link}#ranking", "model": model}
    return [Finding(rule="groups", theme=THEME, kind=FINDING, text=text, **row, **where)]


def plausible(table: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Say whether pictures without a region are still faces.

    Parameters
    ----------
    table : pandas.DataFrame
        plausibility.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One or none.
    """
    table = table[(table["region"] == REGIONS) & (table["way"] != PHOTOGRAPH)]
    added, seen = (table[table["measure"] == name].dropna(subset="value") for name in (ADDED, ONE_FACE))
    if added.empty:
        return []
    added = added.sort_values("value")
    each = [f"{WAYS.get(row['way'], row['way'])} {with_span(row)}" for _, row in added.iterrows()]
    text = (
        f"A picture without a region lies further from other photographs than its own does, by: {named(each)} (cosine "
        "distance). The nearest to 0 is the most plausible."
    )
    if len(seen):
        lowest = seen.sort_values("value").iloc[0]
        text += f" The detector still finds one face in at least {lowest['value']:.0%} of them."
    best = added.iloc[0]
    return [
        Finding(
            rule="plausible",
            theme=THEME,
            kind=FINDING,
            text=text,
            what=f"added distance of {WAYS.get(best['way'], best['way'])}",
            number=best["value"],
            low=best["low"],
            high=best["high"],
            level=best["level"],
            n=f"{int(best['pictures'])} pictures of {counted(int(best['subjects']), 'person', 'people')}",
            link=f"{link}#plausibility",
            model=model,
        )
    ]


def explanations_found(base: Path, config: Mapping, model: str, link: str) -> list[Finding]:
    """Read whether the explanations hold.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    config : mapping
        The config of the study.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        What is not there says so.
    """
    folder = base / model / "evaluation"
    text = ["scope", "group", "measure", "region_set", "policy", "method", "same_as", "block"]
    shown_here = config["evaluation"]["in_report"]  # else the ranking is no input of the report
    ranking = table_of(folder / "ranking.csv", ["scope", "rank", "control"], text) if shown_here else None
    if ranking is None:
        said = "Whether the explanations are right was not judged in this study (config evaluation.in_report)."
        return [Finding("ranks", THEME, NOT_SHOWN, said, link=link, model=model)]
    found = [
        *ranks_found(ranking, model, link),
        *controls_found(ranking, model, link),
        *groups_found(ranking, model, link),
    ]
    shown = config["evaluation"]["show"]["policy"]
    names = ["name", "kind", "policy", "network", "measure"]
    values = table_of(folder / "region_values.csv", [*names, "value"], names)
    if values is None:
        said = "The truth of photographs is not known. Whether an explanation is right can only be judged indirectly."
        found.append(Finding("order", THEME, NOT_SHOWN, said, link=link, model=model))
    else:
        found += [*order_found(values, shown, model, link), *error_found(values, model, link)]
    checks = read_checks(folder / "scores.csv")
    found += redrawn_found(checks, model, f"{link}#sanity")
    found += fold_agreement(checks, shown, model, f"{link}#agreement")
    names = ["way", "region", "measure"]
    pictures = table_of(folder / "plausibility.csv", [*names, "value"], names)
    return found + ([] if pictures is None else plausible(pictures, model, link))
