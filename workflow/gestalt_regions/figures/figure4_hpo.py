"""Figure 4: HPO annotations by syndrome, as a t-SNE map (4a) and as chi-squared per term (4b). Neither needs images."""

from __future__ import annotations

import logging
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.patches import Patch
from sklearn.feature_selection import chi2
from sklearn.manifold import TSNE

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.figures import style
from gestalt_regions.statistics.toolkit.p_values import bounded

log = logging.getLogger("gestalt_regions")

MARKERS = "os^DvPX*<>hp"  # shape tells the syndromes apart where colour does not
FEWEST = 4  # annotated images below which a map says nothing


def load_annotated(
    annotations_path: str | os.PathLike, labels_path: str | os.PathLike, simulated: bool
) -> tuple[pd.DataFrame, pd.Series, str]:
    """Annotations and labels of the annotated images.

    Parameters
    ----------
    annotations_path : str or path
        Number of raters who saw each term, by image.
    labels_path : str or path
        Any table with sample_id and label: samples.csv or the plan of a simulated cohort.
    simulated : bool
        Says so of all its images where the table has no such column.

    Returns
    -------
    tuple
        Counts int [N, terms] by sample_id, the label of each, `simulated cohort` or nothing.

    Raises
    ------
    InputError
        For an image without a label, or a cell that is no count.
    """
    annotations = read_table(annotations_path, ["sample_id"], strings=["sample_id"]).set_index("sample_id")
    table = read_table(labels_path, ["sample_id", "label"], strings=["sample_id", "label", "simulated"])
    table = table.set_index("sample_id")
    for sample in annotations.index:
        if sample not in table.index:
            raise InputError(f"{annotations_path}: '{sample}' is not in {labels_path}; {nearest(sample, table.index)}")
    labels = table["label"].loc[annotations.index]
    counts = annotations.apply(pd.to_numeric, errors="coerce")
    if not (counts >= 0).all(axis=None):
        term = counts.columns[~(counts >= 0).all()][0]
        raise InputError(f"{annotations_path}: column '{term}' must hold a number of raters in every row")
    if "simulated" in table:
        simulated = table["simulated"].loc[annotations.index].str.lower().eq("true").any()
    return counts, labels, "simulated cohort" if simulated else ""


def _too_few(labels: pd.Series, figure_path: str | os.PathLike) -> bool:
    """Where there are too few annotated images or classes, a figure that says so instead of one that misleads."""
    if len(labels) >= FEWEST and labels.nunique() >= 2:
        return False
    reason = f"{len(labels)} annotated images of {labels.nunique()} classes: too few for this figure"
    log.warning("%s: %s", figure_path, reason)
    figure, axes = plt.subplots(figsize=(0.6 * style.WIDTH, 1))
    axes.text(0.5, 0.5, reason, ha="center", va="center")
    axes.set_axis_off()
    style.save(figure, figure_path)
    return True


def tsne(counts: pd.DataFrame, perplexity: float, seed: int) -> np.ndarray:
    """Two-dimensional t-SNE of HPO vectors, from their principal components.

    A third of N less one bounds the perplexity (van der Maaten and Hinton, JMLR 2008, need it well below N).

    Parameters
    ----------
    counts : pandas.DataFrame
        [N, terms].
    perplexity : float
        At most.
    seed : int
        Fixes the map.

    Returns
    -------
    numpy.ndarray
        float [N, 2].
    """
    perplexity = min(perplexity, (len(counts) - 1) / 3)
    model = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, n_jobs=1)
    return model.fit_transform(counts.to_numpy(np.float64))


def chi_squared(counts: pd.DataFrame, labels: pd.Series, regions: dict[str, str]) -> pd.DataFrame:
    """Chi-squared of each term by class, as scikit-learn's of the summed counts.

    Parameters
    ----------
    counts : pandas.DataFrame
        [N, terms].
    labels : pandas.Series
        Class of each image [N].
    regions : dict
        Term -> region.

    Returns
    -------
    pandas.DataFrame
        term, region, chi2, p, images and syndromes in which it was seen; the largest chi2 first. A term that nobody saw
        has none and comes last.
    """
    seen = counts > 0
    statistic, p = np.full(counts.shape[1], np.nan), np.full(counts.shape[1], np.nan)
    used = seen.any().to_numpy()
    if used.any():
        statistic[used], p[used] = chi2(counts.loc[:, used], labels)
    table = pd.DataFrame(
        {
            "term": counts.columns,
            "region": [regions[term] for term in counts],
            "chi2": statistic,
            "p": bounded(p),
            "images": seen.sum().to_numpy(),
            "syndromes": seen.groupby(labels.to_numpy()).any().sum().to_numpy(),
        }
    )
    return table.sort_values(["chi2", "term"], ascending=[False, True], na_position="last", ignore_index=True)


