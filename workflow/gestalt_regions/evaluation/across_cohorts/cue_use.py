"""Do the networks use a planted cue? Each photo that carries it, beside the same photo of the cohort without the cue.

Both are judged by the network that was trained among the cues and by the one that never saw any; neither was trained on
the photo's fold. Each crop is aligned by the landmarks detected in its own photo, as its cohort's networks see it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gestalt_regions.core.io import read_array, read_table, write_table, write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.across_cohorts.shortcuts import FACES, TEXT
from gestalt_regions.evaluation.fold_networks import FoldNetwork, Networks
from gestalt_regions.jobs.device import deterministic
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.read import load_samples
from gestalt_regions.statistics.toolkit.table_text import UNDEFINED, bounds, number

log = logging.getLogger("gestalt_regions")
QUANTITIES = ("logit", "margin", "probability", "recognised")  # of the class; margin: its logit over the best other
USE = [
    "kind",
    "class",
    "strength",
    "quantity",
    "images",
    "subjects",
    "groups",
    "left_out",
    "drop",
    "drop_low",
    "drop_high",
    "plain",
    "plain_low",
    "plain_high",
    "difference",
    "difference_low",
    "difference_high",
    "level",
    "uses",
    "simulated",
]
NOTE = (
    "Uses: the interval of the difference of the logit lies above 0. The intervals are of these networks; what other "
    "training runs would change is not in them. Nothing is corrected for the number of rows."
)


@dataclass(frozen=True)
class Cohort:
    """One cohort with a planted cue, or the one without it.

    Attributes
    ----------
    kind, label : str
        Of the cue, and the class that has it.
    strength : float
        0 for the cohort without the cue.
    photos : DataFrame
        The class's photos in the folds, by sample_id: subject_id, kin_group, carries (0 or 1), and row of the crops and
        fold, NaN where no face was found.
    crops : ndarray
        uint8 [n, s, s, 3].
    networks : mapping of str to FoldNetwork
        Fold -> its network.
    """

    kind: str
    label: str
    strength: float
    photos: pd.DataFrame
    crops: np.ndarray
    networks: Mapping[str, FoldNetwork] | Networks


def _quantities(scores: Tensor, target: int) -> np.ndarray:
    """QUANTITIES of the class `target`, float64 [n, 4], from logits [n, classes]."""
    scores = scores.double()
    of_class, others = scores[:, target], scores[:, torch.arange(scores.shape[1]) != target]
    margin, probability = of_class - others.amax(dim=1), scores.softmax(dim=1)[:, target]
    return torch.stack([of_class, margin, probability, (margin > 0).double()], dim=1).numpy()


def _answers(network: FoldNetwork, crops: np.ndarray, label: str) -> np.ndarray:
    """QUANTITIES of `label`, float64 [n, 4], for crops uint8 [n, s, s, 3]."""
    step = network.explainer.batch
    parts = np.split(crops, range(step, len(crops), step))
    with torch.no_grad():
        scores = torch.cat([network.network(network.preprocess(part, network.device)) for part in parts])
    return _quantities(scores.cpu(), network.classes.index(label))


def _drops(
    networks: Mapping[str, FoldNetwork] | Networks, folds: np.ndarray, cue: np.ndarray, without: np.ndarray, label: str
) -> np.ndarray:
    """What the answer for `label` loses without the cue, float64 [n, 4], by the network of each photo's fold [n].

    cue, without: the crops of the same photos, uint8 [n, s, s, 3].
    """
    drops = np.empty((len(folds), len(QUANTITIES)))
    for fold in np.unique(folds):
        network, at = networks[fold], folds == fold
        drops[at] = _answers(network, cue[at], label) - _answers(network, without[at], label)
    return drops


def _paired(cued: Cohort, plain: Cohort) -> tuple[pd.DataFrame, int]:
    """The carriers of `cued` that both cohorts have a crop of, with row_plain and fold_plain; and how many lack one."""
    carriers = cued.photos[cued.photos["carries"] == 1]
    without = plain.photos.loc[plain.photos["carries"] == 0, ["row", "fold"]].add_suffix("_plain")
    both = carriers.join(without).dropna(subset=["row", "fold", "row_plain", "fold_plain"])
    return both.astype({"row": int, "row_plain": int}), len(carriers) - len(both)


def _use(cued: Cohort, plain: Cohort, *, bootstrap: Mapping, seed: int) -> list[dict[str, object]]:
    """USE of one cohort, a row for each of QUANTITIES; none, and a warning, where no photo is in both cohorts."""
    both, left_out = _paired(cued, plain)
    if both.empty:
        log.warning("%s %g, class %s: no photo with the cue is in both cohorts", cued.kind, cued.strength, cued.label)
        return []
    pictures = cued.crops[both["row"].to_numpy()], plain.crops[both["row_plain"].to_numpy()]
    cued_drops = _drops(cued.networks, both["fold"].to_numpy(object), *pictures, cued.label)
    plain_drops = _drops(plain.networks, both["fold_plain"].to_numpy(object), *pictures, cued.label)
    weights = Weights(both[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "evaluation", "cue_use"))
    facts = {
        "kind": cued.kind,
        "class": cued.label,
        "strength": cued.strength,
        "images": len(both),
        "subjects": both["subject_id"].nunique(),
        "groups": both["kin_group"].nunique(),
        "left_out": left_out,
        "level": bootstrap["level"],
        "simulated": True,
    }
    columns = {"drop": cued_drops, "plain": plain_drops, "difference": cued_drops - plain_drops}
    rows = []
    for k, quantity in enumerate(QUANTITIES):
        row = {**facts, "quantity": quantity}
        for name, drops in columns.items():
            low, high = interval(weights.mean(drops[:, k]), bootstrap["level"], weights.groups)
            row |= {name: drops[:, k].mean(), f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    low = rows[0]["difference_low"]
    uses = bool(low > 0) if np.isfinite(low) else ""  # no verdict without an interval
    return [row | {"uses": uses} for row in rows]


def use_table(cohorts: Sequence[Cohort], *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """Whether the networks use the cue, for every cohort that has one.

    Each is compared with the first cohort of strength 0 of the same kind and class. Cohorts without such a one are left
    out, and said so.

    Parameters
    ----------
    cohorts : sequence of Cohort
        With and without the cue.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        USE, a row for each cohort and each of QUANTITIES.
    """
    rows = []
    for cued in sorted((c for c in cohorts if c.strength > 0), key=lambda c: (c.kind, c.label, c.strength)):
        plain = [c for c in cohorts if (c.kind, c.label, c.strength) == (cued.kind, cued.label, 0)]
        if not plain:
            log.warning("%s %g, class %s: a cohort of strength 0 is needed", cued.kind, cued.strength, cued.label)
            continue
        rows += _use(cued, plain[0], bootstrap=bootstrap, seed=seed)
    return pd.DataFrame(rows, columns=USE)


def latex(table: pd.DataFrame) -> str:
    """The table for print.

    Parameters
    ----------
    table : DataFrame
        USE.

    Returns
    -------
    str
        LaTeX.
    """
    shown = pd.DataFrame(
        {
            "Cue": [f"{row.kind} {row.strength:g}" for row in table.itertuples()],
            "Class": table["class"],
            "Images (kin groups)": [f"{row.images} ({row.groups})" for row in table.itertuples()],
            "Answer": table["quantity"],
        }
    )
    for name, title in (("drop", "Trained with cue"), ("plain", "Without"), ("difference", "Difference")):
        ends = zip(table[name], table[f"{name}_low"], table[f"{name}_high"], strict=True)
        shown[title] = [f"{number(value, 2)} {bounds(low, high)}" for value, low, high in ends]
    shown["Uses"] = [{True: "yes", False: "no"}.get(uses, UNDEFINED) for uses in table["uses"]]
    caption = (
        "Simulated cohorts. What the answer for the class loses when the planted cue is taken out of a photograph, for "
        "networks trained with the cue and without it; means with bootstrap intervals over kin groups."
    )
    left = table[table["left_out"] > 0].drop_duplicates(["kind", "class", "strength"])
    notes = [f"{row.kind} {row.strength:g}: photographs left out: {row.left_out}." for row in left.itertuples()]
    return booktabs(shown, caption, "tab:shortcut-use", [NOTE, *notes], columns="lllllllr")


def _read_cohort(files: Mapping[str, str], checkpoints: Mapping[str, str], asset: str, batch: int) -> Cohort | None:
    """The cohort of a table FACES, samples.csv, faces/index.csv, folds.csv, crops, and checkpoints by fold.

    None, and a warning, where the table has no row: it says what the cue is.
    """
    faces = read_table(files["tables"], FACES, TEXT)
    if faces.empty:
        log.warning("%s: no face of the class with the cue: cohort left out", files["tables"])
        return None
    kind, label, strength = faces.loc[0, ["kind", "class", "strength"]]
    photos = load_samples(files["samples"], ["shortcut"]).set_index("sample_id").rename(columns={"shortcut": "carries"})
    photos = photos[(photos["split"] == "folds") & (photos["label"] == label)]
    places = [
        read_table(files[key], ["sample_id", name], ["sample_id", "fold"]).set_index("sample_id")[name]
        for key, name in (("faces", "row"), ("folds", "fold"))
    ]
    networks = Networks(list(checkpoints), list(checkpoints.values()), asset, files["crops"], batch, "cpu")
    photos = photos[["subject_id", "kin_group", "carries"]].join(places)
    return Cohort(kind, label, float(strength), photos, read_array(files["crops"]), networks)


def write_cue_use(
    inputs: Mapping[str, Sequence[str]],
    outputs: Mapping[str, str],
    *,
    asset: str,
    folds: Sequence[str],
    batch: int,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write whether the networks of the compared cohorts use the cue.

    Parameters
    ----------
    inputs : mapping of str to paths
        Of each cohort tables (FACES), samples, faces, folds and crops; and the checkpoints of all folds, cohort by
        cohort.
    outputs : mapping of str to path
        csv (USE) and tex.
    asset : str
        Path of the weights that the networks started from; "" if none.
    folds : sequence of str
        The folds.
    batch : int
        Images that are passed at a time.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.
    """
    deterministic()
    keys = ("tables", "samples", "faces", "folds", "crops")
    cohorts = []
    for i, paths in enumerate(zip(*(inputs[key] for key in keys), strict=True)):
        of_cohort = inputs["checkpoints"][i * len(folds) : (i + 1) * len(folds)]
        checkpoints = dict(zip(folds, of_cohort, strict=True))
        cohorts.append(_read_cohort(dict(zip(keys, paths, strict=True)), checkpoints, asset, batch))
    table = use_table([cohort for cohort in cohorts if cohort], bootstrap=bootstrap, seed=seed)
    write_table(table, outputs["csv"])
    write_text(latex(table), outputs["tex"])
