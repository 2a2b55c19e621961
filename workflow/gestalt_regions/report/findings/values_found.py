"""Whether the values of regions hold beside the truth: their order within a face, and their error in logits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gestalt_regions.evaluation.scored_maps import TRAINED
from gestalt_regions.evaluation.summary.region_values import NOTHING
from gestalt_regions.report.findings.finding import (
    FINDING,
    NOT_SHOWN,
    WARNING,
    Finding,
    Kind,
    counted,
    families,
    with_span,
)

THEME = "explanations"
WAYS = {"mean": "mean colour", "blur": "blur", "inpaint": "inpainting", "rendered": "rendering"}


def _shown_values(table: pd.DataFrame, policy: str) -> pd.DataFrame:
    """The region values of the trained networks: in logits where there are such, else under one policy."""
    table = table[table["network"] == TRAINED]
    in_logits = table["name"].isin(table.loc[table["measure"] == "error", "name"])
    return table[in_logits | table["policy"].isin(["", policy])]


def order_found(values: pd.DataFrame, policy: str, model: str, link: str) -> list[Finding]:
    """Say how well the best method orders the regions of a face, beside controls and priors.

    Parameters
    ----------
    values : pandas.DataFrame
        region_values.csv.
    policy : str
        Under which methods without a unit are read.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One; none without values.
    """
    table = _shown_values(values, policy)
    table = table[table["measure"] == "within_face"].dropna(subset="value").sort_values("value", ascending=False)
    methods, others = table[table["kind"] == "method"], table[table["kind"].isin(["control", "prior"])]
    if methods.empty:
        return []
    best = methods.iloc[0]
    text = (
        f"Beside the truth (what the network loses when rendering takes the signs of a region back), {best['name']} "
        f"orders the regions of a face best: {with_span(best)}."
    )
    kind: Kind = FINDING
    if len(others):
        rival = others.iloc[0]
        text += f" The best control or prior is {rival['name']}: {with_span(rival)}."
        ends = [best["low"], rival["high"]]
        if not np.isfinite(ends).all():
            kind, text = NOT_SHOWN, f"{text} Whether they are apart cannot be said: there are no intervals."
        elif best["low"] > rival["high"]:
            text += " The intervals are apart."
        else:
            kind, text = WARNING, f"{text} The intervals are not apart."
        text += " A prior knows only the mean truth of other families." if rival["kind"] == "prior" else ""
    return [
        Finding(
            rule="order",
            theme=THEME,
            kind=kind,
            text=text,
            what="Spearman correlation with the truth within a face",
            number=best["value"],
            low=best["low"],
            high=best["high"],
            level=best["level"],
            n=f"{int(best['images'])} images of {families(int(best['groups']))}",
            correction=f"not corrected: the best of {counted(len(methods), 'method')}",
            link=f"{link}#values-of-regions",
            model=model,
        )
    ]


def error_found(values: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Say by how many logits values in logits are wrong, beside saying nothing and the usual fills.

    Parameters
    ----------
    values : pandas.DataFrame
        region_values.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One for methods, one for fills.
    """
    table = values[(values["network"] == TRAINED) & (values["measure"] == "error")].dropna(subset="value")
    table = table.sort_values("value")
    zero = table[table["name"] == NOTHING]
    found = []
    for which, kind_of in (("method", "error"), ("fill", "fills")):
        part = table[table["kind"] == which]
        if part.empty:
            continue
        best = part.iloc[0]
        name = best["name"] if which == "method" else f"The best usual fill ({WAYS.get(best['name'], best['name'])})"
        text = f"{name} is wrong by {with_span(best)} logits on average, region by region."
        kind: Kind = FINDING
        if len(zero):
            none = zero.iloc[0]
            text += f" To say 0 of every region is wrong by {with_span(none)}."
            if not np.isfinite([best["low"], best["high"], none["low"], none["high"]]).all():
                kind, text = NOT_SHOWN, f"{text} Whether they are apart cannot be said."
            elif best["low"] > none["high"]:
                kind, text = WARNING, f"{text} So it is worse than to say nothing."
            elif best["high"] >= none["low"]:
                kind, text = WARNING, f"{text} They are not apart."
        prior = table[table["kind"] == "prior"]
        if which == "method" and len(prior):
            text += f" {prior.iloc[0]['name']}, which knows the mean truth of other families, has "
            text += f"{with_span(prior.iloc[0])}."
        found.append(
            Finding(
                rule=kind_of,
                theme=THEME,
                kind=kind,
                text=text,
                what="mean error in logits",
                number=best["value"],
                low=best["low"],
                high=best["high"],
                level=best["level"],
                n=f"{int(best['images'])} images of {families(int(best['groups']))}",
                link=f"{link}#values-of-regions",
                model=model,
            )
        )
    return found
