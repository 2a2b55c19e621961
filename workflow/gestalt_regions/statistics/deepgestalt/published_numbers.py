"""Which numbers of Gurovich et al. (2019) follow from its own counts: each is computed again.

Where the paper gives a share and no count, the nearest count is taken. It rounds some numbers and cuts others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table, write_text
from gestalt_regions.statistics.toolkit.label_permutations import exact_top1_p
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.proportions import FORMS, bootstrap_quantile, exact_interval, proportions_p

COLUMNS = ["experiment", "quantity", "place", "published", "kind", "hits", "of", "stated", "counted"]
TAILS = {"low": 0.025, "high": 0.975}  # every interval of the paper is of 95 %
GENES, PER_GENE = 5, 5  # of the test set of the specialised model
SMALLEST = 1e-12


def agreement(published: str, value: float) -> str:
    """Whether a printed number is a value, to the digits it was printed with.

    Parameters
    ----------
    published : str
        As printed, such as 95.67.
    value : float
        What it should be.

    Returns
    -------
    str
        yes: rounded, up or down at a half; cut: only if further digits are cut off; no.
    """
    unit = 10.0 ** -len(published.partition(".")[2])
    printed = float(published)
    if abs(value - printed) <= unit / 2 * (1 + SMALLEST) + SMALLEST:
        return "yes"
    return "cut" if 0 <= value - printed < unit else "no"


def _values(row: pd.Series) -> Iterator[tuple[str, float]]:
    """(form of the test, or nothing; what the number should be) of one published number."""
    kind, n = row["kind"], int(row["of"])
    if kind == "p":
        for form in FORMS:
            yield form, proportions_p(row["hits"] / n, n, row["stated"] / 100, n, form)
    elif kind == "permutation":
        balanced = [PER_GENE] * GENES
        yield "exact, each gene predicted five times", exact_top1_p(balanced, balanced, int(row["hits"]))
    elif kind == "share":
        yield "", 100 * row["hits"] / n
    else:
        yield "percentile bootstrap of images", 100 * bootstrap_quantile(int(row["hits"]), n, TAILS[kind])


def recomputed(published: pd.DataFrame) -> pd.DataFrame:
    """Every published number beside what its counts give.

    Parameters
    ----------
    published : pandas.DataFrame
        resources/deepgestalt_published.csv: experiment, quantity, place, published (text), kind (share, low, high, p,
        permutation), hits, of, stated (per cent), counted (paper: it gives the count; nearest: the nearest count
        to its share; share: its share as it is).

    Returns
    -------
    pandas.DataFrame
        experiment, quantity, place, published, form, recomputed, agrees (yes, cut, no), hits, of, counted,
        exact_low, exact_high: Clopper and Pearson's interval of a share, per cent. A test has a row for each form.
    """
    rows = []
    for _, row in published.iterrows():
        low, high = np.nan, np.nan
        if row["kind"] == "share":
            low, high = (100 * bound for bound in exact_interval(row["hits"], int(row["of"]), 0.95))
        for form, value in _values(row):
            bound = row["kind"] == "permutation"
            agrees = (
                ("yes" if value < float(row["published"]) else "no") if bound else agreement(row["published"], value)
            )
            rows.append(
                {name: row[name] for name in ("experiment", "quantity", "place", "published")}
                | {"form": form, "recomputed": value, "agrees": agrees, "hits": row["hits"], "of": int(row["of"])}
                | {"counted": row["counted"], "exact_low": low, "exact_high": high}
            )
    return pd.DataFrame(rows)


def write_published(published_path: str, csv_path: str | os.PathLike, tex_path: str | os.PathLike) -> None:
    """Write gestalt_published.csv and .tex.

    Parameters
    ----------
    published_path : str
        resources/deepgestalt_published.csv.
    csv_path, tex_path : str or path
        The table for machines, and for print.
    """
    text = ["experiment", "quantity", "place", "published", "kind", "counted"]
    published = read_table(published_path, COLUMNS, strings=text)
    for name in ("hits", "of", "stated"):
        published[name] = pd.to_numeric(published[name])
    table = recomputed(published)
    write_table(table, csv_path)
    digits = table["published"].map(lambda text: len(text.partition(".")[2]))
    is_p = table["quantity"].str.contains(r"\bP\b")
    values = [
        f"{value:.1e}" if value < 1e-4 else f"{value:.{4 if p else n + 2}f}"
        for value, n, p in zip(table["recomputed"], digits, is_p, strict=True)
    ]
    shown = pd.DataFrame(
        {
            "Experiment": table["experiment"],
            "Quantity": table["quantity"]
            + [f" ({form})" if form and p else "" for form, p in zip(table["form"], is_p, strict=True)],
            "Count": [f"{hits:g}/{n}" for hits, n in zip(table["hits"], table["of"], strict=True)],
            "Published": table["published"],
            "Recomputed": values,
            "Agrees": table["agrees"],
        }
    )
    caption = (
        "Numbers of Gurovich et al. (2019) computed again from their counts. Agrees: yes, to the digits printed; cut, "
        "only if further digits are cut off; no."
    )
    notes = [
        "Intervals: the percentile bootstrap over images tends to quantiles of a binomial distribution.",
        "Where the paper gives no count, the nearest one is taken.",
        "It gives two lower bounds for one accuracy, 90.62 and 90.1; only the first is a multiple of 1/32.",
    ]
    columns = r"p{0.17\linewidth}p{0.36\linewidth}rrrl"
    write_text(booktabs(shown, caption, "tab:gestalt_published", notes, columns, long=True), tex_path)
