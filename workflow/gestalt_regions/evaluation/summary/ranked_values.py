"""What is ranked: every measure's values of all methods on the same faces, and their resamples over kin groups."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_pieces
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.scored_maps import LONG, TRAINED
from gestalt_regions.evaluation.summary.pooled import draws
from gestalt_regions.statistics.toolkit.bootstrap import Weights

log = logging.getLogger("gestalt_regions")
FACE = ["sample_id", "fold"]
CELL = ["measure", "region_set", "policy"]


@dataclass(frozen=True)
class Ranked:
    """One measure of all methods. values [k]: over all faces; drawn [B, k]: the same in each resample of kin groups.

    blocks [G, k]: means of each kin group, with their weights; None for a statistic over all faces at once.
    """

    group: str
    measure: str
    region_set: str
    policy: str
    direction: int
    values: np.ndarray
    drawn: np.ndarray
    blocks: np.ndarray | None = None
    weights: Weights | None = None


def filled(values: np.ndarray, chance: float) -> np.ndarray:
    """`values` [n, k] of the rows in which any method has one; where another has none it scores `chance`.

    A map without order (flat, or empty after a threshold) has no value, and tells as much as a random one.
    """
    values = values[np.isfinite(values).any(axis=1)]
    return np.where(np.isfinite(values), values, chance)


def per_face(
    tables: Mapping[str, pd.DataFrame], about: Mapping, chance: float, draw: Weights, kin: str
) -> Ranked | None:
    """A measure with a value for each face. tables: method -> its rows of LONG of this measure and cell.

    Only faces that all methods have rows for count; None if there are none with a value.
    """
    columns = {method: table.set_index(FACE)["value"] for method, table in tables.items()}
    joined = pd.DataFrame(columns).dropna(how="all")
    present = pd.concat([own.index.to_series() for own in columns.values()]).value_counts()
    joined = joined[[present[face] == len(columns) for face in joined.index]]
    family = {
        face: group
        for table in tables.values()
        for face, group in zip(table[FACE].itertuples(index=False, name=None), table[kin], strict=True)
    }
    values = filled(joined.to_numpy(float), chance)
    if not len(values) or not np.isfinite(values).all():
        return None
    groups, member = np.unique([family[face] for face in joined.index], return_inverse=True)
    counts = np.bincount(member)[:, None]
    sums = np.zeros((len(groups), values.shape[1]))
    np.add.at(sums, member, values)
    weights = draw.of_groups(groups)

    def means(block: np.ndarray) -> np.ndarray:
        total = block @ counts
        return np.divide(block @ sums, total, out=np.full((len(block), values.shape[1]), np.nan), where=total > 0)

    drawn = weights.each(means)
    return Ranked(**about, values=values.mean(axis=0), drawn=drawn, blocks=sums / counts, weights=weights)


def pooled(
    pairs: Mapping[str, pd.DataFrame],
    about: Mapping,
    statistic: str,
    truth: str,
    chance: float,
    draw: Weights,
    kin: str,
) -> Ranked | None:
    """A statistic over all faces and regions. pairs: method -> its rows of the group's table of pairs."""
    found = []
    for table in pairs.values():
        x, y = (table[column].to_numpy(float) for column in (about["policy"], truth))
        value, drawn = draws(statistic, x[None], y, draw.of_groups(table[kin]))
        found.append(np.r_[value, drawn[0]])
    columns = np.array(found).T
    if not np.isfinite(columns[0]).any() or not np.isfinite(chance):
        return None
    undefined = ~np.isfinite(columns).any(axis=1, keepdims=True)  # of every method: no such faces were drawn
    columns = np.where(np.isfinite(columns) | undefined, columns, chance)
    return Ranked(**about, values=columns[0], drawn=columns[1:])


def chosen_cells(
    scores: pd.DataFrame, measures: Mapping[str, Mapping], *, policy: str, sign: str, region_set: str
) -> dict[str, dict[str, object]]:
    """measure -> the first four fields of its Ranked, and chance: one cell of scores.csv for each measure.

    policy, region_set: of measures of regions; sign: the policy of measures of whole maps, where it says which sign.
    """
    found = {}
    scores = scores[(scores["network"] == TRAINED) & (scores["fold"] == "all")]
    for name, about in measures.items():
        part = scores[scores["measure"] == name]
        cells = list(part[["region_set", "policy"]].drop_duplicates().itertuples(index=False, name=None))
        others = [cell for cell in cells if cell[0] == "" or cell[1] == policy]  # a set of its own
        wanted = [(region_set, policy), (region_set, ""), ("", sign), *others]
        cell = next((cell for cell in wanted if cell in cells), None)
        if cell:
            own = part[(part["region_set"] == cell[0]) & (part["policy"] == cell[1])]
            where = {"group": about["group"], "measure": name, "region_set": cell[0], "policy": cell[1]}
            found[name] = {**where, "chance": own["chance"].iloc[0]}
    return found


