"""What is ranked: every measure's values of all methods on the same faces, and their resamples over kin groups."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_pieces
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measure_registry import PRIORS, RANDOM
from gestalt_regions.evaluation.region_pairs import coefficient_column, of_faces, prior_column, strata, under
from gestalt_regions.evaluation.scored_maps import LONG, TRAINED
from gestalt_regions.evaluation.summary.pooled import draws
from gestalt_regions.statistics.toolkit.bootstrap import Weights

log = logging.getLogger("gestalt_regions")
FACE = ["sample_id", "fold"]
CELL = ["measure", "region_set", "policy"]


@dataclass(frozen=True)
class Cell:
    """Which of a measure's values are compared between methods.

    Attributes
    ----------
    group, measure : str
        The measure, and its group.
    region_set, policy : str
        Which of the measure's values; "" where the measure has none.
    chance : float
        What a map that knows nothing scores.
    methods : tuple of str
        The methods that have the measure.
    """

    group: str
    measure: str
    region_set: str
    policy: str
    chance: float
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Ranked:
    """One measure of the k methods that have it.

    Attributes
    ----------
    group, measure, region_set, policy : str
        As in `Cell`.
    methods : sequence of str
        The methods.
    direction : int
        1 if more is better, else -1.
    values : ndarray
        [k], over all faces.
    drawn : ndarray
        [B, k], the same in each resample of kin groups.
    blocks : ndarray or None
        [G, k], means of each kin group; None for a statistic over all faces at once.
    weights : Weights or None
        The weights of the blocks in each resample.
    groups : tuple of str
        The kin groups that have a value.
    """

    group: str
    measure: str
    region_set: str
    policy: str
    methods: Sequence[str]
    direction: int
    values: np.ndarray
    drawn: np.ndarray
    blocks: np.ndarray | None = None
    weights: Weights | None = None
    groups: tuple[str, ...] = ()


def chosen_cells(
    scores: pd.DataFrame, measures: Mapping[str, Mapping], *, policy: str, sign: str, region_set: str
) -> dict[str, Cell]:
    """One cell of scores.csv for each measure.

    Parameters
    ----------
    scores : DataFrame
        scores.csv.
    measures : mapping
        The measures, as `measure_registry.described` gives them.
    policy, region_set : str
        What is preferred of measures of regions; a measure known of another region set alone has that one.
    sign : str
        The policy of measures of whole maps, where it says which sign.

    Returns
    -------
    dict
        Measure -> Cell; measures without a row are left out.
    """
    cells = {}
    scores = scores[(scores["network"] == TRAINED) & (scores["fold"] == "all")]
    for name, facts in measures.items():
        of_measure = scores[scores["measure"] == name]
        there = list(of_measure[["region_set", "policy"]].drop_duplicates().itertuples(index=False, name=None))
        others = [pair for pair in there if pair[0] == "" or pair[1] == policy]  # a set of its own
        wanted = [(region_set, policy), (region_set, ""), ("", sign), *others]
        pair = next((pair for pair in wanted if pair in there), None)
        if pair:
            rows = of_measure[(of_measure["region_set"] == pair[0]) & (of_measure["policy"] == pair[1])]
            methods = tuple(rows["method"])
            cells[name] = Cell(facts["group"], name, pair[0], pair[1], rows["chance"].iloc[0], methods)
    return cells


def _filled(values: pd.DataFrame, chance: float) -> np.ndarray:
    """`values` [n, k] of rows in which some method has one; where another has none it scores chance.

    A map without order (flat, or empty after a threshold) has no value, and tells as much as a random one: what RANDOM
    scores on that face or, without it, `chance`.
    """
    expected = values[RANDOM].fillna(chance) if RANDOM in values else pd.Series(chance, values.index)
    return values.T.fillna(expected).T.to_numpy(float)


def _shared_faces(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The values [faces, methods] of the faces that all methods have rows for, if any method has a value."""
    columns = {method: table.set_index(FACE)["value"] for method, table in tables.items()}
    joined = pd.DataFrame(columns).dropna(how="all")
    present = pd.concat([column.index.to_series() for column in columns.values()]).value_counts()
    return joined[[present[face] == len(columns) for face in joined.index]]


