"""A cohort reader: one text file with a line `path <tab> class <tab> person` for each photograph."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
from gestalt_regions.cohort.readers.reader_registry import COLUMNS, Files, Settings, reader
from gestalt_regions.core.hand_tables import read_hand_table


@reader(
    "text_list",
    description="reads a text file with a line for each photograph",
    settings={"list": "The text file; paths are relative to its folder."},
    required={"list": "give the text file"},
    files=lambda settings: {"list": settings["list"]},
)
def read_text_list(files: Files, settings: Settings) -> pd.DataFrame:
    """samples.csv; nothing is held out, and a person is a kin group of their own."""
    path = str(files["list"])
    table = read_hand_table(path, ["image", "label", "subject_id"]).rows
    table["sample_id"] = [Path(name).stem for name in table["image"]]
    table["image"] = [os.path.abspath(os.path.join(os.path.dirname(path), name)) for name in table["image"]]
    return table.assign(kin_group=table["subject_id"], split="folds", simulated=False)[COLUMNS]
