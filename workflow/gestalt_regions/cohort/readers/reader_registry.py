"""The registry of cohort readers: a decorated function in a module of `cohort/readers` each (config cohort.kind)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from gestalt_regions.core.declared import LAST
from gestalt_regions.core.errors import InputError, nearest

COLUMNS = ["sample_id", "image", "label", "subject_id", "kin_group", "split", "simulated"]  # of samples.csv, at least
# of samples.csv where the cohort says where each face is: pixels of the photograph, points in the order of detect.Faces
POINTS = [f"{axis}{i}" for i in range(1, 6) for axis in "xy"]
BOX = ["bb_x1", "bb_y1", "bb_x2", "bb_y2"]
LANDMARKS = ["score", *POINTS, *BOX]
Files = Mapping[str, str | list[str]]
Settings = Mapping[str, str]


@dataclass(frozen=True)
class Reader:
    """A registered reader; `settings` is always its section of the config, cohort.<name>.

    read(files, settings) gives samples.csv; files(settings) its input files by name, of which `annotations`, a table of
    raters by HPO term, is read for it; ratings(settings) files as clinicians hand them in, one for each syndrome, where
    there are such; lists(settings) its own gallery lists, where it has them; quick_labels(settings) the columns label
    and split of its images, where that is quicker than to read all. required: keys of the section that must not be
    empty, and what they are.
    needs_control: the control class (statistics.control) must be among the labels of the folds.
    """

    name: str
    read: Callable[[Files, Settings], pd.DataFrame]
    description: str
    section: dict[str, object]  # JSON schema of its section
    files: Callable[[Settings], Files]
    required: dict[str, str] = field(default_factory=dict)
    ratings: Callable[[Settings], list[str]] | None = None
    lists: Callable[[Settings], pd.DataFrame] | None = None
    quick_labels: Callable[[Settings], pd.DataFrame] | None = None
    needs_control: bool = False
    place: int = LAST

    @property
    def root(self) -> str:
        """Its code, a root of jobs.code_digest.

        Returns
        -------
        str
            `module:name`.
        """
        return f"{self.read.__module__}:{self.read.__name__}"

    def labels(self, settings: Settings) -> pd.DataFrame:
        """Label and split of every image, before anything runs.

        Parameters
        ----------
        settings : mapping
            Config cohort.<name>.

        Returns
        -------
        DataFrame
            Columns label and split (`folds` or `heldout`).
        """
        return self.quick_labels(settings) if self.quick_labels else self.read(self.files(settings), settings)


_READERS: dict[str, Reader] = {}


def reader(
    name: str,
    *,
    settings: Mapping[str, str | dict],
    description: str,
    files: Callable[[Settings], Files],
    required: Mapping[str, str],
    ratings: Callable[[Settings], list[str]] | None = None,
    lists: Callable[[Settings], pd.DataFrame] | None = None,
    labels: Callable[[Settings], pd.DataFrame] | None = None,
    needs_control: bool = False,
    place: int = LAST,
) -> Callable[[Callable[[Files, Settings], pd.DataFrame]], Callable[[Files, Settings], pd.DataFrame]]:
    """Register a function, (files, settings) -> samples, as the reader of `cohort.kind: <name>`.

    Parameters
    ----------
    name : str
        What a config calls it.
    settings : mapping of str
        Keys of config cohort.<name>, with what each is, or with a JSON schema. All are text, empty by default.
    description : str
        What the reader does, for the config reference: a phrase that begins with a verb.
    files, required, ratings, lists, labels, needs_control, place : optional
        See Reader; `labels` is its quick_labels.

    Returns
    -------
    Callable
        Gives the function back.
    """
    section = {
        "type": "object",
        "additionalProperties": False,
        "default": {},
        "description": f"Used when kind is {name}.",
        "properties": {
            key: {"type": "string", "default": "", **(about if isinstance(about, dict) else {"description": about})}
            for key, about in settings.items()
        },
    }

    def _register(read: Callable[[Files, Settings], pd.DataFrame]) -> Callable[[Files, Settings], pd.DataFrame]:
        if name in _READERS and _READERS[name].read.__module__ != read.__module__:
            raise ValueError(f"two cohort readers are called '{name}'")
        _READERS[name] = Reader(
            name, read, description, section, files, dict(required), ratings, lists, labels, needs_control, place
        )
        return read

    return _register


def load_readers() -> dict[str, Reader]:
    """Import every module of `cohort/readers` once.

    Returns
    -------
    dict of str to Reader
        The registry, in the readers' order.
    """
    package = importlib.import_module("gestalt_regions.cohort.readers")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return {each.name: each for each in sorted(_READERS.values(), key=lambda each: (each.place, each.name))}


def find_reader(name: str) -> Reader:
    """The reader of a kind of cohort.

    Parameters
    ----------
    name : str
        Config cohort.kind.

    Returns
    -------
    Reader
        The registered reader.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    readers = load_readers()
    if name not in readers:
        raise InputError(f"config cohort.kind: no reader '{name}'; {nearest(name, readers)}")
    return readers[name]


def check_section(cohort: Mapping) -> None:
    """Refuse a config whose reader lacks what it needs.

    Parameters
    ----------
    cohort : mapping
        Config cohort of a cohort that is read.

    Raises
    ------
    InputError
        If a required key of the section is empty.
    """
    chosen = find_reader(cohort["kind"])
    for key, meaning in chosen.required.items():
        if not cohort[chosen.name][key]:
            raise InputError(f"config cohort.{chosen.name}.{key} is empty; {meaning}")
