"""How often the tests of a reader study reject without an effect, and how often intervals hold a planted one.

`python -m gestalt_regions.tools.reader_rates design.json --studies 1000` prints a table (docs/howto/reader_results.md).
The mixed model takes half a second a study; the others take thousandths.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from gestalt_regions.clinicians.reader_study.crossed_model import TERMS, fit_marginal, fit_mixed
from gestalt_regions.clinicians.reader_study.reader_measures import (
    Table,
    drawn_counts,
    other_deals,
    parts,
    randomisation_p,
    resampled,
    simulated_table,
)
from gestalt_regions.clinicians.reader_study.reader_power import dealt_sequences, scaled
from gestalt_regions.clinicians.reader_study.simulated_readers import Effects, Faces
from gestalt_regions.clinicians.reader_study.study_files import read_design
from gestalt_regions.core.progress import track
from gestalt_regions.statistics.toolkit.bootstrap import percentiles

GAIN, TERM = ("accuracy_gain", "all"), TERMS.index("after x explanations")
RESAMPLES = 999


def _sums(table: Table) -> np.ndarray:
    """Gain by arm, the sums apart: [sum or number, arm]."""
    return np.array([part.sum(axis=(1, 2)) for part in parts(table, *GAIN)])


def _of_study(table: Table, planted: float, rng: np.random.Generator, mixed: bool) -> dict[str, bool]:
    """What each test and interval says of one study."""
    of = parts(table, *GAIN)
    said = {"randomisation": randomisation_p(of, other_deals(table.sequences, RESAMPLES, rng)) <= 0.05}
    readers = drawn_counts(table.sequences, RESAMPLES, rng)
    faces = drawn_counts(np.zeros(of[0].shape[2], str), RESAMPLES, rng)
    draws = resampled(of, readers, faces)
    low, high = percentiles(draws[1] - draws[0], 0.95)
    said |= {"interval leaves out 0": not low <= 0 <= high, "interval holds what was planted": low <= planted <= high}
    estimate, error = (values[TERM] for values in fit_marginal(table))
    said["marginal model"] = 2 * stats.t.sf(abs(estimate / error), len(table.sequences) - 2) <= 0.05
    if mixed:
        means, sds, _ = fit_mixed(table)
        said["mixed model"] = abs(means[TERM] / sds[TERM]) > stats.norm.isf(0.025)
    return said


def _rates(design: dict, effects: Effects, readers: int, studies: int, mixed: int) -> Iterator[dict[str, object]]:
    """A row for each factor and test: the share of studies, with Wilson's interval of 95 %."""
    faces = Faces.of(design)
    for factor in (0.0, 2.0):
        assumed = scaled(effects, factor)
        rng = np.random.default_rng([1, int(factor)])
        large = (simulated_table(faces, dealt_sequences(design, 400, rng), assumed, rng) for _ in range(400))
        sums, numbers = np.sum([_sums(table) for table in large], axis=0)
        planted = float(sums[1] / numbers[1] - sums[0] / numbers[0]) if factor else 0.0
        said = []
        for study in track(range(studies), studies, "studies"):
            rng = np.random.default_rng([2, int(factor), study])
            table = simulated_table(faces, dealt_sequences(design, readers, rng), assumed, rng)
            said.append(_of_study(table, planted, rng, study < mixed))
        for name, column in pd.DataFrame(said).items():
            known = column.dropna().astype(bool)  # the mixed model is fitted to some studies alone
            times, number = int(known.sum()), len(known)
            low, high = proportion_confint(times, number, method="wilson")
            yield {
                "planted": planted,
                "what": name,
                "share": times / number,
                "low": low,
                "high": high,
                "studies": number,
            }


def main(arguments: list[str]) -> None:
    """Print the table of rates.

    Parameters
    ----------
    arguments : list of str
        Of the command line.
    """
    parser = argparse.ArgumentParser(prog="reader_rates", description=__doc__)
    parser.add_argument("design", help="design.json of a study")
    parser.add_argument("--readers", type=int, default=30)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--mixed", type=int, default=200, help="studies to which the mixed model is fitted")
    given = parser.parse_args(arguments)
    rows = _rates(read_design(given.design), Effects(), given.readers, given.studies, given.mixed)
    print(pd.DataFrame(rows).round(3).to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1:])
