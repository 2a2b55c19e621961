"""What every group of measures starts from: the maps of one method, whose faces they explain, and the long table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_pieces, read_table
from gestalt_regions.core.packed_stack import MapStack, read_stack
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.statistics.toolkit.read import join_samples, load_samples
from gestalt_regions.truth.counterfactuals import FACE, TWIN

TRAINED, UNTRAINED = "trained", "untrained"
OWN_LEVEL = "own level"  # in place of a network: the map of the trained one, made flat at its mean
KEYS = ["sample_id", "fold", "set", "label", "target", "subject_id", "kin_group", "network"]
LONG = [*KEYS, "region_set", "policy", "measure", "value"]

Paths = str | Sequence[str]  # as Snakemake gives a named input: one file, or several


def level_of(policy: str) -> str:
    """The column of pairs with the coefficient of the map made flat at its mean.

    Only raw policies have one: by the others a flat map has no coefficient, or always the same.

    Parameters
    ----------
    policy : str
        Name of a raw policy.

    Returns
    -------
    str
        Name of the column.
    """
    return f"{policy}_level"


class MapRow(Protocol):
    """A line of `Maps.rows`, as `itertuples` gives it: what names a map and what it explains."""

    row: int
    sample_id: str
    fold: str
    target: str
    kin_group: str
    network: str


def _listed(paths: Paths) -> list[str]:
    return [paths] if isinstance(paths, str) else list(paths)


@dataclass(frozen=True)
class Maps:
    """The stored maps of one method: for each network (trained, untrained) a stack and its index for each fold.

    Attributes
    ----------
    method : str
        Name of the saliency method.
    folds : sequence of str
        The folds whose models made the maps.
    stacks : mapping of str to sequence of str
        Network -> path of each fold's stack, float32 [n, 2, s, s].
    indices : mapping of str to sequence of str
        Network -> path of each fold's index of its stack; none for a method without an untrained network.
    samples : str
        Path of samples.csv.
    scored : str
        Path of scored.csv: of which images, explained by which fold's model, the maps are scored.
    """

    method: str
    folds: Sequence[str]
    stacks: Mapping[str, Sequence[str]]
    indices: Mapping[str, Sequence[str]]
    samples: str
    scored: str
    _open: dict[tuple[str, str], MapStack] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The maps that are scored.

        Returns
        -------
        DataFrame
            KEYS and the row of the stack, one line for each map.
        """
        samples, parts = load_samples(self.samples, ()), []
        text, face = ["sample_id", "set", "label", "target"], ["fold", "sample_id"]
        chosen = read_table(self.scored, face, strings=face)
        for network, paths in self.indices.items():
            for fold, path in zip(self.folds if paths else [], paths, strict=True):
                of_fold = chosen.loc[chosen["fold"] == fold, "sample_id"]
                pieces = read_pieces(path, ["row", *text], strings=text)
                index = pd.concat([piece[piece["sample_id"].isin(of_fold)] for piece in pieces], ignore_index=True)
                parts.append(join_samples(index, samples, path).assign(fold=fold, network=network))
        return pd.concat(parts, ignore_index=True)[["row", *KEYS]]

    def __getitem__(self, line: MapRow) -> np.ndarray:
        """The signed and absolute channel sums [2, s, s] of a line of `rows`."""
        key = line.network, line.fold
        if key not in self._open:
            self._open[key] = read_stack(self.stacks[line.network][list(self.folds).index(line.fold)])
        return np.asarray(self._open[key][line.row])


def stored_maps(method: str, folds: Sequence[str], inputs: Mapping[str, Paths]) -> Maps:
    """The maps of one method among the inputs of a job.

    Parameters
    ----------
    method : str
        Name of the saliency method.
    folds : sequence of str
        The folds whose models made the maps.
    inputs : mapping of str to path or paths
        maps_<network> and indices_<network> of each network, one file for each fold; samples and scored.

    Returns
    -------
    Maps
        Nothing is read yet.
    """
    stacks, indices = (
        {network: _listed(inputs.get(f"{kind}_{network}", [])) for network in (TRAINED, UNTRAINED)}
        for kind in ("maps", "indices")
    )
    return Maps(method, folds, stacks, indices, str(inputs["samples"]), str(inputs["scored"]))


def recognised(rows: pd.DataFrame, predictions: Sequence[str], folds: Sequence[str]) -> pd.DataFrame:
    """The lines of faces that the trained model of their fold gives the right class, explained for that class.

    Parameters
    ----------
    rows : DataFrame
        Lines of `Maps.rows`.
    predictions : sequence of str
        Path of predictions.csv of each fold.
    folds : sequence of str
        The folds, in the same order.

    Returns
    -------
    DataFrame
        Some of the rows, with their index.
    """
    columns = ["sample_id", "predicted"]
    predicted: dict[tuple[str, str], str] = {}
    for fold, path in zip(folds, predictions, strict=True):
        of_fold = rows.loc[rows["fold"] == fold, "sample_id"]
        for piece in read_pieces(path, columns, columns):
            known = piece[piece["sample_id"].isin(of_fold)]
            predicted |= {(fold, s): p for s, p in zip(known["sample_id"], known["predicted"], strict=True)}
    answers = [predicted.get(key) for key in zip(rows["fold"], rows["sample_id"], strict=True)]
    return rows[(rows["label"] == answers) & (rows["label"] == rows["target"])]


