"""A look at the cohort's tables before the first job: what is wrong ends the run, what is likely wrong is said."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from gestalt_regions.cohort.matched_controls import controls_settings, with_controls
from gestalt_regions.cohort.readers.folder import read_annotations
from gestalt_regions.cohort.readers.reader_registry import BOX, POINTS, find_reader
from gestalt_regions.cohort.who_is_who import read_samples, who_line
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.remarks import Remark, remarks_kept
from gestalt_regions.core.spelling import column_key
from gestalt_regions.faces.detector_registry import GIVEN
from gestalt_regions.hpo.ratings import read_hpo_files
from gestalt_regions.study.check_classes import check_labels, never_learned, why_no_fine_tuning, why_no_folds

# Covariates that a table may lack: those of rendered faces, and those of the faces stage, which are not known yet.
MAY_LACK = {
    *("age", "sex", "expression", "yaw_measured", "pitch_measured"),
    *("score", "faces_found", "eye_distance", "residual", "outside"),
}
MOST_WORDS = 10
MOST_NEAR = 5000  # names among which a like one is looked for
ONTOLOGY = Path("results/assets/ontology/terms.csv")  # if it was made already, a refused HPO term is explained better


def check_covariates(samples: pd.DataFrame, names: Sequence[str], name: str) -> None:
    """Refuse a covariate that the samples do not have, or that is neither numbers nor few words.

    Parameters
    ----------
    samples : DataFrame
        samples.csv.
    names : sequence of str
        Config statistics.covariates.
    name : str
        Name of the cohort.

    Raises
    ------
    InputError
        That names the column, and the first image whose value is none.
    """
    for covariate in names:
        where = f"config statistics.covariates: '{covariate}'"
        if covariate not in samples:
            like = [column for column in samples if column_key(column) == column_key(covariate)]
            if covariate not in MAY_LACK or like:
                near = f"did you mean {like[0]}?" if like else nearest(covariate, samples.columns)
                raise InputError(f"{where} is no column of the table of the cohort '{name}'; {near}")
            continue
        if pd.api.types.is_numeric_dtype(samples[covariate]):
            continue
        text = samples[covariate].astype(str).where(samples[covariate].notna(), "")
        filled = text[text != ""]
        numbers = pd.to_numeric(filled, errors="coerce")
        wrong = numbers.isna()
        if filled.empty or not wrong.any() or (filled.nunique() <= MOST_WORDS and wrong.mean() > 0.5):
            continue
        row = int(wrong.to_numpy().argmax())
        sample, value = samples.loc[filled.index[row], "sample_id"], filled.iloc[row]
        raise InputError(
            f"{where} has {filled.nunique()} values, and that of image '{sample}' is '{value}'; give numbers, or at "
            f"most {MOST_WORDS} words, and nothing where it is unknown"
        )


class CohortLook(NamedTuple):
    """What the tables of a cohort say now."""

    lines: list[str]  # who is in it, and what was said
    impossible: Mapping[str, str]  # rule -> why it cannot be run, as far as the tables tell; "" where it can
    samples: pd.DataFrame | None = None  # None for a rendered cohort, or where a file is missing (Snakemake names it)
    said: Sequence[Remark] = ()  # of the samples
    chosen: Mapping[str, pd.DataFrame] = MappingProxyType({})  # tables of controls of another source


NO_LOOK = CohortLook([], {})


def check_sample_names(config: Mapping, samples: pd.DataFrame) -> None:
    """Refuse images that figures name and the cohort does not have.

    Parameters
    ----------
    config : mapping
        A valid config.
    samples : DataFrame
        samples.csv.

    Raises
    ------
    InputError
        It names the key and the image.
    """
    named = {f"figures.{name}": entry for name, entry in config["figures"].items() if isinstance(entry, Mapping)}
    named |= {f"matching.{name}": config["matching"][name] for name in ("sheet", "similarity")}
    known = set(samples["sample_id"])
    for where, entry in named.items():
        for sample in entry.get("samples", ()):
            if sample not in known:
                near = nearest(sample, samples["sample_id"]) if len(known) <= MOST_NEAR else "look into its table"
                raise InputError(f"config {where}.samples: no sample_id '{sample}' in the cohort; {near[:300]}")


def why_no_faces(samples: pd.DataFrame) -> str:
    """Say that no photograph of a cohort is there, where a folder of photographs is named.

    Parameters
    ----------
    samples : DataFrame
        samples.csv.

    Returns
    -------
    str
        What to do; "" if one is there, or if only the bare names of files are known.
    """
    paths = [path for path in samples["image"] if os.path.dirname(path)]
    if not paths or any(os.path.isfile(path) for path in paths):
        return ""
    return f"none of the {len(paths)} photographs is there, as {paths[0]}; name the right folder, or correct the table"


def look_at_cohort(config: Mapping, hpo_terms: str | Path) -> CohortLook:
    """Read the tables of a cohort as its first jobs will.

    Parameters
    ----------
    config : mapping
        A valid config.
    hpo_terms : path
        resources/hpo_terms.csv.

    Returns
    -------
    CohortLook
        What they say; no lines for a rendered cohort, or where a file is missing.

    Raises
    ------
    InputError
        For a table that a job would refuse.
    """
    cohort = config["cohort"]
    if cohort["kind"] == "synthetic":
        return CohortLook([], {"folds": why_no_folds(config)})
    reader = find_reader(cohort["kind"])
    settings = cohort[reader.name]
    files = reader.files(settings)
    paths = [path for given in files.values() for path in ([given] if isinstance(given, str) else given) if path]
    if not all(Path(path).exists() for path in paths):
        return NO_LOOK
    read = read_samples(reader, files, settings, aloud=False)
    samples, said, chosen = with_controls(*read, controls_settings(config), aloud=False)
    check_labels(samples, cohort["name"])
    check_sample_names(config, samples)
    ontology = ONTOLOGY if ONTOLOGY.is_file() else ""
    with remarks_kept(aloud=False) as of_annotations:
        if files.get("annotations"):
            read_annotations(str(files["annotations"]), samples, hpo_terms, ontology)
        if reader.ratings:
            read_hpo_files(reader.ratings(settings), samples, hpo_terms, ontology)
    check_covariates(samples, config["statistics"]["covariates"], cohort["name"])
    if config["faces"]["detector"] == GIVEN and (
        lacking := [name for name in (*POINTS, *BOX, "score") if name not in samples]
    ):
        raise InputError(f"config faces.detector is given, but the cohort's table has no column {lacking[0]}")
    lines = [f"cohort {cohort['name']}: {who_line(samples)}"]
    lines += [f"{'warning: ' if each.warning else ''}{each.text}" for each in [*said, *of_annotations]]
    if unlearned := never_learned(samples):
        lines.append(f"warning: {unlearned}")
    alone = "" if reader.lists else why_no_fine_tuning(config, samples)
    folds = why_no_folds(config, samples)
    impossible = {"faces_shard": why_no_faces(samples), "folds": folds, "fine_tune": alone}
    return CohortLook(lines, impossible, samples, said, chosen)
