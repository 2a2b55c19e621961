"""Table 2 of Gurovich et al. (2019): top-k accuracy of each model, such as the expert of a region, and of both sets.

As published: images are independent in the bootstrap and in the permutation of labels. Corrected: families are drawn,
and the labels of people are shuffled, because the images of one person always have one label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.statistics.deepgestalt.answers import SETS, Answers, load_models
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval, percentiles
from gestalt_regions.statistics.toolkit.label_permutations import count_reached, exact_top1_p, share_reached
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.proportions import share_interval
from gestalt_regions.statistics.toolkit.table_text import number

LONG = 30  # lines, above which a table may run over pages


def hits_by_class(answers: Answers, top: Sequence[int]) -> np.ndarray:
    """How many networks have each class among their first k, for each image.

    Parameters
    ----------
    answers : Answers
        Of one set.
    top : sequence of int
        The k.

    Returns
    -------
    numpy.ndarray
        uint16 [images, classes + 1, k]; the last class is one that no network knows.
    """
    counts = np.zeros((len(answers.images), len(answers.classes) + 1, len(top)), np.uint16)
    for place, k in enumerate(top):  # one after the other: of many images and classes, all would not fit
        counts[:, :-1, place] = answers.summed(answers.places < k)
    return counts


def _of_people(hits: np.ndarray, answers: Answers) -> tuple[np.ndarray, np.ndarray]:
    """Hits summed over the images of each person with each label, and the code of that label."""
    names, unit = np.unique(answers.images["subject_id"] + "\n" + answers.images["label"], return_inverse=True)
    total, codes = np.zeros((len(names), *hits.shape[1:]), np.uint16), np.zeros(len(names), int)
    np.add.at(total, unit, hits)
    codes[unit] = answers.codes
    return total, codes


def top_accuracy(
    models: Mapping[str, Answers],
    kind: str,
    *,
    top: Sequence[int],
    reference: str,
    resamples: int,
    level: float,
    permutations: int,
    seed: int,
) -> pd.DataFrame:
    """Top-k accuracy of every model on one set, with intervals and p.

    All models and k share the draws, so that differences are paired.

    Parameters
    ----------
    models : mapping
        Model -> answers about the same images.
    kind : str
        Of answers.SETS.
    top : sequence of int
        The k.
    reference : str
        The model that others are compared with.
    resamples : int
        Of each bootstrap.
    level : float
        Of the intervals, 0 to 1.
    permutations : int
        Of the labels.
    seed : int
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        set, model, k, images, people, groups, networks, accuracy, chance (mean over permutations), low_images,
        high_images, low_groups, high_groups, reached_images, p_images, p_exact (top-1 of single answers),
        reached_people, p_people, permutations, reference, difference, difference_low, difference_high (families
        drawn), note.
    """
    chosen = {name: answers.of_set(kind) for name, answers in models.items()}
    first = next(iter(chosen.values()))
    images, count = first.images, len(first.images)
    if not count:
        return pd.DataFrame()
    cells = [(name, k) for name in chosen for k in top if k < len(chosen[name].classes)]
    hits = {name: hits_by_class(answers, top) for name, answers in chosen.items()}
    every = np.stack([hits[name][:, :, list(top).index(k)] for name, k in cells], axis=2)
    networks = np.array([chosen[name].networks for name, _ in cells])
    right = every[np.arange(count), first.codes] / networks
    draws = {
        group: Weights(images[group], resamples, seeds.generator(seed, "gestalt", kind, group)).means(right)
        for group in ("sample_id", "kin_group")
    }
    groups = images["kin_group"].nunique()
    by_person, person_codes = _of_people(every, first)
    reached, p = {}, {}
    for unit, values, codes in (("images", every, first.codes), ("people", by_person, person_codes)):
        rng = seeds.generator(seed, "gestalt permutations", kind, unit)
        _, reached[unit] = count_reached(values, codes, permutations, rng)
        p[unit] = share_reached(reached[unit], permutations)
    share = np.bincount(first.codes, minlength=every.shape[1]) / count
    chance = np.einsum("ick,c->k", every, share) / (count * networks)
    rows = []
    for place, (name, k) in enumerate(cells):
        by_group = draws["kin_group"][:, place]
        low, high = share_interval(right[:, place].mean(), by_group, level, groups)
        row = {"set": kind, "model": name, "k": k, "images": count, "people": images["subject_id"].nunique()}
        row |= {"groups": groups, "networks": networks[place]}
        row |= {"accuracy": right[:, place].mean(), "chance": chance[place]}
        row |= dict(zip(("low_images", "high_images"), percentiles(draws["sample_id"][:, place], level), strict=True))
        row |= {"low_groups": low, "high_groups": high, "reached_images": reached["images"][place]}
        row |= {"p_images": p["images"][place], "p_exact": _exact(chosen[name], k)}
        row |= {
            "reached_people": reached["people"][place],
            "p_people": p["people"][place],
            "permutations": permutations,
        }
        other = cells.index((reference, k)) if (reference, k) in cells and name != reference else None
        row |= {"reference": "" if other is None else reference, "difference": np.nan}
        row |= {"difference_low": np.nan, "difference_high": np.nan, "note": no_interval(low, groups)}
        if other is not None:
            row["difference"] = (right[:, place] - right[:, other]).mean()
            apart = by_group - draws["kin_group"][:, other]
            row["difference_low"], row["difference_high"] = interval(apart, level, groups)
        rows.append(row)
    return pd.DataFrame(rows)


def _exact(answers: Answers, k: int) -> float:
    """The p that permutations of images tend to, where there is one answer of one class for each image."""
    if k != 1 or answers.networks != 1:
        return float("nan")
    predicted, size = answers.places.argmin(axis=1), len(answers.classes) + 1
    labels, answered = (np.bincount(codes, minlength=size).tolist() for codes in (answers.codes, predicted))
    return exact_top1_p(labels, answered, int((answers.codes == predicted).sum()))


def reached_text(p: float, reached: int) -> str:
    """A p of a permutation test; a bound says so.

    Parameters
    ----------
    p : float
        0 to 1.
    reached : int
        Permutations that reach the observed value; with 0, p is a bound.

    Returns
    -------
    str
        Such as `< 1.0e-06`.
    """
    return f"< {p:.1e}" if not reached else number(p, 4) if p >= 1e-4 else f"{p:.1e}"


def _per_cent(value: float, low: float, high: float) -> str:
    """`90.6 [88.0, 93.0]`, per cent."""
    text = number(100 * value, 1)
    return f"{text} [{number(100 * low, 1)}, {number(100 * high, 1)}]" if np.isfinite(low) else text


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each set, model and k."""
    shown = pd.DataFrame(
        {
            "Set": table["set"].map(SETS),
            "Model": table["model"],
            "Part": table["part"],
            "Top": table["k"].astype(str),
            "Accuracy": [number(100 * value, 1) for value in table["accuracy"]],
        }
    )
    bounds = {"images": "Images drawn", "groups": "Families drawn"}
    for unit, title in bounds.items():
        pairs = zip(table[f"low_{unit}"], table[f"high_{unit}"], strict=True)
        shown[title] = [f"[{number(100 * low, 1)}, {number(100 * high, 1)}]" for low, high in pairs]
    for unit, title in (("images", "p, images"), ("people", "p, people")):
        shown[title] = list(map(reached_text, table[f"p_{unit}"], table[f"reached_{unit}"]))
    apart = zip(table["difference"], table["difference_low"], table["difference_high"], strict=True)
    shown["Difference"] = [_per_cent(*each) if np.isfinite(each[0]) else "" for each in apart]
    repeated = shown.duplicated(["Set", "Model"])
    shown.loc[repeated, ["Set", "Model", "Part"]] = ""
    return shown.drop(columns=[name for name in ("Part", "Difference") if (shown[name] == "").all()])