def per_face(
    tables: Mapping[str, pd.DataFrame], cell: Cell, direction: int, *, kin_weights: Weights, kin: str
) -> Ranked | None:
    """A measure with a value for each face, of the faces that all methods have rows for.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Method -> its rows of LONG of this cell.
    cell : Cell
        What is compared.
    direction : int
        1 if more is better, else -1.
    kin_weights : Weights
        Resamples of all kin groups.
    kin : str
        The column of what is resampled.

    Returns
    -------
    Ranked or None
        None if there is no face with a value.
    """
    joined = _shared_faces(tables)
    values = _filled(joined, cell.chance)
    if not len(values) or not np.isfinite(values).all():
        return None
    family = {
        face: group
        for table in tables.values()
        for face, group in zip(table[FACE].itertuples(index=False, name=None), table[kin], strict=True)
    }
    groups, member = np.unique([family[face] for face in joined.index], return_inverse=True)
    counts = np.bincount(member)[:, None]
    sums = np.zeros((len(groups), values.shape[1]))
    np.add.at(sums, member, values)
    weights = kin_weights.of_groups(groups.tolist())

    def _means(block: np.ndarray) -> np.ndarray:
        total = block @ counts
        return np.divide(block @ sums, total, out=np.full((len(block), values.shape[1]), np.nan), where=total > 0)

    where = (cell.group, cell.measure, cell.region_set, cell.policy, list(tables), direction)
    return Ranked(*where, values.mean(axis=0), weights.each(_means), sums / counts, weights, tuple(groups))


def _pooled(
    tables: Mapping[str, pd.DataFrame], cell: Cell, facts: Mapping, *, sign: str, kin_weights: Weights, kin: str
) -> Ranked | None:
    """A statistic over all faces and regions; tables: method -> its rows of the group's pairs in this region set."""
    columns, groups = [], set()
    for method, table in tables.items():
        if method == RANDOM:  # stands for chance itself, which fills what is undefined
            columns.append(np.full(1 + len(kin_weights), np.nan))
            continue
        table = of_faces(table, facts["faces"])
        within = {"": strata(table) if facts["within"] else None}
        column = coefficient_column(facts["pair"][1], cell.policy, sign, table.columns)
        x, y = table[column].to_numpy(float), under(sign, table[facts["pair"][1]].to_numpy(float))
        value, drawn = draws(facts["pooled"], x[None], y, kin_weights.of_groups(table[kin]), within)[""]
        columns.append(np.r_[value, drawn[0]])
        groups |= set(table.loc[np.isfinite(x) & np.isfinite(y), kin])
    values = np.array(columns).T  # [1 + B, methods]
    if not np.isfinite(values[0]).any() or not np.isfinite(cell.chance):
        return None
    undefined = ~np.isfinite(values).any(axis=1, keepdims=True)  # of every method: no such faces were drawn
    values = np.where(np.isfinite(values) | undefined, values, cell.chance)
    where = (cell.group, cell.measure, cell.region_set, cell.policy, list(tables), facts["direction"])
    return Ranked(*where, values[0], values[1:], groups=tuple(sorted(groups)))


