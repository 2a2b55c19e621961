"""What every group of measures starts from: the maps of one method, whose faces they explain, and the long table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_pieces, read_table
from gestalt_regions.regions.sets import region_ids
from gestalt_regions.statistics.toolkit.read import join_samples, load_samples
from gestalt_regions.truth.counterfactuals import FACE, TWIN

TRAINED, UNTRAINED = "trained", "untrained"
KEYS = ["sample_id", "fold", "set", "label", "target", "subject_id", "kin_group", "network"]
LONG = [*KEYS, "region_set", "policy", "measure", "value"]


@dataclass(frozen=True)
class Maps:
    """The stored maps of one method: for each network (trained, untrained) a stack and its index for each of `folds`.

    `rows` has KEYS, and fold and row of the stack, one line for each map that is scored.
    """

    method: str
    folds: Sequence[str]
    stacks: Mapping[str, Sequence[str]]
    indices: Mapping[str, Sequence[str]]
    samples: str  # samples.csv
    scored: str  # scored.csv: of which images, explained by which fold's model, the maps are scored
    _open: dict = field(default_factory=dict)

    @cached_property
    def rows(self) -> pd.DataFrame:
        samples, parts = load_samples(self.samples, ()), []
        text, face = ["sample_id", "set", "label", "target"], ["fold", "sample_id"]
        chosen = read_table(self.scored, face, strings=face)
        for network, paths in self.indices.items():
            for fold, path in zip(self.folds if paths else [], paths, strict=True):
                own = chosen.loc[chosen["fold"] == fold, "sample_id"]
                pieces = read_pieces(path, ["row", *text], strings=text)
                index = pd.concat([piece[piece["sample_id"].isin(own)] for piece in pieces], ignore_index=True)
                parts.append(join_samples(index, samples, path).assign(fold=fold, network=network))
        return pd.concat(parts, ignore_index=True)[["row", *KEYS]]

    def __getitem__(self, line) -> np.ndarray:
        """The signed and absolute channel sums [2, s, s] of a line of `rows` (a namedtuple)."""
        key = line.network, line.fold
        if key not in self._open:
            self._open[key] = read_array(self.stacks[line.network][list(self.folds).index(line.fold)])
        return np.asarray(self._open[key][line.row])


def from_job(snakemake) -> Maps:
    """The maps that a job's inputs maps_<network>, indices_<network>, samples and scored, and its param folds,
    describe."""
    kinds = [
        {network: snakemake.input.get(f"{kind}_{network}", []) for network in (TRAINED, UNTRAINED)}
        for kind in ("maps", "indices")
    ]
    kinds = [{network: [p] if isinstance(p, str) else list(p) for network, p in kind.items()} for kind in kinds]
    return Maps(
        snakemake.wildcards.method, snakemake.params.folds, *kinds, snakemake.input.samples, snakemake.input.scored
    )


def recognised(rows: pd.DataFrame, predictions: Sequence[str], folds: Sequence[str]) -> pd.DataFrame:
    """The lines of faces that the trained model of their fold gives the right class, explained for that class.

    predictions: predictions.csv of each of `folds`.
    """
    columns, predicted = ["sample_id", "predicted"], {}
    for fold, path in zip(folds, predictions, strict=True):
        own = rows.loc[rows["fold"] == fold, "sample_id"]
        for piece in read_pieces(path, columns, columns):
            known = piece[piece["sample_id"].isin(own)]
            predicted |= {(fold, s): p for s, p in zip(known["sample_id"], known["predicted"], strict=True)}
    answers = [predicted.get(key) for key in zip(rows["fold"], rows["sample_id"], strict=True)]
    return rows[(rows["label"] == answers) & (rows["label"] == rows["target"])]


class Truth:
    """Counterfactuals of some samples: rows of truth/index.csv in the stacks `twins` and `changes`."""

    def __init__(self, index: str, samples: pd.Series, changes: str = "", twins: str = "") -> None:
        pieces = read_pieces(index, ["row", "sample_id", "variant"], strings=["sample_id", "variant"])
        table = pd.concat([piece[piece["sample_id"].isin(samples)] for piece in pieces])
        places = zip(table["sample_id"], table["variant"], strict=True)
        self._rows = dict(zip(places, table["row"], strict=True))
        self._variants = table.groupby("sample_id", sort=False)["variant"].agg(list).to_dict()
        self._changes = read_array(changes) if changes else None
        self._twins = read_array(twins) if twins else None

    def has_twin(self, samples: Iterable[str]) -> np.ndarray:
        return np.array([(sample, TWIN) in self._rows for sample in samples], bool)

    def change(self, sample: str) -> np.ndarray:
        """Change map [s, s] between a face and its unaffected twin, grey levels."""
        return np.asarray(self._changes[self._rows[sample, TWIN]], np.float32)

    def photos(self, sample: str) -> dict[str, np.ndarray]:
        """variant -> photo uint8 [s, s, 3], the face itself first."""
        found = {variant: self._twins[self._rows[sample, variant]] for variant in self._variants[sample]}
        return {FACE: found.pop(FACE), **found}


class Regions:
    """The region maps of a set for every face."""

    def __init__(self, path: str, faces: str, ids: Mapping[str, int]) -> None:
        self.names, self._stack, self._faces = list(ids), read_array(path), faces
        table = pd.concat(read_pieces(faces, ["row", "sample_id"], strings=["sample_id"]))
        self._rows = pd.Series(table["row"].to_numpy(), table["sample_id"])

    def __getitem__(self, sample: str) -> np.ndarray:
        """Ids [s, s], 1.. in the order of `names`, 0 is no region."""
        if sample not in self._rows:
            raise InputError(f"{self._faces}: sample '{sample}' is missing; {nearest(sample, self._rows.index)}")
        return np.asarray(self._stack[self._rows[sample]])


def regions_from_job(snakemake) -> dict[str, Regions]:
    """The region sets of a job's inputs regions_<set>, faces and sets (resources/regions.yaml)."""
    inputs, found = snakemake.input, {}
    for key, path in inputs.items():
        if key.startswith("regions_"):
            name = key.removeprefix("regions_")
            found[name] = Regions(path, inputs.faces, region_ids(inputs.sets, name))
    return found


def long_table(rows: pd.DataFrame, values: Mapping[tuple[str, str, str], Sequence[float]]) -> pd.DataFrame:
    """LONG: one line for each row of `rows` (KEYS) and each (region_set, policy, measure) of `values`."""
    about = rows[KEYS].reset_index(drop=True)
    names = ("region_set", "policy", "measure")
    parts = [about.assign(**dict(zip(names, key, strict=True)), value=list(column)) for key, column in values.items()]
    return pd.concat(parts, ignore_index=True)[LONG] if parts else pd.DataFrame(columns=LONG)