def draw_hpo_map(
    annotations_path: str | os.PathLike,
    labels_path: str | os.PathLike,
    figure_path: str | os.PathLike,
    table_path: str | os.PathLike,
    *,
    simulated: bool,
    perplexity: float,
    seed: int,
) -> None:
    """Figure 4a and its coordinates. Equal vectors fall on one place.

    Parameters
    ----------
    annotations_path : str or path
        Number of raters who saw each term, by image.
    labels_path : str or path
        As in `load_annotated`.
    figure_path : str or path
        The figure.
    table_path : str or path
        sample_id, label, x, y.
    simulated : bool
        As in `load_annotated`.
    perplexity : float
        Of t-SNE, at most.
    seed : int
        Seed of t-SNE.
    """
    style.apply()
    counts, labels, phrase = load_annotated(annotations_path, labels_path, simulated)
    if _too_few(labels, figure_path):
        write_table(pd.DataFrame(columns=["sample_id", "label", "x", "y"]), table_path)
        return
    points = tsne(counts, perplexity, seed)
    places = {"sample_id": counts.index, "label": labels.to_numpy(), "x": points[:, 0], "y": points[:, 1]}
    write_table(pd.DataFrame(places), table_path)
    order = sorted(labels.unique(), key=lambda name: (name.casefold(), name))
    colours = style.group_colours(order, control="")
    figure, axes = plt.subplots(figsize=(0.6 * style.WIDTH, 0.55 * style.WIDTH), layout="constrained")
    for number, label in enumerate(order):
        x, y = points[(labels == label).to_numpy()].T
        axes.scatter(
            x,
            y,
            s=16,
            color=colours[label],
            marker=MARKERS[number % len(MARKERS)],
            edgecolor="white",
            linewidth=0.3,
            label=f"{label} ({len(x)})",
        )
    axes.set(xticks=[], yticks=[], xlabel="t-SNE 1", ylabel="t-SNE 2")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), handletextpad=0.2)
    axes.set_title("HPO annotations by syndrome (n images)" + (f"; {phrase}" if phrase else ""))
    sns.despine(figure)
    style.save(figure, figure_path)


def _bars(shown: pd.DataFrame, regions: list[str]) -> tuple[plt.Figure, plt.Axes]:
    """Chi-squared of each term, in the colour of its region."""
    named = [region for region in regions if region in set(shown["region"])]
    colours = style.region_colours(regions)
    figure, axes = plt.subplots(figsize=(0.75 * style.WIDTH, 0.9 + 0.145 * max(len(shown), 6)), layout="constrained")
    axes.barh(range(len(shown)), shown["chi2"], color=[colours[region] for region in shown["region"]], height=0.75)
    names = [f"{row.term}{' †' if row.syndromes == 1 else ''}" for row in shown.itertuples()]
    axes.set_yticks(range(len(shown)), names)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.tick_params(axis="y", length=0)
    axes.legend(handles=[Patch(color=colours[r], label=r) for r in named], frameon=False, loc="lower right")
    return figure, axes


def draw_hpo_terms(
    annotations_path: str | os.PathLike,
    labels_path: str | os.PathLike,
    terms_path: str | os.PathLike,
    figure_path: str | os.PathLike,
    table_path: str | os.PathLike,
    *,
    simulated: bool,
) -> None:
    """Figure 4b, bars of chi-squared by term, and its numbers.

    A dagger marks a term seen in one syndrome alone.

    Parameters
    ----------
    annotations_path : str or path
        Number of raters who saw each term, by image.
    labels_path : str or path
        As in `load_annotated`.
    terms_path : str or path
        The HPO terms and their regions.
    figure_path : str or path
        The figure.
    table_path : str or path
        As from `chi_squared`.
    simulated : bool
        As in `load_annotated`.

    Raises
    ------
    InputError
        For an unknown term.
    """
    style.apply()
    counts, labels, phrase = load_annotated(annotations_path, labels_path, simulated)
    terms = read_table(terms_path, ["term", "region"], strings=["term", "region"])
    regions = dict(zip(terms["term"], terms["region"], strict=True))
    for term in counts:
        if term not in regions:
            raise InputError(f"{annotations_path}: '{term}' is no term of {terms_path}; {nearest(term, regions)}")
    if _too_few(labels, figure_path):
        write_table(pd.DataFrame(columns=["term", "region", "chi2", "p", "images", "syndromes"]), table_path)
        return
    table = chi_squared(counts, labels, regions)
    write_table(table, table_path)
    figure, axes = _bars(table[table["chi2"].notna()], list(dict.fromkeys(terms["region"])))
    axes.set_xlabel(f"chi-squared, raters by syndrome ({labels.nunique()} syndromes, {len(counts)} images)")
    figure.suptitle(
        "HPO terms by syndrome († seen in one syndrome alone)" + (f"; {phrase}" if phrase else ""), fontsize=8
    )
    sns.despine(figure, left=True)
    style.save(figure, figure_path)
