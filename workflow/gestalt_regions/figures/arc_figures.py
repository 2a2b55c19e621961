"""Figures 2 and 3 of GestaltMatcher-Arc (Hustinx et al. 2023), and how disorders lie among each other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import MaxNLocator
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import squareform
from sklearn.manifold import TSNE

from gestalt_regions.cohort import gallery_lists
from gestalt_regions.cohort.gallery_lists import FREQUENT, RARE
from gestalt_regions.core import io
from gestalt_regions.figures import style
from gestalt_regions.matching.accuracy import bases
from gestalt_regions.matching.arc_tables import Arc
from gestalt_regions.matching.systems import load, systems
from gestalt_regions.statistics.toolkit import read

COLOURS = {FREQUENT: "#0072B2", RARE: "#D55E00"}  # after Okabe and Ito
MARKERS = "os^DvPX*<>hp"
LEGEND, TOLD_APART = 40, 60  # disorders that a legend names; that markers and colours tell apart
FITTED = 3  # data sets of known size, below which a curve through them says nothing


def draw_disorder_tail(
    splits_path: str | Path, samples_path: str | os.PathLike, figure_path: str | os.PathLike
) -> None:
    """Figure 2 of GestaltMatcher-Arc: how many disorders have how many subjects, frequent and rare.

    Parameters
    ----------
    splits_path : str or Path
        The lists of gallery and test images.
    samples_path : str or path
        samples.csv.
    figure_path : str or path
        The figure.
    """
    style.apply()
    splits = gallery_lists.load(splits_path)
    counts = splits.groupby(["group", "label"])["subject_id"].nunique().reset_index(name="subjects")
    figure, axes = plt.subplots(figsize=(0.6 * style.WIDTH, 2.4))
    width = max(0.8, counts["subjects"].max() / 250)  # a thinner bar would not be seen
    for group, cell in counts.groupby("group"):
        numbers = cell["subjects"].value_counts()
        label = f"{group} ({len(cell)} disorders, {cell['subjects'].sum()} subjects)"
        axes.bar(
            numbers.index,
            numbers,
            width=width,
            linewidth=0,
            color=COLOURS[group],
            label=label,
            hatch="//" if group == RARE else "",
        )
    if counts.groupby("subjects").size().max() > 10:
        style.log_scale(axes, "y")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(
        axes.yaxis.get_major_locator() if axes.get_yscale() == "log" else MaxNLocator(integer=True)
    )
    axes.set(xlabel="subjects of a disorder", ylabel="disorders")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.32))
    _say_simulated(axes, samples_path)
    sns.despine(figure)
    style.save(figure, figure_path)


def _say_simulated(axes: plt.Axes, samples_path: str | os.PathLike) -> None:
    """A remark at the upper right where images are simulated."""
    if simulated := read.simulated_phrase(read.load_samples(samples_path, ())):
        axes.annotate(
            simulated, (1, 1.01), xycoords="axes fraction", ha="right", va="bottom", fontsize=6.5, color="0.4"
        )


def _accuracies(axes: plt.Axes, known: pd.DataFrame, group: str, *, shift: float, marker: str, curve: bool) -> None:
    """Points with intervals of one group of disorders; known: encoders whose people are counted."""
    value = known[f"{group}_top1"]
    low, high = (100 * np.abs(value - known[f"{group}_top1_{side}"]) for side in ("low", "high"))
    axes.errorbar(
        shift * known["individuals"],
        100 * value,
        [low, high],
        fmt=marker,
        ms=4,
        lw=0.8,
        capsize=2,
        color=COLOURS[group],
        label=group,
    )
    if curve:
        slope, offset = np.polyfit(np.log(known["individuals"]), 100 * value, 1)
        x = np.geomspace(known["individuals"].min(), known["individuals"].max(), 50)
        axes.plot(x, slope * np.log(x) + offset, color=COLOURS[group], lw=0.8, alpha=0.6)


def draw_encoder_identities(
    files: Mapping[str, str], figure_path: str | os.PathLike, table_path: str | os.PathLike, encoders: Mapping
) -> None:
    """Figure 3 of GestaltMatcher-Arc: top-1 mean accuracy against the people an encoder was trained on.

    The encoders are taken as published. A logarithmic curve only through FITTED or more sizes; encoders whose data are
    not stated are named below.

    Parameters
    ----------
    files : mapping
        Name -> path, as arc_tables.Arc takes them.
    figure_path : str or path
        The figure.
    table_path : str or path
        Its numbers, CSV.
    encoders : mapping
        Encoder -> its entry in the config.
    """
    style.apply()
    arc, made = Arc(files, encoders, ()), bases(encoders)
    names = [name for name in encoders if not encoders[name]["fine_tuned"] and name not in made]
    rows = [
        {"encoder": n, "dataset": arc.dataset(n), "individuals": arc.individuals(n)} | arc.results(n, False)
        for n in names
    ]
    table = pd.DataFrame(rows)
    known = table[np.isfinite(table["individuals"])]
    figure, axes = plt.subplots(figsize=(0.6 * style.WIDTH, 2.6))
    sizes = len(known["individuals"].unique())
    enough = sizes >= FITTED
    for group, shift, marker in ((FREQUENT, 0.97, "o"), (RARE, 1.03, "s")):
        if known[f"{group}_top1"].notna().any():
            _accuracies(axes, known, group, shift=shift, marker=marker, curve=enough)
    for _, row in known.iterrows():
        axes.annotate(
            row["encoder"],
            (row["individuals"], 0.01),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="bottom",
            fontsize=6,
        )
    style.log_scale(axes, "x")
    axes.margins(y=0.15)  # the names stand below the bars
    if len(known):
        axes.set_xlim(known["individuals"].min() / 3, known["individuals"].max() * 3)
    else:  # an axis without a point has no scale; the note says why
        axes.set_xscale("linear")
        axes.set(xticks=[], yticks=[])
    axes.set(xlabel="people in the data set that the encoder was first trained on", ylabel="top-1 mean accuracy (%)")
    unknown = ", ".join(table.loc[~np.isfinite(table["individuals"]), "encoder"])
    notes = [f"Not shown, data not stated: {unknown}."] if unknown else []
    notes += [] if enough else [f"No curve through {sizes} size{'s' * (sizes != 1)}."]
    figure.text(0.5, -0.06, " ".join(notes), ha="center", va="top", fontsize=6.5)
    if len(known):
        axes.legend(frameon=False, title="gallery and test images", title_fontsize=7, loc="upper left")
    _say_simulated(axes, files["samples"])
    sns.despine(figure)
    style.save(figure, figure_path)
    io.write_table(table, table_path)


def disorder_distances(vectors: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Mean cosine distance of all pairs of images of two disorders.

    The mean over pairs is the product of the two means.

    Parameters
    ----------
    vectors : numpy.ndarray
        float [images, d], joined so that a product of two is their mean cosine.
    labels : numpy.ndarray
        Disorder of each image [images].

    Returns
    -------
    tuple
        float [C, C] with diagonal 0, and the names of the C disorders.
    """
    names, place = np.unique(labels.astype(str), return_inverse=True)
    means = np.zeros((len(names), vectors.shape[1]))
    np.add.at(means, place, vectors)
    means /= np.bincount(place)[:, None]
    distances = 1 - means @ means.T
    np.fill_diagonal(distances, 0)
    return (distances + distances.T) / 2, names.tolist()