@dataclass(frozen=True)
class _Source:
    """The files that some cells are ranked from: those of one group, of its tables or of its pairs."""

    cells: Sequence[Cell]
    files: Mapping[str, str]  # method -> its file
    truths: Sequence[str]  # of pairs: what is known of the regions; of tables: none
    sign: str
    kin: str

    def read(self, method: str) -> pd.DataFrame:
        """The rows of the method's trained networks that the cells need."""
        return self._pairs(method) if self.truths else self._long(self.files[method])

    def _long(self, path: str) -> pd.DataFrame:
        text = [column for column in LONG if column != "value"]
        wanted = pd.MultiIndex.from_tuples([(cell.measure, cell.region_set, cell.policy) for cell in self.cells])
        parts = []
        for table in read_pieces(path, LONG, text):
            kept = (table["network"] == TRAINED) & pd.MultiIndex.from_frame(table[CELL]).isin(wanted)
            parts.append(table.loc[kept, [*FACE, self.kin, "measure", "value"]])
        return pd.concat(parts)

    def _pairs(self, method: str) -> pd.DataFrame:
        where = ["region_set", "target", "region"]
        coefficients = [prior_column(truth, self.sign) for truth in self.truths]
        if method not in PRIORS:
            coefficients = sorted({cell.policy for cell in self.cells})
        columns = [self.kin, *where, "recognised", *self.truths, *coefficients]
        text, sets, parts = [self.kin, "network", *where], {cell.region_set for cell in self.cells}, []
        for table in read_pieces(self.files[method], [*columns, "network"], text):
            parts.append(table.loc[(table["network"] == TRAINED) & table["region_set"].isin(sets), columns])
        return pd.concat(parts)

    def ranked(self, measures: Mapping[str, Mapping], kin_weights: Weights) -> dict[str, Ranked | None]:
        """Measure -> all methods in it."""
        tables = {method: self.read(method) for method in self.files}
        ranked: dict[str, Ranked | None] = {}
        for cell in self.cells:
            facts = measures[cell.measure]
            column, value = ("region_set", cell.region_set) if self.truths else ("measure", cell.measure)
            rows = {method: table[table[column] == value] for method, table in tables.items() if method in cell.methods}
            rank = partial(_pooled, facts=facts, sign=self.sign)
            if not self.truths:
                rank = partial(per_face, direction=facts["direction"])
            ranked[cell.measure] = rank(rows, cell, kin_weights=kin_weights, kin=self.kin)
        return ranked


def _files(paths: Sequence[str], group: str, methods: Sequence[str], above: int) -> dict[str, str]:
    """Method -> its file among `paths`; above: how many folders lie between the group's and the file."""
    of_group = {Path(path).stem: path for path in paths if Path(path).parents[above].name == group}
    return {method: of_group[method] for method in methods if method in of_group}


def _sources(
    cells: Mapping[str, Cell],
    files: Mapping[str, Sequence[str]],
    methods: Sequence[str],
    measures: Mapping[str, Mapping],
    *,
    sign: str,
    kin: str,
) -> list[_Source]:
    """The files of each group: its tables, then its pairs, as far as a cell needs them."""
    sources = []
    for group in dict.fromkeys(cell.group for cell in cells.values()):
        of_group = [cell for cell in cells.values() if cell.group == group]
        each = [cell for cell in of_group if not measures[cell.measure]["pooled"]]
        over = [cell for cell in of_group if measures[cell.measure]["pooled"]]
        if each:
            sources.append(_Source(each, _files(files["tables"], group, methods, 0), (), sign, kin))
        if over:
            truths = sorted({measures[cell.measure]["pair"][1] for cell in over})
            sources.append(_Source(over, _files(files["pairs"], group, methods, 1), truths, sign, kin))
    return sources


def all_ranked(
    cells: Mapping[str, Cell],
    files: Mapping[str, Sequence[str]],
    methods: Sequence[str],
    measures: Mapping[str, Mapping],
    *,
    sign: str,
    bootstrap: Mapping,
    seed: int,
) -> list[Ranked]:
    """Every measure that can be ranked; those that cannot are named in the log.

    Kin groups are drawn alike for every measure, so that resamples go together. The tables are read once for the names
    of all kin groups and then again, those of one group of measures at a time: together they may be large.

    Parameters
    ----------
    cells : mapping of str to Cell
        What is ranked of each measure (`chosen_cells`).
    files : mapping of str to sequence of paths
        tables and pairs: the files of all groups and methods, <group>/<method>.csv and <group>/pairs/<method>.csv.
    methods : sequence of str
        Methods and controls.
    measures : mapping
        The measures, as `measure_registry.described` gives them.
    sign : str
        Sign of the policy that measures of regions are ranked by.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, group (the column that is resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    list of Ranked
        In the order of the cells.
    """
    kin = bootstrap["group"]
    sources = _sources(cells, files, methods, measures, sign=sign, kin=kin)
    everyone = {name for source in sources for method in source.files for name in source.read(method)[kin]}
    kin_weights = Weights(sorted(everyone), bootstrap["n_resamples"], generator(seed, "evaluation", "ranking"))
    ranked: dict[str, Ranked | None] = {}
    for source in sources:
        ranked |= source.ranked(measures, kin_weights)
    for name, part in ranked.items():
        if part is None:
            log.warning("%s: no face on which methods can be compared; not ranked", name)
    return [part for name in cells if (part := ranked[name])]
