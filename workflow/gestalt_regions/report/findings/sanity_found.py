"""Whether a map needs what the network has learned, and whether the networks of different folds explain alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.evaluation.scored_maps import TRAINED
from gestalt_regions.evaluation.summary.scores import ALL
from gestalt_regions.regions.sets import PAPER
from gestalt_regions.report.findings.finding import (
    FINDING,
    NOT_SHOWN,
    WARNING,
    Finding,
    Kind,
    Parts,
    families,
    figure,
    with_span,
)

THEME = "explanations"
REDRAWN, FOLDS = "redrawn_rank", "fold_coefficients"
COLUMNS = ["measure", "region_set", "policy", "fold", "method", "network", "control", "images", "groups", "value"]


def read_checks(path: Path) -> pd.DataFrame:
    """Read the two measures that are told of, of the methods alone.

    Parameters
    ----------
    path : Path
        scores.csv.

    Returns
    -------
    pandas.DataFrame
        COLUMNS, low, high and level; empty where there is no file.
    """
    columns = [*COLUMNS, "low", "high", "level"]
    if not path.exists():
        return pd.DataFrame(columns=columns)
    table = io.read_table(path, columns, COLUMNS[:7], only=columns)
    table = table[table["measure"].isin([REDRAWN, FOLDS]) & (table["network"] == TRAINED) & (table["fold"] == ALL)]
    return table[table["control"].str.lower() == "false"].dropna(subset="value")


def _about(row: pd.Series, model: str, link: str) -> Parts:
    return {
        "theme": THEME,
        "number": row["value"],
        "low": row["low"],
        "high": row["high"],
        "level": row["level"],
        "n": f"{int(row['images'])} images of {families(int(row['groups']))}",
        "link": link,
        "model": model,
    }


def redrawn_found(checks: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Name the method whose maps change least when all weights of the network are drawn again.

    Parameters
    ----------
    checks : pandas.DataFrame
        As from `read_checks`.
    model : str
        The network.
    link : str
        Page and anchor.

    Returns
    -------
    list of Finding
        One or none.
    """
    table = checks[checks["measure"] == REDRAWN].sort_values("value", kind="stable")
    if table.empty:
        return []
    most = table.iloc[-1]
    text = (
        f"When all weights of the network are drawn again, the maps of {most['method']} change least: their "
        f"correlation with the maps before is {with_span(most)}"
    )
    kind: Kind = FINDING
    if not np.isfinite(most["low"]):
        kind, text = NOT_SHOWN, f"{text}. On so few faces there is no interval, so nothing is decided."
    elif most["low"] > 0:
        kind, text = WARNING, f"{text}. Some of what they show does not come from what the network has learned."
    else:
        text += ". That maps of any method stay alike is not shown."
    about = _about(most, model, link) | {"what": f"correlation before and after, {most['method']}"}
    return [Finding(rule="redrawn", kind=kind, text=text, **about)]


def fold_agreement(checks: pd.DataFrame, policy: str, model: str, link: str) -> list[Finding]:
    """Say how alike the coefficients are that the networks of different folds give.

    Parameters
    ----------
    checks : pandas.DataFrame
        As from `read_checks`.
    policy : str
        Of the coefficients.
    model : str
        The network.
    link : str
        Page and anchor.

    Returns
    -------
    list of Finding
        One or none.
    """
    table = checks[(checks["measure"] == FOLDS) & (checks["region_set"] == PAPER) & (checks["policy"] == policy)]
    if table.empty:
        return []
    table = table.sort_values("value", kind="stable")
    least, most = table.iloc[0], table.iloc[-1]
    text = (
        f"The networks of different folds give the same face coefficients that correlate by {figure(least['value'])} "
        f"({least['method']}) to {figure(most['value'])} ({most['method']}). This is needed, and proves nothing: a map "
        "that looks at no network agrees with itself."
    )
    about = _about(least, model, link) | {"what": f"mean correlation, {least['method']}"}
    return [Finding(rule="fold_agreement", kind=FINDING, text=text, **about)]