class Counterfactuals:
    """Counterfactuals of some samples: rows of truth/index.csv in the stacks of twins and of changes.

    Parameters
    ----------
    index : str
        Path of truth/index.csv (row, sample_id, variant).
    samples : Series of str
        Which samples are looked up.
    changes, twins : str
        Paths of the stacks of change maps [n, s, s] and of photos uint8 [n, s, s, 3]; "" for one that is not needed.
    """

    def __init__(self, index: str, samples: pd.Series, changes: str = "", twins: str = "") -> None:
        pieces = read_pieces(index, ["row", "sample_id", "variant"], strings=["sample_id", "variant"])
        table = pd.concat([piece[piece["sample_id"].isin(samples)] for piece in pieces])
        places = zip(table["sample_id"], table["variant"], strict=True)
        self._rows = dict(zip(places, table["row"], strict=True))
        self._variants = table.groupby("sample_id", sort=False)["variant"].agg(list).to_dict()
        self._stacks = {kind: read_array(path) for kind, path in (("changes", changes), ("twins", twins)) if path}

    def has_twin(self, samples: Iterable[str]) -> np.ndarray:
        """Which samples have an unaffected twin.

        Parameters
        ----------
        samples : iterable of str
            n sample_ids.

        Returns
        -------
        ndarray
            bool [n].
        """
        return np.array([(sample, TWIN) in self._rows for sample in samples], bool)

    def change(self, sample: str) -> np.ndarray:
        """Change map between a face and its unaffected twin.

        Parameters
        ----------
        sample : str
            A sample_id that has a twin.

        Returns
        -------
        ndarray
            float32 [s, s], grey levels.
        """
        return np.asarray(self._stacks["changes"][self._rows[sample, TWIN]], np.float32)

    def photos(self, sample: str) -> dict[str, np.ndarray]:
        """The rendered photos of a sample.

        Parameters
        ----------
        sample : str
            A sample_id with counterfactuals.

        Returns
        -------
        dict
            Variant -> photo uint8 [s, s, 3], the face itself first.
        """
        photos = {variant: self._stacks["twins"][self._rows[sample, variant]] for variant in self._variants[sample]}
        return {FACE: photos.pop(FACE), **photos}


class Regions:
    """The region maps of one region set for every face.

    Parameters
    ----------
    path : str
        Path of the stack of region maps, uint8 [n, s, s].
    faces : str
        Path of faces/index.csv (row, sample_id).
    ids : mapping of str to int
        Region -> its id in the maps, 1 and up.
    """

    def __init__(self, path: str, faces: str, ids: Mapping[str, int]) -> None:
        self.names, self._stack, self._faces = list(ids), read_array(path), faces
        table = pd.concat(read_pieces(faces, ["row", "sample_id"], strings=["sample_id"]))
        self._rows = pd.Series(table["row"].to_numpy(), table["sample_id"])

    def __getitem__(self, sample: str) -> np.ndarray:
        """Ids [s, s], 1.. in the order of `names`, 0 is no region. InputError for a face that is not there."""
        if sample not in self._rows:
            raise InputError(f"{self._faces}: sample '{sample}' is missing; {nearest(sample, self._rows.index)}")
        return np.asarray(self._stack[self._rows[sample]])


def open_region_sets(inputs: Mapping[str, str]) -> dict[str, Regions]:
    """The region sets among the inputs of a job.

    Parameters
    ----------
    inputs : mapping of str to path
        regions_<set> of each region set, faces (faces/index.csv), sets (resources/regions.yaml); others do not count.

    Returns
    -------
    dict
        Region set -> its maps.
    """
    stacks = {key.removeprefix("regions_"): path for key, path in inputs.items() if key.startswith("regions_")}
    return {name: Regions(path, inputs["faces"], region_ids(inputs["sets"], name)) for name, path in stacks.items()}


def long_table(rows: pd.DataFrame, values: Mapping[tuple[str, str, str], Iterable[float]]) -> pd.DataFrame:
    """The table that every group of measures writes.

    Parameters
    ----------
    rows : DataFrame
        n lines with KEYS.
    values : mapping
        (region set, policy, measure) -> n values; region set and policy are "" where they do not apply.

    Returns
    -------
    DataFrame
        LONG: one line for each row and each key of the values.
    """
    keys = rows[KEYS].reset_index(drop=True)
    names = ("region_set", "policy", "measure")
    parts = [keys.assign(**dict(zip(names, key, strict=True)), value=list(column)) for key, column in values.items()]
    return pd.concat(parts, ignore_index=True)[LONG] if parts else pd.DataFrame(columns=LONG)