def _joined_encodings(paths: Sequence[str], ensemble: Sequence[str], samples: pd.Series) -> np.ndarray:
    """The encodings of all encoders and views of the last system, joined and of length 1: [images, d]."""
    encodings = load(paths)
    system = systems(list(encodings.stacks), ensemble)[-1]
    rows = encodings.row_of(samples)
    parts = [stack[rows].reshape(len(rows), -1) for stack in system.stacks(encodings)]
    vectors = np.concatenate(parts, axis=1)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _points(axes: plt.Axes, place: np.ndarray, labels: pd.Series, names: list[str], group: pd.Series) -> None:
    """The images of each disorder at their places [images, 2]; group: frequent or rare, by disorder.

    Of more disorders than can be told apart, only frequent and rare are.
    """
    axes.set(xticks=[], yticks=[])
    axes.set_box_aspect(1)
    axes.set_anchor("N")  # beside a tall tree
    axes.set_title(f"t-SNE of {len(place)} images", loc="left")
    if len(names) > TOLD_APART:
        for kind, marker in ((FREQUENT, "o"), (RARE, "^")):
            if not (of_kind := (labels.map(group) == kind).to_numpy()).any():
                continue
            x, y = place[of_kind].T
            axes.scatter(x, y, s=3, marker=marker, color=COLOURS[kind], lw=0, label=f"{kind} disorders")
        axes.legend(ncols=2, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.01), markerscale=2)
        return
    colours = sns.color_palette("colorblind")  # 10, and 12 markers: 60 pairs before one comes again
    for order, name in enumerate(names):
        x, y = place[(labels == name).to_numpy()].T
        axes.scatter(
            x,
            y,
            s=10,
            marker=MARKERS[order % len(MARKERS)],
            color=colours[order % len(colours)],
            lw=0.3,
            edgecolor="white",
            label=f"{name}{' (rare)' * (group[name] == RARE)}",
        )
    if len(names) <= LEGEND:
        axes.legend(
            ncols=4, fontsize=5.5, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.01), handletextpad=0.1
        )


