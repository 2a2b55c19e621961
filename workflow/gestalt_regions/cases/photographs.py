"""The photographs of config `photo`, and the names of their cases. Read when a run is planned."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from gestalt_regions.core.errors import InputError

# Endings of pictures, and of what people take for pictures; other files of a folder are no photographs.
ENDINGS = (
    *("jpg", "jpeg", "jpe", "jfif", "png", "tif", "tiff", "bmp", "webp", "gif", "ppm", "pgm", "jp2", "j2k"),
    *("heic", "heif", "avif", "dng", "nef", "cr2", "cr3", "arw", "orf", "rw2", "raf", "pef", "psd", "svg", "jxl"),
)
LONGEST = 80  # letters of a name
HOW = "give it with  --config photo=path.jpg  (one photograph, or a folder of them)"


def safe_name(stem: str) -> str:
    """A name for a folder: letters and digits of any script, hyphens, dots and underscores.

    Parameters
    ----------
    stem : str
        A file's name without its ending.

    Returns
    -------
    str
        Never empty, nor hidden.
    """
    kept = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", stem)).strip("._-")
    return kept[:LONGEST] or "photograph"


def name_cases(paths: Sequence[str]) -> dict[str, str]:
    """Name the cases of some photographs.

    Parameters
    ----------
    paths : sequence of str
        Their paths.

    Returns
    -------
    dict of str to str
        Name -> path. Photographs of one stem get their ending into the name, then a number; capitals alone make no
        other name, for on many disks they are one.
    """
    stems: dict[str, int] = {}
    for path in paths:
        key = safe_name(Path(path).stem).casefold()
        stems[key] = stems.get(key, 0) + 1
    named: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        name = safe_name(Path(path).stem)
        if stems[name.casefold()] > 1:
            name = f"{name}-{safe_name(Path(path).suffix[1:] or 'file')}"
        first, number = name, 2
        while name.casefold() in taken:
            name, number = f"{first}-{number}", number + 1
        taken.add(name.casefold())
        named[name] = path
    return named


def find_photographs(photo: str) -> dict[str, str]:
    """Find the photographs that config `photo` means.

    Parameters
    ----------
    photo : str
        A file or a folder, as seen from the folder of the run.

    Returns
    -------
    dict of str to str
        Name of the case -> absolute path, in the order of the names of the files.

    Raises
    ------
    InputError
        For a path that does not exist, and a folder without photographs.
    """
    if not photo:
        raise InputError(f"case: no photograph; {HOW}")
    place = Path(photo).expanduser()
    if not place.exists():
        raise InputError(f"config photo: '{photo}' does not exist; {HOW}")
    if not place.is_dir():
        return name_cases([os.path.abspath(place)])
    inside = sorted(each for each in place.iterdir() if each.is_file() and not each.name.startswith("."))
    pictures = [each for each in inside if each.suffix[1:].casefold() in ENDINGS]
    if not pictures:
        others = f"; it has {len(inside)} other files, such as {inside[0].name}" if inside else ", and is empty"
        raise InputError(f"config photo: the folder '{photo}' has no photograph{others}. {HOW[0].upper()}{HOW[1:]}")
    return name_cases([os.path.abspath(each) for each in pictures])
