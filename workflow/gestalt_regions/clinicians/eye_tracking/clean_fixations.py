"""Fixations that count: whose face is known, on the picture, of readers with enough of them; the rest with reasons."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.clinicians.eye_tracking.fixation_files import FileSettings, read_fixation_files
from gestalt_regions.clinicians.eye_tracking.screen_geometry import Shown
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.hand_tables import read_hand_table
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.spelling import without_case
from gestalt_regions.faces import align

log = logging.getLogger("gestalt_regions")
ALL = "all"  # the group of every reader
CLEAN = ["reader", "face", "group", "start", "duration", "x", "y", "crop_x", "crop_y", "on_crop", "file"]
EXCLUDED = ["file", "reader", "face", "reason", "fixations", "detail"]
DETAILS = {
    "unreadable_file": "",
    "no_number": "place or duration is missing or no number",
    "no_picture": "no picture was shown",
    "other_eye": "both eyes were recorded, this one has fewer fixations of the trial",
    "before_onset": "began before the picture appeared",
    "unknown_face": "no usable face of the study is called so",
    "no_duration": "duration is zero or below",
    "too_short": "shorter than eye_tracking.min_duration_ms",
    "outside_picture": "beside the picture",
    "first_fixation": "the first on a picture, where the eyes were before it appeared",
    "few_fixations": "the reader has fewer than eye_tracking.min_fixations",
}


def _stem(name: str) -> str:
    return re.sub(r"\.(png|jpe?g|bmp|tiff?|webp|heic|gif)$", "", name, flags=re.IGNORECASE)


def face_names(samples: str, usable: Iterable[str], stimuli: str = "") -> dict[str, str]:
    """What pictures may be called: the sample, its file, or a name of a table.

    Parameters
    ----------
    samples : str
        Path of samples.csv.
    usable : iterable of str
        Faces that have a crop.
    stimuli : str
        Path of a table with the columns stimulus and face; "" for none.

    Returns
    -------
    dict
        Name without folder, ending and capitals -> sample_id; names that two faces share are left out.

    Raises
    ------
    InputError
        For a table that names an unknown face.
    """
    text, known = ["sample_id", "image"], set(usable)
    table = read_table(samples, text, text, only=text)
    table = table[table["sample_id"].isin(known)]
    named: dict[str, set[str]] = {}
    for row in table.itertuples():
        for name in {row.sample_id, _stem(Path(row.image).name)}:
            named.setdefault(without_case(name), set()).add(row.sample_id)
    names = {name: faces.pop() for name, faces in named.items() if len(faces) == 1}
    names |= {without_case(sample): sample for sample in table["sample_id"]}
    if stimuli:
        given = read_hand_table(stimuli, ["stimulus", "face"])
        for row, (stimulus, face) in enumerate(given.rows[["stimulus", "face"]].itertuples(index=False)):
            if without_case(face) not in names:
                raise given.error(row, f"no usable face '{face}' in the study")
            names[without_case(_stem(stimulus))] = names[without_case(face)]
    return names


@dataclass(frozen=True)
class GroupTable:
    """Groups of readers: of each reader, or of each reader on each face (successful or not)."""

    groups: Mapping[tuple[str, str], str]  # (reader, face or "") in small letters -> group

    def of(self, reader: str, face: str) -> str:
        """Give the group of a reader.

        Parameters
        ----------
        reader, face : str
            Names.

        Returns
        -------
        str
            "" if the table has none.
        """
        key = without_case(reader)
        return self.groups.get((key, without_case(face)), self.groups.get((key, ""), ""))


def read_groups(path: str) -> GroupTable:
    """Read a table with reader, group and, where a group is of one face alone, face.

    Parameters
    ----------
    path : str
        The table; "" for none.

    Returns
    -------
    GroupTable
        Its groups.

    Raises
    ------
    InputError
        For a reader with two groups, and a group with the name `all`.
    """
    if not path:
        return GroupTable({})
    table = read_hand_table(path, ["reader", "group"], {"face": ("sample_id",)})
    faces = table.rows["face"] if "face" in table.rows else pd.Series("", table.rows.index)
    groups: dict[tuple[str, str], str] = {}
    for row, (reader, face, group) in enumerate(zip(table.rows["reader"], faces, table.rows["group"], strict=True)):
        key = without_case(reader), without_case(face)
        if group.lower() == ALL:
            raise table.error(row, f"a group cannot be called '{ALL}', which has every reader; call it otherwise")
        if groups.setdefault(key, group) != group:
            raise table.error(row, f"reader '{reader}' has the groups '{groups[key]}' and '{group}'; keep one")
    return GroupTable(groups)


def _places(known: pd.DataFrame, shown: Mapping[str, Shown]) -> pd.DataFrame:
    """x, y in the photograph, crop_x, crop_y, and whether on the picture; NaN where the face is unknown."""
    places = pd.DataFrame(np.nan, known.index, ["x", "y", "crop_x", "crop_y"])
    places["inside"] = False
    for (face, frame), part in known.groupby(["face", "frame"], sort=False):
        if face not in shown:
            continue
        photo = shown[face].to_photo(part["x"].to_numpy(), part["y"].to_numpy(), frame)
        places.loc[part.index, ["x", "y"]] = photo
        places.loc[part.index, ["crop_x", "crop_y"]] = align.transform(shown[face].matrix, photo)
        places.loc[part.index, "inside"] = shown[face].inside(photo)
    return places


def clean(
    fixations: pd.DataFrame,
    names: Mapping[str, str],
    shown: Mapping[str, Shown],
    groups: GroupTable,
    *,
    size: int,
    min_duration_ms: float,
    min_fixations: int,
    leave_out_first: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tell fixations that count from those that do not.

    A fixation that is beside the aligned crop but on the picture counts (on_crop is false): its time is told, but maps,
    which end with the crop, are not judged by it.

    Parameters
    ----------
    fixations : DataFrame
        Of `read_fixation_files`.
    names : mapping
        Of `face_names`.
    shown : mapping
        Of `shown_faces`.
    groups : GroupTable
        Groups of readers.
    size : int
        Side of the crop, pixels.
    min_duration_ms : float
        Shorter ones do not count.
    min_fixations : int
        Readers with fewer do not count.
    leave_out_first : bool
        Whether the first fixation of each reader on each face does not count; without a start none is the first.

    Returns
    -------
    counted : DataFrame
        CLEAN; x and y in pixels of the photograph, times in milliseconds.
    excluded : DataFrame
        EXCLUDED: a line for each file, reader, picture and reason.
    """
    known = fixations.rename(columns={"left_out": "reason"}).copy()
    stimulus = known["stimulus"].map({name: Path(name.replace("\\", "/")).name for name in known["stimulus"].unique()})
    known["face"] = [names.get(without_case(_stem(name)), "") for name in stimulus]
    places = _places(known, shown)
    known["named"] = known["face"].where(known["face"] != "", known["stimulus"])
    for reason, chosen in (
        ("no_picture", known["stimulus"] == ""),
        ("unknown_face", known["face"] == ""),
        ("no_duration", known["duration"] <= 0),
        ("too_short", known["duration"] < min_duration_ms),
        ("outside_picture", ~places["inside"]),
    ):
        known.loc[chosen & (known["reason"] == ""), "reason"] = reason
    if leave_out_first:
        timed = known[(known["reason"] == "") & known["start"].notna()]
        known.loc[timed.groupby(["file", "reader", "face"])["start"].idxmin(), "reason"] = "first_fixation"
    counts = known[known["reason"] == ""].groupby("reader").size()
    few = known["reader"].map(counts).fillna(0) < min_fixations
    known.loc[few & (known["reason"] == ""), "reason"] = "few_fixations"
    lost = known[known["reason"] != ""].groupby(["file", "reader", "named", "reason"], sort=True).size()
    excluded = lost.rename("fixations").reset_index().rename(columns={"named": "face"})
    excluded["detail"] = excluded["reason"].map(DETAILS)
    kept = known.drop(columns=["x", "y"]).join(places)[known["reason"] == ""]
    given = [groups.of(reader, face) for reader, face in zip(kept["reader"], kept["face"], strict=True)]
    kept["group"] = np.where(np.array(given, object) == "", kept["group"], given)
    kept["on_crop"] = ((kept[["crop_x", "crop_y"]] >= -0.5) & (kept[["crop_x", "crop_y"]] < size - 0.5)).all(axis=1)
    kept = kept.sort_values(["reader", "face", "start"], kind="stable")
    return kept[CLEAN].reset_index(drop=True), excluded[EXCLUDED]


