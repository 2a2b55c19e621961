"""Does the mean of experts beat the expert of the full face, and does it more where a part of the face is hidden?

Differences are paired: both models answer about the same images, and the same families are drawn. An occluded copy is
also compared with its original: `growth` is the difference before the occluder less the difference without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.statistics.deepgestalt.answers import SETS, Answers, load_models
from gestalt_regions.statistics.deepgestalt.top_accuracy import hits_by_class
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.table_text import number

POOLED = "occluded, together"  # the row of all occluded sets
YES, NO, OPEN, FEW = "yes", "no: it is worse", "not shown", "too few families"


@dataclass(frozen=True)
class Pair:
    """An aggregate, and its expert of the full face."""

    aggregate: str
    full_face: str


def right(answers: Answers, kind: str, k: int) -> pd.DataFrame:
    """How often each image of a set is right: the share of the networks.

    Parameters
    ----------
    answers : Answers
        Of one model.
    kind : str
        The set.
    k : int
        Right is who has the class among the first k.

    Returns
    -------
    pandas.DataFrame
        sample_id, subject_id, kin_group, right (0 to 1).
    """
    chosen = answers.of_set(kind)
    counts = hits_by_class(chosen, [k])[np.arange(len(chosen.images)), chosen.codes, 0]
    return chosen.images.drop(columns="label").assign(right=counts / max(1, chosen.networks))


def paired(models: Mapping[str, Answers], pair: Pair, kind: str, original: str, k: int) -> pd.DataFrame:
    """Both models on each image of a set, and on its original.

    Parameters
    ----------
    models : mapping
        Model -> answers.
    pair : Pair
        The two models.
    kind : str
        The set.
    original : str
        The set of the originals; "" if there are none.
    k : int
        As of `right`.

    Returns
    -------
    pandas.DataFrame
        sample_id, subject_id, kin_group, aggregate, full_face, difference, growth (NaN without an original).
    """

    def _both(where: str) -> pd.DataFrame:
        one, other = (right(models[name], where, k) for name in (pair.aggregate, pair.full_face))
        table = one.rename(columns={"right": "aggregate"}).assign(full_face=other["right"])
        return table.assign(difference=table["aggregate"] - table["full_face"])

    table = _both(kind)
    before = _both(original).set_index("sample_id")["difference"] if original else pd.Series(dtype=float)
    return table.assign(growth=table["difference"] - table["sample_id"].map(before).astype(float))


def said(low: float, high: float) -> str:
    """What an interval of a difference says.

    Parameters
    ----------
    low, high : float
        Its ends; NaN where there is none.

    Returns
    -------
    str
        YES, NO, OPEN or FEW.
    """
    return FEW if not np.isfinite(low) else YES if low > 0 else NO if high < 0 else OPEN


def compared(images: pd.DataFrame, *, level: float, resamples: int, rng: np.random.Generator) -> dict[str, object]:
    """Means over the images of `paired`, with intervals.

    Parameters
    ----------
    images : pandas.DataFrame
        Of `paired`.
    level : float
        Of the intervals.
    resamples : int
        Families are drawn so often.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    dict
        images, people, groups, aggregate, full_face, difference, low, high, better, growth, growth_low, growth_high,
        grows, note.
    """
    weights = Weights(images["kin_group"], resamples, rng)
    values = images[["difference", "growth"]].to_numpy(float)
    drawn, groups = weights.means(values), weights.groups
    low, high = interval(drawn[:, 0], level, groups)
    row: dict[str, object] = {"images": len(images), "people": images["subject_id"].nunique(), "groups": groups}
    row |= {name: images[name].mean() for name in ("aggregate", "full_face", "difference")}
    row |= {"low": low, "high": high, "better": said(low, high)}
    row |= {"growth": np.nan, "growth_low": np.nan, "growth_high": np.nan, "grows": ""}
    if images["growth"].notna().any():
        ends = interval(drawn[:, 1], level, int(weights.groups_with(values)[1]))
        row |= {"growth": images["growth"].mean(), "growth_low": ends[0], "growth_high": ends[1], "grows": said(*ends)}
    return row | {"note": no_interval(low, groups)}


def compare_aggregation(
    models: Mapping[str, Answers],
    pairs: Sequence[Pair],
    originals: Mapping[str, str],
    *,
    top: Sequence[int],
    resamples: int,
    level: float,
    seed: int,
) -> pd.DataFrame:
    """Compare every aggregate with its expert of the full face, on every set.

    Parameters
    ----------
    models : mapping
        Model -> answers.
    pairs : sequence of Pair
        What is compared.
    originals : mapping
        Test set -> the set that its images are occluded copies of; "" for a set of its own.
    top : sequence of int
        The k.
    resamples : int
        Of the bootstrap.
    level : float
        Of the intervals.
    seed : int
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        aggregate_model, full_face_model, set, original, k, and what `compared` gives; POOLED takes all occluded images.
    """
    rows = []
    classes = len(next(iter(models.values())).classes)
    for pair in pairs:
        for k in (k for k in top if k < classes):
            tables = {kind: paired(models, pair, kind, originals.get(kind, ""), k) for kind in [*SETS, *originals]}
            if hidden := [tables[name] for name, original in originals.items() if original]:
                tables[POOLED] = pd.concat(hidden, ignore_index=True)
            for kind, images in tables.items():
                if images.empty:
                    continue
                rng = seeds.generator(seed, "gestalt aggregation", kind)
                row: dict[str, object] = {
                    "aggregate_model": pair.aggregate,
                    "full_face_model": pair.full_face,
                    "set": kind,
                }
                row |= {"original": originals.get(kind, ""), "k": k}
                rows.append(row | compared(images, level=level, resamples=resamples, rng=rng))
    return pd.DataFrame(rows)


def plain_answer(table: pd.DataFrame, level: float) -> list[str]:
    """Say in words whether aggregation earns its keep.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `compare_aggregation`.
    level : float
        Of the intervals.

    Returns
    -------
    list of str
        A sentence for each aggregate: held out, and before occluders where there are any; top-1.
    """
    sentences = []
    for name, part in table[table["k"] == table["k"].min()].groupby("aggregate_model", sort=False):
        for kind in ("heldout", POOLED):
            for row in part[part["set"] == kind].to_dict("records"):
                points = f"{number(100 * row['difference'], 1)} points"
                if np.isfinite(row["low"]):
                    points += f" [{number(100 * row['low'], 1)}, {number(100 * row['high'], 1)}]"
                where = "Before occluders" if kind == POOLED else "Held out"
                sentences.append(
                    f"{where}: {name} {number(100 * row['aggregate'], 1)} %, {row['full_face_model']} "
                    f"{number(100 * row['full_face'], 1)} % (top-{row['k']}, {row['images']} images of {row['groups']} "
                    f"families); difference {points}, {level:.0%}. Better than the full face: {row['better']}."
                    + (f" Does it gain by the occluder: {row['grows']}." if row["grows"] else "")
                )
    return sentences


def write_aggregation(
    *,
    prediction_paths: Sequence[str],
    samples_path: str,
    answer_paths: Sequence[str],
    listed_paths: Mapping[str, str],
    csv_path: str,
    tex_path: str,
    pairs: Mapping[str, str],
    originals: Mapping[str, str],
    top: Sequence[int],
    resamples: int,
    level: float,
    seed: int,
) -> None:
    """Write gestalt_aggregation.csv and .tex.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of every model and fold.
    samples_path : str
        samples.csv.
    answer_paths : sequence of str
        test_sets.csv of every model.
    listed_paths : mapping
        Test set -> its samples.csv.
    csv_path, tex_path : str
        The table for machines, and for print.
    pairs : mapping
        Aggregate -> its expert of the full face.
    originals : mapping
        Test set -> as of `compare_aggregation`.
    top : sequence of int
        The k.
    resamples : int
        Of the bootstrap.
    level : float
        Of the intervals.
    seed : int
        Seed of the study.
    """
    samples = read.load_samples(samples_path, ())
    listed = {name: read.load_samples(path, ()) for name, path in listed_paths.items()}
    models = load_models(prediction_paths, samples, answer_paths, listed)
    table = compare_aggregation(
        models,
        [Pair(*each) for each in pairs.items()],
        originals,
        top=top,
        resamples=resamples,
        level=level,
        seed=seed,
    )
    simulated = read.simulated_phrase(pd.concat([samples, *listed.values()]))
    io.write_table(table.assign(simulated=bool(simulated)), csv_path)
    shown = pd.DataFrame({"Set": table["set"].map(lambda name: SETS.get(name, name)), "Top": table["k"].astype(str)})
    shown["Images"] = table["images"].astype(str)
    for column, title in (("aggregate", "Mean of experts"), ("full_face", "Full face")):
        shown[title] = [number(100 * value, 1) for value in table[column]]
    for value, low, high, title in (
        ("difference", "low", "high", "Difference"),
        ("growth", "growth_low", "growth_high", "Growth"),
    ):
        cells = zip(table[value], table[low], table[high], strict=True)
        shown[title] = [
            f"{number(100 * v, 1)} [{number(100 * a, 1)}, {number(100 * b, 1)}]" if np.isfinite(v) else ""
            for v, a, b in cells
        ]
    shown["Better"] = table["better"]
    if len(pairs) > 1:
        shown.insert(0, "Model", table["aggregate_model"])
    prefix = f"{simulated.capitalize()}. " if simulated else ""
    caption = f"{prefix}Does the mean of experts beat the expert of the full face? Accuracy in per cent."
    notes = [
        f"Intervals of {level:.0%}, families drawn, not corrected for the number of rows. Growth: the difference "
        "before the occluder less that without it, same images. Images without a usable face are left out.",
        *plain_answer(table, level),
    ]
    columns = "l" * (1 + (len(pairs) > 1)) + "r" * (shown.shape[1] - 2 - (len(pairs) > 1)) + "l"
    io.write_text(booktabs(shown, caption, "tab:gestalt_aggregation", notes, columns, long=len(shown) > 30), tex_path)
