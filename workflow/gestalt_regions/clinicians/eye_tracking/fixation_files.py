"""Files of fixations, as eye-trackers' programs export them: one function for each kind, and all files of a study.

Names of columns are those of Tobii Pro Lab's data export and metrics export (older versions and Tobii Studio too) and
of SR Research's Data Viewer (fixation report); lines of .asc files are those of edf2asc.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.clinicians.eye_tracking.fixation_columns import (
    FIXATIONS,
    MISSING,
    PICTURE,
    SCREEN,
    SHARE,
    as_fixations,
    read_columns,
    title_key,
)
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.text_files import read_text

IMAGE = ["image", "imagefile", "imagename", "picture", "stimulus", "stimulusname", "stim", "img", "photo", "face"]
TOBII = {
    "reader": ["participantname", "participant", "recordingname", "recording"],
    "recording": ["recordingname", "recording"],
    "stimulus": ["presentedstimulusname", "presentedmedianame", "recordingmedianame", "medianame", "media"],
    "kind": ["eyemovementtype", "gazeeventtype", "eventtype"],
    "index": ["eyemovementtypeindex", "fixationindex", "eventindex", "gazeeventindex"],
    "x": ["fixationpointx", "fixationx"],
    "y": ["fixationpointy", "fixationy"],
    "duration": ["gazeeventduration", "eyemovementeventduration", "fixationduration", "duration"],
    "start": ["recordingtimestamp", "starttime", "start", "eyetrackertimestamp"],
}
EYELINK = {
    "reader": ["recordingsessionlabel", "datafile"],
    "stimulus": IMAGE,
    "x": ["currentfixx"],
    "y": ["currentfixy"],
    "duration": ["currentfixduration"],
    "start": ["currentfixstart"],
    "trial": ["trialindex", "trial", "triallabel"],
    "eye": ["eyereported", "eyeused"],
}
PLAIN = {
    "reader": ["reader", "participant", "participantname", "observer", "subject"],
    "stimulus": ["face", "sampleid", *IMAGE],
    "x": ["x", "fixationx", "xpx"],
    "y": ["y", "fixationy", "ypx"],
    "duration": ["duration", "fixationduration", "dur"],
    "start": ["start", "onset", "starttime"],
    "group": ["group"],
}
_FIX = re.compile(r"EFIX\s+([LR])\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)")
_MESSAGE = re.compile(r"MSG\s+(\d+(?:\.\d+)?)\s+(?:-?\d+\s+)?(.*)")
_IMAGE_LOADED = re.compile(r"!V\s+IMGLOAD\s+(?:CENTER|FILL|TOP_LEFT)\s+(.+?)(?:\s+-?\d+(?:\.\d+)?)*\s*", re.IGNORECASE)
_VARIABLE = re.compile(r"!V\s+TRIAL_VAR\s+(\S+)\s+(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class FileSettings:
    """What the config says of the files.

    Attributes
    ----------
    coordinates : str
        Of plain tables: SCREEN, PICTURE or SHARE.
    image_variable : str
        EyeLink: the variable that names the picture; "" means one of the usual names.
    onset : str
        EyeLink .asc: the message with which the picture appears; "" means that fixations of the whole trial count.
    group_column : str
        Column of tables that names the group of a row's reader; "" means none (plain tables: `group`).
    """

    coordinates: str = SCREEN
    image_variable: str = ""
    onset: str = ""
    group_column: str = ""

    def names(self, usual: dict[str, list[str]]) -> dict[str, list[str]]:
        """Give the columns of a kind of file, with those that the config names.

        Parameters
        ----------
        usual : dict
            Role -> keys.

        Returns
        -------
        dict
            Role -> keys.
        """
        named = {"stimulus": self.image_variable, "group": self.group_column}
        return {**usual, **{role: [title_key(title)] for role, title in named.items() if title}}


def read_tobii(path: Path, settings: FileSettings) -> pd.DataFrame:
    """Read an export of Tobii Pro Lab or Tobii Studio.

    A fixation is one row for each sample (data export) or for each area of interest (event-based metrics); rows of one
    fixation follow each other and are joined. One that goes on while the picture changes belongs to where it began.

    Parameters
    ----------
    path : Path
        The TSV file.
    settings : FileSettings
        What the config says.

    Returns
    -------
    DataFrame
        FIXATIONS.

    Raises
    ------
    InputError
        For a file without the columns, or with several kinds of coordinates for x and y.
    """
    table, units = read_columns(path, settings.names(TOBII), ["reader", "stimulus", "x", "y", "duration"])
    if "kind" in table:
        table = table[table["kind"].str.lower() == "fixation"]
    elif "index" in table:  # Tobii Studio: samples outside fixations have no number
        table = table[~table["index"].isin(MISSING)]
    keys = ["reader", *(key for key in ("recording",) if key in table)]
    keys += ["index"] if "index" in table else ["x", "y", "duration"]
    begins = (table[keys] != table[keys].shift()).any(axis=1)
    joined = table[begins].copy()
    for axis in "xy":  # the first samples of a fixation may lack its place
        joined[axis] = (
            table[axis].mask(table[axis].isin(MISSING)).groupby(begins.cumsum()).first().fillna("").to_numpy()
        )
    unit = units["x"].lower().replace(" ", "")
    frame = SHARE if "norm" in unit else PICTURE if unit.startswith("mcs") else SCREEN
    return as_fixations(joined, units, frame)


def read_eyelink_report(path: Path, settings: FileSettings) -> pd.DataFrame:
    """Read a fixation report of EyeLink Data Viewer.

    Parameters
    ----------
    path : Path
        The report, tab-separated.
    settings : FileSettings
        What the config says.

    Returns
    -------
    DataFrame
        FIXATIONS; where both eyes were reported, one is left out.
    """
    needed = ["reader", "stimulus", "x", "y", "duration"]
    table, units = read_columns(path, settings.names(EYELINK), needed)
    known = as_fixations(table, units, SCREEN)
    if "eye" in table:
        trial = table["trial"] if "trial" in table else table["stimulus"]
        other = _other_eye(table["eye"].str.upper().str[:1], table["reader"] + "\n" + trial)
        known["left_out"] = np.where(other & (known["left_out"] == ""), "other_eye", known["left_out"])
    return known


def _other_eye(eye: pd.Series, trial: pd.Series) -> pd.Series:
    """Rows of the eye that does not count in its trial: of both, the one with fewer fixations, the left if equal."""
    counts = pd.crosstab(trial, eye).reindex(columns=["L", "R"], fill_value=0)
    used = np.where(counts["L"] > counts["R"], "L", "R")
    both = (counts > 0).all(axis=1).to_numpy()
    used_of = dict(zip(counts.index, np.where(both, used, ""), strict=True))
    wanted = trial.map(used_of)
    return (wanted != "") & eye.isin(["L", "R"]) & (eye != wanted)


def _base_name(text: str) -> str:
    return re.split(r"[\\/]", text.strip().strip('"'))[-1]


@dataclass
class _Trial:
    """Lines of one trial of an .asc file."""

    fixations: list[tuple[str, ...]]
    image: str = ""
    variable: str = ""
    onset: float = -np.inf

    def rows(self, reader: str) -> Iterator[dict[str, object]]:
        stimulus = self.variable or self.image
        for eye, start, _, duration, x, y in self.fixations:
            early = "before_onset" if float(start) < self.onset else ""
            yield {
                "reader": reader,
                "stimulus": stimulus,
                "x": x,
                "y": y,
                "start": start,
                "duration": duration,
                "eye": eye,
                "early": early,
            }


def _trials(path: Path, text: str, settings: FileSettings) -> Iterator[_Trial]:
    """The trials of an .asc file; without TRIALID, each loaded image begins one."""
    marked = bool(re.search(r"^MSG\s+\S+\s+(?:-?\d+\s+)?TRIALID", text, re.MULTILINE))
    variables = {title_key(settings.image_variable)} if settings.image_variable else set(IMAGE)
    trial = _Trial([])
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("EFIX"):
            match = _FIX.match(line)
            if not match or not re.fullmatch(r"\d+(\.\d+)?", match[2]):
                raise InputError(f"{path}: line {number} is no whole EFIX line: '{line[:60]}'")
            trial.fixations.append(match.groups())
        if not line.startswith("MSG") or not (said := _MESSAGE.match(line)):
            continue
        time, message = float(said[1]), said[2].strip()
        if message.startswith(("TRIALID", "TRIAL_RESULT")):  # what lies between two trials has no picture
            yield trial
            trial = _Trial([])
        elif loaded := _IMAGE_LOADED.fullmatch(message):
            if not marked:
                yield trial
                trial = _Trial([])
            trial.image = trial.image or _base_name(loaded[1])
        elif (variable := _VARIABLE.fullmatch(message)) and title_key(variable[1]) in variables:
            trial.variable = _base_name(variable[2])
        elif settings.onset and message.split()[:1] == [settings.onset]:
            trial.onset = time
    yield trial


def read_eyelink_asc(path: Path, settings: FileSettings) -> pd.DataFrame:
    """Read an EyeLink .asc file (edf2asc): EFIX lines, and the messages that name the picture.

    The picture is that of the message `!V TRIAL_VAR` with the picture's variable, else of `!V IMGLOAD`. The reader is
    called as the file.

    Parameters
    ----------
    path : Path
        The file.
    settings : FileSettings
        What the config says.

    Returns
    -------
    DataFrame
        FIXATIONS.

    Raises
    ------
    InputError
        For a file without EFIX lines, or with a broken one.
    """
    rows, trials = [], []
    for number, trial in enumerate(_trials(path, read_text(path), settings)):
        of_trial = list(trial.rows(path.stem))
        rows += of_trial
        trials += [str(number)] * len(of_trial)
    if not rows:
        raise InputError(f"{path}: no EFIX line; is it the .asc file of edf2asc, with events?")
    table = pd.DataFrame(rows, dtype=str)
    known = as_fixations(table, {}, SCREEN)
    other = _other_eye(table["eye"], pd.Series(trials))
    for reason, chosen in (("other_eye", other), ("before_onset", table["early"] != "")):
        known["left_out"] = np.where(chosen & (known["left_out"] == ""), reason, known["left_out"])
    return known


def read_plain(path: Path, settings: FileSettings) -> pd.DataFrame:
    """Read a table with the columns reader, face, x, y, duration (ms) and, if it has them, start and group.

    Parameters
    ----------
    path : Path
        Separated by commas, semicolons or tabs.
    settings : FileSettings
        What the config says; `coordinates` are those of x and y.

    Returns
    -------
    DataFrame
        FIXATIONS.
    """
    table, units = read_columns(path, settings.names(PLAIN), ["reader", "stimulus", "x", "y", "duration"])
    return as_fixations(table, units, settings.coordinates)


FORMATS: dict[str, Callable[[Path, FileSettings], pd.DataFrame]] = {
    "tobii": read_tobii,
    "eyelink_report": read_eyelink_report,
    "eyelink_asc": read_eyelink_asc,
    "csv": read_plain,
}


def read_fixation_files(
    paths: Iterable[str | Path], kind: str, settings: FileSettings
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Read all files; one that cannot be read is named and set aside.

    Parameters
    ----------
    paths : iterable of path
        The files.
    kind : str
        A key of FORMATS.
    settings : FileSettings
        What the config says.

    Returns
    -------
    fixations : DataFrame
        FIXATIONS and `file`.
    set_aside : list of dict
        file and detail (why) of each that could not be read.

    Raises
    ------
    InputError
        If none can be read.
    """
    parts: list[pd.DataFrame] = []
    set_aside: list[dict[str, object]] = []
    for path in map(Path, paths):
        try:
            part = FORMATS[kind](path, settings)
            if part.empty:
                raise InputError(f"{path}: holds no fixation")
            parts.append(part.assign(file=path.name))
        except InputError as error:
            set_aside.append({"file": path.name, "detail": str(error)})
    if not parts:
        said = "\n  ".join(str(each["detail"]) for each in set_aside) or "config eye_tracking.files names none"
        raise InputError(f"no file of fixations can be read:\n  {said}")
    return pd.concat(parts, ignore_index=True)[[*FIXATIONS, "file"]], set_aside
