"""RQ1, Table 3: do region coefficients tell a syndrome from unaffected faces? (Sümer et al. 2023, section 5.1)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from pandas.core.groupby import SeriesGroupBy

from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError
from gestalt_regions.statistics.same_maps import read_same_maps
from gestalt_regions.statistics.toolkit import read, table_text
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, rank_biserial_draws
from gestalt_regions.statistics.toolkit.p_values import correct
from gestalt_regions.statistics.toolkit.separated import separated_interval
from gestalt_regions.statistics.toolkit.two_sample import compare

APART = "the classes lie apart: interval by Newcombe (2006)"


def units(coefficients: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The values to test, taken as independent.

    An undefined coefficient (an empty region) is left out of its subject's mean, and a subject without any out of its
    family's. A family with members in two classes is a unit of each.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        method, region, label, subject_id, kin_group, sample_id, coefficient.
    unit : {"image", "subject", "kin_group"}
        One row per image; the mean over a subject's images; or the mean over the subjects of a kin group.

    Returns
    -------
    pandas.DataFrame
        One row per unit, method and region: `coefficient`, and of method, region, label, kin_group, subject_id and
        sample_id those that are the same in all of a unit.
    """
    keys = ["method", "region", "label", "kin_group"]
    if unit == "image":
        return coefficients[[*keys, "subject_id", "sample_id", "coefficient"]]
    subjects = coefficients.groupby([*keys, "subject_id"], sort=False, dropna=False)["coefficient"].mean().reset_index()
    if unit == "subject":
        return subjects
    return subjects.groupby(keys, sort=False, dropna=False)["coefficient"].mean().reset_index()


class _Drawn:
    """Bootstrap counts of the groups of each class; a group keeps its count across all tests."""

    def __init__(
        self, coefficients: pd.DataFrame, labels: Sequence[str], unit: str, bootstrap: Mapping, seed: int
    ) -> None:
        group = "kin_group" if unit == "kin_group" else bootstrap["group"]
        self.group, self.level, self.of_class = group, bootstrap["level"], {}
        for label in labels:
            groups = coefficients.loc[coefficients["label"] == label, group].unique()
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

    def effect_interval(self, x: pd.DataFrame, y: pd.DataFrame) -> tuple[float, float, str]:
        """Interval of the rank-biserial correlation of two classes' defined coefficients, and a note on how."""
        x, y = x[np.isfinite(x["coefficient"])], y[np.isfinite(y["coefficient"])]
        values = x["coefficient"].to_numpy(), y["coefficient"].to_numpy()
        weights = self.weights(x), self.weights(y)
        draws, groups = rank_biserial_draws(*values, *weights), [side.groups for side in weights]
        low, high = interval(draws, self.level, min(groups))
        if high > low or np.isnan(low):
            return low, high, ""
        if abs(draws[0]) < 1:
            return np.nan, np.nan, "no interval: all resamples are equal"
        return *separated_interval(draws[0], groups[0], groups[1], self.level), APART


def _rows(
    coefficients: pd.DataFrame, control: str, syndromes: Sequence[str], variant: Mapping, drawn: _Drawn | None
) -> Iterator[dict[str, object]]:
    """The tests of one method, before their p values are corrected together with those of the others."""
    keys, policy, unit = ["region", "label"], variant["policy"]["rq1"], variant["unit"]
    values = units(coefficients, unit)
    cells = {key: cell for key, cell in values.groupby(keys, sort=False)}
    counts = coefficients.groupby(keys, sort=False)
    images, subjects = counts.size(), counts["subject_id"].nunique()
    empty, method = values.iloc[:0], coefficients["method"].iloc[0]
    for syndrome in syndromes:
        for region in values["region"].unique():
            y, x = cells.get((region, control), empty), cells.get((region, syndrome), empty)
            row = {"method": method, "syndrome": syndrome, "region": region, "policy": policy, "unit": unit}
            for name, label, group in (("control", control, y), ("syndrome", syndrome, x)):
                finite = group["coefficient"][np.isfinite(group["coefficient"])]
                row[f"n_{name}"], row[f"images_{name}"] = len(finite), int(images.get((region, label), 0))
                row[f"subjects_{name}"] = int(subjects.get((region, label), 0))
                row[f"median_{name}"] = finite.median() if len(finite) else np.nan
            row |= compare(y["coefficient"], x["coefficient"], variant["assumption_level"])
            note, low, high, how = row.pop("note"), np.nan, np.nan, ""
            if drawn is not None and np.isfinite(row["rank_biserial"]):
                low, high, how = drawn.effect_interval(x, y)
            note = join_notes(note, how)
            yield row | {"rank_biserial_low": low, "rank_biserial_high": high, "note": note}


