"""How likely a study of so many readers is to see an effect of explanations, by simulated readers.

The effect is that of the config, times a factor. What is tested is the difference of the gain in accuracy between the
arms, with the test of the randomisation. Each study has readers and difficulties of its own, and the design's faces.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from gestalt_regions.clinicians.reader_study.reader_measures import (
    other_deals,
    parts,
    randomisation_p,
    simulated_table,
)
from gestalt_regions.clinicians.reader_study.simulated_readers import Effects, Faces
from gestalt_regions.clinicians.reader_study.study_files import read_design
from gestalt_regions.core.io import write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import generator

FACTORS = (0.0, 0.5, 1.0, 2.0)
SHARES = (0.5, 1.0, 2.0, 4.0)  # of the planned number of readers
DEALS = 499  # of each test: p can be as small as .002
ALPHA = 0.05
COLUMNS = ["factor", "effect", "readers", "faces", "power", "low", "high", "studies", "alpha", "level", "planned"]
COLUMNS += ["simulated"]


def dealt_sequences(design: Mapping[str, Any], readers: int, rng: np.random.Generator) -> np.ndarray:
    """Sequences of so many readers, as balanced as the design's.

    Parameters
    ----------
    design : mapping
        design.json.
    readers : int
        How many.
    rng : numpy.random.Generator
        Their order.

    Returns
    -------
    numpy.ndarray of str
        One for each reader.
    """
    kinds = sorted(set(design["sequences"]))
    return rng.permutation(np.array([kinds[number % len(kinds)] for number in range(readers)]))


def scaled(effects: Effects, factor: float) -> Effects:
    """The same readers, with a multiple of what explanations add.

    Parameters
    ----------
    effects : Effects
        Of the config.
    factor : float
        0: explanations add nothing.

    Returns
    -------
    Effects
        With explanations_trust and explanations_discernment times the factor.
    """
    return replace(
        effects,
        explanations_trust=factor * effects.explanations_trust,
        explanations_discernment=factor * effects.explanations_discernment,
    )


def power_table(
    design: Mapping[str, Any], effects: Effects, *, readers: int, studies: int, level: float, seed: int
) -> pd.DataFrame:
    """Share of simulated studies whose test rejects at ALPHA.

    Parameters
    ----------
    design : mapping
        design.json.
    effects : Effects
        Of the config.
    readers : int
        The planned number.
    studies : int
        Simulated for each row.
    level : float
        Of Wilson's interval of the share, which says how well the simulation knows it.
    seed : int
        Of the study.

    Returns
    -------
    pandas.DataFrame
        COLUMNS. `effect` is the mean difference of gains, in shares of answers, over all studies of a factor.
    """
    faces, rows = Faces.of(design), []
    sizes = sorted({max(4, 2 * round(share * readers / 2)) for share in SHARES} | {readers})
    progress = Progress(len(FACTORS) * len(sizes) * studies, "simulated studies")
    for factor, size in product(FACTORS, sizes):
        assumed, rejected, effect = scaled(effects, factor), 0, 0.0
        for study in range(studies):
            rng = generator(seed, "reader power", factor, size, study)
            table = simulated_table(faces, dealt_sequences(design, size, rng), assumed, rng)
            of = parts(table, "accuracy_gain", "all")
            rejected += randomisation_p(of, other_deals(table.sequences, DEALS, rng)) <= ALPHA
            gains = of[0].sum(axis=(1, 2)) / of[1].sum(axis=(1, 2))
            effect += gains[1] - gains[0]
            progress.update()
        low, high = proportion_confint(rejected, studies, alpha=1 - level, method="wilson")
        row = {"factor": factor, "effect": effect / studies, "readers": size, "faces": len(faces.true)}
        row |= {
            "power": rejected / studies,
            "low": max(low, 0.0),
            "high": min(high, 1.0),
            "studies": studies,
            "alpha": ALPHA,
        }
        rows.append(row | {"level": level, "planned": size == readers, "simulated": True})
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(effect=table.groupby("factor")["effect"].transform("mean"))


def write_power(
    design_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    effects: Mapping[str, float],
    readers: int,
    studies: int,
    level: float,
    seed: int,
) -> None:
    """Write the table of power.

    Parameters
    ----------
    design_path : path
        design.json.
    output : path
        The table.
    effects : mapping
        Config reader_study.effects.
    readers, studies : int
        The planned number of readers; simulated studies for each row.
    level : float
        Of the intervals.
    seed : int
        Of the study.
    """
    design = read_design(design_path)
    table = power_table(design, Effects(**effects), readers=readers, studies=studies, level=level, seed=seed)
    write_table(table, output)
