"""Write the maps of every syndrome by one method, their region coefficients, and how alike they are."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core import seeds
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_array, write_array, write_table
from gestalt_regions.core.packed_stack import read_stack
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.saliency.morph.warps import SIDE
from gestalt_regions.statistics.syndrome_maps import contrast, likeness
from gestalt_regions.statistics.syndrome_maps.map_variants import MAP_VARIANTS
from gestalt_regions.statistics.syndrome_maps.person_maps import (
    MeanFace,
    PersonMaps,
    explained_maps,
    of_variant,
    person_maps,
    true_changes,
)
from gestalt_regions.statistics.syndrome_maps.region_means import RegionMeans, region_table, shares
from gestalt_regions.statistics.toolkit import read

log = logging.getLogger("gestalt_regions")
CHANNELS = ("mean", "spread", "difference", "p")  # of the stack
ALL_OTHERS = "all others"
SUMMARY = ["row", "variant", "label", "images", "people", "kin_groups", "without_landmarks", "constant_maps", "against"]
SUMMARY += [
    "permutations",
    "exact",
    "smallest_p",
    "lowest_p",
    "higher",
    "lower",
    "own_half",
    "other_halves",
    "p_halves",
]
SUMMARY += ["note"]
LIKENESS = ["variant", "first", "second", "kind", "correlation"]
# Kinds of likeness: of a syndrome's mean map and what signs change in the pictures; of both without what all share
TRUE_CHANGE, TRUE_BEYOND = "true_change", "true_change_beyond_common"


class _Variant:
    """What one variant gives: rows of the stack and of the tables."""

    def __init__(self, persons: PersonMaps, name: str, control: str, settings: Mapping, seed: int) -> None:
        self.persons, self.name, self.control, self.settings, self.seed = persons, name, control, settings, seed
        self.data = contrast.families(persons)
        self.labels = sorted(persons.left_out, key=lambda label: (label.casefold(), label))
        self.classes, self.halves = likeness.halves(
            self.data, settings["splits"], settings["permutations"], self._rng()
        )
        self.compared = [label for label in self.labels if label != control]

    def _rng(self, *keys: object) -> np.random.Generator:
        return seeds.generator(self.seed, "syndrome_maps", self.name, *keys)

    def against(self, label: str) -> tuple[str, list[str]]:
        """What a class is compared with: the control, or all others where the variant has no control."""
        if label == self.control:
            return "", []
        if self.control in self.labels:
            return self.control, [self.control]
        return ALL_OTHERS, [other for other in self.labels if other != label]

    def compare(self, label: str) -> tuple[np.ndarray, dict]:
        """The channels [4, SIDE, SIDE] of a class, and its row of the summary."""
        people = self.persons.people["label"] == label
        maps, stack = self.persons.maps[people.to_numpy(bool)], np.full((len(CHANNELS), SIDE, SIDE), np.nan, np.float32)
        members = self.persons.people[people]
        bare, constant = self.persons.left_out[label]
        name, others = self.against(label)
        kin_groups = members["kin_group"].nunique()
        row: dict[str, object] = {"variant": self.name, "label": label, "images": int(members["images"].sum())}
        row |= {"people": len(members), "kin_groups": kin_groups, "without_landmarks": bare, "constant_maps": constant}
        row |= {"against": name, "note": self._note(len(members), kin_groups, others)}
        if len(members):
            stack[0], stack[1] = maps.mean(axis=0), contrast.spread_of(maps)
        if others and not row["note"]:
            kept = self.data.of(np.isin(self.data.labels, [label, *others]))
            found = contrast.contrast(kept, kept.labels == label, self.settings["permutations"], self._rng(label))
            p = np.minimum(1, found.p * len(self.compared))
            stack[2], stack[3] = found.difference.reshape(SIDE, SIDE), p.reshape(SIDE, SIDE)
            clear = p <= self.settings["alpha"]
            smallest = min(1, len(self.compared) / (found.permutations + (not found.exact)))
            row |= {"permutations": found.permutations, "exact": found.exact, "smallest_p": smallest}
            row |= {"lowest_p": p.min(), "higher": (clear & (found.difference > 0)).mean()}
            row |= {"lower": (clear & (found.difference < 0)).mean()}
        if label in self.classes:
            place, count = list(self.classes).index(label), len(self.classes)
            row |= {"own_half": self.halves.own[place], "other_halves": self.halves.others[place]}
            row |= {"p_halves": min(1.0, self.halves.p[place] * count)}
        return stack, row

    def _note(self, people: int, kin_groups: int, others: Sequence[str]) -> str:
        if not people:
            return "nobody: no image of this class has a map here"
        if people == 1:
            return "one person: no spread and no test"
        if kin_groups < contrast.FEWEST:
            return "one kin group: no test"
        if others and np.isin(self.data.labels, others).sum() < contrast.FEWEST:
            return f"fewer than {contrast.FEWEST} kin groups to compare with: no test"
        if len(self.labels) == 1:
            return "no other class: no test"
        return ""

    def likeness(self) -> list[dict]:
        """Correlations of the mean maps of all classes with anybody in them."""
        names = np.unique(self.data.labels)
        cells = likeness.coarse(self.data.maps)
        rows = []
        for kind, table in likeness.correlations(cells, self.data.labels, self.data.people, names).items():
            for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
                rows.append(dict(zip(LIKENESS, (self.name, names[i], names[j], kind, table[i, j]), strict=True)))
        return rows

    def truth(self, changes: Mapping[str, np.ndarray]) -> list[dict]:
        """Correlations of each syndrome's mean map with what the signs of each syndrome change in other people."""
        labels = self.persons.people["label"].to_numpy(str)
        both = {
            label: likeness.coarse(np.stack([self.persons.maps[labels == label].mean(axis=0), changes[label]]))
            for label in self.compared
            if label in changes and (labels == label).any()
        }
        if len(both) < 2:
            return []
        names, pairs = list(both), np.stack(list(both.values()))
        pairs = pairs - pairs.mean(axis=2, keepdims=True)
        rows = []
        for kind, values in ((TRUE_CHANGE, pairs), (TRUE_BEYOND, pairs - pairs.mean(axis=0))):
            table = likeness.pearson(values[:, 0], values[:, 1])
            for i, j in np.ndindex(table.shape):
                rows.append(dict(zip(LIKENESS, (self.name, names[i], names[j], kind, table[i, j]), strict=True)))
        return rows


