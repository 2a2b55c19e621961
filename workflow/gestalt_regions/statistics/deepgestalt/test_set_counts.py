"""What the further test sets of a study hold: photographs, people, classes, and those in which no face was found."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pandas as pd

from gestalt_regions.core import io
from gestalt_regions.statistics.toolkit import read

log = logging.getLogger("gestalt_regions")


def write_test_set_counts(
    *,
    samples_path: str,
    listed_paths: Mapping[str, str],
    excluded_paths: Mapping[str, str],
    csv_path: str,
    sections: Mapping[str, Mapping],
) -> None:
    """Write gestalt_test_sets.csv: a line for each set.

    Parameters
    ----------
    samples_path : str
        samples.csv of the study.
    listed_paths, excluded_paths : mapping
        Test set -> its samples.csv, its excluded.csv.
    csv_path : str
        Where the table goes: set, kind, of, occluder, photographs, people, groups, excluded, reasons, classes, missing
        (classes of the study without a photograph), simulated.
    sections : mapping
        Config gestalt.test_sets.
    """
    study = read.load_samples(samples_path, ("split",))
    classes = sorted(study.loc[study["split"] == "folds", "label"].unique())
    rows = []
    for name, section in sections.items():
        listed = read.load_samples(listed_paths[name], ())
        lost = io.read_table(excluded_paths[name], ["sample_id", "reason"], strings=["sample_id", "reason"])
        there = set(listed["label"])
        missing = [label for label in classes if label not in there]
        counts = lost["reason"].value_counts().sort_index()
        row = {
            "set": name,
            "kind": section["kind"],
            "of": section.get("of", ""),
            "occluder": section.get("occluder", ""),
        }
        row |= {"photographs": len(listed), "people": listed["subject_id"].nunique()}
        row |= {"groups": listed["kin_group"].nunique(), "excluded": len(lost)}
        row |= {"reasons": "; ".join(f"{reason}: {count}" for reason, count in counts.items())}
        row |= {"classes": len(there), "missing": "; ".join(missing), "simulated": bool(listed["simulated"].all())}
        rows.append(row)
        log.info("%s: %d photographs, %d without a usable face", name, len(listed), len(lost))
        if missing:
            log.info("%s: no photograph of %s", name, ", ".join(missing))
    io.write_table(pd.DataFrame(rows), csv_path)
