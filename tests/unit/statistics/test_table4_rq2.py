"""RQ2 against SciPy and pingouin called directly, its bootstrap and its undefined cases."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.folds.assign import AUDIT
from gestalt_regions.statistics import table4_rq2
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.toolkit.spearman import resampled, single_spearman, spearman, weighted_ranks
from scipy import stats
from simulated_inputs import METHODS, write_study

POLICY = {"policy": {"rq2": "absolute_minmax"}}
VARIANTS = {
    "corrected": POLICY | {"correlation": "within_syndrome", "heldout_leak": "drop"},
    "as_published": POLICY | {"correlation": "pooled", "heldout_leak": "report"},
}
BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    groups = rng.choice(list("abcd"), 60)
    y = rng.integers(0, 5, 60).astype(float) + (groups == "a") * 3
    return rng.normal(size=60) + 0.3 * y, y, groups


def test_pooled_equals_scipy(data):
    x, y, _ = data
    assert spearman(x, y)[0] == pytest.approx(stats.spearmanr(x, y).statistic)


def test_within_equals_partial_correlation_with_dummies(data):
    x, y, groups = data
    frame = pd.DataFrame({"x": x, "y": y}).join(pd.get_dummies(pd.Series(groups), drop_first=True, dtype=float))
    expected = pingouin.partial_corr(frame, "x", "y", covar=["b", "c", "d"], method="spearman")
    assert spearman(x, y, groups=groups)[0] == pytest.approx(expected["r"].iloc[0], abs=1e-9)


@pytest.mark.parametrize("ranked_within", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_one_sample_equals_the_resamples_own(data, grouped, ranked_within):
    """What a table prints is pingouin's, its interval is of vectorised code: both are the same statistic."""
    x, y, groups = data
    of = groups if grouped else None
    within = ranked_within and grouped
    single = single_spearman(x, y, of, ranked_within=within)
    assert single == pytest.approx(spearman(x, y, groups=of, ranked_within=within)[0], abs=1e-9)
    with_ties = np.round(x)
    single = single_spearman(with_ties, y, of, ranked_within=within)
    assert single == pytest.approx(spearman(with_ties, y, groups=of, ranked_within=within)[0], abs=1e-9)


def test_one_sample_is_undefined_where_the_resamples_are(recwarn):
    x, y, groups = np.arange(6.0), np.array([1.0, 1, 2, 2, 3, 3]), np.array(list("aabbcc"))
    assert single_spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert np.isnan(single_spearman(x, y, groups)) and np.isnan(single_spearman(x[:2], y[:2]))
    assert np.isnan(single_spearman(np.ones(6), y)) and np.isnan(single_spearman(np.zeros(0), np.zeros(0), groups[:0]))
    assert single_spearman(x, y[::-1] + x, np.full(6, "a")) == pytest.approx(spearman(x, y[::-1] + x)[0])
    y = np.array([1.0, 2, 5, 4, 3, 7])  # as many groups as leave no degree of freedom for a test
    assert single_spearman(x, y, groups) == pytest.approx(spearman(x, y, groups=groups)[0], abs=1e-9)
    assert single_spearman(x[:3], y[:3], groups[:3]) == pytest.approx(spearman(x[:3], y[:3], groups=groups[:3])[0])
    assert not [w for w in recwarn.list if issubclass(w.category, RuntimeWarning)]


def test_weights_equal_repeated_images(data):
    x, y, groups = data
    weights = Weights(groups, 4, np.random.default_rng(0))[:] * np.arange(1, 61) % 3
    for kind in (None, groups):
        found = spearman(x, y, weights, kind)
        for row, value in zip(weights.astype(int), found, strict=True):
            again = None if kind is None else np.repeat(kind, row)
            assert value == pytest.approx(spearman(np.repeat(x, row), np.repeat(y, row), groups=again)[0])
    row = weights[0].astype(int)
    ranks = np.repeat(weighted_ranks(y, weights)[0], row)
    np.testing.assert_allclose(ranks, stats.rankdata(np.repeat(y, row)))


