"""How well a network recognises the classes: beside chance, and beside a probe on a general face embedding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from gestalt_regions.report.findings.finding import (
    FINDING,
    NOT_SHOWN,
    TOO_FEW,
    WARNING,
    Finding,
    Kind,
    Parts,
    families,
    figure,
    named,
    span,
    table_of,
)
from gestalt_regions.statistics.table2 import OVERALL

THEME = "recognition"
SIDES = {"top-1, folds": "faces that it was not trained on", "top-1, held-out": "held-out faces"}


def exact_end(groups: int, level: float, right: bool = True) -> float:
    """Give the exact (Clopper-Pearson) end of a share that is 1, or 0, in every one of some independent groups.

    Parameters
    ----------
    groups : int
        How many.
    level : float
        Of the interval, 0 to 1.
    right : bool
        Whether the share is 1; else it is 0.

    Returns
    -------
    float
        The lower end for 1, the upper end for 0.
    """
    share = binomtest(groups if right else 0, groups).proportion_ci(level, method="exact")
    return float(share.low if right else share.high)


def _whole(row: pd.Series, about: Parts) -> list[Finding]:
    """Warn of a bootstrap interval without width: all faces are right, or none is."""
    groups = int(row["groups"])
    if groups == 0 or row["mean"] not in (0.0, 1.0):
        return []
    right = row["mean"] == 1
    end = exact_end(groups, row["level"], right)
    text = (
        f"{'All' if right else 'None'} of the {int(row['images'])} faces are recognised. The bootstrap interval "
        f"then has no width, which is not certainty. With {families(groups)}, an exact interval "
        f"{'begins' if right else 'ends'} at {end:.2f}."
    )
    ends: Parts = {"low": end, "high": 1.0} if right else {"low": 0.0, "high": end}
    correction = "exact interval (Clopper and Pearson), each family counted once"
    return [Finding(**about | ends, rule="whole", kind=WARNING, text=text, correction=correction)]


def accuracy(top1: pd.DataFrame, table2: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Say how many faces are recognised, beside always naming the largest class.

    Parameters
    ----------
    top1 : pandas.DataFrame
        table2_accuracy.csv.
    table2 : pandas.DataFrame
        table2.csv: class, n.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One for the folds, one for the held-out set, and warnings.
    """
    found: list[Finding] = []
    counts = table2.loc[table2["class"] != OVERALL, "n"]
    largest = float(counts.max() / counts.sum()) if counts.sum() else np.nan
    for _, row in top1[top1["images"] > 0].iterrows():
        on = SIDES[row["quantity"]]
        about: Parts = {
            "theme": THEME,
            "what": "top-1 accuracy",
            "number": row["mean"],
            "level": row["level"],
            "n": f"{int(row['images'])} images of {families(int(row['groups']))}, {int(row['folds'])} fold networks",
            "link": f"{link}#accuracy",
            "model": model,
        }
        text = f"The network names the right class for {row['mean']:.0%} of the {on}."
        if row["quantity"] == "top-1, folds" and np.isfinite(largest):
            text += f" Always naming the largest class would be right for {largest:.0%}. {_verdict(row, largest)}"
            within = f" {span(row['low'], row['high'])}".rstrip()
            about["short"] = f"accuracy {figure(row['mean'])}{within} (largest class {figure(largest)})"
        elif not np.isfinite(row["low"]):
            text += f" There are {TOO_FEW}."
        kind: Kind = NOT_SHOWN if row["quantity"] == "top-1, folds" and not row["low"] > largest else FINDING
        rule = "accuracy" if row["quantity"] == "top-1, folds" else "accuracy_heldout"
        found.append(Finding(**about, rule=rule, kind=kind, text=text, low=row["low"], high=row["high"]))
        found += _whole(row, about | {"short": ""})
    return found


def _verdict(row: pd.Series, largest: float) -> str:
    if not np.isfinite(row["low"]):
        return f"Which is better cannot be said: {TOO_FEW}."
    if row["low"] > largest:
        return "The interval is above that."
    return "The interval is below that." if row["high"] < largest else "That it does better is not shown."


