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
    assert "Simulated raters" in (tmp_path / "raters.tex").read_text()
