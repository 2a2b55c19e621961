"""What was studied: faces, people, families, classes, networks; photographs or simulated faces."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from gestalt_regions.report.findings.finding import (
    FINDING,
    NOT_SHOWN,
    WARNING,
    Finding,
    Parts,
    counted,
    families,
    named,
    table_of,
)
from gestalt_regions.report.study_facts import look_notice
from gestalt_regions.statistics.toolkit.bootstrap import MIN_GROUPS

THEME, LINK = "studied", "cohort.html"


def faces_studied(samples: pd.DataFrame, folds: pd.DataFrame, excluded: pd.DataFrame | None) -> list[Finding]:
    """Count what was studied, and what was left out.

    Parameters
    ----------
    samples : pandas.DataFrame
        samples.csv: sample_id, label, simulated.
    folds : pandas.DataFrame
        folds.csv: the usable images.
    excluded : pandas.DataFrame or None
        faces/excluded.csv; None if nothing was excluded.

    Returns
    -------
    list of Finding
        One, and one more for images that were left out.
    """
    made = int(samples["simulated"].sum())
    word = "SIMULATED faces" if made == len(samples) else "photographs of faces"
    word = f"faces, {made} of them SIMULATED" if 0 < made < len(samples) else word
    people, kin, classes = (folds[column].nunique() for column in ("subject_id", "kin_group", "label"))
    held = int((folds["fold"] == "heldout").sum())
    text = (
        f"The study used {len(folds)} {word}. They are of {counted(people, 'person', 'people')} from {families(kin)}, "
        f"in {counted(classes, 'class', 'classes')}. "
    )
    text += f"{held} of them are held out: no network was trained on them." if held else "No face was held out."
    about = Finding("faces", THEME, FINDING, text, link=f"{LINK}#images-and-subjects")
    lost = [] if excluded is None else [_excluded(samples, excluded)]
    return [about, *lost]


def _excluded(samples: pd.DataFrame, excluded: pd.DataFrame) -> Finding:
    reasons = excluded["reason"].value_counts()
    why = named([f"{reason} ({count})" for reason, count in reasons.items()])
    text = f"{len(excluded)} of {counted(len(samples), 'image')} could not be used. Reasons: {why}."
    n = counted(len(samples), "image")
    return Finding(
        "excluded", THEME, FINDING, text, "images left out", len(excluded), n=n, link=f"{LINK}#excluded-images"
    )


def simulated_faces(samples: pd.DataFrame) -> list[Finding]:
    """Say what simulated faces cannot show.

    Parameters
    ----------
    samples : pandas.DataFrame
        samples.csv: simulated, and look where there is one.

    Returns
    -------
    list of Finding
        None for photographs.
    """
    if not samples["simulated"].any():
        return []
    text = "No number about a simulated face is about patients. How well a network does on photographs is not shown."
    warnings = [Finding("simulated", THEME, WARNING, text, link=LINK)]
    if notice := look_notice(samples):
        warnings.append(Finding("look", THEME, WARNING, notice, link=LINK))
    return warnings


def small_classes(folds: pd.DataFrame) -> list[Finding]:
    """Name the classes with too few families.

    Parameters
    ----------
    folds : pandas.DataFrame
        folds.csv: label, kin_group, fold.

    Returns
    -------
    list of Finding
        One.
    """
    trained = folds[folds["fold"] != "heldout"]
    kin = trained.groupby("label")["kin_group"].nunique().sort_values()
    if kin.empty:
        return []
    few = [f"{label} ({count})" for label, count in kin[kin < MIN_GROUPS].items()]
    rest: Parts = {
        "what": "families of the smallest class",
        "number": int(kin.iloc[0]),
        "link": f"{LINK}#images-and-subjects",
    }
    if few:
        text = (
            f"Some classes have few families in the folds: {named(few)}. An interval over fewer than {MIN_GROUPS} "
            "families is not given. What is said of these classes alone is a guess."
        )
        return [Finding("small_classes", THEME, NOT_SHOWN, text, **rest)]
    text = f"The smallest class, {kin.index[0]}, has {families(int(kin.iloc[0]))} in the folds."
    return [Finding("small_classes", THEME, FINDING, text, **rest)]


def label_noise(samples: pd.DataFrame) -> list[Finding]:
    """Say what is known of wrong labels.

    Parameters
    ----------
    samples : pandas.DataFrame
        samples.csv: label, and true_label of simulated faces.

    Returns
    -------
    list of Finding
        One; none where all labels are known to be right.
    """
    if "true_label" not in samples:
        text = "Labels were taken as they are given. Wrong ones cannot be seen here, and lower every score."
        return [Finding("label_noise", THEME, NOT_SHOWN, text, link=LINK)]
    wrong = int(((samples["true_label"] != samples["label"]) & (samples["true_label"] != "")).sum())
    if not wrong:
        return []
    text = (
        f"{wrong} of {len(samples)} labels are wrong on purpose (config cohort.label_noise). This lowers every score."
    )
    n = counted(len(samples), "image")
    return [Finding("label_noise", THEME, WARNING, text, "wrong labels", wrong, n=n, link=LINK)]


def networks_studied(config: Mapping) -> list[Finding]:
    """Count networks, folds, methods and training runs.

    Parameters
    ----------
    config : mapping
        The config of the study.

    Returns
    -------
    list of Finding
        One, and for networks that were trained once what that cannot show.
    """
    models, folds, repeats = list(config["models"]), config["folds"]["n"], config["folds"]["repeats"]
    methods = len(config["saliency"]["methods"])
    text = (
        f"{counted(len(models), 'network')} ({named(models)}), with {counted(folds, 'fold')}, trained "
        f"{'once' if repeats == 1 else f'{repeats} times'}. {counted(methods, 'saliency method')} for the explanations."
    )
    found = [Finding("networks", THEME, FINDING, text, link="time.html")]
    if repeats == 1:
        text = "Each network was trained once. How much the numbers change in a second training is not shown."
        found.append(Finding("one_training", THEME, NOT_SHOWN, text, link="time.html"))
    return found


def terms_not_shown(terms: pd.DataFrame | None) -> list[Finding]:
    """Say which terms the simulated look cannot show.

    Parameters
    ----------
    terms : pandas.DataFrame or None
        cohort/not_shown.csv.

    Returns
    -------
    list of Finding
        None if it shows all.
    """
    if terms is None:
        return []
    text = f"{counted(len(terms), 'sign')} of the syndromes cannot be shown by this look of the simulated faces."
    return [Finding("terms", THEME, NOT_SHOWN, text, "signs", len(terms), link=f"{LINK}#terms-not-shown")]


def studied(base: Path, config: Mapping) -> list[Finding]:
    """Read what was studied.

    Parameters
    ----------
    base : Path
        results/{cohort}.
    config : mapping
        The config of the study.

    Returns
    -------
    list of Finding
        In the order of the page.
    """
    from gestalt_regions.statistics.toolkit.read import load_samples

    samples = load_samples(base / "samples.csv", ["true_label", "look"])
    text = ["sample_id", "label", "subject_id", "kin_group", "fold"]
    folds = table_of(base / "folds.csv", text, text)
    if folds is None:
        folds = pd.DataFrame(columns=text, dtype=str)
    excluded = table_of(base / "faces" / "excluded.csv", ["reason"], ["sample_id", "reason"])
    return [
        *faces_studied(samples, folds, excluded),
        *networks_studied(config),
        *simulated_faces(samples),
        *small_classes(folds),
        *label_noise(samples),
        *terms_not_shown(table_of(base / "cohort" / "not_shown.csv")),
    ]
