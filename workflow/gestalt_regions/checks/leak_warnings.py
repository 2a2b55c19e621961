"""What must be said aloud of the leak table: in the log, and at the top of the report.

The rule: a probe of kind leak is above chance if its corrected interval is. It does as well as the face if its interval
also reaches the interval of the face embedding, the ceiling. Where the interval reaches chance, or there is none, a
probe whose value is at least the ceiling's is named too, as what cannot be ruled out. A kind of file goes with a class
if the corrected p is below ALPHA.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io

ALPHA = 0.05
MOST = 5  # kinds of files that are named
AS_WELL, ABOVE, UNSURE = "as well as the face", "above chance", "cannot be ruled out"  # strongest first


def telling_probes(leaks: pd.DataFrame) -> pd.DataFrame:
    """List the probes of what is not the face that tell the class, or may.

    Parameters
    ----------
    leaks : DataFrame
        leaks.csv.

    Returns
    -------
    DataFrame
        Their rows with `strength` (AS_WELL, ABOVE or UNSURE), the strongest first, and `ceiling`, the face embedding's
        balanced accuracy (NaN without one).
    """
    scored = leaks[leaks["images"] > 0]
    face = scored[scored["kind"] == "ceiling"]
    value, low = (float(face[c].iloc[0]) if len(face) else np.nan for c in ("balanced_accuracy", "low"))
    probes = scored[scored["kind"] == "leak"].assign(ceiling=value, strength="")
    sure = probes["low_corrected"] > probes["chance"]
    probes.loc[sure, "strength"] = ABOVE
    probes.loc[sure & (probes["high"] >= low), "strength"] = AS_WELL
    reaches = (probes["balanced_accuracy"] >= value) & (probes["balanced_accuracy"] > probes["chance"])
    probes.loc[~sure & reaches, "strength"] = UNSURE
    told = probes[probes["strength"] != ""]
    place = told["strength"].map({AS_WELL: 0, ABOVE: 1, UNSURE: 2})
    return told.loc[place.sort_values(kind="stable").index]


def probe_sentence(probe: pd.Series) -> str:
    """Say what a telling probe tells.

    Parameters
    ----------
    probe : Series
        A row of `telling_probes`.

    Returns
    -------
    str
        A sentence without its full stop.
    """
    within = f" [{probe['low']:.2f}, {probe['high']:.2f}]" if np.isfinite(probe["low"]) else ""
    figures = f"balanced accuracy {probe['balanced_accuracy']:.2f}{within}, chance {probe['chance']:.2f}"
    what = f"{probe['sees']} ({probe['probe']})"
    face = f"the face embedding has {probe['ceiling']:.2f}"
    if probe["strength"] == AS_WELL:
        told = f"{what} tell the class as well as the face does: {figures}; {face}"
        return f"{told}. A network may have learned this and not the face"
    if probe["strength"] == UNSURE:
        told = f"{what} tell the class no worse than the face does, but may be at chance: {figures}; {face}"
        return f"{told}. A leak cannot be ruled out with so few families"
    return f"{what} tell the class above chance: {figures}"


def probe_warnings(leaks: pd.DataFrame) -> list[str]:
    """Say which probes tell the class from what is not the face.

    Parameters
    ----------
    leaks : DataFrame
        leaks.csv.

    Returns
    -------
    list of str
        A sentence for each, those that do as well as the face first.
    """
    return [probe_sentence(probe) for _, probe in telling_probes(leaks).iterrows()]


def file_warnings(files: pd.DataFrame) -> list[str]:
    """Say which kinds of files go with a class.

    Parameters
    ----------
    files : DataFrame
        file_classes.csv.

    Returns
    -------
    list of str
        A sentence for each, the least likely first; at most MOST, and one for the rest.
    """
    sure = files[files["p_corrected"] < ALPHA]
    told = []
    for row in sure.head(MOST).itertuples():
        value = f"{row.fact} {row.value}" if row.value else f"no {row.fact}"
        images, of_class = int(row.images), int(row.images_of_class)
        many = f"all {images}" if images == of_class else f"{of_class} of {images}"
        label = row._3  # the column `class`, a word of Python
        told.append(
            f"{value}: {many} images are of class {label} ({int(row.groups_of_class)} of {int(row.groups)} families, "
            f"corrected p = {row.p_corrected:.2g})"
        )
    if len(sure) > MOST:
        told.append(f"and {len(sure) - MOST} more kinds of files that go with a class (tables/file_classes.csv)")
    return told


def leak_warnings(base: Path) -> list[str]:
    """Read what must be said aloud of a cohort.

    Parameters
    ----------
    base : Path
        results/{cohort}.

    Returns
    -------
    list of str
        Sentences; none where the tables are not there.
    """
    leaks, files = base / "tables" / "leaks.csv", base / "tables" / "file_classes.csv"
    said = probe_warnings(io.read_table(leaks, ["low_corrected"])) if leaks.exists() else []
    text = ["fact", "value", "class"]
    return said + (file_warnings(io.read_table(files, text, strings=text)) if files.exists() else [])
