"""RQ2: whether region coefficients go with HPO annotations (Table 4)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.report.findings.finding import (
    FINDING,
    NOT_SHOWN,
    WARNING,
    Finding,
    Kind,
    Parts,
    counted,
    families,
    figure,
    table_of,
)
from gestalt_regions.statistics.variants import variant_file

THEME = "hpo"


def _apart(table: pd.DataFrame) -> pd.DataFrame:
    """The cells whose interval leaves out zero."""
    return table[(table["rho_low"] > 0) | (table["rho_high"] < 0)]


def correlations(table: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Count the correlations whose interval leaves out zero, beside what chance alone gives.

    Parameters
    ----------
    table : pandas.DataFrame
        table4.csv: one row for each method and region.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One, and one more for undefined cells.
    """
    about: Parts = {"theme": THEME, "link": f"{link}#table-4-corrected", "model": model}
    defined = table[table["rho_mean"].notna()]
    if defined.empty:
        text = "Nothing can be said of coefficients and HPO annotations: too few annotated faces."
        return [Finding(rule="correlations", kind=NOT_SHOWN, text=text, **about)]
    strongest = defined.loc[defined["rho_mean"].abs().idxmax()]
    with_interval, level = defined[defined["rho_low"].notna()], float(strongest["level"])
    within = "within syndromes" if "within" in str(strongest["correlation"]) else "over all syndromes together"
    row: Parts = about | {
        "what": f"strongest correlation, Spearman ({strongest['region']}, {strongest['method']})",
        "number": strongest["rho_mean"],
        "low": strongest["rho_low"],
        "high": strongest["rho_high"],
        "level": level,
        "n": f"{int(strongest['n'])} images of {families(int(strongest['groups']))}, mean of {int(strongest['folds'])} "
        "fold networks",
    }
    found = []
    if with_interval.empty:
        text = (
            f"Coefficients and HPO annotations: {counted(len(defined), 'correlation')} {within}, none with an "
            "interval. Too few families. Whether they go together cannot be said."
        )
        found.append(Finding(rule="correlations", kind=NOT_SHOWN, text=text, **row))
    else:
        hits, cells = len(_apart(with_interval)), len(with_interval)
        chance = (1 - level) * cells
        text = (
            f"In {hits} of {cells} cells (a method and a region), the correlation of coefficient and HPO annotations "
            f"{within} has an interval without zero. Chance alone gives about {chance:.0f}."
        )
        kind: Kind = FINDING if hits > chance else NOT_SHOWN
        text += "" if hits > chance else " So it is not shown that they go together."
        row |= {
            "correction": f"not corrected: each interval is for one of {cells} cells",
            "short": f"{hits} of {cells} correlations with HPO annotations are apart from zero",
        }
        found.append(Finding(rule="correlations", kind=kind, text=text, **row))
    if lost := len(table) - len(defined):
        text = f"{lost} of {len(table)} correlations are undefined."
        what: Parts = {"what": "undefined cells", "number": lost}
        found.append(Finding(rule="undefined_cells", kind=NOT_SHOWN, text=text, **about, **what))
    left_out = int(table["left_out"].max()) if "left_out" in table and table["left_out"].notna().any() else 0
    if left_out:
        text = f"{left_out} annotated images were left out: their families are in the folds, too."
        what = {"what": "images left out", "number": left_out}
        found.append(Finding(rule="left_out", kind=FINDING, text=text, **about, **what))
    return found


def pooled(corrected: pd.DataFrame, published: pd.DataFrame | None, model: str, link: str) -> list[Finding]:
    """Set the published correlation, over all syndromes together, beside the one within syndromes.

    Parameters
    ----------
    corrected : pandas.DataFrame
        table4.csv.
    published : pandas.DataFrame or None
        table4_as_published.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One or none.
    """
    if published is None or "pooled" not in set(published["correlation"]) or published["rho_low"].isna().all():
        return []
    hits, within = len(_apart(published)), len(_apart(corrected))
    if hits <= within:
        return []
    text = (
        f"As published, over all syndromes together, {hits} of {len(published)} correlations are apart from zero; "
        f"within syndromes {within}. Each syndrome has its own list of terms, so the published correlation largely "
        "measures which syndrome a face has."
    )
    what: Parts = {"what": "correlations apart from zero, as published", "number": hits, "n": f"{len(published)} cells"}
    where: Parts = {"link": f"{link}#table-4-as_published", "model": model}
    return [Finding(rule="pooled", theme=THEME, kind=WARNING, text=text, correction="not corrected", **what, **where)]


def smallest_correlation(power: pd.DataFrame | None, model: str, link: str) -> list[Finding]:
    """Say which correlations would have been missed.

    Parameters
    ----------
    power : pandas.DataFrame or None
        power.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One; none without the table.
    """
    if power is None:
        return []
    rows = power[(power["question"] == "RQ2") & power["comparison"].str.contains("kin groups")]
    about: Parts = {"theme": THEME, "kind": NOT_SHOWN, "link": f"{link}#power", "model": model}
    known = rows.dropna(subset="smallest").sort_values("family")
    if known.empty:
        text = "How small a correlation could have been found is not known: too few annotated families."
        return [Finding(rule="power_rq2", text=text, **about)] if len(rows) else []
    one, whole = known.iloc[0], known.iloc[-1]
    text = (
        f"Smaller correlations would mostly be missed. With {families(int(one['n']))}, a study finds one of "
        f"{figure(whole['smallest'])} in {one['power']:.0%} of tries; one test alone finds {figure(one['smallest'])}."
    )
    what: Parts = {"what": "smallest correlation that is found", "number": whole["smallest"]}
    n = families(int(one["n"]))
    correction = f"corrected for {int(whole['family'])} cells"
    return [Finding(rule="power_rq2", text=text, n=n, correction=correction, **about, **what)]


def rq2_found(base: Path, model: str, link: str) -> list[Finding]:
    """Read what was found of HPO annotations.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        What is not there says so.
    """
    tables, text = base / model / "tables", ["method", "region", "correlation"]
    columns = [*text, "rho_mean", "rho_low", "rho_high"]
    files = {name: tables / f"{variant_file('table4', name)}.csv" for name in ("corrected", "as_published")}
    corrected, published = (table_of(path, columns, text) for path in files.values())
    if corrected is None:
        said = "Coefficients were not compared with HPO annotations."
        return [Finding("correlations", THEME, NOT_SHOWN, said, link=link, model=model)]
    corrected = corrected.assign(rho_mean=corrected["rho_mean"].replace([np.inf, -np.inf], np.nan))
    power = table_of(tables / "power.csv", ["question", "smallest"], ["question", "comparison"])
    return [
        *correlations(corrected, model, link),
        *pooled(corrected, published, model, link),
        *smallest_correlation(power, model, link),
    ]
