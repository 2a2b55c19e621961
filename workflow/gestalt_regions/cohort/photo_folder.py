"""Photographs as a table names them, found in their folder however the disk writes the same name."""

from __future__ import annotations

import difflib
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import line_list, remark
from gestalt_regions.core.spelling import clean, without_case

_UNUSUAL = re.compile(r"(?:^|/)(?:\.{0,2}/|\.{0,2}$)")  # an absolute path, or a part that is empty, . or ..
NAMED = 3  # missing photographs that are named
# How a file was found, if not by the very name, and whether a person should look at it.
HOW = {
    "letters": ("letters or blanks are written in another form on the disk", False),
    "slashes": (r"\ stands for /", False),
    "capitals": ("capitals differ", True),
    "ending": ("the table gives no ending", False),
    "folder": ("the table names the folder, too", False),
}


class PhotoFolder:
    """A folder of photographs and those below it; each is listed once, when it is first asked for.

    Parameters
    ----------
    folder : path
        The uppermost.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._names: dict[str, frozenset[str]] = {}
        self._forms: dict[str, list[dict[str, list[str]]]] = {}
        self._places: dict[str, tuple[str | None, str]] = {"": (str(self.folder), "")}

    def _listed(self, folder: str) -> frozenset[str]:
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]

    def _like(self, folder: str, name: str) -> tuple[str | None, str]:
        """The only name in the folder that is the same in another form, and how it differs."""
        if folder not in self._forms:
            forms: list[dict[str, list[str]]] = [defaultdict(list) for _ in range(3)]
            for each in sorted(self._listed(folder)):
                for form, key in zip(forms, (clean(each), without_case(clean(each)), Path(each).stem), strict=True):
                    form[key].append(each)
            self._forms[folder] = forms
        keys = (clean(name), without_case(clean(name)), name)
        for how, form, key in zip(("letters", "capitals", "ending"), self._forms[folder], keys, strict=True):
            if len(names := form.get(key, [])) == 1:
                return names[0], how
        return None, ""

    def _step(self, folder: str, name: str) -> tuple[str | None, str]:
        return (name, "") if name in self._listed(folder) else self._like(folder, name)

    def find(self, name: str) -> tuple[str | None, str]:
        """Find one photograph.

        Parameters
        ----------
        name : str
            Its path, relative to the folder, without `..`.

        Returns
        -------
        tuple of (str or None, str)
            Its path on the disk and how it was found, a key of HOW or ""; None if it is not there.
        """
        if name not in self._places:
            above, _, last = name.rpartition("/")
            folder, first = self.find(above)
            there, how = self._step(folder, last) if folder else (None, "")
            if there is None and "\\" in name and (there := self.find(name.replace("\\", "/"))[0]):
                self._places[name] = there, "slashes"
            else:
                self._places[name] = (None, "") if there is None else (os.path.join(str(folder), there), how or first)
        return self._places[name]

    def nearest(self, name: str) -> str:
        """Name the file that is most like one that is not there.

        Parameters
        ----------
        name : str
            As for `find`.

        Returns
        -------
        str
            `; the nearest name there is ...`, or nothing.
        """
        folder = self.find(name.rpartition("/")[0])[0]
        close = difflib.get_close_matches(Path(name).name, self._listed(folder), n=1) if folder else []
        return f"; the nearest name there is {close[0]}" if close else ""

    def not_named(self, paths: Iterable[str]) -> list[str]:
        """List the photographs that a table does not name, in the folders in which it names others.

        Parameters
        ----------
        paths : iterable of str
            Paths of those that it names.

        Returns
        -------
        list of str
            Names of files with endings of the named ones; not `._a.jpg`, which macOS leaves in archives.
        """
        named = defaultdict(set)
        for path in paths:
            folder, _, name = path.rpartition("/")
            named[folder].add(name)
        endings = {os.path.splitext(name)[1].casefold() for names in named.values() for name in names} - {""}
        others = (name for folder, names in named.items() for name in sorted(self._listed(folder) - names))
        return [name for name in others if name[0] != "." and os.path.splitext(name)[1].casefold() in endings]


def find_photos(names: pd.Series, images: str | Path, source: str, lines: np.ndarray | None = None) -> list[str]:
    """Find the photographs of a table; those that are not there keep the path that they would have.

    Parameters
    ----------
    names : Series
        Paths relative to the folder.
    images : path
        The folder.
    source : str
        The table, for what is said.
    lines : ndarray, optional
        The line of each name.

    Returns
    -------
    list of str
        Absolute paths.

    Raises
    ------
    InputError
        For a path outside the folder.
    """
    folder = PhotoFolder(images)
    top = str(folder.folder)
    paths, ways, gone = [], defaultdict(list), []

    def _at(rows: list[int]) -> str:
        return f"{line_list(lines[rows])}: " if lines is not None else ""

    for row, name in enumerate(names):
        if _UNUSUAL.search(name):
            place = os.path.normpath(os.path.join(top, name))
            inside = "" if place == top or os.path.commonpath([place, top]) != top else os.path.relpath(place, top)
        else:
            place, inside = f"{top}/{name}", name
        if not inside:
            raise InputError(
                f"{source}: {_at([row])}image '{name}' is outside the folder {top}; give paths relative "
                "to it, without .."
            )
        path, how = folder.find(inside)
        above, _, below = inside.partition("/")
        if path is None and below and above == os.path.basename(top) and (path := folder.find(below)[0]):
            how = "folder"  # as seen from beside the folder
        if how:
            ways[how].append(row)
        if path is None:
            gone.append(row)
        paths.append(path or place)
    for how, rows in ways.items():
        words, warning = HOW[how]
        first = f"{names.iloc[rows[0]]} is {Path(paths[rows[0]]).name}"
        remark(f"{source}: {_at(rows)}{len(rows)} images are found though {words}; the first: {first}", warning)
    if gone:
        named = [f"{names.iloc[row]}{folder.nearest(names.iloc[row])}" for row in gone[:NAMED]]
        where = f"in the folder {images}" + ("" if os.path.isdir(images) else ", which is not there")
        text = f"{_at(gone)}{len(gone)} of {len(names)} images are not {where}: {', '.join(named)}"
        # Tables of persons and of HPO terms need no photograph, so that none is there is refused where faces are made.
        end = "Name the right folder, or correct the table" if len(gone) == len(names) else "They will be excluded"
        remark(f"{source}: {text}. {end}", warning=True)
    if others := folder.not_named(paths):
        text = f"{len(others)} images of the folder {images} are not in the table; the first: {others[0]}"
        remark(f"{source}: {text}", lasting=False)
    return paths