def _kept(path: str, cells: Sequence[Mapping], kin: str) -> pd.DataFrame:
    """Of a group's table of one method: the rows of trained networks in these cells."""
    text = [column for column in LONG if column != "value"]
    wanted = pd.MultiIndex.from_tuples([tuple(cell[key] for key in CELL) for cell in cells])
    parts = []
    for table in read_pieces(path, LONG, text):
        kept = (table["network"] == TRAINED) & pd.MultiIndex.from_frame(table[CELL]).isin(wanted)
        parts.append(table.loc[kept, [*FACE, kin, "measure", "value"]])
    return pd.concat(parts)


def _kept_pairs(path: str, cells: Sequence[Mapping], columns: Sequence[str], kin: str) -> pd.DataFrame:
    """Of a group's pairs of one method: the rows of trained networks in these region sets."""
    text, parts = [kin, "network", "region_set"], []
    for table in read_pieces(path, [*text, *columns], text):
        kept = (table["network"] == TRAINED) & table["region_set"].isin({cell["region_set"] for cell in cells})
        parts.append(table.loc[kept, [kin, "region_set", *columns]])
    return pd.concat(parts)


def _paths(paths: Sequence[str], group: str, methods: Sequence[str], above: int) -> dict[str, str]:
    own = {Path(path).stem: path for path in paths if Path(path).parents[above].name == group}
    return {method: own[method] for method in methods}


def _sources(
    cells: Mapping[str, Mapping],
    tables: Sequence[str],
    pairs: Sequence[str],
    methods: Sequence[str],
    measures: Mapping[str, Mapping],
    kin: str,
) -> dict[tuple[str, bool], dict[str, Callable[[], pd.DataFrame]]]:
    """(group, whether its measures are pooled) -> method -> what reads its rows."""
    found = {}
    for group in dict.fromkeys(cell["group"] for cell in cells.values()):
        own = [cell for cell in cells.values() if cell["group"] == group]
        faces = [cell for cell in own if not measures[cell["measure"]]["pooled"]]
        over = [cell for cell in own if measures[cell["measure"]]["pooled"]]
        columns = {c["policy"] for c in over} | {measures[c["measure"]]["pair"][1] for c in over}
        if faces:
            files = _paths(tables, group, methods, 0)
            found[group, False] = {m: partial(_kept, path, faces, kin) for m, path in files.items()}
        if over:
            files = _paths(pairs, group, methods, 1)
            found[group, True] = {
                m: partial(_kept_pairs, path, over, sorted(columns), kin) for m, path in files.items()
            }
    return found


def _one(
    cell: Mapping, described: Mapping, tables: Mapping[str, pd.DataFrame], draw: Weights, kin: str
) -> Ranked | None:
    about = {key: value for key, value in cell.items() if key != "chance"} | {"direction": described["direction"]}
    if described["pooled"]:
        given = {method: table[table["region_set"] == cell["region_set"]] for method, table in tables.items()}
        return pooled(given, about, described["pooled"], described["pair"][1], cell["chance"], draw, kin)
    given = {method: table[table["measure"] == cell["measure"]] for method, table in tables.items()}
    return per_face(given, about, cell["chance"], draw, kin)


def all_ranked(
    cells: Mapping[str, Mapping],
    tables: Sequence[str],
    pairs: Sequence[str],
    methods: Sequence[str],
    measures: Mapping[str, Mapping],
    *,
    bootstrap: Mapping,
    seed: int,
) -> list[Ranked]:
    """Every measure of `cells` (chosen_cells) that can be ranked; those that cannot are named in the log.

    Kin groups are drawn alike for every measure, so that resamples go together. The tables are read once for the names
    of all kin groups and then again, those of one group of measures at a time: together they may be large.
    """
    kin = bootstrap["group"]
    sources = _sources(cells, tables, pairs, methods, measures, kin)
    everyone = {name for own in sources.values() for read in own.values() for name in read()[kin]}
    draw = Weights(sorted(everyone), bootstrap["n_resamples"], generator(seed, "evaluation", "ranking"))
    found = {}
    for (group, over), own in sources.items():
        loaded = {method: read() for method, read in own.items()}
        for name, cell in cells.items():
            if (cell["group"], bool(measures[name]["pooled"])) == (group, over):
                found[name] = _one(cell, measures[name], loaded, draw, kin)
    for name, part in found.items():
        if part is None:
            log.warning("%s: no face on which methods can be compared; not ranked", name)
    return [found[name] for name in cells if found[name]]
