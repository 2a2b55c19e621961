"""Faces beside the pictures that a method stored of them: each face without what speaks for its class in one region."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table
from gestalt_regions.evaluation.perturb.drop_tables import RENDERED
from gestalt_regions.figures import style
from gestalt_regions.saliency.explanation import read_fold_values
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.truth.counterfactuals import REVERT

DROPS = ["sample_id", "fold", "target", "way", "region", "logit"]
TILE, BENEATH = 0.98, 0.22  # inches: a tile's side, and the text beneath it


@dataclass(frozen=True)
class RenderedReverts:
    """Rendered pictures of the same faces, and what the network loses by them.

    Attributes
    ----------
    twins, truth, drops : str
        Paths of the stack of rendered photos, of its index, and of the evaluation's drops.csv.
    """

    twins: str
    truth: str
    drops: str

    def pictures(self) -> dict[tuple[str, str], np.ndarray]:
        """The picture of each face without the signs of each region.

        Returns
        -------
        dict
            (sample_id, region) -> uint8 [s, s, 3].
        """
        stack = read_array(self.twins)
        index = read_table(self.truth, ["row", "sample_id", "variant"], ["sample_id", "variant"])
        index = index[index["variant"].str.startswith(REVERT)]
        places = zip(index["sample_id"], index["variant"].str.removeprefix(REVERT), index["row"], strict=True)
        return {(sample, region): stack[int(row)] for sample, region, row in places}

    def losses(self) -> dict[tuple[str, str, str, str], float]:
        """What the answer of each fold's network loses.

        Returns
        -------
        dict
            (sample_id, fold, target, region) -> drop of the logit.
        """
        drops = read_table(self.drops, DROPS, DROPS[:-1])
        drops = drops[drops["way"] == RENDERED]
        keys = zip(*(drops[key] for key in ("sample_id", "fold", "target", "region")), strict=True)
        return dict(zip(keys, drops["logit"], strict=True))


def load_values(paths: Sequence[str], folds: Sequence[str]) -> pd.DataFrame:
    """The values of the regions of every explained face.

    Parameters
    ----------
    paths : sequence of str
        {method}_values.csv of each fold.
    folds : sequence of str
        The folds, in the same order.

    Returns
    -------
    DataFrame
        As of `read_fold_values`; of a face that several folds explain, those of the first.
    """
    table = read_fold_values(paths, folds)
    return table[table["fold"] == table.groupby("sample_id")["fold"].transform("first")].reset_index(drop=True)


def choose_people(values: pd.DataFrame, subjects: Mapping[str, str], count: int, control: str) -> list[str]:
    """The faces to show where none are named.

    Parameters
    ----------
    values : DataFrame
        sample_id, label, target of explained faces.
    subjects : mapping of str to str
        The subject of each sample.
    count : int
        How many at most.
    control : str
        Label of the control class.

    Returns
    -------
    list of str
        Recognised affected faces, each of another subject, in turn of each class, one class after the other; faces that
        are not recognised where none is.
    """
    faces = values.drop_duplicates("sample_id")
    affected = faces[faces["label"] != control]
    pool = affected if len(affected) else faces
    right = pool[pool["label"] == pool["target"]]
    pool = right if len(right) else pool
    pool = pool.assign(subject=pool["sample_id"].map(subjects)).drop_duplicates("subject")
    pool = pool.assign(turn=pool.groupby("label").cumcount()).sort_values(["turn", "label"], kind="stable")[:count]
    return pool.sort_values(["label", "turn"], kind="stable")["sample_id"].tolist()


def _chosen(
    values: pd.DataFrame, samples: Sequence[str], subjects: Mapping[str, str], count: int, control: str
) -> list[str]:
    """The faces of the config, or those of `choose_people`. Raises InputError for a face that is not explained."""
    for sample in samples:
        if sample not in set(values["sample_id"]):
            near = nearest(sample, values["sample_id"].unique())
            raise InputError(f"figures.counterfactual_sheet.samples: '{sample}' is not explained; {near}")
    return list(samples) or choose_people(values, subjects, count, control)


def value_text(value: float, low: float = np.nan, high: float = np.nan) -> str:
    """A drop of a logit as it stands beneath a picture.

    Parameters
    ----------
    value : float
        The drop.
    low, high : float
        Its interval; NaN for none.

    Returns
    -------
    str
        Such as `1.3 [0.6, 2.0]`.
    """
    number = f"{value + 0:.1f}".replace("-0.0", "0.0")
    return number + (f" [{low:.1f}, {high:.1f}]" if np.isfinite([low, high]).all() else "")


def _tile(axes: plt.Axes, picture: np.ndarray | None, beneath: str) -> None:
    """A picture with a line beneath it, or a remark in its place."""
    if picture is None:
        axes.set_box_aspect(1)  # as high as a picture, so that titles stay in line
        axes.text(0.5, 0.5, beneath, ha="center", va="center", fontsize=6, transform=axes.transAxes)
        return
    axes.imshow(picture, interpolation="lanczos")
    axes.set_xlabel(beneath, fontsize=6, labelpad=1.5)


def _line(
    tiles: np.ndarray,
    of_face: pd.DataFrame,
    pictures: np.ndarray,
    rendered: tuple[Mapping, Mapping] | None,
) -> None:
    """The tiles of one face beside its photograph: each region's picture and, where there are any, the rendered one."""
    step = 2 if rendered else 1
    for k, (line, picture) in enumerate(zip(of_face.itertuples(), pictures, strict=False)):
        _tile(tiles[k * step], picture, value_text(line.value, line.low, line.high))
        if rendered:
            reverts, losses = rendered
            loss = losses.get((line.sample_id, line.fold, line.target, line.region), np.nan)
            shown = reverts.get((line.sample_id, line.region))
            _tile(tiles[k * step + 1], shown, value_text(loss) if shown is not None else "no sign\nto revert")


