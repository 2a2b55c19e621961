"""RQ1, Table 3: do region coefficients tell a syndrome from unaffected faces? (Sümer et al. 2023, section 5.1)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError
from gestalt_regions.statistics.toolkit import read, table_text
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, rank_biserial_draws
from gestalt_regions.statistics.toolkit.p_values import correct
from gestalt_regions.statistics.toolkit.two_sample import compare


def units(coefficients: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The independent values to test.

    An undefined coefficient (an empty region) is left out of its subject's mean.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        method, region, label, subject_id, kin_group, sample_id, coefficient.
    unit : {"image", "subject"}
        One row per image, or the mean over a subject's images.

    Returns
    -------
    pandas.DataFrame
        One row per unit, method and region, with `images`, the number of its images.
    """
    keys = ["method", "region", "label", "subject_id", "kin_group"]
    if unit == "image":
        return coefficients[[*keys, "sample_id", "coefficient"]].assign(images=1)
    groups = coefficients.groupby(keys, sort=False, dropna=False)["coefficient"]
    return groups.agg(coefficient="mean", images="size").reset_index()


class _Drawn:
    """Bootstrap counts of the kin groups of each class; a group keeps its count across all tests."""

    def __init__(self, coefficients: pd.DataFrame, labels: Sequence[str], bootstrap: Mapping, seed: int) -> None:
        self.group, self.level, self.of_class = bootstrap["group"], bootstrap["level"], {}
        for label in labels:
            groups = coefficients.loc[coefficients["label"] == label, self.group].unique()
            rng = seeds.generator(seed, "rq1", label)
            self.of_class[label] = Weights(groups, bootstrap["n_resamples"], rng)

    def weights(self, cell: pd.DataFrame) -> Weights:
        """Of a class's units."""
        try:
            return self.of_class[cell["label"].iloc[0]].of_groups(cell[self.group])
        except KeyError as new:
            raise InputError(
                f"RQ1: '{new.args[0]}' is explained by {cell['method'].iloc[0]} alone; rebuild the coefficients"
            ) from None

    def effect_interval(self, x: pd.DataFrame, y: pd.DataFrame) -> tuple[float, float]:
        """Interval of the rank-biserial correlation of two classes' defined coefficients."""
        x, y = x[np.isfinite(x["coefficient"])], y[np.isfinite(y["coefficient"])]
        values = x["coefficient"].to_numpy(), y["coefficient"].to_numpy()
        weights = self.weights(x), self.weights(y)
        return interval(rank_biserial_draws(*values, *weights), self.level, min(side.groups for side in weights))


def _rows(
    coefficients: pd.DataFrame, control: str, syndromes: Sequence[str], variant: Mapping, drawn: _Drawn
) -> Iterator[dict[str, object]]:
    """The tests of these methods, before their p values are corrected together with those of the others."""
    values = units(coefficients, variant["unit"])
    cells = {key: cell for key, cell in values.groupby(["method", "region", "label"], sort=False)}
    empty = values.iloc[:0]
    for method in values["method"].unique():
        for syndrome in syndromes:
            for region in values["region"].unique():
                y = cells.get((method, region, control), empty)
                x = cells.get((method, region, syndrome), empty)
                row = {"method": method, "syndrome": syndrome, "region": region, "unit": variant["unit"]}
                for name, group in (("control", y), ("syndrome", x)):
                    finite = group["coefficient"][np.isfinite(group["coefficient"])]
                    row[f"n_{name}"], row[f"images_{name}"] = len(finite), int(group["images"].sum())
                    row[f"subjects_{name}"] = group["subject_id"].nunique()
                    row[f"median_{name}"] = finite.median() if len(finite) else np.nan
                row |= compare(y["coefficient"], x["coefficient"], variant["assumption_level"])
                note, low, high = row.pop("note"), np.nan, np.nan
                if np.isfinite(row["rank_biserial"]):
                    low, high = drawn.effect_interval(x, y)
                yield row | {"rank_biserial_low": low, "rank_biserial_high": high, "note": note}


def run_tests(
    tables: Iterable[pd.DataFrame],
    *,
    control: str,
    syndromes: Sequence[str],
    variants: Mapping[str, Mapping],
    bootstrap: Mapping,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """For each variant one row per method, syndrome and region: a test with its effect sizes.

    Undefined tests carry NaN, an empty `significant` and a note.

    Parameters
    ----------
    tables : iterable of pandas.DataFrame
        Coefficients of one method after the other: those of a large cohort do not fit together. All methods explain the
        same images.
    control : str
        Label of the control class.
    syndromes : sequence of str
        Labels to compare with it; none: all.
    variants : mapping
        Name -> unit ("image" or "subject"), correction, family ("all" or "method"), alpha, assumption_level.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.

    Returns
    -------
    dict
        Variant -> table: the test, its corrected p value, effect sizes with interval, counts.

    Raises
    ------
    InputError
        For an image that two fold models explain, or a group that one method alone explains.
    """
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in variants}
    drawn: _Drawn | None = None
    for table in tables:
        if table.duplicated(["method", "sample_id", "region"]).any():
            raise InputError("RQ1: an image of the folds is explained by more than one fold's model; rebuild folds.csv")
        if drawn is None:
            chosen = read.ordered_labels(table["label"], control, syndromes)
            drawn = _Drawn(table, [control, *chosen], bootstrap, seed)
        for name, variant in variants.items():
            rows[name] += _rows(table, control, chosen, variant, drawn)
    return {name: _decide(pd.DataFrame(rows[name]), variant) for name, variant in variants.items()}


