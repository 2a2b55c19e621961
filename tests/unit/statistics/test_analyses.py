"""Analyses beyond the paper's tables against SciPy, statsmodels and pingouin called directly, and their odd cases."""

import re
import warnings

import numpy as np
import pandas as pd
import pingouin
import pytest
import statsmodels.formula.api as smf
from gestalt_regions.statistics import table3_rq1, table4_rq2
from gestalt_regions.statistics.analyses import (
    analysis_registry,
    marginal_model,
    permutation,
    power,
    repeated,
)
from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs
from gestalt_regions.statistics.analyses.corrections import corrections
from gestalt_regions.statistics.analyses.covariates import covariates, partial_effects
from gestalt_regions.statistics.analyses.differences import STEPS, between_share, differences3, differences4
from gestalt_regions.statistics.analyses.map_level import map_level
from gestalt_regions.statistics.toolkit.p_values import SMALLEST
from gestalt_regions.statistics.toolkit.read import annotation_counts, by_policy
from gestalt_regions.statistics.toolkit.two_sample import compare
from scipy import stats
from simulated_inputs import METHODS, write_study
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower

CORRECTED = {
    "policy": {"rq1": "absolute_minmax", "rq2": "absolute_minmax"},
    "without": [],
    "unit": "kin_group",
    "correction": "holm",
    "family": "all",
    "alpha": 0.05,
    "assumption_level": 0.05,
    "copy_slip": {},
    "correlation": "within_syndrome",
    "heldout_leak": "drop",
}
PUBLISHED = {
    "policy": {"rq1": "absolute_raw", "rq2": "absolute_minmax"},
    "without": ["GradCam"],
    "unit": "image",
    "correction": "bonferroni",
    "family": "method",
    "alpha": 0.001,
    "assumption_level": 0.05,
    "copy_slip": {"KS": "Angelman"},
    "correlation": "pooled",
    "heldout_leak": "report",
}
SETTINGS = {
    "control": "Unaffected",
    "syndromes": [],
    "bootstrap": {"n_resamples": 100, "level": 0.95, "group": "kin_group"},
    "permutations": 999,
    "power": 0.8,
    "marginal_images": 0,
    "covariates": ["age", "sex", "expression"],
    "variants": {"corrected": CORRECTED, "as_published": PUBLISHED},
}


