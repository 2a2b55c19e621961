"""Warnings of leaks: what is not the face and tells the class, and who is on both sides of a split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.checks.leak_probes import LEAKS
from gestalt_regions.checks.leak_warnings import file_warnings, probe_sentence, telling_probes
from gestalt_regions.report.findings.finding import (
    FINDING,
    NOT_SHOWN,
    TOO_FEW,
    WARNING,
    Finding,
    Parts,
    counted,
    families,
    named,
    span,
    table_of,
)

THEME = "leaks"
LINK, SPLIT = "cohort.html#leak-table", "cohort.html#audit-of-the-split"
CORRECTED = f"corrected for {LEAKS} probes (Bonferroni); the interval shown is not"
ON_BOTH_SIDES = {
    "subject": ("person", "people"),
    "kin_group": ("family", "families"),
    "image": ("identical picture", "identical pictures"),
    "near_copy": ("photograph with copies", "photographs with copies"),
}


def _of_probe(row: pd.Series) -> Parts:
    return {
        "what": "balanced accuracy",
        "number": row["balanced_accuracy"],
        "low": row["low"],
        "high": row["high"],
        "level": row["level"],
        "n": f"{int(row['images'])} images of {families(int(row['groups']))}, chance {row['chance']:.2f}",
        "link": LINK,
    }


def probes(leaks: pd.DataFrame) -> list[Finding]:
    """Say which probes of what is not the face tell the class.

    Parameters
    ----------
    leaks : pandas.DataFrame
        leaks.csv.

    Returns
    -------
    list of Finding
        A warning for each probe that does, or one sentence that none does.
    """
    told = telling_probes(leaks)
    found = []
    for _, row in told.iterrows():
        text = f"{probe_sentence(row)}."
        text = text[0].upper() + text[1:]
        found.append(Finding("probe", THEME, WARNING, text, correction=CORRECTED, **_of_probe(row)))
    scored = leaks[(leaks["kind"] == "leak") & (leaks["images"] > 0)]
    if scored.empty:
        text = "Whether something else than the face tells the class was not asked, or could not be."
        return [Finding("probe", THEME, NOT_SHOWN, text, link=LINK)]
    if found:
        return found
    best = scored.loc[scored["balanced_accuracy"].fillna(-1).idxmax()]
    if not np.isfinite(scored["low_corrected"]).any():
        text = f"Whether something else than the face tells the class cannot be decided: {TOO_FEW}."
        return [Finding("probe", THEME, NOT_SHOWN, text, **_of_probe(best))]
    text = (
        f"Of {counted(len(scored), 'probe')} that do not see the face, none tells the class above chance. The best "
        f"sees {best['sees']}. A weak leak can be missed."
    )
    return [Finding("probe", THEME, FINDING, text, correction=CORRECTED, **_of_probe(best))]


def shapes(leaks: pd.DataFrame) -> list[Finding]:
    """Name the probes that see some of the face and tell the class as well as the whole face does.

    Parameters
    ----------
    leaks : pandas.DataFrame
        leaks.csv.

    Returns
    -------
    list of Finding
        One or none.
    """
    scored = leaks[leaks["images"] > 0]
    face = scored[scored["kind"] == "ceiling"]
    part = scored[(scored["kind"] == "shape") & (scored["probe"] != "landmarks_truth")]
    if face.empty:
        return []
    part = part[(part["low"] > part["chance"]) & (part["high"] >= face["low"].iloc[0])]
    if part.empty:
        return []
    each = [f"{row.sees} ({row.balanced_accuracy:.2f} {span(row.low, row.high)})" for row in part.itertuples()]
    text = (
        f"Some of the outline or the pose tells the class as well as the whole face: {named(each)}. That may be a sign "
        "of the syndrome, or how the photographs were taken. The probe cannot decide."
    )
    return [Finding("shape_probe", THEME, NOT_SHOWN, text, **_of_probe(part.iloc[0]))]


def shuffled_control(leaks: pd.DataFrame) -> list[Finding]:
    """Warn if a probe finds classes in shuffled labels.

    Parameters
    ----------
    leaks : pandas.DataFrame
        leaks.csv.

    Returns
    -------
    list of Finding
        One or none.
    """
    control = leaks[(leaks["kind"] == "control") & (leaks["images"] > 0)]
    control = control[control["low"] > control["chance"]]
    text = "The probe finds classes in shuffled labels. Then the whole leak table is not to be trusted."
    return [Finding("shuffled", THEME, WARNING, text, **_of_probe(row)) for _, row in control.iterrows()]


def split_audit(audit: pd.DataFrame | None, copies_sought: bool) -> list[Finding]:
    """Say who is on both sides of a split.

    Parameters
    ----------
    audit : pandas.DataFrame or None
        fold_audit.csv; None if it has no row.
    copies_sought : bool
        Whether near copies of photographs were looked for.

    Returns
    -------
    list of Finding
        A warning for each kind, or one sentence that nobody is.
    """
    found = []
    rows = pd.DataFrame(columns=["check", "level", "group", "action", "n_images"]) if audit is None else audit
    for (check, level, action), part in rows.groupby(["check", "level", "action"], sort=False):
        number, images = part["group"].nunique(), int(part["n_images"].sum())
        many = counted(number, *ON_BOTH_SIDES.get(str(level), (str(level), "")))
        has = "has" if number == 1 else "have"
        if check == "labels":
            text = f"{many} {has} more than one label. One of the labels must be wrong."
        elif action == "dropped":
            text = f"{many} would be in the folds and held out, and were left out of the folds."
        elif check == "heldout":
            text = f"{many} {'is' if number == 1 else 'are'} in the folds and held out. "
            text += "The accuracy on held-out faces may be too good."
        else:
            text = f"{many} {'is' if number == 1 else 'are'} in more than one fold. The accuracy may be too good."
        kind = FINDING if action == "dropped" else WARNING
        n = counted(images, "image")
        what: Parts = {
            "what": ON_BOTH_SIDES.get(str(level), ("", str(level)))[1],
            "number": number,
            "n": n,
            "link": SPLIT,
        }
        found.append(Finding(f"split_{check}", THEME, kind, text, **what))
    if not found:
        alike = ", no picture and no copy of one" if copies_sought else " and no identical picture"
        text = f"No person, no family{alike} is on both sides of a split."
        found.append(Finding("split", THEME, FINDING, text, "groups on both sides", 0, link=SPLIT))
    if not copies_sought:
        text = "Copies of a photograph (cut, scaled, compressed again) were not looked for (config folds.near_copies)."
        found.append(Finding("near_copies", THEME, NOT_SHOWN, text, link=SPLIT))
    return found


def leaks_found(base: Path) -> list[Finding]:
    """Read what is known of leaks.

    Parameters
    ----------
    base : Path
        results/{cohort}.

    Returns
    -------
    list of Finding
        Warnings first as they come.
    """
    found: list[Finding] = []
    leaks = table_of(base / "tables" / "leaks.csv", ["low_corrected"])
    if leaks is not None:
        found += [*probes(leaks), *shuffled_control(leaks), *shapes(leaks)]
    text = ["fact", "value", "class"]
    files = table_of(base / "tables" / "file_classes.csv", text, text)
    for sentence in [] if files is None else file_warnings(files):
        line = f"{sentence[0].upper()}{sentence[1:]}."
        found.append(Finding("file", THEME, WARNING, line, link="cohort.html#leak-table"))
    names = ["check", "level", "group", "sides", "sample_ids", "action"]
    audit = table_of(base / "fold_audit.csv", names, names)
    return [*found, *split_audit(audit, (base / "faces" / "near_copies.csv").exists())]