def write_top_accuracy(
    *,
    prediction_paths: Sequence[str],
    samples_path: str,
    csv_path: str,
    tex_path: str,
    parts: Mapping[str, str],
    top: Sequence[int],
    reference: str,
    resamples: int,
    level: float,
    permutations: int,
    seed: int,
) -> None:
    """Write gestalt_table2.csv and .tex.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of every model and fold.
    samples_path : str
        samples.csv.
    csv_path, tex_path : str
        The table for machines, and for print.
    parts : mapping
        Model -> the part of the face that it sees, "" for the whole.
    top : sequence of int
        The k.
    reference : str
        The model that others are compared with.
    resamples : int
        Of each bootstrap.
    level : float
        Of the intervals.
    permutations : int
        Of the labels.
    seed : int
        Seed of the study.
    """
    samples = read.load_samples(samples_path, ())
    models = load_models(prediction_paths, samples)
    made = partial(
        top_accuracy,
        models,
        top=top,
        reference=reference,
        resamples=resamples,
        level=level,
        permutations=permutations,
        seed=seed,
    )
    table = pd.concat([made(kind) for kind in SETS], ignore_index=True)
    simulated = read.simulated_phrase(samples)
    table.insert(2, "part", table["model"].map(parts).fillna(""))
    io.write_table(table.assign(simulated=bool(simulated)), csv_path)
    classes = len(next(iter(models.values())).classes)
    sets = "; ".join(
        f"{SETS[name]}: {part['images'].iloc[0]} images of {part['people'].iloc[0]} people in "
        f"{part['groups'].iloc[0]} families"
        for name, part in table.groupby("set", sort=False)
    )
    notes = [
        f"Intervals of {level:.0%}, {resamples} resamples. p: {permutations} permutations of the labels of images, as "
        "published, and of people. Held out: mean over the fold networks.",
    ]
    if left := [str(k) for k in top if k >= classes]:
        notes.append(f"Top {', '.join(left)} of {classes} classes is always right, so it is left out.")
    if (table["reference"] != "").any():
        notes.append(f"Difference: minus {reference}, families drawn.")
    prefix = f"{simulated.capitalize()}. " if simulated else ""
    caption = f"{prefix}Top-k accuracy of each model, per cent; {sets}."
    columns = "l" * (2 + ("Part" in (shown := _shown(table)))) + "r" * (shown.shape[1] - 2 - ("Part" in shown))
    io.write_text(booktabs(shown, caption, "tab:gestalt_table2", notes, columns, long=len(shown) > LONG), tex_path)