def write_clean_fixations(
    files: Iterable[str],
    outputs: Mapping[str, str],
    *,
    kind: str,
    settings: FileSettings,
    names: Mapping[str, str],
    shown: Mapping[str, Shown],
    groups: GroupTable,
    size: int,
    min_duration_ms: float,
    min_fixations: int,
    leave_out_first: bool,
) -> None:
    """Read, clean and write.

    Parameters
    ----------
    files : iterable of str
        Files of one kind.
    outputs : mapping
        fixations and excluded, the two tables.
    kind : str
        A key of `fixation_files.FORMATS`.
    settings : FileSettings
        What the config says of the files.
    names, shown, groups : mapping, mapping, GroupTable
        As `clean`.
    size, min_duration_ms, min_fixations, leave_out_first : int, float, int, bool
        As `clean`.

    Raises
    ------
    InputError
        If no file can be read or no fixation counts.
    """
    fixations, set_aside = read_fixation_files(files, kind, settings)
    counted, excluded = clean(
        fixations,
        names,
        shown,
        groups,
        size=size,
        min_duration_ms=min_duration_ms,
        min_fixations=min_fixations,
        leave_out_first=leave_out_first,
    )
    bad = pd.DataFrame(set_aside, columns=["file", "detail"]).assign(
        reader="", face="", reason="unreadable_file", fixations=0
    )
    excluded = pd.concat([bad[EXCLUDED], excluded], ignore_index=True)
    write_table(excluded, outputs["excluded"])
    for reason, part in excluded.groupby("reason", sort=True):
        log.warning("left out: %s: %d fixations in %d lines", reason, part["fixations"].sum(), len(part))
    if counted.empty:
        common = excluded.groupby("reason")["fixations"].sum().idxmax() if len(excluded) else "unknown"
        raise InputError(
            f"no fixation counts; the most frequent reason is {common} ({DETAILS.get(common, '')}); see the names of "
            "pictures, eye_tracking.screen and eye_tracking.picture"
        )
    log.info("%d fixations of %d readers on %d faces", len(counted), *counted[["reader", "face"]].nunique())
    write_table(counted, outputs["fixations"])


def load_fixations(path: str) -> pd.DataFrame:
    """Read fixations.csv.

    Parameters
    ----------
    path : str
        As `write_clean_fixations` writes it.

    Returns
    -------
    DataFrame
        CLEAN.
    """
    return read_table(path, CLEAN, ["reader", "face", "group", "file"])


def group_parts(fixations: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The fixations of each group of readers.

    Parameters
    ----------
    fixations : DataFrame
        CLEAN.

    Returns
    -------
    dict
        ALL first, then each group by name, where there are at least two.
    """
    groups = sorted(set(fixations["group"]) - {""})
    parts = {ALL: fixations}
    return parts | ({name: fixations[fixations["group"] == name] for name in groups} if len(groups) > 1 else {})