def policies(variants: Mapping[str, Mapping]) -> list[str]:
    """The coefficient policies that RQ1 tests.

    Parameters
    ----------
    variants : mapping
        As in `run_tests`.

    Returns
    -------
    list of str
        Those of all variants, each once.
    """
    return list(dict.fromkeys(variant["policy"]["rq1"] for variant in variants.values()))


def run_tests(
    tables: Iterable[Mapping[str, pd.DataFrame]],
    *,
    control: str,
    syndromes: Sequence[str],
    variants: Mapping[str, Mapping],
    bootstrap: Mapping | None,
    seed: int,
    same: Mapping[str, str] | None = None,
) -> dict[str, pd.DataFrame]:
    """For each variant one row per method, syndrome and region: a test with its effect sizes.

    Undefined tests carry NaN, an empty `significant` and a note.

    Parameters
    ----------
    tables : iterable of mapping
        Coefficients by policy of one method after the other: those of a large cohort do not fit together. All methods
        explain the same images.
    control : str
        Label of the control class.
    syndromes : sequence of str
        Labels to compare with it; none: all.
    variants : mapping
        Name -> policy (of RQ1), without (methods that are left out, as far as others are left), unit ("image",
        "subject" or "kin_group"), correction, family ("all" or "method"), alpha, assumption_level.
    bootstrap : mapping or None
        n_resamples, level, group (whole kin groups are drawn where they are the unit); None: without intervals.
    seed : int
        Seed of the study.
    same : mapping of str to str, optional
        Method -> the one whose maps it repeats: the two count once in a family of all methods.

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
    drawn: dict[str, _Drawn | None] = {}
    for of_policy in tables:
        table = next(iter(of_policy.values()))
        if table.duplicated(["sample_id", "region"]).any():
            raise InputError("RQ1: an image of the folds is explained by more than one fold's model; rebuild folds.csv")
        if not drawn:
            chosen = read.ordered_labels(table["label"], control, syndromes)
        for name, variant in variants.items():
            unit = variant["unit"]
            if unit not in drawn:
                drawn[unit] = _Drawn(table, [control, *chosen], unit, bootstrap, seed) if bootstrap else None
            rows[name] += _rows(of_policy[variant["policy"]["rq1"]], control, chosen, variant, drawn[unit])
    return {name: _decide(pd.DataFrame(rows[name]), variant, same or {}) for name, variant in variants.items()}


def _decide(tests: pd.DataFrame, variant: Mapping, same: Mapping[str, str]) -> pd.DataFrame:
    """The tests of a variant with their corrected p values, and which are significant.

    A method that repeats another (same) is not in the family of all methods, and has the corrected p of the other.
    """
    kept = ~tests["method"].isin(variant["without"])
    tests = tests[kept].reset_index(drop=True) if kept.any() else tests
    tests["correction"], tests["family"] = variant["correction"], variant["family"]
    there, whole = set(tests["method"]), variant["family"] == "all"
    twins = {method: twin for method, twin in same.items() if {method, twin} <= there and whole}
    tests["same_as"] = [twins.get(method, "") for method in tests["method"]]
    tests["family_size"] = _counted(tests, variant["family"]).transform("count")
    tests["p_corrected"] = corrected_p(tests, variant)
    for method, twin in twins.items():
        notes = tests.loc[tests["method"] == twin, "note"]
        tests.loc[tests["method"] == method, "note"] = [join_notes(f"the maps of {twin}", note) for note in notes]
    tests["alpha"] = variant["alpha"]
    decided = [bool(p < variant["alpha"]) if np.isfinite(p) else None for p in tests["p_corrected"]]
    tests["significant"] = pd.Series(decided, dtype=object, index=tests.index)
    tests["note"] = tests.pop("note")  # last column
    return tests


def _counted(tests: pd.DataFrame, family: str) -> SeriesGroupBy:
    """The p values of each family; NaN for a method that repeats another."""
    by = tests["method"] if family == "method" else pd.Series("all", index=tests.index)
    return tests["p"].where(tests["same_as"] == "").groupby(by)


def corrected_p(tests: pd.DataFrame, variant: Mapping) -> pd.Series:
    """Corrected p values of some tests.

    Parameters
    ----------
    tests : pandas.DataFrame
        method, p and same_as: the method whose maps it repeats, or "". A repeated one is not in the family, and has the
        corrected p of the other.
    variant : mapping
        correction and family.

    Returns
    -------
    pandas.Series
        Of the index of `tests`.
    """
    counted = _counted(tests, variant["family"])
    corrected = counted.transform(lambda p: correct(p.to_numpy(), variant["correction"]))
    for method, twin in tests.loc[tests["same_as"] != "", ["method", "same_as"]].drop_duplicates().to_numpy():
        corrected[tests["method"] == method] = corrected[tests["method"] == twin].to_numpy()
    return corrected


def join_notes(*notes: str) -> str:
    """Notes as one.

    Parameters
    ----------
    *notes : str
        Each; empty ones are left out.

    Returns
    -------
    str
        With semicolons between.
    """
    return "; ".join(filter(None, notes))


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
        region, a column per syndrome, methods, unit, correction, family, family_size, alpha, note, policy.
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
        rows.append(row | {"note": "; ".join(notes), "policy": first["policy"]})
    return pd.DataFrame(rows)


def write_table3(
    *,
    coefficient_paths: Sequence[str],
    samples_path: str,
    outputs: Mapping[str, Sequence[str]],
    tests_path: str,
    tests_tex_path: str,
    variants: Mapping[str, Mapping],
    control: str,
    syndromes: Sequence[str],
    bootstrap: Mapping,
    seed: int,
    same_path: str = "",
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
    control : str
        Label of the control class.
    syndromes : sequence of str
        Labels to compare with it; none: all.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    same_path : str
        Which methods repeat another (`same_maps`); "": none.
    """
    samples = read.load_samples(samples_path, ())
    simulated, every = read.simulated_phrase(samples), []
    tables = read.by_policy(coefficient_paths, policies(variants), "folds", samples)
    tests_of = run_tests(
        tables,
        control=control,
        syndromes=syndromes,
        variants=variants,
        bootstrap=bootstrap,
        seed=seed,
        same=read_same_maps(same_path) if same_path else {},
    )
    for (name, variant), csv, tex in zip(variants.items(), outputs["csv"], outputs["tex"], strict=True):
        tests = tests_of[name]
        tests.insert(0, "variant", name)
        table = count_table(tests, variant).assign(variant=name, simulated=bool(simulated))
        io.write_table(table, csv)
        io.write_text(table_text.table3_latex(table, control, simulated), tex)
        every.append(tests.assign(simulated=bool(simulated)))
    tests = pd.concat(every, ignore_index=True)
    io.write_table(tests, tests_path)
    io.write_text(table_text.tests_latex(tests, next(iter(variants)), simulated), tests_tex_path)
