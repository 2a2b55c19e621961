"""Cohort reader for GestaltMatcher Database (GMDB): its metadata folder as its users get it.

The folder has its own lists of gallery and test images (Hustinx et al. 2023, section 3.1.2).
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.age_and_sex import read_ages, read_sexes
from gestalt_regions.cohort.column_names import AGE, ANCESTRY, MONTHS, PERSON, SEX
from gestalt_regions.cohort.gallery_lists import COLUMNS as LISTED
from gestalt_regions.cohort.gallery_lists import FREQUENT, GALLERY, RARE, TEST, check
from gestalt_regions.cohort.photo_folder import find_photos
from gestalt_regions.cohort.readers.reader_registry import COLUMNS, Files, Settings, reader
from gestalt_regions.cohort.same_names import checked_cells, tied_names
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.hand_tables import read_hand_table
from gestalt_regions.core.remarks import remark
from gestalt_regions.core.spelling import bare, clean_names

log = logging.getLogger("gestalt_regions")

LISTS = [(group, role) for group in (FREQUENT, RARE) for role in (GALLERY, TEST)]
NAMED_TOO = {
    "image_id": ("image", "sample_id"),
    "subject": PERSON,
    "label": ("syndrome_id", "disorder_id"),
    "split": (),
}
# Used where they are there: the names of the disorders; sex, age and ancestry.
OPTIONAL = {"names": "gmdb_syndromes_{}.tsv", "attributes": "image_metadata_{}.tsv"}
NAMED = re.compile(r"gmdb_frequent_gallery_images_(?P<version>.+)\.csv")


def list_path(folder: str | Path, version: str, group: str, role: str) -> Path:
    """Where a list of the database is.

    Parameters
    ----------
    folder : path
        GMDB's metadata.
    version : str
        As in the file names.
    group, role : str
        Of gallery_lists.

    Returns
    -------
    Path
        gmdb_<group>_<role>_images_<version>.csv.
    """
    return Path(folder) / f"gmdb_{group}_{role}_images_{version}.csv"


def find_version(folder: str | Path, version: str) -> str:
    """The version in the file names.

    Parameters
    ----------
    folder : path
        GMDB's metadata.
    version : str
        The one that is asked for; "" for the only one.

    Returns
    -------
    str
        The version.

    Raises
    ------
    InputError
        Where there are none, or several and none is asked for.
    """
    if not Path(folder).is_dir():
        raise InputError(f"{folder}: no such folder (config key 'cohort.gmdb.metadata')")
    there = sorted(match["version"] for path in Path(folder).iterdir() if (match := NAMED.fullmatch(path.name)))
    if not there or (version and version not in there):
        named = f"gmdb_frequent_gallery_images_{version or 'v<version>'}.csv"
        raise InputError(f"{folder}: no {named}; versions there: {', '.join(there) or 'none'}")
    if len(there) > 1 and not version:
        raise InputError(f"{folder}: versions {', '.join(there)}; choose one with cohort.gmdb.version")
    return version or there[0]


def _read_names(folder: str | Path, version: str) -> dict[str, str] | None:
    """syndrome_id -> name, from gmdb_syndromes_<version>.tsv; None where it is not there. Like names get their id."""
    path = Path(folder) / OPTIONAL["names"].format(version)
    if not path.is_file():
        remark(f"{path}: not there; disorders are called by their numbers, and no label can be checked", warning=True)
        return None
    keys = ["syndrome_id", "syndrome_name"]
    given = read_hand_table(path, keys)
    ids, texts = (checked_cells(given.rows[key], key, given.place) for key in keys)
    if (repeated := ids.duplicated()).any():
        row = int(repeated.to_numpy().argmax())
        raise given.error(row, f"syndrome_id {ids[row]} is listed more than once")
    clear = ~texts.map(bare).duplicated(keep=False) & (texts != "")
    return dict(zip(ids, texts.where(clear, (texts + " (" + ids + ")").str.strip()), strict=True))


def _read_list(folder: str | Path, version: str, group: str, role: str) -> pd.DataFrame:
    """One of the four lists, with the file and line of each row; ids and labels as text, each in one form."""
    path = list_path(folder, version, group, role)
    keys = ["image_id", "subject", "label", *(["split"] if group == RARE else [])]
    given = read_hand_table(path, keys, {key: NAMED_TOO.get(key, ()) for key in keys})
    table = given.rows[keys].copy()
    for key in keys:
        if (empty := table[key] == "").any():
            raise given.error(int(empty.to_numpy().argmax()), f"no {key}")
        table[key] = checked_cells(table[key], given.titles[key], given.place)
    table["repeat"] = ""
    if group == RARE:
        if (wrong := ~table["split"].str.fullmatch("[0-9]+")).any():
            row = int(wrong.to_numpy().argmax())
            raise given.error(row, f"split '{table['split'][row]}' is no number from 0")
        table["repeat"] = (table["split"].astype(int) + 1).astype(str)
    table["place"] = [given.place(row) for row in table.index]
    return table.assign(group=group, role=role).rename(columns={"image_id": "sample_id", "subject": "subject_id"})


def read_lists(folder: str | Path, version: str = "") -> pd.DataFrame:
    """The four lists as one table of the form of splits.csv (gallery_lists.COLUMNS), labels as names where known.

    Each is gmdb_<group>_<role>_images_<version>.csv with image_id, subject and label (a syndrome_id); those of rare
    disorders have a column split, 0 upwards (Hustinx et al. 2023, section 3.1.2).

    Parameters
    ----------
    folder : path
        GMDB's metadata.
    version : str
        As in the file names; "" for the only one.

    Returns
    -------
    DataFrame
        gallery_lists.COLUMNS.

    Raises
    ------
    InputError
        For a missing file or column, a split that is no number, and all that `gallery_lists.check` refuses.
    """
    version = find_version(folder, version)
    lists = pd.concat([_read_list(folder, version, group, role) for group, role in LISTS], ignore_index=True)
    lists["subject_id"] = tied_names(lists["subject_id"], "subject", lists["place"].__getitem__)
    names = _read_names(folder, version)
    check(lists, Path(folder), names)
    if names:
        lists["label"] = lists["label"].map(names)
    return lists[LISTED]


def _read_attributes(folder: str | Path, version: str, known: pd.Series) -> pd.DataFrame:
    """sample_id, and sex, age (years) and ancestry as far as image_metadata_<version>.tsv has them."""
    path = Path(folder) / OPTIONAL["attributes"].format(version)
    if not path.is_file():
        return pd.DataFrame({"sample_id": pd.Series(dtype=str)})
    columns = {"image_id": (), "sex": SEX, "age": AGE, "age_months": MONTHS, "ancestry": ANCESTRY}
    given = read_hand_table(path, ["image_id"], columns)
    attributes = pd.DataFrame({"sample_id": clean_names(given.rows["image_id"])})
    for name, values in (("sex", read_sexes(given, lenient=True)), ("age", read_ages(given, lenient=True))):
        if values is not None:
            attributes[name] = values
    if "ancestry" in given.rows:
        attributes["ancestry"] = given.rows["ancestry"]
    attributes = attributes.drop_duplicates("sample_id")
    if not attributes["sample_id"].isin(known).any():
        remark(f"{path}: none of its images is in the lists; sex, age and ancestry are unknown", warning=True)
    return attributes


def read_gmdb(
    folder: str | Path, images: str | Path, pattern: str, version: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Samples and lists of the database.

    The gallery of the frequent disorders is what a network may be trained on (split `folds`); its test images and all
    of the rare disorders are held out. GMDB does not tell families, so the kin group is the subject.

    Parameters
    ----------
    folder : path
        GMDB's metadata.
    images : path or ""
        Folder of the photographs.
    pattern : str
        Their names, such as {image_id}.jpg.
    version : str
        As in the file names; "" for the only one.

    Returns
    -------
    samples : DataFrame
        COLUMNS and the attributes.
    lists : DataFrame
        gallery_lists.COLUMNS.

    Raises
    ------
    InputError
        If there is no folder of the photographs, and as `read_lists`.
    """
    lists = read_lists(folder, version)
    samples = lists.drop_duplicates("sample_id").copy()
    if images and not os.path.isdir(images):
        raise InputError(f"{images}: no such folder (config key 'cohort.gmdb.images')")
    names = samples["sample_id"].map(lambda name: pattern.replace("{image_id}", name))
    samples["image"] = find_photos(names, images, f"cohort.gmdb.pattern '{pattern}'") if images else names
    trained = (samples["group"] == FREQUENT) & (samples["role"] == GALLERY)
    samples["split"] = trained.map({True: "folds", False: "heldout"})
    samples["kin_group"], samples["simulated"] = samples["subject_id"], False
    attributes = _read_attributes(folder, find_version(folder, version), samples["sample_id"])
    return samples[COLUMNS].merge(attributes, on="sample_id", how="left"), lists