def _check_control(maps: pd.DataFrame, control: str) -> None:
    """An InputError where no image of the control class is among those of the folds that are explained."""
    read.ordered_labels(of_variant(maps, "folds")["label"], control)


def write_syndrome_maps(
    *,
    maps: Sequence[str],
    indices: Sequence[str],
    predictions: Sequence[str],
    landmarks: str,
    faces: str,
    samples: str,
    region_sets: Mapping[str, str],
    sets: str,
    stack: str,
    summary: str,
    regions: str,
    similarity: str,
    outlines: str,
    control: str,
    policy: Mapping[str, str],
    settings: Mapping,
    bootstrap: Mapping,
    seed: int,
    changes: str = "",
    truth: str = "",
) -> None:
    """Average the maps of one method over the people of each class, in each variant, and compare them.

    Parameters
    ----------
    maps, indices, predictions : sequences of path
        saliency/{method}.npy (or .npz), its index, and predictions.csv of each fold.
    landmarks, faces, samples : path
        faces/landmarks.npy, faces/index.csv, samples.csv.
    region_sets : mapping
        Region set -> region maps of all faces, uint8 [N, s, s]; "paper" is among them.
    sets : path
        resources/regions.yaml.
    stack : path
        Where the maps go: float32 [rows, 4, SIDE, SIDE], with the channels CHANNELS.
    summary, regions, similarity : path
        Where the tables go: one row a map of the stack; region coefficients; correlations of mean maps.
    outlines : path
        Where the region map of the mean face goes, uint8 [SIDE, SIDE], of the set "paper".
    control : str
        Label of the control class.
    policy : mapping
        sign and scale of a map.
    settings : mapping
        smoothing (pixels), permutations, splits, alpha.
    bootstrap : mapping
        n_resamples, level.
    seed : int
        The study's.
    changes, truth : path
        Of a rendered cohort: truth/changes_{size}.npy and truth/index.csv.

    Raises
    ------
    InputError
        Where no image of the control class is explained, no face has landmarks, or no map can be scaled.
    """
    people = read.load_samples(samples)
    explained = explained_maps(indices, predictions, people)
    _check_control(explained, control)
    stacks = [read_stack(path) for path in maps]
    face = MeanFace(landmarks, faces, people, settings["smoothing"])
    ids = {name: region_ids(sets, name) for name in region_sets}
    region_stacks = {name: (read_array(path), len(ids[name])) for name, path in region_sets.items()}
    placed = sorted(set(explained["sample_id"]) & set(face.landmarks))
    on_face = {name: face.regions(path, placed, len(ids[name])) for name, path in region_sets.items()}
    channels: list[np.ndarray] = []
    rows, region_rows, alike = [], [], []
    for name in MAP_VARIANTS:
        part = of_variant(explained, name)
        if part.empty:
            log.info("no maps for the variant %s", name)
            continue
        variant = _Variant(person_maps(part, stacks, policy, face, region_stacks), name, control, settings, seed)
        means = RegionMeans(variant.persons, bootstrap, seed, name)
        for label in variant.labels:
            of_class, row = variant.compare(label)
            rows.append({"row": len(channels), **row})
            channels.append(of_class)
            others = [] if row["note"] else variant.against(label)[1]
            region_rows += _with_shares(means, label, row["against"], others, ids, on_face, of_class, settings)
        alike += variant.likeness()
        if changes:
            alike += variant.truth(true_changes(changes, truth, explained, name, face))
    simulated = bool(people["simulated"].any())
    write_array(np.stack(channels), stack)
    write_array(on_face["paper"], outlines)
    write_table(pd.DataFrame(rows, columns=SUMMARY).assign(simulated=simulated), summary)
    write_table(region_table(region_rows).assign(simulated=simulated), regions)
    write_table(pd.DataFrame(alike, columns=LIKENESS).assign(simulated=simulated), similarity)