def test_differences_between_syndromes_alone_do_not_count_within():
    groups = np.repeat(list("abc"), 20)
    offset = np.repeat([0.0, 10.0, 20.0], 20)
    rng = np.random.default_rng(1)
    x, y = offset + rng.normal(size=60), offset + rng.normal(size=60)
    assert spearman(x, y)[0] > 0.8
    assert abs(spearman(x, y, groups=groups)[0]) < 0.4
    assert np.isnan(spearman(x, offset, groups=groups)[0])


def test_weights_keep_groups_together():
    weights = Weights(["k", "k", "l", "m"], 50, np.random.default_rng(0))[:]
    assert (weights[:, 0] == weights[:, 1]).all() and (weights[:, 1:].sum(axis=1) == 3).all()


def test_interval_needs_most_resamples():
    assert interval(np.r_[np.full(20, np.nan), np.arange(80.0)], 0.95, 30) == pytest.approx(
        (np.nan, np.nan), nan_ok=True
    )
    low, high = interval(np.arange(101.0), 0.9, 30)
    assert (low, high) == pytest.approx((5, 95))


def run(base, folder, **changes):
    files = {kind: [folder / f"{name}.{kind}" for name in VARIANTS] for kind in ("csv", "tex")}
    coefficients = [base / "net" / "coefficients" / f"{m}.csv" for m in METHODS]
    terms = base.parents[1] / "resources" / "hpo_terms.csv"
    table4_rq2.write_table4(
        coefficient_paths=coefficients,
        samples_path=base / "samples.csv",
        annotations_path=base / "hpo_annotations.csv",
        terms_path=terms,
        outputs=files,
        folds_path=folder / "folds.csv",
        audit_path=base / "fold_audit.csv",
        variants=VARIANTS,
        bootstrap=BOOTSTRAP | changes,
        seed=1,
    )
    return pd.read_csv(files["csv"][0]), pd.read_csv(files["csv"][1]), pd.read_csv(folder / "folds.csv")


def test_tables_equal_a_direct_computation(tmp_path):
    base = write_study(tmp_path)
    corrected, published, folds = run(base, tmp_path)
    method = METHODS[1]
    table = pd.read_csv(base / "net" / "coefficients" / f"{method}.csv")
    annotations = pd.read_csv(base / "hpo_annotations.csv").assign(count=lambda t: t["Wide mouth"] + t["Long philtrum"])
    rhos = []
    for fold in (1, 2, 3):
        part = table[(table.set == "heldout") & (table.fold == fold) & (table.region == "mouth")]
        joined = part[part.policy == "absolute_minmax"].merge(annotations, on="sample_id")
        rhos.append(stats.spearmanr(joined["coefficient"], joined["count"]).statistic)
    row = published[(published.method == method) & (published.region == "mouth")].iloc[0]
    assert (row.rho_mean, row.rho_sd) == pytest.approx((np.mean(rhos), np.std(rhos, ddof=1)))
    assert row.n == 40 and row.folds == 3 and row.rho_low < row.rho_mean < row.rho_high
    beside = corrected[(corrected.method == method) & (corrected.region == "mouth")].iloc[0]
    assert beside.pooled_mean == pytest.approx(row.rho_mean) and beside.correlation == "within_syndrome"
    assert len(folds) == (3 + 1) * 3 * 3 * len(METHODS)  # corrected has two others beside


