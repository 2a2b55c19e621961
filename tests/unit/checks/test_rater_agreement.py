"""The table of the simulated raters: counts, rates near the stated ones, and kappa as defined."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.checks import rater_agreement
from gestalt_regions.cohort.simulated.people.raters import rate
from gestalt_regions.cohort.simulated.people.recipes import Recipe, Term
from gestalt_regions.statistics.toolkit import bootstrap

BOOTSTRAP = {"n_resamples": 100, "level": 0.95, "group": "kin_group"}
RECIPES = {"KS": Recipe("KS", "", tuple(Term(name, "", "eyes", 1, {"a": 1}, {}) for name in ("Ptosis", "Long face")))}


def marks(each, strength=0.6, n=120):
    config = {"half_seen": 0.4, "false_alarm": 0.1, "terms": {}, "each": each}
    table = rate(1, [(f"k{i}", "KS", {"Ptosis": strength} if i % 2 else {}) for i in range(n)], RECIPES, config)
    subject = table["sample_id"].str.removeprefix("k").astype(int) // 2
    return table.assign(subject_id=subject, kin_group=subject)


def test_kappa_is_fleiss_own_and_undefined_without_variation():
    # Fleiss (1971): P_i of 3 raters is 1 where they agree and 1/3 where they do not; here P = 2/3, p = 1/2, P_e = 1/2
    assert rater_agreement.kappa(np.array([[1, 1, 1], [0, 0, 0], [1, 1, 0], [0, 0, 1]])) == pytest.approx(
        (2 / 3 - 1 / 2) / (1 / 2)
    )
    assert rater_agreement.kappa(np.array([[1, 1, 1], [0, 0, 0]])) == 1
    assert np.isnan(rater_agreement.kappa(np.zeros((5, 3), int))) and np.isnan(
        rater_agreement.kappa(np.zeros((0, 3), int))
    )


@pytest.mark.parametrize("raters", [2, 3])
def test_kappa_of_resamples_is_that_of_statsmodels(raters):
    rng = np.random.default_rng(2)
    made = (rng.random((12, raters)) < rng.random((12, 1))).astype(int)
    weights = rng.multinomial(12, np.full(12, 1 / 12), size=60).astype(float)
    weights[0] = np.arange(12) == made.sum(axis=1).argmax()  # marks of one kind, if all raters agree there
    expected = [rater_agreement.kappa(np.repeat(made, times.astype(int), axis=0)) for times in weights]
    np.testing.assert_allclose(rater_agreement._kappas(made, weights), expected)
    assert np.isnan(rater_agreement._kappas(np.ones((4, raters), int), np.ones((2, 4)))).all()
    assert np.isnan(rater_agreement._kappas(made[:, :1], weights)).all()


def test_icc_is_that_of_the_mean_squares_and_undefined_without_variation(recwarn):
    made = np.array([[1, 1, 1], [0, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [0, 0, 0]], float)
    n, k = made.shape
    rows = k * made.mean(axis=1).var(ddof=1)
    columns = n * made.mean(axis=0).var(ddof=1)
    error = (made.var() * n * k - rows * (n - 1) - columns * (k - 1)) / ((n - 1) * (k - 1))
    one = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)  # McGraw and Wong 1996, table 4
    mean = (rows - error) / (rows + (columns - error) / n)
    assert rater_agreement.icc(made) == pytest.approx((one, mean))
    assert rater_agreement.icc(np.array([[1, 1], [0, 0], [1, 1]])) == pytest.approx((1, 1))
    for undefined in (np.ones((5, 3)), np.zeros((0, 3)), made[:, :1], made[:1]):
        assert np.isnan(rater_agreement.icc(undefined)).all()
    assert not [w for w in recwarn.list if issubclass(w.category, RuntimeWarning)]


def test_icc_of_a_large_cohort_takes_some_images(monkeypatch):
    made, asked = marks([{}, {}, {}], n=30), []
    monkeypatch.setattr(rater_agreement, "ICC_IMAGES", 7)
    monkeypatch.setattr(rater_agreement, "icc", lambda items: asked.append(len(items)) or (0.5, 0.7))
    table = rater_agreement.rater_table(made, bootstrap=BOOTSTRAP, seed=1)
    assert asked == [2 * 7]  # seven images with two terms
    assert table.loc[0, ["icc", "icc_mean"]].tolist() == [0.5, 0.7] and table["icc"].notna().sum() == 1


def test_realised_rates_are_beside_the_stated_ones():
    made = marks([{}, {}, {"half_seen": 5.0}])
    table = rater_agreement.rater_table(made, bootstrap=BOOTSTRAP, seed=1)
    assert list(table.columns) == [c for c in rater_agreement.COLUMNS if c != "simulated"]
    table = table.set_index(["term", "rater"])
    assert table.loc[("all", "all"), ["images", "shown", "not_shown"]].tolist() == [120, 180, 540]
    own = made[(made["term"] == "Ptosis") & (made["strength"] > 0)][["rater_1", "rater_2", "rater_3"]].to_numpy()
    assert table.loc[("Ptosis", "all"), "marked_shown"] == own.sum()
    assert table.loc[("Ptosis", "all"), "sensitivity"] == pytest.approx(own.mean())
    for rater in "12":
        row = table.loc[("all", rater)]
        assert row["sensitivity_low"] <= row["sensitivity_stated"] <= row["sensitivity_high"]
    assert table.loc[("all", "3"), "sensitivity"] < table.loc[("all", "1"), "sensitivity"] - 0.3
    never = table.loc[("Long face", "all")]
    assert never["shown"] == 0 and np.isnan(never["sensitivity"]) and np.isnan(never["sensitivity_stated"])
    assert never["kappa_low"] < 0.1  # false alarms of independent raters
    assert table.loc[("Ptosis", "all"), "kappa"] > never["kappa"]


def test_the_table_is_the_same_a_block_of_resamples_at_a_time(monkeypatch):
    made = marks([{}, {}, {}], n=20)
    whole = rater_agreement.rater_table(made, bootstrap=BOOTSTRAP, seed=1)
    monkeypatch.setattr(bootstrap, "BLOCK", 8 * 40 * 3)  # three resamples of twenty photos with two terms
    pd.testing.assert_frame_equal(rater_agreement.rater_table(made, bootstrap=BOOTSTRAP, seed=1), whole, rtol=1e-12)


def test_files_in_files_out(tmp_path):
    made = marks([{}, {}, {}], n=20)
    made.drop(columns=["subject_id", "kin_group"]).to_csv(tmp_path / "marks.csv", index=False)
    labels = made.drop_duplicates("sample_id")[["sample_id", "subject_id", "kin_group"]]
    labels.to_csv(tmp_path / "plan.csv", index=False)
    names = ("marks.csv", "plan.csv", "raters.csv", "raters.tex")
    rater_agreement.write_rater_table(
        **dict(
            zip(("marks_path", "labels_path", "csv_path", "tex_path"), (tmp_path / name for name in names), strict=True)
        ),
        bootstrap=BOOTSTRAP,
        seed=1,
    )
    table = pd.read_csv(tmp_path / "raters.csv")
    assert table["simulated"].all() and set(table["term"]) == {"all", "Ptosis", "Long face"}
    text = (tmp_path / "raters.tex").read_text()
    assert "Simulated raters" in text and f"one rater {table['icc'][0]:.3f}" in text
