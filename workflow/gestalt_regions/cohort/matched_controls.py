"""Unaffected people of another source as controls of a cohort's patients, of the sex and age of each photograph.

The assignment has the most pairs that the caliper allows, and of all such assignments the smallest sum of differences
of age. Which of several controls of one age is taken is drawn by its name, so another file in the folder moves few.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from gestalt_regions.cohort.readers.reader_registry import COLUMNS
from gestalt_regions.cohort.readers.utkface import read_utkface
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import Remark, remark, remarks_kept
from gestalt_regions.core.seeds import derive

SOURCES = {"utkface": "UTKFace"}
SEXES = ("female", "male")
PAIRS = ["sample_id", "label", "sex", "age", "control", "control_age", "difference", "reason"]
BALANCE = [
    *("patients", "controls", "variable", "patients_n", "patients_mean", "patients_sd"),
    *("controls_n", "controls_mean", "controls_sd", "difference_sd"),
]
UNPAIRED = 1e6  # what a photograph without a control costs: more than all differences of age together


class Controls(NamedTuple):
    """A cohort with controls, and how they were chosen."""

    samples: pd.DataFrame
    said: list[Remark]
    tables: dict[str, pd.DataFrame]  # controls (PAIRS), controls_balance (BALANCE) and controls_excluded; empty if none


def controls_settings(config: Mapping) -> dict:
    """Everything that the choice of controls depends on.

    Parameters
    ----------
    config : mapping
        A valid config.

    Returns
    -------
    dict
        Config cohort.controls, the control class as `label`, and the seed; empty where the study asks for none.
    """
    section = config["cohort"].get("controls")
    if not section:
        return {}
    return {**section, "label": config["statistics"]["control"], "seed": config["run"]["seed"]}


def pair_ages(patients: np.ndarray, controls: np.ndarray, caliper: float) -> np.ndarray:
    """Assign controls to patients of one sex, each at most once.

    Parameters
    ----------
    patients, controls : ndarray [P], [C]
        Ages, years.
    caliper : float
        Largest difference of a pair, years.

    Returns
    -------
    ndarray of int [P]
        The control of each patient; -1 where none is left. The number of pairs is the largest possible, and the sum of
        their differences the smallest of it (a minimum weight matching of a bipartite graph: Jonker and Volgenant).
    """
    # A fresh process that plans a run need not import scipy
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    count, order = len(patients), np.argsort(controls, kind="stable")
    first = np.searchsorted(controls[order], patients - caliper - 1e-9, side="left")
    last = np.searchsorted(controls[order], patients + caliper + 1e-9, side="right")
    rows = np.repeat(np.arange(count), last - first)
    near = np.concatenate([order[a:b] for a, b in zip(first, last, strict=True)]) if count else np.array([], int)
    # each patient may also go to a place of its own that stands for no control; a weight must not be 0
    weights = np.append(1 + np.abs(patients[rows] - controls[near]), np.full(count, UNPAIRED))
    places = (np.append(rows, np.arange(count)), np.append(near, len(controls) + np.arange(count)))
    graph = coo_array((weights, places), shape=(count, len(controls) + count)).tocsr()
    if not count:
        return np.array([], int)
    _, chosen = min_weight_full_bipartite_matching(graph)
    return np.where(chosen < len(controls), chosen, -1)


def _slots(patients: pd.DataFrame, per_patient: float) -> pd.DataFrame:
    """One row for each control that is looked for: below 1 for every second, third, ... photograph by sex and age."""
    ordered = patients.sort_values(["sex", "age", "sample_id"], kind="stable")
    ends = np.floor(np.arange(1, len(ordered) + 1) * per_patient + 1e-9).astype(int)
    return ordered.loc[ordered.index.repeat(np.diff(ends, prepend=0))].reset_index(drop=True)


def match_controls(
    patients: pd.DataFrame, candidates: pd.DataFrame, *, per_patient: float, caliper: float, seed: int
) -> pd.DataFrame:
    """Find controls of the sex and age of each photograph of a patient.

    Parameters
    ----------
    patients : DataFrame
        sample_id, label, age (years) and sex.
    candidates : DataFrame
        sample_id, age and sex.
    per_patient : float
        Controls looked for, for each photograph of a patient.
    caliper : float
        Largest difference of age, years.
    seed : int
        Of the study.

    Returns
    -------
    DataFrame
        PAIRS: a row for each control that was looked for, and for each photograph without age or sex; control is ""
        where there is none, and `reason` says why.
    """
    order = sorted(range(len(candidates)), key=lambda row: derive(seed, "controls", candidates["sample_id"].iloc[row]))
    candidates = candidates.iloc[order].reset_index(drop=True)
    unknown = patients["age"].isna() | (patients["sex"].fillna("") == "")
    looked = _slots(patients[~unknown], per_patient)
    looked["control"], looked["control_age"], looked["reason"] = "", np.nan, ""
    for sex in SEXES:
        rows, there = looked.index[looked["sex"] == sex], candidates[candidates["sex"] == sex].reset_index(drop=True)
        chosen = pair_ages(looked.loc[rows, "age"].to_numpy(float), there["age"].to_numpy(float), caliper)
        paired = chosen >= 0
        looked.loc[rows[paired], "control"] = there["sample_id"].to_numpy()[chosen[paired]]
        looked.loc[rows[paired], "control_age"] = there["age"].to_numpy(float)[chosen[paired]]
        looked.loc[rows[~paired], "reason"] = f"no {sex} control within {caliper:g} years is left"
    looked.loc[~looked["sex"].isin(SEXES), "reason"] = "no control of this sex"
    without = patients[unknown].assign(control="", control_age=np.nan)
    missing = without[["age", "sex"]].isna() | (without[["age", "sex"]] == "")
    without["reason"] = ["no " + " and no ".join(missing.columns[row]) for row in missing.to_numpy()]
    table = pd.concat([looked, without], ignore_index=True) if len(without) else looked
    table["difference"] = table["control_age"] - table["age"]
    return table[PAIRS]


def _moments(people: pd.DataFrame, variable: str) -> tuple[int, float, float]:
    """Number, mean and standard deviation; of a share p the latter is sqrt(p (1 - p))."""
    known = people[(people["sex"].fillna("") != "") & people["age"].notna()]
    values = known["age"].astype(float) if variable == "age" else (known["sex"] == "female").astype(float)
    spread = values.std(ddof=1) if variable == "age" else np.sqrt(values.mean() * (1 - values.mean()))
    return len(values), float(values.mean()), float(spread)


def balance_table(patients: pd.DataFrame, candidates: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Compare age and sex of patients and controls, before and after the choice.

    Parameters
    ----------
    patients, candidates : DataFrame
        As of `match_controls`.
    pairs : DataFrame
        What it gives.

    Returns
    -------
    DataFrame
        BALANCE: rows of all patients, of those who have a control, and of each class, beside all of the source and
        beside the chosen. difference_sd is the standardised mean difference: patients less controls, over the root of
        the mean of both variances before the choice, so that only the means decide (Stuart 2010).
    """
    chosen = candidates[candidates["sample_id"].isin(pairs["control"])]
    paired = patients[patients["sample_id"].isin(pairs.loc[pairs["control"] != "", "sample_id"])]
    compared = [("all", "all", patients, candidates), ("with a control", "chosen", paired, chosen)]
    compared += [(label, "chosen", rows, chosen) for label, rows in patients.groupby("label", sort=True)]
    rows = []
    for variable in ("age", "share female"):
        scale = np.sqrt(np.mean([_moments(each, variable)[2] ** 2 for each in (patients, candidates)]))
        for name, of, these, those in compared:
            first, second = _moments(these, variable), _moments(those, variable)
            difference = (first[1] - second[1]) / scale if scale > 0 else np.nan
            rows.append((name, of, variable, *first, *second, difference))
    return pd.DataFrame(rows, columns=BALANCE)


