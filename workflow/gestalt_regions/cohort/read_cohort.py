"""A cohort of photographs, by whichever registered reader, to samples.csv and what else the reader has."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.readers.folder import read_annotations
from gestalt_regions.cohort.readers.reader_registry import find_reader
from gestalt_regions.cohort.who_is_who import read_samples, who_is_who, who_line
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import write_table

log = logging.getLogger("gestalt_regions")

STAND_INS = "SIMULATED.txt"  # pictures beside a file of this name are simulated, whatever a table says


def mark_stand_ins(samples: pd.DataFrame, folder: str | Path) -> pd.DataFrame:
    """Call simulated what lies beside the marker of a rehearsal: no table can make a report of it that looks real.

    Parameters
    ----------
    samples : DataFrame
        With image and simulated.
    folder : path
        What images are relative to.

    Returns
    -------
    DataFrame
        The same, `simulated` true for each image in a folder that has the file STAND_INS.
    """
    folders = samples["image"].map(lambda path: os.path.dirname(os.path.join(folder, path)))
    marked = {place for place in folders.unique() if os.path.isfile(os.path.join(place, STAND_INS))}
    stand_ins = folders.isin(marked)
    if stand_ins.any():
        log.warning("%d of %d images are SIMULATED stand-ins (%s)", stand_ins.sum(), len(samples), STAND_INS)
    return samples.assign(simulated=samples["simulated"].astype(bool) | stand_ins)


def read_cohort(
    *,
    kind: str,
    files: Mapping[str, str | list[str]],
    settings: Mapping[str, str],
    control: str,
    hpo_terms: str | Path,
    outputs: Mapping[str, str],
) -> None:
    """Write the tables of a cohort that is read.

    Parameters
    ----------
    kind : str
        Name of the reader.
    files : mapping
        The reader's input files by name.
    settings : mapping
        Config cohort.<kind>.
    control : str
        Class that must be among the labels of the folds; "" for none.
    hpo_terms : path
        resources/hpo_terms.csv.
    outputs : mapping
        `samples`; `who`, who is who; `annotations` where no rule makes them of ratings; `lists` where the reader has
        gallery lists.

    Raises
    ------
    InputError
        If a table is bad, or the samples lack a column or the control class.
    """
    reader = find_reader(kind)
    samples, said = read_samples(reader, files, settings)
    log.info("%s", who_line(samples))
    labels = samples.loc[samples["split"] == "folds", "label"].unique()
    if control and control not in labels:
        raise InputError(
            f"cohort.kind {kind}: no image of the folds is '{control}' (statistics.control); {nearest(control, labels)}"
        )
    samples = mark_stand_ins(samples, Path(outputs["samples"]).parent)
    write_table(samples, outputs["samples"])
    if "who" in outputs:
        write_table(who_is_who(samples, said), outputs["who"])
    if "annotations" in outputs:
        annotations = files.get("annotations") or ""
        write_table(read_annotations(str(annotations), samples, hpo_terms), outputs["annotations"])
    if reader.lists and "lists" in outputs:
        write_table(reader.lists(settings), outputs["lists"])
