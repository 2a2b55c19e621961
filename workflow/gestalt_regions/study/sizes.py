"""How many images a study has, known from its config before anything runs, and into how many shards they are cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.simulated.people.hard_questions import FOLD_SUBJECTS, HELDOUT_SUBJECTS, subject_count
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED
from gestalt_regions.core.errors import InputError

SHARD = 500  # images of one shard where config shards is 0: some minutes of one core


@dataclass(frozen=True)
class Size:
    """Images of each class in the folds and held out; exclusions and dropped kin are not known yet."""

    folds: dict[str, int]
    heldout: dict[str, int]

    @property
    def images(self) -> int:
        return sum(self.folds.values()) + sum(self.heldout.values())

    @property
    def classes(self) -> int:
        return len(self.folds.keys() | self.heldout.keys())

    def chosen(self, folds_per_class: int, heldout_per_class: int) -> tuple[int, int]:
        """At most so many images of each class (0: all) of the folds and of those held out."""
        limits = ((self.folds, folds_per_class), (self.heldout, heldout_per_class))
        return tuple(sum(min(n, most) if most else n for n in images.values()) for images, most in limits)

    def explained(self, config: Mapping) -> int:
        """Maps of one method of one model: an image of the folds once, a held-out one by every fold's model."""
        folds, heldout = self.chosen(config["saliency"]["folds_per_class"], config["saliency"]["heldout_per_class"])
        return folds + config["folds"]["n"] * heldout

    def scored(self, config: Mapping) -> tuple[int, int]:
        """Of those images, the ones whose maps are scored: of the folds, and held out."""
        return self.chosen(**scored_per_class(config))

    def evaluated(self, config: Mapping) -> tuple[int, int]:
        """Of those images, the ones that are tried on other networks too: of the folds, and held out."""
        limits = scored_per_class(config).items()
        return self.chosen(**{name: fewest(config["evaluation"][name], most) for name, most in limits})


def fewest(*limits: int) -> int:
    """The lowest of some limits of which 0 means none."""
    return min((limit for limit in limits if limit), default=0)


def scored_per_class(config: Mapping) -> dict[str, int]:
    """Images of each class whose maps are scored at most (0: all): folds_per_class, heldout_per_class."""
    names = ("folds_per_class", "heldout_per_class")
    return {name: fewest(config["evaluation"]["maps_per_class"], config["saliency"][name]) for name in names}


def _rendered(cohort: Mapping) -> Size:
    def images(key: str) -> dict[str, int]:
        affected = [c for c in cohort["classes"] if key == FOLD_SUBJECTS or c != UNAFFECTED]
        numbers = {c: subject_count(cohort, key, c) * cohort["images_per_subject"] for c in affected}
        return {c: n for c, n in numbers.items() if n}

    return Size(images(FOLD_SUBJECTS), images(HELDOUT_SUBJECTS))


def _listed(labels: pd.Series, heldout: pd.Series) -> Size:
    return Size(*(labels[side].value_counts().sort_index().to_dict() for side in (~heldout, heldout)))


def _folder(cohort: Mapping) -> Size:
    table = pd.read_csv(cohort["folder"]["table"], dtype=str, encoding="utf-8-sig")
    return _listed(table["label"], table["split"] == "heldout" if "split" in table else table["label"].isna())


def _nih(cohort: Mapping) -> Size:
    from gestalt_regions.cohort.readers.nih_faces import read_partitions

    table = read_partitions(Path(cohort["nih_faces"]["metadata"], "partitions.csv"))
    return _listed(table["label"], table["fold"] == "heldout")


def _gmdb(cohort: Mapping) -> Size:
    from gestalt_regions.cohort.readers.gmdb import read_gmdb

    samples = read_gmdb(**{"folder" if key == "metadata" else key: value for key, value in cohort["gmdb"].items()})[0]
    return _listed(samples["label"], samples["split"] == "heldout")


KINDS = {"synthetic": _rendered, "folder": _folder, "nih_faces": _nih, "gmdb": _gmdb}


def study_size(config: Mapping) -> Size:
    """Raises InputError where the cohort's table cannot be read."""
    cohort = config["cohort"]
    try:
        return KINDS[cohort["kind"]](cohort)
    except (OSError, KeyError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"the images of the cohort '{cohort['name']}' cannot be counted: {error}") from None


def images_known(config: Mapping) -> int:
    """Images of the study; 0 if its table is not there yet (Snakemake then names the missing file)."""
    try:
        return study_size(config).images
    except InputError:
        return 0


def cut(config: dict) -> None:
    """Fill in `shards: 0` of the cohort and of the faces: one for every SHARD images, at least two."""
    open_ones = [config[section] for section in ("cohort", "faces") if not config[section]["shards"]]
    images = images_known(config) if open_ones else 0
    for section in open_ones:
        section["shards"] = max(2, -(-images // SHARD))