def _say(pairs: pd.DataFrame, balance: pd.DataFrame, source: str) -> None:
    """What a run says of its controls."""
    taken, without = pairs[pairs["control"] != ""], pairs[pairs["control"] == ""]
    after = balance[balance["patients"] == "with a control"].set_index("variable")
    remark(
        f"{source}: {len(taken)} controls for {taken['sample_id'].nunique()} photographs of patients; mean age "
        f"{after.loc['age', 'controls_mean']:.1f} and {after.loc['age', 'patients_mean']:.1f} years, "
        f"{after.loc['share female', 'controls_mean']:.0%} and {after.loc['share female', 'patients_mean']:.0%} female"
    )
    for reason, rows in without.groupby("reason", sort=False):
        names = rows["sample_id"].drop_duplicates()
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        remark(f"{source}: {reason}: {', '.join(names.head(3))}{more}", warning=True)


def with_controls(samples: pd.DataFrame, said: list[Remark], settings: Mapping, aloud: bool = True) -> Controls:
    """Add controls to a cohort that was read.

    Parameters
    ----------
    samples : DataFrame
        Its samples; patients are those of the folds that are not of the control class.
    said : list of Remark
        What was said of them.
    settings : mapping
        As `controls_settings` gives it; nothing is added if it is empty.
    aloud : bool
        Whether what is said goes to the log.

    Returns
    -------
    Controls
        The samples with the controls behind them, in the folds.

    Raises
    ------
    InputError
        If the table of the patients has no age or no sex, no patient gets a control, or a name of a sample is taken.
    """
    if not settings:
        return Controls(samples, said, {})
    source, label = SOURCES[settings["kind"]], settings["label"]
    with remarks_kept(aloud) as heard:
        if lacking := [column for column in ("age", "sex") if column not in samples]:
            raise InputError(f"config cohort.controls: the cohort's table has no column {' and no '.join(lacking)}")
        candidates, excluded = read_utkface(settings["images"], label)
        patients = samples[(samples["split"] == "folds") & (samples["label"] != label)]
        pairs = match_controls(
            patients,
            candidates,
            per_patient=settings["per_patient"],
            caliper=settings["age_caliper"],
            seed=settings["seed"],
        )
        chosen = candidates[candidates["sample_id"].isin(pairs["control"])]
        if chosen.empty:
            raise InputError(
                f"config cohort.controls: no photograph of {source} has the sex and age of a patient; look at age and "
                "sex in the cohort's table, or raise age_caliper"
            )
        if (taken := chosen["sample_id"].isin(samples["sample_id"])).any():
            name = chosen.loc[taken, "sample_id"].iloc[0]
            raise InputError(f"config cohort.controls: a patient's sample_id is '{name}', too; call it otherwise")
        balance = balance_table(patients, candidates, pairs)
        _say(pairs, balance, source)
    # what the patients' table does not have would tell the classes apart
    kept = [column for column in chosen if column in COLUMNS or column in samples]
    whole = pd.concat([samples, chosen[kept]], ignore_index=True)
    tables = {"controls": pairs, "controls_balance": balance, "controls_excluded": excluded}
    return Controls(whole, [*said, *heard], tables)
