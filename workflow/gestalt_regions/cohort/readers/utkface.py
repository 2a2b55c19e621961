"""Cohort reader for UTKFace (Zhang et al. 2017): unaffected people of 0 to 116 years, told by the names of the files.

A name is [age]_[gender]_[race]_[date&time].jpg, of the aligned crops with .chip.jpg behind it. Age, gender and race
were estimated by a network and checked by people (https://susanqq.github.io/UTKFace). The names tell no persons.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gestalt_regions.cohort.readers.reader_registry import COLUMNS, Files, Settings, reader
from gestalt_regions.cohort.sample_names import safe_name
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import remark

FIELDS = ("age", "gender", "race", "date&time")
GENDERS = {"0": "male", "1": "female"}
RACES = {"0": "White", "1": "Black", "2": "Asian", "3": "Indian", "4": "Others"}  # as the data set calls them
OLDEST = 116
ENDINGS = (".jpg", ".jpeg", ".png")
EXCLUDED = ["image", "reason"]
_END = re.compile(r"\s*\.?(?:jpe?g|png)(?:\.chip\.jpg)?$", re.IGNORECASE)  # some lack the first point, or have a blank


class Person(NamedTuple):
    """What the name of a file says."""

    name: str  # without its endings
    age: int  # years
    sex: str
    race: str


def read_name(file: str) -> Person | str:
    """Read the name of one file.

    Parameters
    ----------
    file : str
        Such as 26_1_2_20170116184024662.jpg.chip.jpg.

    Returns
    -------
    Person or str
        What it says, or why it is not used. A file that lacks a field is not used: which one it lacks is a guess.
    """
    name = _END.sub("", os.path.basename(file))
    fields = name.split("_")
    if len(fields) != len(FIELDS):
        return f"its name has {len(fields)} of the {len(FIELDS)} fields {'_'.join(f'[{field}]' for field in FIELDS)}"
    if not all(field.isascii() and field.isdigit() for field in fields):
        return f"a field of its name is no number: {name}"
    age, gender, race, _ = fields
    if int(age) > OLDEST:
        return f"age is {age}; documented are 0 to {OLDEST}"
    if gender not in GENDERS:
        return f"gender is {gender}; documented are 0 (male) and 1 (female)"
    if race not in RACES:
        return f"race is {race}; documented are 0 to {len(RACES) - 1}"
    return Person(name, int(age), GENDERS[gender], RACES[race])


def list_photographs(folder: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the photographs of a folder and those below it, and those of them that are not used.

    Parameters
    ----------
    folder : path
        Of UTKFace: the whole photographs (part1 to part3) or the aligned crops.

    Returns
    -------
    people : DataFrame
        image (absolute path), name, age (years), sex, ancestry; in the order of the paths.
    excluded : DataFrame
        image and reason.

    Raises
    ------
    InputError
        If there is no such folder, or no photograph of such a name in it.
    """
    if not os.path.isdir(folder):
        raise InputError(f"{folder}: no such folder; give the one that UTKFace was unpacked to")
    rows, excluded, names = [], [], set()
    paths = sorted(
        os.path.join(place, file)
        for place, _, files in os.walk(os.path.abspath(folder), followlinks=True)
        for file in files
        if file[0] != "." and file.casefold().endswith(ENDINGS)
    )
    # Of a photograph and its aligned crop the photograph is taken: it shows what is around the face.
    for path in sorted(paths, key=lambda path: (path.casefold().endswith(".chip.jpg"), path)):
        person = read_name(path)
        if isinstance(person, str):
            excluded.append((path, person))
        elif person.name in names:
            excluded.append((path, f"another file is {person.name}, too"))
        else:
            names.add(person.name)
            rows.append((path, *person))
    if not rows:
        raise InputError(
            f"{folder}: none of its {len(paths)} photographs has a name as UTKFace's: 26_1_2_20170116184024662.jpg"
        )
    people = pd.DataFrame(rows, columns=["image", "name", "age", "sex", "ancestry"]).sort_values("image")
    if excluded:
        remark(f"{folder}: {len(excluded)} of {len(paths)} photographs are left out; the first: {excluded[0][0]}: "
               f"{excluded[0][1]}")  # fmt: skip
    return people.reset_index(drop=True), pd.DataFrame(excluded, columns=EXCLUDED).sort_values("image")


def read_utkface(folder: str | Path, label: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read all of it as a cohort: each photograph is a person of its own, as the names tell no persons.

    Parameters
    ----------
    folder : path
        As of `list_photographs`.
    label : str
        The class of all.

    Returns
    -------
    samples : DataFrame
        COLUMNS, age (years), sex and ancestry.
    excluded : DataFrame
        As of `list_photographs`.
    """
    samples, excluded = list_photographs(folder)
    samples["sample_id"] = [f"utkface-{safe_name(name)}" for name in samples["name"]]
    samples["subject_id"] = samples["kin_group"] = samples["sample_id"]
    samples = samples.assign(label=label, split="folds", simulated=False)
    return samples[[*COLUMNS, "age", "sex", "ancestry"]], excluded


@reader(
    "utkface",
    place=4,
    description="reads UTKFace, unaffected people of all ages, by the names of its files; mostly of use as controls of "
    "patients (cohort.controls)",
    settings={
        "images": "Folder that UTKFace was unpacked to.",
        "label": {"minLength": 1, "default": "Unaffected", "description": "The class of all its photographs."},
    },
    required={"images": "give the folder that UTKFace was unpacked to"},
    files=lambda settings: {},
)
def read_cohort_of_utkface(files: Files, settings: Settings) -> pd.DataFrame:
    """samples.csv of UTKFace alone.

    Parameters
    ----------
    files : mapping
        None.
    settings : mapping
        Config cohort.utkface.

    Returns
    -------
    DataFrame
        The samples; see `read_utkface`.
    """
    return read_utkface(settings["images"], settings["label"])[0]