def make(base):
    """Tables 3 and 4 of a simulated study, and the files of its analyses."""
    samples = base / "samples.csv"
    table = pd.read_csv(samples)
    rng = np.random.default_rng(8)
    table["age"], table["sex"] = rng.uniform(2, 20, len(table)).round(1), rng.choice(["female", "male"], len(table))
    table.to_csv(samples, index=False)
    paths = [base / "net/coefficients" / f"{m}.csv" for m in METHODS]
    rated = [base / "hpo_annotations.csv", base.parents[1] / "resources/hpo_terms.csv"]
    tables = base / "net/tables"
    names = {k: [tables / f"{{}}{v}.{k}" for v in ("", "_as_published")] for k in ("csv", "tex")}
    options = {"variants": SETTINGS["variants"], "bootstrap": SETTINGS["bootstrap"], "seed": 1}

    def files(table):
        return {k: [str(path).format(table) for path in of] for k, of in names.items()}

    tests = tables / "table3_tests.csv"
    table3_rq1.write_table3(
        coefficient_paths=paths,
        samples_path=samples,
        outputs=files("table3"),
        tests_path=tests,
        tests_tex_path=tables / "table3_tests.tex",
        control="Unaffected",
        syndromes=[],
        **options,
    )
    table4_rq2.write_table4(
        coefficient_paths=paths,
        samples_path=samples,
        **dict(zip(("annotations_path", "terms_path"), rated, strict=True)),
        outputs=files("table4"),
        audit_path=base / "fold_audit.csv",
        folds_path=tables / "table4_folds.csv",
        **options,
    )
    return {
        "coefficients": paths,
        "samples": samples,
        "tests": tests,
        "table4": tables / "table4.csv",
        "table4_folds": tables / "table4_folds.csv",
        "fold_audit": base / "fold_audit.csv",
        "annotations": rated[0],
        "terms": rated[1],
        "faces": base / "faces/index.csv",
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make(write_study(tmp_path_factory.mktemp("study")))


@pytest.fixture
def study(files):
    return AnalysisInputs(files, SETTINGS, 1)


@pytest.mark.parametrize("name", list(analysis_registry.ANALYSES))
def test_every_analysis_is_written_alike_twice_and_is_sound_latex(name, files, tmp_path, recwarn):
    written = []
    for turn in "ab":
        outputs = tmp_path / f"{turn}.csv", tmp_path / f"{turn}.tex"
        analysis_registry.write_analysis(
            name, files=files, **dict(zip(("csv", "tex"), outputs, strict=True)), settings=SETTINGS, seed=1
        )
        written.append([path.read_bytes() for path in outputs])
    assert written[0] == written[1] and pd.read_csv(tmp_path / "a.csv")["simulated"].all()
    text = (tmp_path / "a.tex").read_text()
    assert text.count(r"\begin{") == text.count(r"\end{") and "Simulated cohort." in text
    assert text.count("{") == text.count("}")
    inside = text.split(r"\toprule")[1].split(r"\bottomrule")[0]
    lines = [line for line in inside.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
    assert len({len(re.findall(r"(?<!\\)&", line)) for line in lines}) == 1  # as many cells in every row
    assert not re.search(r"(?<!\\)[%$#_]", inside)
    assert not [w for w in recwarn.list if issubclass(w.category, RuntimeWarning)]


def test_every_analysis_names_a_function_that_exists():
    for entry in analysis_registry.ANALYSES.values():
        module, _, name = entry.function.partition(":")
        assert callable(getattr(__import__(module, fromlist=[name]), name)) and entry.caption.endswith(".")


def test_corrections_equal_statsmodels(study):
    table = corrections(study).table
    for name in ("bonferroni", "holm", "fdr_bh"):
        flags, p = multipletests(table["p"], alpha=0.05, method=name)[:2]
        np.testing.assert_allclose(table[f"p_{name}"], p)
        assert list(table[f"significant_{name}"]) == list(flags)


def test_a_method_with_the_maps_of_another_is_counted_once_in_every_family(study, files, tmp_path):
    tests = pd.read_csv(files["tests"], keep_default_na=False, dtype=str)
    twin = tests["method"] == METHODS[1]
    for column in ("p", "p_corrected", "significant"):
        tests.loc[twin, column] = tests.loc[tests["method"] == METHODS[0], column].to_numpy()
    tests.loc[twin & (tests["variant"] == "corrected"), "same_as"] = METHODS[0]
    tests.to_csv(tmp_path / "tests.csv", index=False)
    twins = AnalysisInputs({**files, "tests": tmp_path / "tests.csv"}, SETTINGS, 1)
    assert twins.same_maps == {METHODS[1]: METHODS[0]} and study.same_maps == {}
    table = corrections(twins).table
    first = table[table["method"] == METHODS[0]]
    assert (table["family_size"] == 15 * (len(METHODS) - 1)).all()
    kept = table["method"] != METHODS[1]
    np.testing.assert_allclose(table.loc[kept, "p_holm"], multipletests(table.loc[kept, "p"], method="holm")[1])
    np.testing.assert_allclose(table.loc[~kept, "p_holm"], first["p_holm"])
    of_rq1 = power.power(twins).table.query("question == 'RQ1'")
    assert set(of_rq1["family"]) == {1, 15 * (len(METHODS) - 1)}


@pytest.mark.parametrize("ties", [False, True])
def test_exact_permutation_p_equals_scipy(ties):
    rng = np.random.default_rng(3)
    for sizes in ((4, 4), (3, 6), (5, 4)):
        x, y = (rng.integers(0, 3, n).astype(float) if ties else rng.normal(0.4, 1, n) for n in sizes)
        (chosen,) = permutation.draw_choices(len(x), sum(sizes), 10_000, rng)
        pooled = np.concatenate([x, y])
        assert permutation.is_exact(len(x), sum(sizes), 10_000) and len(chosen) == len(np.unique(chosen, axis=0))
        expected = stats.permutation_test((x, y), lambda a, b: a.mean() - b.mean(), permutation_type="independent")
        centred = pooled - pooled.mean()
        assert permutation.permutation_p(centred, len(x), chosen @ centred, True) == pytest.approx(expected.pvalue)
        ranks = stats.rankdata(pooled)
        by_u = stats.permutation_test((x, y), lambda a, b: stats.mannwhitneyu(a, b).statistic, vectorized=False)
        assert permutation.permutation_p(ranks, len(x), chosen @ ranks, True) == pytest.approx(by_u.pvalue)


def test_random_permutations_come_near_the_t_test_and_never_to_zero():
    rng = np.random.default_rng(0)
    x, y = rng.normal(0.6, 1, 25), rng.normal(0, 1, 30)
    chosen = np.concatenate(list(permutation.draw_choices(25, 55, 9999, rng)))
    assert not permutation.is_exact(25, 55, 9999) and set(chosen.sum(axis=1)) == {25}
    near, far = np.concatenate([x, y]), np.concatenate([x + 90, y])
    p = permutation.permutation_p(near, 25, chosen @ near, False)  # its standard error is 0.008
    assert p == pytest.approx(stats.ttest_ind(x, y).pvalue, abs=0.025)
    assert permutation.permutation_p(far, 25, chosen @ far, False) == pytest.approx(2 / 10_000)


def test_permutations_are_the_same_in_pieces(monkeypatch):
    whole = np.concatenate(list(permutation.draw_choices(9, 20, 300, np.random.default_rng(1))))
    monkeypatch.setattr(permutation, "BLOCK", 8 * 20 * 7)  # seven at a time
    pieces = list(permutation.draw_choices(9, 20, 300, np.random.default_rng(1)))
    assert len(pieces) == 43 and (np.concatenate(pieces) == whole).all()


def test_permutation_compares_at_alpha_not_at_the_level_of_the_assumptions(files):
    """Alpha is .2 and the assumptions are tested at .05."""
    variants = SETTINGS["variants"] | {"corrected": CORRECTED | {"alpha": 0.2}}
    result = permutation.permutation(AnalysisInputs(files, SETTINGS | {"variants": variants}, 1))
    table = result.table
    expected = (table["p"] < 0.2) == (table["p_permutation"] < 0.2)
    assert (table["agree"] == expected).all() and "Other side of 0.2" in result.shown
    assert ((table["p"] > 0.05) & (table["p"] < 0.2)).any()


def test_power_counts_the_terms_of_the_syndromes(study, files):
    table4 = pd.read_csv(files["table4"])
    assert set(table4["syndromes"]) == {5}
    table = power.power(study).table
    of_rq2 = table[(table["question"] == "RQ2") & (table["family"] == 1)]
    for row in of_rq2.itertuples():
        assert row.smallest == pytest.approx(power.smallest_rho(row.n - 4, 0.05, 0.8))  # four terms for five
        assert row.smallest > power.smallest_rho(row.n, 0.05, 0.8) and "4 terms of syndromes" in row.note
    # a partial correlation of 35 images with four covariates: Fisher's z has n - 4 - 3 = 28 in its variance
    reach = stats.norm.isf(0.025) + stats.norm.ppf(0.8)
    assert power.smallest_rho(35, 0.05, 0.8, controlled=4) == pytest.approx(np.tanh(reach * np.sqrt(1.06 / 28)))
    assert np.isnan(power.smallest_rho(7, 0.05, 0.8, controlled=4))


def test_permutations_stand_beside_every_test(study):
    many = AnalysisInputs(study.files, SETTINGS | {"permutations": 9999}, 1)
    table = permutation.permutation(many).table
    assert len(table) == 15 * len(METHODS) and (table["p_permutation"] > 0).all()
    # about 14 subjects a group: the parametric p is an approximation itself; 0.01 is the largest Monte Carlo error
    assert (table["p"] - table["p_permutation"]).abs().max() < 0.04


def test_repeated_measures_equal_pingouin(study):
    row = repeated.repeated(study).table.set_index(["kind", "method", "region"]).loc[("photos", "GradCam", "mouth")]
    data = pd.concat(study.by_method("rq2", "heldout")).query("method == 'GradCam' and region == 'mouth'")
    counts = annotation_counts(study.files["annotations"], study.files["terms"], ["mouth"])[0]
    data = data.merge(counts, on="sample_id")
    found = []
    for _, part in data.groupby("fold"):
        part = part[part["subject_id"].duplicated(keep=False)]
        ranks = part.assign(x=stats.rankdata(part["coefficient"]), y=stats.rankdata(part["mouth"]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.append(pingouin.rm_corr(ranks, "x", "y", "subject_id").iloc[0])
    assert row["rho_mean"] == pytest.approx(np.mean([f["r"] for f in found]))
    assert row["df"] == found[0]["dof"] and row["folds"] == 3
    assert row["p_median"] == pytest.approx(np.median([f.filter(like="p").iloc[0] for f in found]))


def test_one_photograph_a_subject_has_no_repeated_measures(files, tmp_path):
    table = pd.read_csv(files["samples"])
    table.assign(subject_id=table["sample_id"], kin_group="").to_csv(tmp_path / "samples.csv", index=False)
    table = repeated.repeated(AnalysisInputs(files | {"samples": tmp_path / "samples.csv"}, SETTINGS, 1)).table
    photos = table[table["kind"] == "photos"]
    assert photos["rho_mean"].isna().all() and photos["note"].str.contains("no subject has enough").all()
    assert table[table["kind"] == "regions"]["rho_mean"].notna().all()


def test_marginal_model_is_least_squares_with_errors_of_kin_groups(study):
    table = marginal_model.marginal(study).table.set_index("term")
    data, notes = marginal_model.model_data(study)
    assert notes == [] and (table["p"] > 0).all()
    direct = smf.ols("value ~ C(group, Treatment('Unaffected')) * C(region) + C(method)", data).fit()
    np.testing.assert_allclose(table["estimate"], direct.params)
    x, kin = direct.model.exog, data["kin_group"].to_numpy()
    bread, meat = np.linalg.inv(x.T @ x), 0
    for group in np.unique(kin):  # Mancl and DeRouen: residuals of a fit without the kin group
        own = x[kin == group]
        left = np.linalg.solve(np.eye(len(own)) - own @ bread @ own.T, direct.resid[kin == group])
        meat = meat + np.outer(own.T @ left, own.T @ left)
    np.testing.assert_allclose(table["se"], np.sqrt(np.diag(bread @ meat @ bread)))
    df = len(np.unique(kin)) - data["group"].nunique()
    assert set(table["df"]) == {df}
    np.testing.assert_allclose(table["p"], 2 * stats.t.sf(np.abs(table["estimate"] / table["se"]), df))
    low, high = stats.t.interval(0.95, df, table["estimate"], table["se"])
    np.testing.assert_allclose(table[["low", "high"]].T, [low, high])


def test_marginal_model_of_a_large_cohort_takes_some_subjects_whole(study):
    whole, said = marginal_model.model_data(study)
    part, drawn = marginal_model.model_data(AnalysisInputs(study.files, SETTINGS | {"marginal_images": 40}, 1))
    assert said == [] and "drawn at random" in drawn[0]
    rows = whole[whole["subject"].isin(part["subject"].unique())].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.reset_index(drop=True), rows)
    of_folds = study.samples[study.samples["split"] != "heldout"]
    assert 30 < of_folds["subject_id"].isin(part["subject"].unique()).sum() <= 40
    limited = marginal_model.marginal(AnalysisInputs(study.files, SETTINGS | {"marginal_images": 40}, 1))
    assert drawn[0] in limited.notes


def planted(rng, effect=0.0, subjects=14):
    """Subjects of two classes, whose regions differ by subject: 2 regions, 6 methods; `effect` on KS x nose."""
    index = pd.MultiIndex.from_product([range(subjects), ["eyes", "nose"], list("ABCDEF")])
    data = index.to_frame(index=False).set_axis(["subject", "region", "method"], axis=1)
    place, nose = data["subject"].to_numpy(), (data["region"] == "nose").to_numpy()
    data = data.assign(group=np.where(place % 2, "KS", "Unaffected"), kin_group=place, subject=place.astype(str))
    value = effect * (place % 2) * nose + rng.normal(0, 0.3, (subjects, 2))[place, nose.astype(int)]
    return data.assign(value=value + rng.normal(0, 0.2, subjects)[place] + rng.normal(0, 0.2, len(data)))


def test_marginal_model_finds_what_was_put_in():
    table, df = marginal_model.effects(planted(np.random.default_rng(0), effect=0.8, subjects=60), "Unaffected")
    row = table.set_index("term").loc["group KS : region nose"]
    assert df == 58 and row["low"] < 0.8 < row["high"] and row["estimate"] == pytest.approx(0.8, abs=0.3)


def test_five_in_a_hundred_true_null_hypotheses_are_rejected():
    """Class x region, where regions differ by subject: an intercept for each subject rejects far more."""
    rng, clustered, intercepts = np.random.default_rng(5), [], []
    for trial in range(200):
        data = planted(rng)
        table, _ = marginal_model.effects(data, "Unaffected")
        clustered.append(table.set_index("term")["p"]["group KS : region nose"] < 0.05)
        if trial < 50:  # in a balanced design the test of a mixed model with a random intercept
            data["both"] = ((data["group"] == "KS") & (data["region"] == "nose")).astype(float)
            fitted = smf.ols("value ~ both + C(subject) + C(region) + C(method)", data).fit()
            intercepts.append(fitted.pvalues["both"] < 0.05)
    assert 0.004 < np.mean(clustered) < 0.096  # three standard errors of 200 trials
    assert np.mean(intercepts) > 0.15


def test_marginal_model_that_cannot_be_fitted_says_so(study, monkeypatch):
    data, _ = marginal_model.model_data(study)
    for changed, reason in (
        (data.assign(value=1.0), "all coefficients are equal"),
        (data[data["group"] != "Unaffected"], "fewer than 3 kin groups of Unaffected"),
        (data.assign(kin_group=data["group"]), "too few kin groups"),
    ):
        monkeypatch.setattr(marginal_model, "model_data", lambda _, changed=changed: (changed, []))
        result = marginal_model.marginal(study)
        assert reason in result.table["note"].iloc[0] and np.isnan(result.table["p"].iloc[0])
        assert reason in result.notes[0]


def test_marginal_model_leaves_classes_of_few_kin_groups_out(files, tmp_path):
    table = pd.read_csv(files["samples"])
    table["kin_group"] = table["subject_id"].where(table["label"] != "WS", "one family")
    table.to_csv(tmp_path / "samples.csv", index=False)
    result = marginal_model.marginal(AnalysisInputs(files | {"samples": tmp_path / "samples.csv"}, SETTINGS, 1))
    assert "Left out, fewer than 3 kin groups: WS." in result.notes
    assert not result.table["term"].str.contains("WS").any() and result.table["term"].str.contains("KS").any()


def test_power_equals_statsmodels_and_finds_its_own_effect():
    assert power.smallest_d(15, 20, 0.05, 0.8) == pytest.approx(
        TTestIndPower().solve_power(nobs1=15, ratio=20 / 15, alpha=0.05, power=0.8)
    )
    rho = power.smallest_rho(60, 0.05, 0.8, variance=1.0)
    rng = np.random.default_rng(0)
    draws = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], (4000, 60))
    found = np.mean([stats.pearsonr(d[:, 0], d[:, 1]).pvalue < 0.05 for d in draws[:1500]])
    assert found == pytest.approx(0.8, abs=0.04)  # 0.01 is the standard error of 1,500 trials
    assert np.isnan(power.smallest_d(2, 20, 0.05, 0.8)) and np.isnan(power.smallest_rho(3, 0.05, 0.8))


def test_covariates_equal_statsmodels_and_missing_ones_are_named(study):
    result = covariates(study)
    assert "no (varying) expression" in " ".join(result.notes)
    row = result.table.query("method == 'Gradient' and syndrome == 'WS' and region == 'nose'").set_index("term")
    data = pd.concat(study.by_method("rq1", "folds")).query("method == 'Gradient' and region == 'nose'")
    data = data[data["label"].isin(["WS", "Unaffected"])].merge(study.samples[["sample_id", "age", "sex"]])
    data = data.assign(male=(data["sex"] == "male").astype(float), group=(data["label"] == "WS").astype(float))
    if (study.samples["sex"] == "male").sum() >= (study.samples["sex"] == "female").sum():
        data["male"] = 1 - data["male"]  # the more frequent value is the reference
    data = data.groupby("subject_id")[["coefficient", "age", "male", "group"]].mean().reset_index()
    data["z"] = data["coefficient"] / data["coefficient"].std()
    cluster = {"groups": np.unique(data["subject_id"], return_inverse=True)[1]}
    direct = smf.ols("z ~ group + age + male", data).fit(cov_type="cluster", cov_kwds=cluster, use_t=True)
    assert (row.loc["group", "estimate"], row.loc["group", "p"]) == pytest.approx(
        (direct.params["group"], direct.pvalues["group"])
    )
    t = smf.ols("z ~ group + age + male", data).fit().tvalues["group"]
    assert row.loc["group", "partial_r"] == pytest.approx(t / np.sqrt(t**2 + len(data) - 4))


def test_a_confounder_takes_the_difference_away():
    rng = np.random.default_rng(1)
    age = rng.uniform(0, 20, 80)
    group = (age + rng.normal(0, 3, 80) > 10).astype(float)
    y = 0.3 * age + rng.normal(0, 1, 80)
    kin = np.arange(80).astype(str)
    alone = partial_effects(y, pd.DataFrame({"group": group}), kin).iloc[0]
    held = partial_effects(y, pd.DataFrame({"group": group, "age": age}), kin).iloc[0]
    assert alone["p"] < 1e-6 and held["p"] > 0.01 and abs(held["estimate"]) < 0.4 * alone["estimate"]


@pytest.mark.parametrize(
    ("y", "x", "reason"),
    [
        (np.ones(20), {"group": np.arange(20) % 2}, "all coefficients are equal"),
        (np.arange(6.0), {"group": np.arange(6) % 2}, "degrees of freedom"),
        (np.arange(20.0), {"group": np.arange(20) % 2, "age": 3 * (np.arange(20) % 2)}, "determine each other"),
    ],
)
def test_what_cannot_be_adjusted_is_explained(y, x, reason):
    assert reason in partial_effects(y, pd.DataFrame(x).astype(float), np.arange(len(y)).astype(str))


def test_differences_of_table_3_lead_from_one_table_to_the_other(study, files):
    table = differences3(study).table
    folder = files["tests"].parent
    printed, own = (pd.read_csv(folder / f"table3{v}.csv").set_index("region") for v in ("_as_published", ""))
    for cell in table.itertuples():
        assert cell.printed == printed.loc[cell.region, cell.syndrome]
        assert cell.corrected == own.loc[cell.region, cell.syndrome]
        steps = [int(n) for n in re.findall(r"([+-]\d+): ", str(cell.why))]
        assert cell.printed + sum(steps) == cell.corrected
        assert cell.changed or not steps
    assert list(table.columns[5 : 5 + len(STEPS)]) == list(STEPS)
    for step, which in (("scale", {"policy": CORRECTED["policy"]}), ("methods", {})):
        variants = {"step": PUBLISHED | {"without": []} | which}
        tables = by_policy(files["coefficients"], ["absolute_raw", "absolute_minmax"], "folds", study.samples)
        who = {"control": "Unaffected", "syndromes": []}
        tests = table3_rq1.run_tests(tables, **who, variants=variants, bootstrap=None, seed=1)["step"]
        counts = tests.groupby(["region", "syndrome"])["significant"].apply(lambda s: s.eq(True).sum())
        assert table.set_index(["region", "syndrome"])[step].to_dict() == counts.to_dict()
    slipped = table[(table["syndrome"] == "KS") & (table["printed"] != table["copy slip"])]
    assert slipped["why"].str.contains("repeats that of Angelman").all()


def test_the_level_of_the_whole_map_is_found_from_any_region(study, tmp_path):
    """Maps of WS are three times as large; one region of one image has no coefficient, and is not needed."""
    rng, paths = np.random.default_rng(2), []
    for path in study.files["coefficients"]:
        table = pd.read_csv(path)
        part = table[table["policy"] == "absolute_sum"]
        people = part[["sample_id", "fold", "label"]].drop_duplicates()
        people["level"] = rng.uniform(1, 2, len(people)) * np.where(people["label"] == "WS", 3, 1)
        level = part.merge(people, on=["sample_id", "fold", "label"], validate="many_to_one")["level"].to_numpy()
        raw = part.assign(policy="absolute_raw", coefficient=part["coefficient"].to_numpy() * level)
        raw.iloc[0, raw.columns.get_loc("coefficient")] = np.nan
        paths.append(tmp_path / path.name)
        pd.concat([part, raw]).to_csv(paths[-1], index=False)
    result = map_level(AnalysisInputs({**study.files, "coefficients": paths}, SETTINGS, 1))
    table = result.table.set_index(["method", "syndrome"])
    kin = people.merge(study.samples, on="sample_id").query("split == 'folds'")
    means = kin.groupby(["label_x", "kin_group", "subject_id"])["level"].mean().groupby(level=[0, 1]).mean()
    expected = compare(means["Unaffected"], means["WS"])
    assert table.loc[(METHODS[-1], "WS"), "p"] == pytest.approx(expected["p"])
    assert (table.xs("WS", level="syndrome")["significant"] == True).all()  # noqa: E712
    assert (table.xs("KS", level="syndrome")["p"] > 1e-3).all()
    for name in SETTINGS["variants"]:
        tests = study.tests_of(name)
        assert table[f"significant_{name}"].sum() == tests["significant"].eq(True).sum()
    without = AnalysisInputs({**study.files, "coefficients": [tmp_path / "none.csv"]}, SETTINGS, 1)
    pd.read_csv(paths[0]).query("policy == 'absolute_raw'").to_csv(tmp_path / "none.csv", index=False)
    assert map_level(without).table.empty and "absolute_sum" in map_level(without).notes[0]


def test_differences_of_table_4(study, files):
    table = differences4(study).table
    printed = pd.read_csv(files["tests"].parent / "table4_as_published.csv")
    np.testing.assert_allclose(table["printed"], printed["rho_mean"])
    np.testing.assert_allclose(table["corrected"], pd.read_csv(files["table4"])["rho_mean"])
    groups = np.repeat(list("ab"), 5)
    assert between_share(np.repeat([1.0, 2.0], 5), groups) == 1
    values = np.arange(10.0) % 4
    fitted = smf.ols("v ~ g", pd.DataFrame({"v": stats.rankdata(values), "g": groups})).fit()
    assert between_share(values, groups) == pytest.approx(fitted.rsquared) and fitted.rsquared > 0.01
    assert between_share(values, np.full(10, "a")) == 0
    assert between_share(np.array([1.0, 2.0]), np.array(["a", "b"])) == 1
    assert np.isnan(between_share(np.ones(10), groups))


def test_undefined_tests_are_explained_everywhere(tmp_path):
    """A class without any coefficient in one region: every analysis still runs and gives no star for it."""
    base = write_study(tmp_path, per_class=6, heldout=2)
    for method in METHODS:
        path = base / "net/coefficients" / f"{method}.csv"
        table = pd.read_csv(path)
        table.loc[(table["label"] == "WS") & (table["region"] == "nose"), "coefficient"] = np.nan
        table.loc[table["region"] == "eyes", "coefficient"] = 1.5
        table.to_csv(path, index=False)
    study = AnalysisInputs(make(base), SETTINGS, 1)
    table = corrections(study).table
    undefined = table[(table["region"] == "eyes") | ((table["syndrome"] == "WS") & (table["region"] == "nose"))]
    assert undefined.filter(like="significant").isna().all(axis=None) and (undefined["note"] != "").all()
    assert len(undefined) == 6 * len(METHODS)
    table = permutation.permutation(study).table
    assert table[table["p"].isna()]["p_permutation"].isna().all()
    eyes = covariates(study).table.query("region == 'eyes'")
    assert eyes["p"].isna().all() and eyes["note"].str.contains("not fitted").all()
    for name in analysis_registry.ANALYSES:
        analysis_registry.write_analysis(
            name, files=study.files, csv=tmp_path / "x.csv", tex=tmp_path / "x.tex", settings=SETTINGS, seed=1
        )


def test_no_p_value_is_zero_where_everything_agrees(tmp_path):
    """Regions of which each is far higher in one class: p is far below what a float can hold, or nothing is left."""
    base = write_study(tmp_path, per_class=40, heldout=4)
    for method in METHODS:
        path = base / "net/coefficients" / f"{method}.csv"
        table = pd.read_csv(path)
        far = (table["label"] == "WS").astype(float) * 1e9
        table["coefficient"] = table["coefficient"] * 1e-3 + 1 + far
        table.to_csv(path, index=False)
    study = AnalysisInputs(make(base), SETTINGS, 1)
    assert study.tests["p"].min() < 1e-10
    assert repeated._p_value(1.0, 5) == repeated._p_value(-1.0, 5) == SMALLEST
    for name in analysis_registry.ANALYSES:
        module, _, function = analysis_registry.ANALYSES[name].function.partition(":")
        table = getattr(__import__(module, fromlist=[function]), function)(study).table
        p_values = table.filter(regex=r"^p(_|$)|_p(_|$)").select_dtypes("number")
        assert not (p_values == 0).any(axis=None), name