def beside_the_probe(leaks: pd.DataFrame, table2: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Compare the network with a linear probe on a general face embedding, both by their mean recall of the classes.

    Parameters
    ----------
    leaks : pandas.DataFrame
        leaks.csv.
    table2 : pandas.DataFrame
        table2.csv: class, recall_mean.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One; none without the probe.
    """
    face = leaks[(leaks["kind"] == "ceiling") & (leaks["images"] > 0)]
    overall = table2.loc[table2["class"] == OVERALL, "recall_mean"]
    if face.empty or overall.empty or not np.isfinite(overall.iloc[0]):
        return []
    row, recall = face.iloc[0], float(overall.iloc[0])
    probe = f"{row['balanced_accuracy']:.2f} {span(row['low'], row['high'])}".rstrip()
    if not np.isfinite(row["low"]):
        verdict = f"Which is better cannot be said: {TOO_FEW}."
    elif recall > row["high"]:
        verdict = "The network is above the interval of the probe."
    elif recall < row["low"]:
        verdict = "The network is below the interval of the probe: its training lost something, or had too few faces."
    else:
        verdict = "That either is better is not shown."
    text = (
        f"A linear probe on a general face embedding has {probe}; the network has {recall:.2f} (mean recall of the "
        f"classes). {verdict}"
    )
    return [
        Finding(
            rule="beside_the_probe",
            theme=THEME,
            kind=FINDING,
            text=text,
            what="mean recall of the network",
            number=recall,
            n=f"{int(row['images'])} images of {families(int(row['groups']))}",
            link="cohort.html#leak-table",
            model=model,
        )
    ]


def classes_recognised(table2: pd.DataFrame, model: str, link: str) -> list[Finding]:
    """Name the class that is recognised best, the one recognised worst, and values that are undefined.

    Parameters
    ----------
    table2 : pandas.DataFrame
        table2.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        At most two.
    """
    found = []
    classes = table2[table2["class"] != OVERALL].dropna(subset="recall_mean").sort_values("recall_mean", kind="stable")
    about: Parts = {"theme": THEME, "link": f"{link}#table-2", "model": model}
    if len(classes) > 1:
        worst, best = classes.iloc[0], classes.iloc[-1]
        text = (
            f"Best recognised is {best['class']} ({best['recall_mean']:.0%} of its faces), least {worst['class']} "
            f"({worst['recall_mean']:.0%}). These shares have no interval: the spread over folds is "
            f"{figure(best['recall_sd'])} and {figure(worst['recall_sd'])} (standard deviation)."
        )
        n = f"{int(worst['n'])} images of {worst['class']}"
        recall = f"recall of {worst['class']}"
        row: Parts = about | {"what": recall, "number": worst["recall_mean"], "n": n}
        found.append(Finding(rule="classes", kind=FINDING, text=text, **row))
    broken = table2[table2["note"].astype(str).str.contains("undefined")]
    broken = broken[broken["class"] != OVERALL]
    if len(broken):
        text = f"Scores of {named(list(broken['class']))} are undefined in some folds, and left out there (Table 2)."
        what: Parts = {"what": "classes with undefined scores", "number": len(broken)}
        found.append(Finding(rule="undefined_scores", kind=NOT_SHOWN, text=text, **about, **what))
    return found


def over_runs(accuracies: pd.DataFrame, tests: pd.DataFrame | None, model: str, link: str) -> list[Finding]:
    """Say how much a second training changes.

    Parameters
    ----------
    accuracies : pandas.DataFrame
        training_runs/table2_accuracy.csv.
    tests : pandas.DataFrame or None
        training_runs/table3_tests.csv.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    list of Finding
        One for the accuracy, one for the tests of Table 3.
    """
    found = []
    about: Parts = {"theme": THEME, "kind": FINDING, "model": model, "link": f"{link}#training-runs"}
    for _, row in accuracies[accuracies["quantity"] == "top-1, folds"].iterrows():
        text = (
            f"Trained {int(row['runs'])} times, the network is right for {row['lowest_run']:.0%} to "
            f"{row['highest_run']:.0%} of the faces. The interval holds both, other families and other trainings."
        )
        ends: Parts = {"low": row["low"], "high": row["high"], "level": row["level"]}
        what: Parts = {"what": "top-1 accuracy", "number": row["value"], "n": f"{int(row['runs'])} training runs"}
        found.append(Finding(rule="over_runs", text=text, **about, **what, **ends))
    of_variant = pd.DataFrame() if tests is None else tests[tests["variant"] == "corrected"]
    if len(of_variant):
        yes, runs = of_variant["significant_runs"], int(of_variant["runs"].max())
        some, every = int(((yes > 0) & (yes < runs)).sum()), int((yes == runs).sum())
        text = (
            f"Of {len(of_variant)} tests of regions, {every} find a difference in all {runs} runs, {some} only in some."
        )
        what = {"what": "tests that depend on the run", "number": some, "n": f"{runs} training runs"}
        found.append(Finding(rule="tests_over_runs", text=text, **about, **what))
    return found


def calibration(reliability: pd.DataFrame | None, model: str, link: str) -> Finding:
    """Say whether the network is right as often as its probabilities say.

    Parameters
    ----------
    reliability : pandas.DataFrame or None
        reliability.csv: set, stage, confidence, accuracy, ece, ece_floor and ece_change with its interval.
    model : str
        The network.
    link : str
        Its page.

    Returns
    -------
    Finding
        What is not there says so.
    """
    about: Parts = {"rule": "calibration", "theme": THEME, "model": model, "link": link}
    part = pd.DataFrame() if reliability is None else reliability[reliability["set"] == "folds"].set_index("stage")
    if part.empty or not {"before", "after"} <= set(part.index):
        text = (
            "Whether the probabilities of the network are right (calibration) is not tested here; "
            "`snakemake reliability` tests it. Read them as an order of the classes, not as a chance."
        )
        return Finding(kind=NOT_SHOWN, text=text, **about)
    before, after = part.loc["before"], part.loc["after"]
    text = (
        f"The network says {before['confidence']:.2f} on average, and is right for {before['accuracy']:.2f} of the "
        f"faces. The gap (expected calibration error) is {before['ece']:.3f}; chance alone gives "
        f"{before['ece_floor']:.3f}. "
    )
    low, high = after["ece_change_low"], after["ece_change_high"]
    kind: Kind = FINDING
    if not np.isfinite(low):
        kind, text = NOT_SHOWN, f"{text}Whether calibration makes it smaller cannot be said: {TOO_FEW}."
    elif high < 0:
        kind, text = WARNING, f"{text}Calibration makes it smaller, so the probabilities as they are are not right."
    else:
        text += "That calibration makes it smaller is not shown."
    what: Parts = {"what": "change by calibration", "number": after["ece_change"], "low": low, "high": high}
    n = f"{int(before['images'])} images of {families(int(before['groups']))}"
    return Finding(kind=kind, text=text, n=n, **(about | what | {"link": f"{link}#reliability"}))


def recognised(base: Path, model: str, link: str) -> list[Finding]:
    """Read how well a network recognises the classes.

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
    tables = base / model / "tables"
    table2 = table_of(tables / "table2.csv", ["class", "n", "recall_mean"], ["class", "note"])
    top1 = table_of(tables / "table2_accuracy.csv", ["quantity", "mean", "low"], ["quantity", "note"])
    if table2 is None or top1 is None:
        text = "Nothing was trained in this study, so nothing is said of recognition."
        return [Finding("accuracy", THEME, NOT_SHOWN, text, link=link, model=model)]
    leaks = table_of(base / "tables" / "leaks.csv", ["low_corrected"])
    reliability = table_of(tables / "reliability.csv", ["set", "stage", "ece", "ece_floor"], ["set", "stage", "note"])
    runs = base / model / "training_runs"
    of_runs = table_of(runs / "table2_accuracy.csv", ["quantity", "value", "runs"], ["quantity"])
    tests = table_of(runs / "table3_tests.csv", ["variant", "significant_runs"], ["variant"])
    return [
        *accuracy(top1, table2, model, link),
        *([] if of_runs is None else over_runs(of_runs, tests, model, link)),
        *([] if leaks is None else beside_the_probe(leaks, table2, model, link)),
        *classes_recognised(table2, model, link),
        calibration(reliability, model, link),
    ]