def _files(settings: Settings) -> Files:
    """The four lists of the version that is there, or that the config names, and those of OPTIONAL that are there."""
    version = find_version(settings["metadata"], settings["version"])
    tables = {name: Path(settings["metadata"], text.format(version)) for name, text in OPTIONAL.items()}
    lists = [str(list_path(settings["metadata"], version, *each)) for each in LISTS]
    return {"lists": lists} | {name: str(path) if path.is_file() else "" for name, path in tables.items()}


def _lists(settings: Settings) -> pd.DataFrame:
    """The lists, counted in the log."""
    lists = read_lists(settings["metadata"], settings["version"])
    for group, cell in lists.groupby("group"):
        log.info(
            "%s: %d images of %d subjects, %d disorders",
            group,
            cell["sample_id"].nunique(),
            cell["subject_id"].nunique(),
            cell["label"].nunique(),
        )
    return lists


@reader(
    "gmdb",
    place=3,
    description="reads GestaltMatcher Database's",
    settings={
        "metadata": "Folder gmdb_metadata, with gmdb_{frequent,rare}_{gallery,test}_images_<version>.csv, "
        "gmdb_syndromes_<version>.tsv and image_metadata_<version>.tsv (the last two are used where they are there).",
        "version": "Version in the file names, such as v1.0.3; empty: the only one there.",
        "images": "Folder of the photographs (gmdb_images).",
        "pattern": {
            "pattern": "[{]image_id[}]",
            "default": "{image_id}.jpg",
            "description": "Name of an image's file in that folder.",
        },
    },
    required={"metadata": "give the folder gmdb_metadata"},
    files=_files,
    lists=_lists,
)
def read_database(files: Files, settings: Settings) -> pd.DataFrame:
    """samples.csv of the database; HPO annotations it has none.

    Parameters
    ----------
    files : mapping
        `lists`, which are found by the settings.
    settings : mapping
        Config cohort.gmdb.

    Returns
    -------
    DataFrame
        The samples; see `read_gmdb`.
    """
    return read_gmdb(settings["metadata"], settings["images"], settings["pattern"], settings["version"])[0]
