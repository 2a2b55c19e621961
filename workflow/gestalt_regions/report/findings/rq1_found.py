"""RQ1: which regions differ between a syndrome and the control class, and whether the methods agree (Table 3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.report.findings.finding import (
    FINDING,
    NOT_SHOWN,
    WARNING,
    Finding,
    Parts,
    counted,
    figure,
    named,
    table_of,
)
from gestalt_regions.statistics.toolkit.table_text import CORRECTION

THEME, CORRECTED = "regions", "corrected"
UNITS = {"image": "images", "subject": "people", "kin_group": "families"}


def _significant(tests: pd.DataFrame) -> pd.Series:
    return tests["significant"].astype(str).str.lower().isin(["true", "1", "1.0"])


def _correction(tests: pd.DataFrame) -> str:
    first = tests.iloc[0]
    within = "all tests" if first["family"] == "all" else "the tests of one method"
    size = first["family_size"]
    of = f" of {int(size)}" if np.isfinite(size) else ""
    return f"{CORRECTION.get(first['correction'], first['correction'])} within {within}{of}, alpha {first['alpha']:g}"


def differences_found(tests: pd.DataFrame, control: str, model: str, link: str) -> list[Finding]:
    """Count the tests that find a difference.

    Parameters
    ----------
    tests : pandas.DataFrame
        Rows of table3_tests.csv of one variant.
    control : str
        The control class.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One, and one more for tests that are undefined.
    """
    defined = tests[tests["p"].notna()]
    about: Parts = {"theme": THEME, "link": f"{link}#table-3-corrected", "model": model}
    if defined.empty:
        text = f"No test of a region against {control} could be made: too few faces, or undefined coefficients."
        return [Finding(rule="tests", kind=NOT_SHOWN, text=text, **about)]
    hits, methods = int(_significant(defined).sum()), defined["method"].nunique()
    text = (
        f"{hits} of {len(defined)} tests find a region whose coefficient differs between a syndrome and {control}. A "
        f"test is one of {counted(methods, 'method')}, a syndrome and a region."
    )
    units = tests[["n_control", "n_syndrome"]].max()
    unit = UNITS.get(tests["unit"].iloc[0], tests["unit"].iloc[0])
    row: Parts = about | {
        "what": "tests that find a difference",
        "number": hits,
        "n": f"at most {int(units['n_syndrome'])} {unit} of a syndrome against {int(units['n_control'])}",
        "correction": _correction(defined),
        "short": f"{hits} of {len(defined)} tests of regions find a difference",
    }
    found = [Finding(rule="tests", kind=FINDING if hits else NOT_SHOWN, text=text, **row)]
    if lost := len(tests) - len(defined):
        text = f"{lost} of {len(tests)} tests have no result: too few faces, or undefined coefficients."
        found.append(
            Finding(rule="undefined_tests", kind=NOT_SHOWN, text=text, what="undefined tests", number=lost, **about)
        )
    return found


def _direction(cell: pd.DataFrame) -> str:
    """What the significant tests of one cell say of the direction."""
    up = int((cell["rank_biserial"] > 0).sum())
    if up == len(cell):
        return "higher"
    return "lower" if up == 0 else "methods disagree on the direction"


def regions_found(tests: pd.DataFrame, control: str, level: float, model: str, link: str) -> list[Finding]:
    """Name the regions that differ, syndrome by syndrome, with the number of methods that say so.

    Parameters
    ----------
    tests : pandas.DataFrame
        Rows of table3_tests.csv of one variant, without methods that repeat another.
    control : str
        The control class.
    level : float
        Of the intervals, 0 to 1.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One for each syndrome with a difference.
    """
    found = []
    for syndrome, of_syndrome in tests[tests["p"].notna()].groupby("syndrome", sort=False):
        hits = of_syndrome[_significant(of_syndrome)]
        if hits.empty:
            continue
        methods, counts = of_syndrome.groupby("region")["method"].nunique(), hits["region"].value_counts()
        parts = [
            f"{region} ({count} of {methods[region]} methods; {_direction(hits[hits['region'] == region])})"
            for region, count in counts.items()
        ]
        agreed = [str(region) for region, count in counts.items() if count > methods[region] / 2]
        agree = f"More than half of the methods agree on {named(agreed)}." if agreed else "Less than half agree on any."
        agree = "" if methods.max() == 1 else f" {agree}"
        strongest = hits.loc[hits["rank_biserial"].abs().idxmax()]
        of = f"{strongest['region']}, {strongest['method']}"
        found.append(
            Finding(
                rule="regions",
                theme=THEME,
                kind=FINDING,
                text=f"{syndrome} differs from {control} in: {named(parts)}.{agree}",
                what=f"largest rank-biserial correlation ({of})",
                number=strongest["rank_biserial"],
                low=strongest["rank_biserial_low"],
                high=strongest["rank_biserial_high"],
                level=level,
                n=f"{int(strongest['n_syndrome'])} against {int(strongest['n_control'])} "
                f"{UNITS.get(strongest['unit'], strongest['unit'])}",
                correction=_correction(hits),
                link=f"{link}#table-3-corrected",
                model=model,
            )
        )
    return found


def nothing_found(tests: pd.DataFrame, power: pd.DataFrame | None, model: str, link: str) -> list[Finding]:
    """Name the syndromes without any difference, and the smallest effect that could have been found.

    Parameters
    ----------
    tests : pandas.DataFrame
        Rows of table3_tests.csv of one variant.
    power : pandas.DataFrame or None
        power.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One for syndromes without a difference, one for the smallest effect.
    """
    found = []
    any_hit = _significant(tests).groupby(tests["syndrome"], sort=False).any()
    none = [str(name) for name in any_hit[~any_hit].index]
    about: Parts = {"theme": THEME, "kind": NOT_SHOWN, "model": model}
    if none:
        text = f"No region of {named(none)} is shown to differ. That is not a proof that none does."
        what: Parts = {"what": "syndromes without a difference", "number": len(none), "n": f"{len(any_hit)} syndromes"}
        found.append(Finding(rule="no_region", text=text, link=f"{link}#table-3-corrected", **about, **what))
    rows = pd.DataFrame() if power is None else power[power["question"] == "RQ1"].dropna(subset="smallest")
    if len(rows):
        one, all_tests = rows[rows["family"] == rows["family"].min()], rows[rows["family"] == rows["family"].max()]
        low, high = all_tests["smallest"].min(), all_tests["smallest"].max()
        between = figure(low) if np.isclose(low, high) else f"{figure(low)} to {figure(high)}"
        text = (
            f"Smaller differences would mostly be missed. With these numbers, a study finds a difference of "
            f"{between} standard deviations (Cohen's d) in {rows['power'].iloc[0]:.0%} of tries; one test alone finds "
            f"{figure(one['smallest'].min())}. 0.8 is called large."
        )
        n = f"{int(rows['n'].min())} to {int(rows['n'].max())} against {int(rows['n_other'].max())} families"
        what = {"what": "smallest Cohen's d that is found", "number": high, "n": n}
        correction = f"corrected for {int(all_tests['family'].iloc[0])} tests"
        found.append(Finding(rule="power_rq1", text=text, correction=correction, link=f"{link}#power", **about, **what))
    elif power is not None:
        text = "How small a difference could have been found is not known: the groups are too small."
        found.append(Finding(rule="power_rq1", text=text, link=f"{link}#power", **about))
    return found


def variants_found(tests: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Say how the count of differences changes with how the tests are made.

    Parameters
    ----------
    tests : pandas.DataFrame
        table3_tests.csv, all variants.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One; none for a single variant.
    """
    parts, shares = [], []
    for variant, part in tests[tests["p"].notna()].groupby("variant", sort=False):
        hits = int(_significant(part).sum())
        parts.append(f"{str(variant).replace('_', ' ')} {hits} of {len(part)}")
        shares.append(hits / len(part))
    if len(parts) < 2:
        return []
    text = f"The count depends on how maps are scaled and tests are made: {named(parts)}."
    return [
        Finding(
            rule="variants",
            theme=THEME,
            kind=WARNING if min(shares) == 0 < max(shares) else FINDING,
            text=text + (" By one of these ways nothing is found." if min(shares) == 0 < max(shares) else ""),
            what="variants compared",
            number=len(parts),
            link=f"{link}#table-3-corrected",
            model=model,
        )
    ]


def rq1_found(base: Path, config: Mapping, model: str, link: str) -> list[Finding]:
    """Read what was found of the regions.

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
    control = config["statistics"]["control"]
    tables = base / model / "tables"
    names = ["variant", "method", "syndrome", "region", "unit", "correction", "family", "same_as", "significant"]
    tests = table_of(tables / "table3_tests.csv", ["variant", "p", "rank_biserial"], names)
    if not control or tests is None:
        why = "were not made in this study" if control else "need a control class, and the study has none"
        text = f"Regions were not compared: the tests {why}."
        return [Finding("tests", THEME, NOT_SHOWN, text, link=link, model=model)]
    tests = tests[tests["same_as"] == ""] if "same_as" in tests else tests
    chosen = CORRECTED if CORRECTED in set(tests["variant"]) else tests["variant"].iloc[0]
    of_variant = tests[tests["variant"] == chosen]
    return [
        *differences_found(of_variant, control, model, link),
        *regions_found(of_variant, control, config["statistics"]["bootstrap"]["level"], model, link),
        *nothing_found(of_variant, table_of(tables / "power.csv", ["question", "smallest"]), model, link),
        *variants_found(tests, model, link),
    ]
