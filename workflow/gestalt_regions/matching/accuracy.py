"""Mean accuracy mA_k over disorders (Hustinx et al. 2023, equation 1), of each disorder, and differences of systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from gestalt_regions.core import io, seeds
from gestalt_regions.matching.ranks import KEYS
from gestalt_regions.matching.systems import ENSEMBLE
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, sd_defined

CELL = ["gallery", "group"]
SYSTEM = ["system", "tta"]


def _shares(cell: pd.DataFrame) -> np.ndarray:
    """What each row counts in mA_k, float [n], sum one: 1 / (splits x disorders of the split x images of the disorder).

    The weighted mean of the hits is then the mean over the splits of the mean over the disorders of their accuracy, and
    resampled subjects keep their disorder's weight however few it has.
    """
    images = cell.groupby(["repeat", "label"])["rank"].transform("size")
    disorders = cell.groupby("repeat")["label"].transform("nunique")
    return (1 / (cell["repeat"].nunique() * disorders * images)).to_numpy(float)


def _hits(cell: pd.DataFrame, top: Sequence[int]) -> np.ndarray:
    """float [n, k]: whether the true disorder is among the first k."""
    return (cell["rank"].to_numpy()[:, None] <= np.asarray(top)).astype(float)


def _spread(cell: pd.DataFrame, hit: np.ndarray) -> list[float]:
    """The sample sd of mA_k over the splits, for each column of `hit` [n, k]; NaN where there is one split."""
    names, place = np.unique(cell["repeat"].to_numpy(str), return_inverse=True)
    each = np.zeros((len(names), hit.shape[1]))
    np.add.at(each, place, len(names) * _shares(cell)[:, None] * hit)
    return [sd_defined(column) for column in each.T]


def _weighted(weights: Weights, share: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weighted means, [draws, k], of values [n, k] under weights x share [n]; NaN where no weight is left."""

    def of(block: np.ndarray) -> np.ndarray:
        shared = block * share
        total = shared.sum(1, keepdims=True)
        return np.divide(shared @ values, total, out=np.full((len(shared), values.shape[1]), np.nan), where=total > 0)

    return weights.each(of)


def _counts(cell: pd.DataFrame, group: str) -> dict[str, int]:
    return {
        "images": cell["sample_id"].nunique(),
        "subjects": cell["subject_id"].nunique(),
        "groups": cell[group].nunique(),
        "classes": cell["label"].nunique(),
        "splits": cell["repeat"].nunique(),
    }


def _cells(ranked: pd.DataFrame, bootstrap: Mapping, seed: int) -> Iterator[tuple[dict, dict, Weights]]:
    """(gallery and group, {(system, tta): its rows in one order}, weights of subjects, the same for all)."""
    for keys, cell in ranked.groupby(CELL, sort=False):
        order = [*KEYS[-1:], "label", "sample_id"]
        tables = {name: part.sort_values(order, ignore_index=True) for name, part in cell.groupby(SYSTEM, sort=False)}
        first = next(iter(tables.values()))
        rng = seeds.generator(seed, "matching", *keys)
        yield (
            dict(zip(CELL, keys, strict=True)),
            tables,
            Weights(first[bootstrap["group"]], bootstrap["n_resamples"], rng),
        )


