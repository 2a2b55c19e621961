"""The simulated cohort's own figures: faces beside their counterfactuals, and faces at rising severity."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.truth.counterfactuals import FACE, REVERT, TWIN

TOP = 99.5  # percentile of the change shown that the colour scale ends at: a few outline pixels change much more
TITLES = {FACE: "affected", TWIN: "unaffected\ntwin"}


def choose_twins(index: pd.DataFrame, samples: Sequence[str], count: int) -> list[str]:
    """The faces to show.

    Parameters
    ----------
    index : pandas.DataFrame
        truth/index.csv with the label of each row.
    samples : sequence of str
        Faces asked for.
    count : int
        Faces without a list.

    Returns
    -------
    list of str
        `samples`, or of `count` classes the one with the most regions to revert (first of equals).

    Raises
    ------
    InputError
        For a sample without counterfactuals.
    """
    known = index["sample_id"].unique()
    for sample in samples:
        if sample not in set(known):
            raise InputError(f"figures.twins.samples: '{sample}' has no counterfactuals; {nearest(sample, known)}")
    if samples:
        return list(samples)
    counts = index.groupby("sample_id", sort=False).agg(label=("label", "first"), variants=("variant", "size"))
    best = counts.sort_values("variants", ascending=False, kind="stable").drop_duplicates("label")
    return [sample for sample in known if sample in set(best.index)][:count]


def _load_index(path: str | os.PathLike, samples: pd.DataFrame) -> pd.DataFrame:
    """truth/index.csv with the label of each row. Raises InputError if no face has counterfactuals."""
    index = read_table(path, ["row", "sample_id", "variant", "region"], ["sample_id", "variant", "region"])
    if index.empty:
        raise InputError(f"{path}: no face has counterfactuals; see config cohort.counterfactuals.which")
    return index.assign(label=index["sample_id"].map(samples.set_index("sample_id")["true_label"]))


def _variants(index: pd.DataFrame, hpo_terms: str | os.PathLike) -> list[str]:
    """The columns of the sheet: affected, twin, and each region that is reverted, in the order of the HPO table."""
    regions = read_table(hpo_terms, ["region"])["region"].unique()
    return [v for v in (FACE, TWIN, *(f"{REVERT}{r}" for r in regions)) if v in set(index["variant"])]


def _name_lines(two: np.ndarray, label: str) -> None:
    """The class beside a line of photos, and what the line beneath shows."""
    two[0].set_ylabel(label, fontsize=7)
    two[1].text(0.5, 0.5, "change\nfrom the\naffected face", ha="center", va="center", fontsize=6)


def _name_variants(line: np.ndarray, variants: list[str]) -> None:
    """Titles above the first line of photos."""
    for axes, variant in zip(line, variants, strict=True):
        title = TITLES.get(variant) or f"{variant.removeprefix(REVERT)}\nreverted"
        axes.set_title(title, fontsize=6.5, pad=2)


def draw_twin_sheet(
    *,
    twins_path: str | os.PathLike,
    changes_path: str | os.PathLike,
    index_path: str | os.PathLike,
    samples_path: str | os.PathLike,
    hpo_terms: str | os.PathLike,
    output: str | os.PathLike,
    samples: Sequence[str],
    count: int,
    colormap: str,
) -> None:
    """For each face a line of photos (affected, twin, each region reverted) and under it what changed.

    Regions come in the order of the HPO table; those that no face shown has signs of are left out.

    Parameters
    ----------
    twins_path, changes_path : str or path
        Photos uint8 [n, S, S, 3]; change from the affected face [n, S, S].
    index_path, hpo_terms : str or path
        truth/index.csv; the HPO terms and their regions.
    samples_path, output : str or path
        samples.csv; the figure, SVG or PNG by its suffix.
    samples : sequence of str
        The faces; none: as `choose_twins`.
    count, colormap : int, str
        Faces without a list; colours of the changes.

    Raises
    ------
    InputError
        If no face has counterfactuals.
    """
    style.apply()
    photos, changes = read_array(twins_path), read_array(changes_path)
    table = read.load_samples(samples_path)
    index = _load_index(index_path, table)
    shown = choose_twins(index, samples, count)
    index = index[index["sample_id"].isin(shown)]
    columns = _variants(index, hpo_terms)
    rows = index.set_index(["sample_id", "variant"])["row"]
    top = max(1.0, float(np.percentile(changes[index.loc[index["variant"] != FACE, "row"].to_numpy()], TOP)))
    size = (style.WIDTH, 2 * style.WIDTH / len(columns) * len(shown) + 0.75)
    figure, grid = style.tiles(2 * len(shown), len(columns), size)
    for line, sample in enumerate(shown):
        for column, variant in enumerate(columns):
            if (sample, variant) not in rows.index:
                continue
            row = int(rows[sample, variant])
            grid[2 * line, column].imshow(photos[row], interpolation="lanczos")
            if variant != FACE:
                drawn = grid[2 * line + 1, column].imshow(changes[row], cmap=colormap, vmin=0, vmax=top)
        _name_lines(grid[2 * line : 2 * line + 2, 0], index.loc[index["sample_id"] == sample, "label"].iloc[0])
    _name_variants(grid[0], columns)
    bar = figure.colorbar(drawn, ax=grid, location="bottom", shrink=0.5, aspect=40, extend="max", pad=0.01)
    bar.set_label("Change in grey levels of 255, mean of the channels, before any noise or loss")
    simulated = read.simulated_phrase(table)
    figure.suptitle("Faces and their counterfactuals" + (f"; {simulated}" if simulated else ""), fontsize=8)
    style.save(figure, output, dpi=220)


def draw_severity_strip(
    faces_path: str | os.PathLike, index_path: str | os.PathLike, output: str | os.PathLike
) -> None:
    """One line for each syndrome, one column for each severity.

    Parameters
    ----------
    faces_path : str or path
        Photos, uint8 [n, S, S, 3].
    index_path : str or path
        row, label, severity.
    output : str or path
        The figure; SVG or PNG by its suffix.

    Raises
    ------
    InputError
        If nobody has a sign.
    """
    style.apply()
    faces, index = read_array(faces_path), read_table(index_path, ["row", "label", "severity"], ["label"])
    if index.empty:
        raise InputError(f"{index_path}: no subject shows any sign; see config cohort.classes and cohort.severity")
    severities = sorted(index["severity"].unique())
    lines = list(index.groupby("label", sort=False))
    size = (style.WIDTH, (style.WIDTH - 0.2) / len(severities) * len(lines) + 0.35)
    figure, grid = style.tiles(len(lines), len(severities), size)
    for line, (label, part) in enumerate(lines):
        for column, row in enumerate(part.sort_values("severity")["row"]):
            grid[line, column].imshow(faces[row], interpolation="lanczos")
        grid[line, 0].set_ylabel(label)
    for column, severity in enumerate(severities):
        grid[0, column].set_title(f"severity {severity:g}", pad=2)
    figure.suptitle("One subject of each syndrome at rising severity; simulated cohort", fontsize=8)
    style.save(figure, output, dpi=200)
