"""What must be said aloud of the leak table: in the log, and at the top of the report.

The rule: a probe of kind leak is above chance if its corrected interval is. It does as well as the face if its interval
also reaches the interval of the face embedding, the ceiling. A kind of file goes with a class if the corrected p is
below ALPHA.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gestalt_regions.core import io

ALPHA = 0.05
MOST = 5  # kinds of files that are named


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
    scored = leaks[leaks["images"] > 0]
    ceiling = scored[scored["kind"] == "ceiling"]
    loud, quiet = [], []
    for row in scored[(scored["kind"] == "leak") & (scored["low_corrected"] > scored["chance"])].itertuples():
        figures = (
            f"balanced accuracy {row.balanced_accuracy:.2f} [{row.low:.2f}, {row.high:.2f}], chance {row.chance:.2f}"
        )
        if len(ceiling) and row.high >= ceiling["low"].iloc[0]:
            face = f"the face embedding has {ceiling['balanced_accuracy'].iloc[0]:.2f}"
            told = f"{row.sees} ({row.probe}) tell the class as well as the face does: {figures}; {face}"
            loud.append(f"{told}. A network may have learned this and not the face")
        else:
            quiet.append(f"{row.sees} ({row.probe}) tell the class above chance: {figures}")
    return loud + quiet


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