def accuracy(ranked: pd.DataFrame, top: Sequence[int], bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """mA_k of each system, gallery and group (Hustinx et al. 2023, equation 1).

    Parameters
    ----------
    ranked : DataFrame
        What `read_ranks` gives.
    top : sequence of int
        The k.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (subjects or families, which are resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        system, tta, gallery, group, k, accuracy, low and high (percentile interval), level, chance, sd_splits (its
        spread
        over the splits), images, subjects, groups, classes, splits.
    """
    rows = []
    for keys, tables, weights in _cells(ranked, bootstrap, seed):
        for name, cell in tables.items():
            hit, share = _hits(cell, top), _shares(cell)
            drawn, count, sd = _weighted(weights, share, hit), _counts(cell, bootstrap["group"]), _spread(cell, hit)
            for place, k in enumerate(top):
                low, high = interval(drawn[:, place], bootstrap["level"], weights.groups)
                value = float(share @ hit[:, place])
                rows.append(
                    dict(zip(SYSTEM, name, strict=True))
                    | keys
                    | {
                        "k": k,
                        "accuracy": value,
                        "low": low,
                        "high": high,
                        "level": bootstrap["level"],
                        "chance": float(share @ np.minimum(1, k / cell["disorders"])),
                        "sd_splits": sd[place],
                        **count,
                    }
                )
    return pd.DataFrame(rows)


def disorders(ranked: pd.DataFrame, top: Sequence[int], bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """The accuracy of each disorder: mean over the splits.

    Parameters
    ----------
    ranked : DataFrame
        What `read_ranks` gives.
    top : sequence of int
        The k.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (subjects or families, which are resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        As `accuracy`, with label and median_rank; the interval is left out where few groups were tested.
    """
    rows = []
    for (system, tta, gallery, group, label), cell in ranked.groupby([*SYSTEM, *CELL, "label"], sort=False):
        rng = seeds.generator(seed, "matching", gallery, group, label)
        share, hit, count = _shares(cell), _hits(cell, top), _counts(cell, bootstrap["group"])
        drawn = _weighted(Weights(cell[bootstrap["group"]], bootstrap["n_resamples"], rng), share, hit)
        for place, k in enumerate(top):
            low, high = interval(drawn[:, place], bootstrap["level"], count["groups"])
            rows.append(
                {
                    "system": system,
                    "tta": tta,
                    "gallery": gallery,
                    "group": group,
                    "label": label,
                    "k": k,
                    "accuracy": float(share @ hit[:, place]),
                    "low": low,
                    "high": high,
                    "level": bootstrap["level"],
                    "median_rank": float(cell["rank"].median()),
                    **count,
                }
            )
    return pd.DataFrame(rows)


def _pairs(names: Sequence[tuple[str, bool]], bases: Mapping[str, str]) -> list[tuple[str, tuple, tuple]]:
    """(question, a, b): which systems (name, tta) to compare; bases: fine-tuned encoder -> the one it was made from."""
    asked = [("TTA", (name, True), (name, False)) for name, tta in names if tta]
    asked += [("fine-tuning", (name, tta), (bases[name], tta)) for name, tta in names if name in bases]
    asked += [("ensemble", (ENSEMBLE, tta), (name, tta)) for name, tta in names if name != ENSEMBLE]
    return [each for each in asked if each[1] in names and each[2] in names]


def differences(
    ranked: pd.DataFrame, top: Sequence[int], bases: Mapping[str, str], bootstrap: Mapping, seed: int
) -> pd.DataFrame:
    """mA_k of one system minus that of another, on the same images and the same resamples (paired).

    Parameters
    ----------
    ranked : DataFrame
        What `read_ranks` gives.
    top : sequence of int
        The k.
    bases : mapping of str to str
        Fine-tuned encoder -> the one it was made from.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (subjects or families, which are resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        question, a, a_tta, b, b_tta, gallery, group, k, difference (a minus b), low, high, level and counts. Intervals
        are
        not corrected for their number.
    """
    rows = []
    for keys, tables, weights in _cells(ranked, bootstrap, seed):
        for question, a, b in _pairs(list(tables), bases):
            difference, share = _hits(tables[a], top) - _hits(tables[b], top), _shares(tables[a])
            drawn = _weighted(weights, share, difference)
            for place, k in enumerate(top):
                low, high = interval(drawn[:, place], bootstrap["level"], weights.groups)
                rows.append(
                    {
                        "question": question,
                        "a": a[0],
                        "a_tta": a[1],
                        "b": b[0],
                        "b_tta": b[1],
                        **keys,
                        "k": k,
                        "difference": float(share @ difference[:, place]),
                        "low": low,
                        "high": high,
                        "level": bootstrap["level"],
                        **_counts(tables[a], bootstrap["group"]),
                    }
                )
    columns = ["question", "a", "a_tta", "b", "b_tta", *CELL, "k", "difference", "low", "high", "level"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)


def bases(encoders: Mapping[str, Mapping]) -> dict[str, str]:
    """Which encoder each fine-tuned one was made from.

    Parameters
    ----------
    encoders : mapping
        config matching.encoders.

    Returns
    -------
    dict
        Fine-tuned encoder -> the encoder at hand with the same backbone and options that is not fine-tuned.
    """
    keys = {name: (e["backbone"], tuple(sorted(e["options"].items()))) for name, e in encoders.items()}
    plain = {keys[name]: name for name, e in encoders.items() if not e["fine_tuned"]}
    return {name: plain[keys[name]] for name, e in encoders.items() if e["fine_tuned"] and keys[name] in plain}


def read_ranks(path: str | Path, samples: pd.DataFrame) -> pd.DataFrame:
    """What the accuracies need of ranks.csv; each name is held once, as a category.

    Parameters
    ----------
    path : path
        ranks.csv.
    samples : DataFrame
        samples.csv.

    Returns
    -------
    DataFrame
        system, tta, gallery, group, repeat, sample_id, label, rank, disorders, subject_id, kin_group.
    """
    text = ["system", "gallery", "group", "repeat", "sample_id", "label"]
    pieces = io.read_pieces(path, [*text, "tta", "rank", "disorders"], strings=text)
    parts = [piece.astype(dict.fromkeys(text, "category")) for piece in pieces]
    named = {name: union_categoricals([part[name] for part in parts], sort_categories=True) for name in text}
    table = pd.concat([part.drop(columns=text) for part in parts], ignore_index=True).assign(**named)
    known = read.join_samples(pd.DataFrame({"sample_id": table["sample_id"].cat.categories}), samples, path)
    kin = {name: pd.Categorical(known[name]).take(table["sample_id"].cat.codes) for name in ("subject_id", "kin_group")}
    return table.assign(**kin)


def write_accuracy(
    inputs: Mapping[str, str | Path],
    outputs: Mapping[str, str | Path],
    *,
    encoders: Mapping[str, Mapping],
    top: Sequence[int],
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write accuracy.csv, disorders.csv and differences.csv.

    Parameters
    ----------
    inputs : mapping of str to path
        ranks and samples.
    outputs : mapping of str to path
        accuracy, disorders and differences.
    encoders : mapping
        config matching.encoders.
    top : sequence of int
        The k of mA_k.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """
    samples = read.load_samples(inputs["samples"], ())
    ranked = read_ranks(inputs["ranks"], samples)
    simulated = bool(read.simulated_phrase(samples))
    tables = {
        "accuracy": accuracy(ranked, top, bootstrap, seed),
        "disorders": disorders(ranked, top, bootstrap, seed),
        "differences": differences(ranked, top, bases(encoders), bootstrap, seed),
    }
    for name, table in tables.items():
        io.write_table(table.assign(simulated=simulated), outputs[name])