def _tree(axes: plt.Axes, distances: np.ndarray, names: list[str], group: pd.Series) -> None:
    """The dendrogram of the disorders, average linkage."""
    links = linkage(squareform(distances, checks=False), "average")
    drawn = dendrogram(
        links,
        labels=names,
        orientation="left",
        ax=axes,
        color_threshold=0,
        above_threshold_color="0.3",
        leaf_font_size=6 if len(names) <= TOLD_APART else 4,
    )
    for text, name in zip(axes.get_yticklabels(), drawn["ivl"], strict=True):
        text.set_color(COLOURS[group[name]])
    low = links[:, 2].min()
    axes.set_xlim(links[:, 2].max() * 1.02, low - 0.1 * (links[:, 2].max() - low) - 1e-3)


def draw_disorder_clusters(
    *,
    splits_path: str | Path,
    encoding_paths: Sequence[str],
    samples_path: str | os.PathLike,
    figure_path: str | os.PathLike,
    points_path: str | os.PathLike,
    distances_path: str | os.PathLike,
    ensemble: Sequence[str],
    perplexity: float,
    seed: int,
) -> None:
    """t-SNE of the images' joined encodings, and a dendrogram of the disorders.

    The tree is by mean distance, average linkage.

    Parameters
    ----------
    splits_path : str or Path
        The lists of gallery and test images.
    encoding_paths : sequence of str
        Encodings of all encoders.
    samples_path : str or path
        samples.csv.
    figure_path : str or path
        The figure.
    points_path : str or path
        sample_id, label, group, x, y.
    distances_path : str or path
        Mean distances of the disorders.
    ensemble : sequence of str
        Encoders of the ensemble.
    perplexity : float
        Of t-SNE; fewer where images are few.
    seed : int
        Seed of t-SNE.
    """
    style.apply()
    splits = gallery_lists.load(splits_path)
    images = splits.drop_duplicates("sample_id").sort_values(["label", "sample_id"], ignore_index=True)
    vectors = _joined_encodings(encoding_paths, ensemble, images["sample_id"])
    distances, names = disorder_distances(vectors, images["label"].to_numpy())
    group = images.drop_duplicates("label").set_index("label")["group"]
    tree = (0.16 if len(names) <= TOLD_APART else 0.08) * len(names) + 0.4  # inches
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.WIDTH, max(3.0, tree)), width_ratios=(1.2, 1))
    place = TSNE(
        metric="cosine",
        init="random",
        perplexity=min(perplexity, max(2, (len(vectors) - 1) / 3)),
        random_state=seed % 2**32,
    ).fit_transform(vectors)
    _points(left, place, images["label"], names, group)
    if len(names) > 1:
        _tree(right, distances, names, group)
    right.set(xlabel="mean cosine distance", title="disorders: frequent blue, rare orange")
    sns.despine(ax=right, left=True)
    _say_simulated(left, samples_path)
    style.save(figure, figure_path)
    io.write_table(images[["sample_id", "label", "group"]].assign(x=place[:, 0], y=place[:, 1]), points_path)
    io.write_table(pd.DataFrame(distances, columns=names).assign(label=names)[["label", *names]], distances_path)