def draw_counterfactual_sheet(
    *,
    pictures: Sequence[str],
    values: Sequence[str],
    crops: str,
    index: str,
    people: str,
    output: str | os.PathLike,
    method: str,
    folds: Sequence[str],
    samples: Sequence[str],
    count: int,
    classes: Sequence[str],
    control: str,
    rendered: RenderedReverts | None = None,
) -> None:
    """Draw a line for each face: the photograph, and it without each region; beneath, what the logit loses.

    Parameters
    ----------
    pictures, values : sequence of path
        {method}_pictures.npy (uint8 [n, P, s, s, 3]) and {method}_values.csv of each fold.
    crops, index, people : path
        Crops uint8 [N, s, s, 3]; faces/index.csv; samples.csv.
    output : path
        The figure, SVG or PNG by its suffix.
    method : str
        Name of the method.
    folds : sequence of str
        The folds, in the order of the files.
    samples : sequence of str
        sample_id of the faces; none: as `choose_people`.
    count : int
        Faces without a list.
    classes : sequence of str
        Classes to choose those from; none: all but the control.
    control : str
        Label of the control class.
    rendered : RenderedReverts, optional
        Of a rendered cohort.

    Raises
    ------
    InputError
        For a face that is not explained.
    """
    style.apply()
    cohort, table = read.load_samples(people), load_values(values, folds)
    subjects = dict(zip(cohort["sample_id"], cohort["subject_id"], strict=True))
    of_classes = table[table["label"].isin(classes)] if classes and not samples else table
    faces = _chosen(of_classes, samples, subjects, count, control)
    stacks = {fold: read_array(path) for fold, path in zip(folds, pictures, strict=True)}
    photographs, faces_index = read_array(crops), read_table(index, ["row", "sample_id"], ["sample_id"])
    row_of = dict(zip(faces_index["sample_id"], faces_index["row"], strict=True))
    regions = list(dict.fromkeys(table["region"]))[: next(iter(stacks.values())).shape[1]]
    truth = (rendered.pictures(), rendered.losses()) if rendered else None
    columns = 1 + len(regions) * (2 if rendered else 1)
    size = (TILE * columns + 0.4, (TILE + BENEATH) * len(faces) + 0.9)
    figure, grid = style.tiles(len(faces), columns, size)
    for tiles, sample in zip(grid, faces, strict=True):
        of_face = table[table["sample_id"] == sample]
        label, target, fold = of_face[["label", "target", "fold"]].iloc[0]
        _tile(tiles[0], photographs[row_of[sample]], sample)
        tiles[0].set_ylabel(label if label == target else f"{label}\n(as {target})", fontsize=7)
        _line(tiles[1:], of_face, stacks[fold][int(of_face["row"].iloc[0])], truth)
    _name_columns(grid[0], regions, method, bool(rendered))
    simulated = read.simulated_phrase(cohort)
    figure.suptitle(
        "Faces without what speaks for their class in one region"
        + (f"; {simulated}" if simulated else "")
        + "\nbeneath: fall of the logit of the class, with its interval",
        fontsize=8,
    )
    style.save(figure, output, dpi=200)


def _name_columns(first: np.ndarray, regions: Sequence[str], method: str, rendered: bool) -> None:
    """Titles above the first line."""
    titles = ["photograph"]
    for region in regions:
        titles += [f"{region}\n{method}"] + ([f"{region}\nrendered"] if rendered else [])
    for axes, title in zip(first, titles, strict=True):
        axes.set_title(title, fontsize=6.5, pad=2)
