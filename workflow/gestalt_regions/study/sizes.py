"""How many images a study has, known from its config before anything runs, and into how many shards they are cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gestalt_regions.cohort.readers.reader_registry import find_reader
from gestalt_regions.cohort.simulated.people.hard_questions import FOLD_SUBJECTS, HELDOUT_SUBJECTS, subject_count
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import remarks_kept

SHARD = 500  # images of one shard where config shards is 0: some minutes of one core


@dataclass(frozen=True)
class Size:
    """Images of each class in the folds and held out; exclusions and dropped kin are not known yet."""

    folds: dict[str, int]
    heldout: dict[str, int]

    @property
    def images(self) -> int:
        """Count the images of the study.

        Returns
        -------
        int
            Of the folds and held out.
        """
        return sum(self.folds.values()) + sum(self.heldout.values())

    @property
    def classes(self) -> int:
        """Count the classes of the study.

        Returns
        -------
        int
            Of the folds and held out.
        """
        return len(self.folds.keys() | self.heldout.keys())

    def chosen(self, folds_per_class: int, heldout_per_class: int) -> tuple[int, int]:
        """Count the images if at most so many of each class are taken.

        Parameters
        ----------
        folds_per_class : int
            Limit for the folds (0: all).
        heldout_per_class : int
            Limit for those held out (0: all).

        Returns
        -------
        tuple of int
            Images of the folds, and held out.
        """
        return _at_most(self.folds, folds_per_class), _at_most(self.heldout, heldout_per_class)

    def explained(self, config: Mapping) -> int:
        """Count the maps of one method of one model: an image of the folds once, a held-out one by every fold's model.

        Parameters
        ----------
        config : mapping
            A valid config.

        Returns
        -------
        int
            Maps.
        """
        folds, heldout = self.chosen(config["saliency"]["folds_per_class"], config["saliency"]["heldout_per_class"])
        return folds + config["folds"]["n"] * heldout

    def scored(self, config: Mapping) -> tuple[int, int]:
        """Count, of the explained images, the ones whose maps are scored.

        Parameters
        ----------
        config : mapping
            A valid config.

        Returns
        -------
        tuple of int
            Images of the folds, and held out.
        """
        return self.chosen(**scored_per_class(config))

    def evaluated(self, config: Mapping) -> tuple[int, int]:
        """Count, of the scored images, the ones that are tried on other networks too.

        Parameters
        ----------
        config : mapping
            A valid config.

        Returns
        -------
        tuple of int
            Images of the folds, and held out.
        """
        limits = scored_per_class(config).items()
        return self.chosen(**{name: fewest(config["evaluation"][name], most) for name, most in limits})


def _at_most(images: Mapping[str, int], limit: int) -> int:
    """Images of all classes together, if at most so many of each are taken (0: all)."""
    return sum(min(n, limit) if limit else n for n in images.values())


def fewest(*limits: int) -> int:
    """Find the lowest of some limits of which 0 means none.

    Parameters
    ----------
    *limits : int
        Limits.

    Returns
    -------
    int
        The lowest; 0 if there is none.
    """
    return min((limit for limit in limits if limit), default=0)


def scored_per_class(config: Mapping) -> dict[str, int]:
    """Say how many images of each class have their maps scored at most.

    Parameters
    ----------
    config : mapping
        A valid config.

    Returns
    -------
    dict
        folds_per_class and heldout_per_class (0: all).
    """
    names = ("folds_per_class", "heldout_per_class")
    return {name: fewest(config["evaluation"]["maps_per_class"], config["saliency"][name]) for name in names}


def _rendered(cohort: Mapping) -> Size:
    def images(key: str) -> dict[str, int]:
        affected = [c for c in cohort["classes"] if key == FOLD_SUBJECTS or c != UNAFFECTED]
        numbers = {c: subject_count(cohort, key, c) * cohort["images_per_subject"] for c in affected}
        return {c: n for c, n in numbers.items() if n}

    return Size(images(FOLD_SUBJECTS), images(HELDOUT_SUBJECTS))


def _read(config: Mapping) -> Size:
    cohort = config["cohort"]
    with remarks_kept(aloud=False):  # said when the run starts (cohort_look)
        labels = find_reader(cohort["kind"]).labels(cohort[cohort["kind"]])
    sides = (labels.loc[labels["split"] == split, "label"] for split in ("folds", "heldout"))
    size = Size(*(side.value_counts().sort_index().to_dict() for side in sides))
    if "controls" in cohort:  # as many as are looked for; fewer where some patients get none
        control = config["statistics"]["control"]
        patients = sum(count for label, count in size.folds.items() if label != control)
        size.folds[control] = size.folds.get(control, 0) + int(patients * cohort["controls"]["per_patient"])
    return size


def study_size(config: Mapping) -> Size:
    """Count the images that a config means, from the config or from the cohort's table.

    Parameters
    ----------
    config : mapping
        A valid config.

    Returns
    -------
    Size
        Images by class.

    Raises
    ------
    InputError
        Where the cohort's table cannot be read.
    """
    cohort = config["cohort"]
    try:
        return _rendered(cohort) if cohort["kind"] == "synthetic" else _read(config)
    except (OSError, KeyError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"the images of the cohort '{cohort['name']}' cannot be counted: {error}") from None


def _images_known(config: Mapping) -> int:
    """Images of the study; 0 if its table is not there yet (Snakemake then names the missing file)."""
    try:
        return study_size(config).images
    except InputError:
        return 0


def fill_shards(config: dict) -> None:
    """Fill in `shards: 0` of the cohort and of the faces: one for every SHARD images, at least two.

    Faces of photographs are cut into 2, 4, 8, ... shards: kept ones stay what they are when a photograph is added, and
    all are made again only where the images have doubled.

    Parameters
    ----------
    config : dict
        A valid config; it is changed.
    """
    open_ones = [config[section] for section in ("cohort", "faces") if not config[section]["shards"]]
    images = _images_known(config) if open_ones else 0
    for section in open_ones:
        shards = max(2, -(-images // SHARD))
        steady = section is config["faces"] and config["cohort"]["kind"] != "synthetic"
        section["shards"] = 1 << (shards - 1).bit_length() if steady else shards
