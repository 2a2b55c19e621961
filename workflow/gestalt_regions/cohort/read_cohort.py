"""A cohort of photographs, by whichever registered reader, to samples.csv and what else the reader has."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gestalt_regions.cohort.matched_controls import with_controls
from gestalt_regions.cohort.readers.folder import read_annotations
from gestalt_regions.cohort.readers.reader_registry import Files, Reader, Settings, find_reader
from gestalt_regions.cohort.who_is_who import read_samples, who_is_who, who_line
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import as_csv, write_table
from gestalt_regions.core.remarks import Remark, remarks_kept

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


def cohort_tables(
    reader: Reader,
    samples: pd.DataFrame,
    said: Sequence[Remark],
    *,
    files: Files,
    settings: Settings,
    control: str,
    hpo_terms: str | Path,
    outputs: Mapping[str, str],
    chosen: Mapping[str, pd.DataFrame],
) -> dict[str, pd.DataFrame]:
    """Make the tables of a cohort that is read.

    Parameters
    ----------
    reader : Reader
        Its reader.
    samples : DataFrame
        What it read.
    said : sequence of Remark
        What was said of them.
    files, settings, control, hpo_terms, outputs : optional
        As of `read_cohort`.
    chosen : mapping of str to DataFrame
        Tables of `with_controls`; empty where the study adds no controls.

    Returns
    -------
    dict of str to DataFrame
        A table for each of the outputs.

    Raises
    ------
    InputError
        If the samples lack the control class, or a further table is bad.
    """
    labels = samples.loc[samples["split"] == "folds", "label"].unique()
    if control and control not in labels:
        raise InputError(
            f"cohort.kind {reader.name}: no image of the folds is '{control}' (statistics.control); "
            f"{nearest(control, labels)}"
        )
    tables = {"samples": mark_stand_ins(samples, Path(outputs["samples"]).parent)}
    if "who" in outputs:
        tables["who"] = who_is_who(tables["samples"], said)
    if "annotations" in outputs:
        tables["annotations"] = read_annotations(str(files.get("annotations") or ""), samples, hpo_terms)
    if reader.lists and "lists" in outputs:
        tables["lists"] = reader.lists(settings)
    return tables | dict(chosen)


def tables_digest(reader: Reader, samples: pd.DataFrame, said: Sequence[Remark], **about: Any) -> str:
    """Digest what would be written, to see whether files that people wrote say something else than before.

    The folder of the run is left out of paths: a study that is copied with its photographs is the same study.

    Parameters
    ----------
    reader, samples, said : optional
        As of `cohort_tables`.
    **about : optional
        Its other arguments.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    total = hashlib.sha256()
    with remarks_kept(aloud=False):
        tables = cohort_tables(reader, samples, said, **about)
    here = os.getcwd() + os.sep
    for name, table in sorted(tables.items()):
        total.update(f"{name}\n{as_csv(table)}".replace(here, "").encode())
    return total.hexdigest()[:16]


def read_cohort(
    *,
    kind: str,
    files: Files,
    settings: Settings,
    control: str,
    hpo_terms: str | Path,
    outputs: Mapping[str, str],
    controls: Mapping[str, Any] | None = None,
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
        gallery lists; the tables of `with_controls` where the study adds controls.
    controls : mapping, optional
        As `controls_settings` gives it.

    Raises
    ------
    InputError
        If a table is bad, or the samples lack a column or the control class.
    """
    reader = find_reader(kind)
    samples, said, chosen = with_controls(*read_samples(reader, files, settings), controls or {})
    log.info("%s", who_line(samples))
    tables = cohort_tables(
        reader,
        samples,
        said,
        files=files,
        settings=settings,
        control=control,
        hpo_terms=hpo_terms,
        outputs=outputs,
        chosen=chosen,
    )
    for name, table in tables.items():
        write_table(table, outputs[name])
