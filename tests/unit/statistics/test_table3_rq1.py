"""RQ1 against SciPy and statsmodels called directly, its corrections, variants and undefined cases."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.statistics import table3_rq1
from gestalt_regions.statistics.toolkit import read, two_sample
from gestalt_regions.statistics.toolkit.p_values import SMALLEST, bounded, correct
from gestalt_regions.statistics.toolkit.two_sample import compare
from scipy import stats
from simulated_inputs import METHODS, write_study
from statsmodels.stats.multitest import multipletests

CORRECTED = {
    "unit": "subject",
    "correction": "holm",
    "family": "all",
    "alpha": 0.05,
    "assumption_level": 0.05,
    "copy_slip": {},
}
PUBLISHED = CORRECTED | {
    "unit": "image",
    "correction": "bonferroni",
    "family": "method",
    "alpha": 0.001,
    "copy_slip": {"KS": "Angelman"},
}
BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}
RNG = np.random.default_rng(3)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def coefficients(study):
    paths = [study / "net" / "coefficients" / f"{m}.csv" for m in METHODS]
    samples = read.load_samples(study / "samples.csv")
    return pd.concat([table for table, _ in read.by_method(paths, "absolute_raw", "folds", samples)])


def run(coefficients, variant):
    tables = (table for _, table in coefficients.groupby("method", sort=False))
    return table3_rq1.run_tests(
        tables, control="Unaffected", syndromes=[], variants={"this": variant}, bootstrap=BOOTSTRAP, seed=1
    )["this"]


def test_normal_groups_get_the_t_test():
    y, x = stats.norm.ppf((np.arange(30) + 0.5) / 30), stats.norm.ppf((np.arange(25) + 0.5) / 25) + 1
    row = compare(y, x)
    expected = stats.ttest_ind(x, y)
    assert row["test"] == "t-test"
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert row["shapiro_p_syndrome"] == pytest.approx(stats.shapiro(x).pvalue)
    assert row["shapiro_p_control"] == pytest.approx(stats.shapiro(y).pvalue)
    pooled = (24 * x.var(ddof=1) + 29 * y.var(ddof=1)) / 53
    assert row["cohens_d"] == pytest.approx((x.mean() - y.mean()) / pooled**0.5) and row["cohens_d"] > 0
    assert row["rank_biserial"] == pytest.approx(np.sign(x[:, None] - y).mean())


@pytest.mark.parametrize(
    ("y", "x"),
    [
        (RNG.exponential(1, 30), RNG.exponential(2, 40)),  # not normal
        (
            stats.norm.ppf((np.arange(40) + 0.5) / 40),
            9 * stats.norm.ppf((np.arange(40) + 0.5) / 40),
        ),  # variances differ
        (RNG.integers(0, 3, 30).astype(float), RNG.integers(1, 4, 30).astype(float)),  # ties
    ],
)
def test_other_groups_get_mann_whitney(y, x):
    row = compare(y, x)
    expected = stats.mannwhitneyu(x, y)
    assert row["test"] == "Mann-Whitney U"
    assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert row["rank_biserial"] == pytest.approx(np.sign(x[:, None] - y).mean())
    assert row["levene_p"] == pytest.approx(stats.levene(x, y).pvalue)


@pytest.mark.parametrize(
    ("y", "x", "note"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], "fewer than 3 values"),
        ([], [], "fewer than 3 values"),
        ([2.0] * 5, [2.0] * 6, "all values are equal"),
        ([np.nan] * 5, [1.0, 2.0, 3.0], "5 undefined coefficients left out"),
    ],
)
def test_what_cannot_be_tested_is_nan_with_a_note(y, x, note, recwarn):
    row = compare(np.array(y), np.array(x))
    assert np.isnan(row["p"]) and row["test"] == "none" and note in row["note"]
    assert not recwarn.list


def test_one_constant_group_is_still_compared(recwarn):
    row = compare(np.full(8, 1.0), np.arange(8) + 2.0)
    assert row["test"] == "Mann-Whitney U" and row["p"] < 0.01 and "constant" in row["note"]
    assert not recwarn.list


@pytest.mark.parametrize("method", ["holm", "bonferroni", "fdr_bh", "fdr_by", "none"])
def test_corrections_equal_statsmodels_and_leave_undefined_tests_out(method):
    p = np.array([0.01, 0.2, np.nan, 0.03, 0.0001])
    expected, defined = p.copy(), np.isfinite(p)
    if method != "none":
        expected[defined] = multipletests(p[defined], method=method)[1]
    np.testing.assert_allclose(correct(p, method), expected)
    assert np.isnan(correct(np.full(3, np.nan), method)).all() and correct(np.zeros(0), method).shape == (0,)


def test_a_p_value_below_what_a_float_can_hold_is_a_bound():
    y, x = stats.norm.ppf((np.arange(60) + 0.5) / 60), stats.norm.ppf((np.arange(50) + 0.5) / 50) + 1e9
    assert stats.ttest_ind(x, y).pvalue == 0
    assert compare(y, x)["test"] == "t-test" and compare(y, x)["p"] == SMALLEST
    np.testing.assert_array_equal(bounded(np.array([0, 1e-320, 0.5, np.nan])), [SMALLEST, SMALLEST, 0.5, np.nan])


def test_large_groups_are_compared_without_all_their_differences(monkeypatch):
    y, x = RNG.integers(0, 30, 80).astype(float), RNG.integers(5, 40, 70).astype(float)
    few = two_sample.mann_whitney(x, y)
    monkeypatch.setattr(two_sample, "PAIRS", 10)
    monkeypatch.setattr("pingouin.mwu", None)
    assert two_sample.mann_whitney(x, y) == pytest.approx(few)


def test_families(coefficients):
    corrected, published = run(coefficients, CORRECTED), run(coefficients, PUBLISHED)
    assert set(corrected["family_size"]) == {len(METHODS) * 15} and set(published["family_size"]) == {15}
    expected = multipletests(corrected["p"].to_numpy(), method="holm")[1]
    np.testing.assert_allclose(corrected["p_corrected"], expected)
    one = published[published["method"] == METHODS[0]]
    np.testing.assert_allclose(one["p_corrected"], np.minimum(1, 15 * one["p"]))
    assert (published["significant"] == (published["p_corrected"] < 0.001)).all()


def test_subject_unit_averages_images_first(coefficients):
    tests = run(coefficients, CORRECTED)
    row = tests[(tests.method == METHODS[0]) & (tests.syndrome == "WS") & (tests.region == "nose")].iloc[0]
    part = coefficients[(coefficients.method == METHODS[0]) & (coefficients.region == "nose")]
    means = part.groupby(["label", "subject_id"])["coefficient"].mean()
    expected = compare(means["Unaffected"], means["WS"])
    assert row["p"] == pytest.approx(expected["p"])
    assert row["n_syndrome"] == row["subjects_syndrome"] < row["images_syndrome"] == 24
    assert row["rank_biserial_low"] <= row["rank_biserial"] <= row["rank_biserial_high"]


def test_copy_slip_repeats_a_column_only_where_both_exist(coefficients):
    tests = run(coefficients, PUBLISHED)
    honest = table3_rq1.count_table(tests, PUBLISHED | {"copy_slip": {}})
    slipped = table3_rq1.count_table(tests, PUBLISHED)
    assert list(slipped["KS"]) == list(honest["Angelman"]) and list(slipped["WS"]) == list(honest["WS"])
    assert slipped["note"].str.contains("KS repeats Angelman").all()
    without = table3_rq1.count_table(tests[tests["syndrome"] != "Angelman"], PUBLISHED)
    assert list(without["KS"]) == list(honest["KS"]) and (without["note"] == "").all()


def test_undefined_tests_are_no_stars_and_leave_the_family(coefficients):
    broken = coefficients.copy()
    broken.loc[(broken.region == "nose") & (broken.label == "WS"), "coefficient"] = np.nan
    tests = run(broken, CORRECTED)
    undefined = tests[tests["p"].isna()]
    assert len(undefined) == len(METHODS) and undefined["significant"].isna().all() and (undefined["note"] != "").all()
    assert set(tests["family_size"]) == {len(METHODS) * 14}
    table = table3_rq1.count_table(tests, CORRECTED).set_index("region")
    assert table.loc["nose", "WS"] == 0 and f"{len(METHODS)} undefined in WS" in table.loc["nose", "note"]


def test_input_errors_name_the_cause(study, coefficients, tmp_path):
    samples = read.load_samples(study / "samples.csv")
    path = study / "net" / "coefficients" / f"{METHODS[0]}.csv"
    with pytest.raises(InputError, match="absolute_raw"):
        read.load_coefficients(path, "absolut_raw", "folds", samples)
    with pytest.raises(InputError, match=r"statistics\.control"):
        read.ordered_labels(coefficients["label"], "Unafected")
    with pytest.raises(InputError, match=r"not in samples\.csv"):
        read.load_coefficients(path, "absolute_raw", "folds", samples.iloc[50:])
    table = pd.read_csv(path)
    pd.concat([table, table.iloc[:1]]).to_csv(tmp_path / "Gradient.csv", index=False)
    with pytest.raises(InputError, match="more than once"):
        read.load_coefficients(tmp_path / "Gradient.csv", "absolute_raw", "folds", samples)


def test_run_writes_the_same_bytes_twice(study, tmp_path):
    paths = [study / "net" / "coefficients" / f"{m}.csv" for m in METHODS]
    written = []
    for turn in "ab":
        files = {kind: [tmp_path / f"{turn}{i}.{kind}" for i in range(2)] for kind in ("csv", "tex")}
        variants = {"corrected": CORRECTED, "as_published": PUBLISHED}
        options = {
            "policy": "absolute_raw",
            "control": "Unaffected",
            "syndromes": [],
            "bootstrap": BOOTSTRAP,
            "seed": 1,
        }
        table3_rq1.write_table3(
            coefficient_paths=paths,
            samples_path=study / "samples.csv",
            outputs=files,
            tests_path=tmp_path / f"{turn}.csv",
            tests_tex_path=tmp_path / f"{turn}.tex",
            variants=variants,
            **options,
        )
        written.append(
            [p.read_bytes() for p in [*files["csv"], *files["tex"], tmp_path / f"{turn}.csv", tmp_path / f"{turn}.tex"]]
        )
    assert written[0] == written[1]
    table = pd.read_csv(tmp_path / "a0.csv")
    assert list(table["region"]) == ["eyes", "nose", "mouth"] and table["simulated"].all()