def _decide(tests: pd.DataFrame, variant: Mapping) -> pd.DataFrame:
    family = tests["method"] if variant["family"] == "method" else pd.Series("all", index=tests.index)
    tests["correction"], tests["family"] = variant["correction"], variant["family"]
    tests["family_size"] = tests["p"].groupby(family).transform("count")
    tests["p_corrected"] = tests["p"].groupby(family).transform(lambda p: correct(p.to_numpy(), variant["correction"]))
    tests["alpha"] = variant["alpha"]
    decided = [bool(p < variant["alpha"]) if np.isfinite(p) else None for p in tests["p_corrected"]]
    tests["significant"] = pd.Series(decided, dtype=object, index=tests.index)
    tests["note"] = tests.pop("note")  # last column
    return tests


def count_table(tests: pd.DataFrame, variant: Mapping) -> pd.DataFrame:
    """Table 3: number of methods with a significant test, regions in rows and syndromes in columns.

    Parameters
    ----------
    tests : pandas.DataFrame
        Tests of one variant, as from `run_tests`.
    variant : mapping
        `copy_slip` maps a column to the one printed in its place ({KS: Angelman} in the published table). It applies
        only where both columns exist.

    Returns
    -------
    pandas.DataFrame
        region, a column per syndrome, methods, unit, correction, family, family_size, alpha, note.
    """
    regions, syndromes = tests["region"].unique(), list(tests["syndrome"].unique())
    slips = {to: of for to, of in variant["copy_slip"].items() if to in syndromes and of in syndromes}
    rows = []
    for region in regions:
        row, notes = {"region": region}, []
        for syndrome in syndromes:
            shown = slips.get(syndrome, syndrome)
            cell = tests[(tests["region"] == region) & (tests["syndrome"] == shown)]
            row[syndrome] = int(cell["significant"].eq(True).sum())
            undefined = int(cell["significant"].isna().sum())
            if undefined:
                notes.append(f"{undefined} undefined in {syndrome}")
        notes += [f"column {to} repeats {of} (published copy slip)" for to, of in slips.items()]
        first = tests.iloc[0]
        row |= {"methods": tests["method"].nunique(), "unit": first["unit"], "correction": first["correction"]}
        row |= {"family": first["family"], "family_size": int(first["family_size"]), "alpha": first["alpha"]}
        rows.append(row | {"note": "; ".join(notes)})
    return pd.DataFrame(rows)


def write_table3(
    *,
    coefficient_paths: Sequence[str],
    samples_path: str,
    outputs: Mapping[str, Sequence[str]],
    tests_path: str,
    tests_tex_path: str,
    variants: Mapping[str, Mapping],
    policy: str,
    control: str,
    syndromes: Sequence[str],
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write Table 3 of every variant and all tests.

    Parameters
    ----------
    coefficient_paths : sequence of str
        coefficients/{method}.csv of each method.
    samples_path : str
        samples.csv.
    outputs : mapping
        "csv" and "tex": one path per variant, in the order of `variants`.
    tests_path : str
        All tests, CSV.
    tests_tex_path : str
        The tests of the first variant (corrected), LaTeX.
    variants : mapping
        As in `run_tests`.
    policy : str
        Policy of the coefficients.
    control : str
        Label of the control class.
    syndromes : sequence of str
        Labels to compare with it; none: all.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    """
    samples = read.load_samples(samples_path, ())
    simulated, every = read.simulated_phrase(samples), []
    tables = (table for table, _ in read.by_method(coefficient_paths, policy, "folds", samples))
    tests_of = run_tests(
        tables, control=control, syndromes=syndromes, variants=variants, bootstrap=bootstrap, seed=seed
    )
    for (name, variant), csv, tex in zip(variants.items(), outputs["csv"], outputs["tex"], strict=True):
        tests = tests_of[name]
        tests.insert(0, "variant", name)
        tests.insert(4, "policy", policy)
        table = count_table(tests, variant).assign(policy=policy, variant=name, simulated=bool(simulated))
        io.write_table(table, csv)
        io.write_text(table_text.table3_latex(table, control, simulated), tex)
        every.append(tests.assign(simulated=bool(simulated)))
    tests = pd.concat(every, ignore_index=True)
    io.write_table(tests, tests_path)
    io.write_text(table_text.tests_latex(tests, next(iter(variants)), simulated), tests_tex_path)