def _with_shares(
    means: RegionMeans,
    label: str,
    against: str,
    others: list[str],
    ids: Mapping[str, Mapping[str, int]],
    on_face: Mapping[str, np.ndarray],
    channels: np.ndarray,
    settings: Mapping,
) -> list[dict]:
    """The region rows of a class, with the share of each region that differs from the class it is compared with."""
    if label not in means.drawn:
        return []
    rows = means.rows(label, others, {name: list(regions) for name, regions in ids.items()})
    clear = channels[3] <= settings["alpha"]
    of_set = {name: shares(on_face[name], list(regions), clear) for name, regions in ids.items()}
    for row in rows:
        row["against"] = against if others else ""
        row["significant"] = of_set[row["region_set"]][row["region"]] if others else float("nan")
    return rows


def write_mean_faces(*, crops: str, landmarks: str, faces: str, samples: str, composites: str, table: str) -> None:
    """Write a composite photograph of each class on the mean face of all classes.

    Parameters
    ----------
    crops, landmarks, faces, samples : path
        faces/crops_{size}.npy, faces/landmarks.npy, faces/index.csv, samples.csv.
    composites, table : path
        Where they go: uint8 [classes, s, s, 3]; row, label, images, people.

    Raises
    ------
    InputError
        Where crops and faces do not fit, and where no face of the folds has landmarks.
    """
    from gestalt_regions.saliency.morph.mean_shape import composite, person_weights

    people, stack = read.load_samples(samples), read_array(crops)
    face = MeanFace(landmarks, faces, people, 0)
    if len(stack) != len(face.row):
        raise InputError(f"{crops}: {len(stack)} crops for {len(face.row)} faces; rebuild the faces stage")
    folds = people[(people["split"] == "folds") & people["sample_id"].isin(face.landmarks)]
    pictures: list[np.ndarray] = []
    rows: list[tuple[int, str, int, int]] = []
    for label, part in folds.groupby("label", sort=True):
        points = np.stack([face.landmarks[name] for name in part["sample_id"]])
        of_class = [stack[face.row[name]] for name in part["sample_id"]]
        pictures.append(composite(of_class, points, person_weights(part["subject_id"]), onto=face.shape.points))
        rows.append((len(rows), label, len(part), part["subject_id"].nunique()))
    write_array(np.stack(pictures), composites)
    write_table(pd.DataFrame(rows, columns=["row", "label", "images", "people"]), table)
