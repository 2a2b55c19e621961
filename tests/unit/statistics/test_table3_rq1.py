"""RQ1 against SciPy and statsmodels called directly, its corrections, variants and undefined cases."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.statistics import table3_rq1
from gestalt_regions.statistics.toolkit import read, two_sample
from gestalt_regions.statistics.toolkit.p_values import SMALLEST, bounded, correct
from gestalt_regions.statistics.toolkit.separated import separated_interval
from gestalt_regions.statistics.toolkit.two_sample import compare
from scipy import stats
from simulated_inputs import METHODS, write_study
from statsmodels.stats.multitest import multipletests

CORRECTED = {
    "policy": {"rq1": "absolute_minmax", "rq2": "absolute_minmax"},
    "without": [],
    "unit": "kin_group",
    "correction": "holm",
    "family": "all",
    "alpha": 0.05,
    "assumption_level": 0.05,
    "copy_slip": {},
}
PUBLISHED = CORRECTED | {
    "policy": {"rq1": "absolute_raw", "rq2": "absolute_minmax"},
    "without": ["GradCam"],
    "unit": "image",
    "correction": "bonferroni",
    "family": "method",
    "alpha": 0.001,
    "copy_slip": {"KS": "Angelman"},
}
RAW_AND_MINMAX = ("absolute_raw", "absolute_minmax")
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
    """The tests of one variant; all its policies have these coefficients."""
    tables = (dict.fromkeys(RAW_AND_MINMAX, table) for _, table in coefficients.groupby("method", sort=False))
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


def test_multiplying_all_maps_of_one_class_changes_no_corrected_count():
    """Scaled maps of one class: what scales each map to itself sees no difference, the raw coefficients do."""
    rng, people = np.random.default_rng(4), 12
    raw, minmax, density = (f"absolute_{scale}" for scale in ("raw", "minmax", "sum"))
    scales = {name: {"sign": "absolute", "scale": name.split("_")[1]} for name in (raw, minmax, density)}
    regions = np.repeat(np.arange(4), 16).reshape(8, 8)
    labels = np.repeat(["WS", "KS", "Unaffected"], people)
    shown = np.ones((len(labels), 8, 8))
    shown[labels == "WS", 4:6] = 3  # a nose that WS alone shows
    maps = shown * rng.uniform(0.5, 1.5, shown.shape)
    variants = {"corrected": CORRECTED, "as_published": PUBLISHED | {"copy_slip": {}}}
    variants["absolute_sum"] = CORRECTED | {"policy": {"rq1": density}}

    def counts(factor):
        scaled = np.where((labels == "KS")[:, None, None], factor * maps, maps)
        values = np.stack([image_coefficients(np.stack([m, m]), regions, 3, scales)[0] for m in scaled])
        rows = [
            ("GuidedBackprop", label, f"p{i}", f"p{i}", f"p{i}", region, policy, values[i, k, r])
            for i, label in enumerate(labels)
            for k, policy in enumerate(scales)
            for r, region in enumerate(("eyes", "nose", "mouth"))
        ]
        names = ["method", "label", "sample_id", "subject_id", "kin_group", "region", "policy", "coefficient"]
        table = pd.DataFrame(rows, columns=names)
        tests = table3_rq1.run_tests(
            [dict(list(table.groupby("policy")))],
            control="Unaffected",
            syndromes=[],
            variants=variants,
            bootstrap=BOOTSTRAP,
            seed=1,
        )
        return {name: table3_rq1.count_table(tests[name], variants[name]).set_index("region") for name in variants}

    before, after = counts(1), counts(3)
    for name in ("corrected", "absolute_sum"):
        pd.testing.assert_frame_equal(after[name], before[name])
        assert before[name].loc["nose", "WS"] == 1
    assert before["as_published"]["KS"].sum() == 0 and after["as_published"]["KS"].sum() == 3


def test_siblings_are_no_independent_values(coefficients):
    """A copy of every subject as a sibling changes no p; taken as independent, it makes p smaller."""
    twins = coefficients.assign(
        sample_id=coefficients["sample_id"].astype(str) + "-twin",
        subject_id=coefficients["subject_id"].astype(str) + "-twin",
    )
    both = pd.concat([coefficients, twins], ignore_index=True)
    alone, together = run(coefficients, CORRECTED), run(both, CORRECTED)
    np.testing.assert_allclose(together["p"], alone["p"])
    assert (together["n_syndrome"] == alone["n_syndrome"]).all()
    assert (together["subjects_syndrome"] == 2 * alone["subjects_syndrome"]).all()
    as_subjects = CORRECTED | {"unit": "subject"}
    assert run(both, as_subjects)["p"].median() < run(coefficients, as_subjects)["p"].median()


def test_a_family_is_the_mean_of_its_subjects_not_of_their_images():
    names = ["method", "region", "label", "subject_id", "kin_group", "sample_id", "coefficient"]
    rows = [("m", "nose", "WS", "a", "f", f"a{i}", 1.0) for i in range(3)]
    rows += [("m", "nose", "WS", "b", "f", "b0", 4.0), ("m", "nose", "WS", "b", "f", "b1", np.nan)]
    values = table3_rq1.units(pd.DataFrame(rows, columns=names), "kin_group")
    assert values["coefficient"].tolist() == [2.5] and values["kin_group"].tolist() == ["f"]


def test_as_published_leaves_out_what_the_published_code_did_not_run(coefficients):
    fourteen, fifteen = run(coefficients, PUBLISHED), run(coefficients, PUBLISHED | {"without": []})
    assert set(METHODS) - set(fourteen["method"]) == {"GradCam"} and set(fifteen["method"]) == set(METHODS)
    expected = fifteen[fifteen["method"] != "GradCam"].reset_index(drop=True)
    pd.testing.assert_frame_equal(fourteen, expected)
    assert (table3_rq1.count_table(fourteen, PUBLISHED)["methods"] == len(METHODS) - 1).all()
    alone = coefficients[coefficients["method"] == "GradCam"]
    assert set(run(alone, PUBLISHED)["method"]) == {"GradCam"}  # a study that has no other keeps it


def test_classes_that_lie_apart_have_an_interval_with_a_width(coefficients):
    apart = coefficients.copy()
    apart["coefficient"] += 100.0 * (apart["label"] == "WS") - 100.0 * (apart["label"] == "KS")
    tests = run(apart, CORRECTED).set_index("syndrome")
    for syndrome, sign in (("WS", 1), ("KS", -1)):
        of = tests.loc[syndrome]
        assert (of["rank_biserial"] == sign).all() and of["note"].str.contains("Newcombe").all()
        low, high = of["rank_biserial_low"], of["rank_biserial_high"]
        assert (low < high).all() and (np.maximum(sign * low, sign * high) == 1).all()
    assert not run(coefficients, CORRECTED)["note"].str.contains("Newcombe").all()


@pytest.mark.parametrize(("n", "m"), [(10, 10), (12, 30), (200, 100)])
def test_the_bound_of_separated_groups_is_as_far_from_1_as_its_own_error_allows(n, m):
    low, high = separated_interval(1, n, m, 0.95)
    area, size = (low + 1) / 2, (n + m) / 2 - 1
    variance = area * (1 - area) * (1 + size * (1 - area) / (2 - area) + size * area / (1 + area)) / (n * m)
    assert high == 1 and (1 - area) ** 2 == pytest.approx(stats.norm.isf(0.025) ** 2 * variance)
    assert separated_interval(-1, n, m, 0.95) == (-1, -low) and separated_interval(1, 2 * n, m, 0.95)[0] > low


def test_subject_unit_averages_images_first(coefficients):
    tests = run(coefficients, CORRECTED | {"unit": "subject"})
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
