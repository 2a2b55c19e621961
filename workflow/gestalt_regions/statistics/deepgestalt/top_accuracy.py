"""Table 2 of Gurovich et al. (2019): top-k accuracy of each model, such as the expert of a region, and of both sets.

As published: images are independent in the bootstrap and in the permutation of labels. Corrected: families are drawn,
and the labels of people are shuffled, because the images of one person always have one label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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

Draw = Callable[[pd.Series, str], Weights]  # (group of each image, what they are) -> its resamples
NO_IMAGE = "no image of"
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
    excluded: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Top-k accuracy of every model on one set, with intervals and p.

    All models and k share the draws, so that differences are paired.

    Parameters
    ----------
    models : mapping
        Model -> answers about the same images.
    kind : str
        Of answers.SETS, or the name of a test set.
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
    excluded : pandas.DataFrame, optional
        Images of the set without a face, which no model was asked about: kin_group.

    Returns
    -------
    pandas.DataFrame
        set, model, k, images, people, groups, networks, accuracy, chance (mean over permutations), low_images,
        high_images, low_groups, high_groups, reached_images, p_images, p_exact (top-1 of single answers),
        reached_people, p_people, permutations, reference, difference, difference_low, difference_high (families
        drawn), excluded (images), accuracy_of_all, low_of_all, high_of_all (excluded images count as wrong, families
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

    def _draw(members: pd.Series, group: str) -> Weights:
        return Weights(members, resamples, seeds.generator(seed, "gestalt", kind, group))

    draws = {group: _draw(images[group], group).means(right) for group in ("sample_id", "kin_group")}
    groups, lacking = images["kin_group"].nunique(), without_image(first)
    by_person, person_codes = _of_people(every, first)
    reached, p = {}, {}
    for unit, values, codes in (("images", every, first.codes), ("people", by_person, person_codes)):
        rng = seeds.generator(seed, "gestalt permutations", kind, unit)
        _, reached[unit] = count_reached(values, codes, permutations, rng)
        p[unit] = share_reached(reached[unit], permutations)
    share = np.bincount(first.codes, minlength=every.shape[1]) / count
    chance = np.einsum("ick,c->k", every, share) / (count * networks)
    of_all = _of_all(right, images, excluded, level, _draw)
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
        row |= {"reached_people": reached["people"][place], "p_people": p["people"][place]}
        other = cells.index((reference, k)) if (reference, k) in cells and name != reference else None
        row |= {"permutations": permutations, "reference": "" if other is None else reference, "difference": np.nan}
        row |= {"difference_low": np.nan, "difference_high": np.nan}
        note = "; ".join(filter(None, [no_interval(low, groups), lacking]))
        row |= {name: values[place] for name, values in of_all.items()} | {"note": note}
        if other is not None:
            row["difference"] = (right[:, place] - right[:, other]).mean()
            apart = by_group - draws["kin_group"][:, other]
            row["difference_low"], row["difference_high"] = interval(apart, level, groups)
        rows.append(row)
    return pd.DataFrame(rows)


def _of_all(
    right: np.ndarray, images: pd.DataFrame, excluded: pd.DataFrame | None, level: float, draw: Draw
) -> dict[str, np.ndarray]:
    """Accuracy of each column if every image without a face counts as wrong, with the interval of families."""
    lost = pd.Series(dtype=str) if excluded is None else excluded["kin_group"]
    whole = np.concatenate([right, np.zeros((len(lost), right.shape[1]))])
    weights = draw(pd.concat([images["kin_group"], lost], ignore_index=True), "kin_group")
    drawn, mean = weights.means(whole), whole.mean(axis=0)
    bounds = [share_interval(mean[place], drawn[:, place], level, weights.groups) for place in range(len(mean))]
    low, high = np.array(bounds).reshape(-1, 2).T
    count = np.full(len(mean), len(lost))
    return {"excluded": count, "accuracy_of_all": mean, "low_of_all": low, "high_of_all": high}


def without_image(answers: Answers) -> str:
    """Classes that a set cannot judge.

    Parameters
    ----------
    answers : Answers
        Of one set.

    Returns
    -------
    str
        A note that names the classes without an image; empty if there are none.
    """
    judged = set(answers.images["label"])
    lacking = [name for name in answers.classes if name not in judged]
    return f"{NO_IMAGE} {', '.join(lacking)}" if lacking else ""


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
            "Set": table["set"].map(lambda name: SETS.get(name, name)),
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
    if table["excluded"].any():
        of_all = zip(table["accuracy_of_all"], table["low_of_all"], table["high_of_all"], strict=True)
        shown["Excluded = wrong"] = [_per_cent(*each) for each in of_all]
    repeated = shown.duplicated(["Set", "Model"])
    shown.loc[repeated, ["Set", "Model", "Part"]] = ""
    return shown.drop(columns=[name for name in ("Part", "Difference") if (shown[name] == "").all()])


def excluded_images(
    samples: pd.DataFrame, excluded_path: str, listed: Mapping[str, pd.DataFrame], models: Mapping[str, Answers]
) -> dict[str, pd.DataFrame]:
    """The images of each set in which no face was found, or none that could be used.

    Parameters
    ----------
    samples : pandas.DataFrame
        samples.csv of the study.
    excluded_path : str
        faces/excluded.csv of the study.
    listed : mapping
        Test set -> its samples.csv.
    models : mapping
        Model -> answers.

    Returns
    -------
    dict
        Set -> rows of its samples.
    """
    gone = io.read_table(excluded_path, ["sample_id"], strings=["sample_id"])["sample_id"]
    lost = samples[samples["sample_id"].isin(gone)]
    answers = next(iter(models.values()))
    return {kind: lost[lost["split"] == kind] for kind in SETS} | {
        name: part[~part["sample_id"].isin(answers.of_set(name).images["sample_id"])] for name, part in listed.items()
    }


def write_top_accuracy(
    *,
    prediction_paths: Sequence[str],
    samples_path: str,
    excluded_path: str,
    csv_path: str,
    tex_path: str,
    parts: Mapping[str, str],
    top: Sequence[int],
    reference: str,
    resamples: int,
    level: float,
    permutations: int,
    seed: int,
    answer_paths: Sequence[str] = (),
    listed_paths: Mapping[str, str] | None = None,
) -> None:
    """Write gestalt_table2.csv and .tex.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of every model and fold.
    samples_path, excluded_path : str
        samples.csv and faces/excluded.csv.
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
    answer_paths : sequence of str
        test_sets.csv of every model, where there are further test sets.
    listed_paths : mapping, optional
        Test set -> its samples.csv.
    """
    samples = read.load_samples(samples_path, ())
    listed = {name: read.load_samples(path, ()) for name, path in (listed_paths or {}).items()}
    models = load_models(prediction_paths, samples, answer_paths, listed)
    excluded = excluded_images(read.load_samples(samples_path, ("split",)), excluded_path, listed, models)
    settings: dict[str, Any] = {"top": top, "reference": reference, "resamples": resamples, "level": level}
    parts_of_table = [
        top_accuracy(models, kind, permutations=permutations, seed=seed, excluded=lost, **settings)
        for kind, lost in excluded.items()
    ]
    table = pd.concat(parts_of_table, ignore_index=True)
    simulated = read.simulated_phrase(pd.concat([samples, *listed.values()]))
    table.insert(2, "part", table["model"].map(parts).fillna(""))
    io.write_table(table.assign(simulated=bool(simulated)), csv_path)
    _write_latex(table, tex_path, simulated, len(next(iter(models.values())).classes), settings, permutations)


def _write_latex(
    table: pd.DataFrame, path: str, simulated: str, classes: int, settings: Mapping, permutations: int
) -> None:
    """The table for print, with what has to be said of it."""
    sets = "; ".join(
        f"{SETS.get(name, name)}: {part['images'].iloc[0]} images of {part['people'].iloc[0]} people in "
        f"{part['groups'].iloc[0]} families"
        + (f", {part['excluded'].iloc[0]} more without a usable face" if part["excluded"].iloc[0] else "")
        for name, part in table.groupby("set", sort=False)
    )
    notes = [
        f"Intervals of {settings['level']:.0%}, {settings['resamples']} resamples. p: {permutations} permutations of "
        "the labels of images, as published, and of people. Held out: mean over the fold networks.",
    ]
    for name, part in table.groupby("set", sort=False):
        lacking = [said for said in part["note"].iloc[0].split("; ") if said.startswith(NO_IMAGE)]
        notes += [f"{SETS.get(name, name).capitalize()}: {said}, so nothing is said of them." for said in lacking]
    if left := [str(k) for k in settings["top"] if k >= classes]:
        notes.append(f"Top {', '.join(left)} of {classes} classes is always right, so it is left out.")
    if (table["reference"] != "").any():
        notes.append(f"Difference: minus {settings['reference']}, families drawn.")
    if table["excluded"].any():
        notes.append("Excluded = wrong: images without a usable face count as wrong, families drawn.")
    prefix = f"{simulated.capitalize()}. " if simulated else ""
    caption = f"{prefix}Top-k accuracy of each model, per cent; {sets}."
    columns = "l" * (2 + ("Part" in (shown := _shown(table)))) + "r" * (shown.shape[1] - 2 - ("Part" in shown))
    io.write_text(booktabs(shown, caption, "tab:gestalt_table2", notes, columns, long=len(shown) > LONG), path)