def test_families_on_both_sides_of_the_border_are_left_out_of_the_corrected_table_alone(tmp_path):
    """One held-out image of a family is named in the audit; the family's other image goes with it."""
    base = write_study(tmp_path)
    before = run(base, tmp_path)
    samples = pd.read_csv(base / "samples.csv")
    held = samples[samples["split"] == "heldout"]
    kin = held["kin_group"].value_counts().index[0]
    family = held.loc[held["kin_group"] == kin, "sample_id"]
    other = held.loc[held["kin_group"] != kin, "sample_id"].iloc[0]  # dropped from the folds already: no leak is left
    folds = samples.loc[samples["split"] == "folds", "sample_id"]
    rows = [("heldout", "kin_group", kin, "heldout;1", 2, f"{family.iloc[0]};{folds.iloc[3]}", "reported")]
    rows += [("heldout", "subject", "p", "heldout;dropped", 2, f"{other};{folds.iloc[4]}", "dropped")]
    rows += [("folds", "image", "p", "1;2", 2, f"{folds.iloc[5]};{folds.iloc[6]}", "reported")]
    pd.DataFrame(rows, columns=AUDIT).to_csv(base / "fold_audit.csv", index=False)
    corrected, published, folds = run(base, tmp_path)
    assert len(family) > 1 and set(read.leaked_images(base / "fold_audit.csv", samples)) == set(family)
    pd.testing.assert_frame_equal(published, before[1])
    assert (corrected["left_out"] == len(family)).all() and (published["left_out"] == 0).all()
    assert (corrected["n"] == before[0]["n"] - len(family)).all()
    assert (corrected["groups"] == before[0]["groups"] - 1).all()
    n = folds.groupby("variant")["n"].unique()
    assert n["as_published"] - n["corrected"] == len(family)


def test_ranks_within_a_syndrome_equal_a_direct_computation_and_know_nothing_of_the_others(data):
    x, y, groups = data
    frame = pd.DataFrame({"x": x, "y": y, "group": groups})
    places = frame.groupby("group")[["x", "y"]].rank()
    places = (places - 0.5) / frame.groupby("group")[["x"]].transform("size").to_numpy()[:, None]
    centred = places - places.groupby(groups).transform("mean")
    rho = spearman(x, y, groups=groups, ranked_within=True)[0]
    assert rho == pytest.approx(np.corrcoef(centred["x"], centred["y"])[0, 1])
    apart = x + 100 * np.unique(groups, return_inverse=True)[1]
    assert spearman(apart, y, groups=groups, ranked_within=True)[0] == pytest.approx(rho)
    assert spearman(apart, y, groups=groups)[0] != pytest.approx(rho, abs=1e-3)


def test_ranks_within_a_syndrome_are_resampled_as_repeated_images(data):
    x, y, groups = data
    weights = Weights(groups, 4, np.random.default_rng(0))[:] * np.arange(1, 61) % 3
    drawn = resampled({"x": x}, y, weights, {"partial": groups, "within": groups}, ["within"])
    for k, row in enumerate(weights.astype(int)):
        again = [np.repeat(values, row) for values in (x, y, groups)]
        assert drawn["within"]["x"][k] == pytest.approx(spearman(*again[:2], groups=again[2], ranked_within=True)[0])
        assert drawn["partial"]["x"][k] == pytest.approx(spearman(*again[:2], groups=again[2])[0])


def test_constant_or_missing_annotations_are_explained(tmp_path):
    base = write_study(tmp_path)
    path = base / "hpo_annotations.csv"
    table = pd.read_csv(path)
    table["Bulbous nose"] = 2
    table.drop(columns=["Ptosis", "Epicanthus"]).to_csv(path, index=False)
    corrected, published, _ = run(base, tmp_path)
    for result in (corrected, published):
        notes = result.set_index("region")["note"]
        assert notes["nose"].str.contains("number of annotations does not vary").all()
        assert notes["eyes"].str.contains("no annotated HPO term").all()
        assert result[result.region != "mouth"]["rho_mean"].isna().all()


def test_a_cohort_without_annotations_gets_an_empty_explained_table(tmp_path):
    base = write_study(tmp_path)
    path = base / "hpo_annotations.csv"
    pd.read_csv(path).iloc[:0].to_csv(path, index=False)
    corrected, _, _ = run(base, tmp_path)
    assert corrected["rho_mean"].isna().all() and corrected["note"].str.contains("no annotated held-out images").all()


def test_an_unknown_term_is_named(tmp_path):
    base = write_study(tmp_path)
    path = base / "hpo_annotations.csv"
    pd.read_csv(path).rename(columns={"Ptosis": "Ptosiss"}).to_csv(path, index=False)
    with pytest.raises(InputError, match="did you mean Ptosis"):
        read.annotation_counts(path, base.parents[1] / "resources" / "hpo_terms.csv", ["eyes"])
