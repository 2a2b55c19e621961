"""A method that repeats another is found by its coefficients, and counts once in corrections."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.evaluation.summary.ranking import with_repeated
from gestalt_regions.statistics.same_maps import read_same_maps, said, same_maps, write_same_maps
from gestalt_regions.statistics.table3_rq1 import _decide, correct

POLICIES = ["absolute_raw", "absolute_minmax"]


def written(folder, **methods):
    """Coefficient files: name -> values by policy, of 4 images and 3 regions."""
    keys = [(f"s{i}", "1", region) for i in range(4) for region in ("eyes", "nose", "mouth")]
    paths = []
    for name, by_policy in methods.items():
        parts = [
            pd.DataFrame(keys, columns=["sample_id", "fold", "region"]).assign(policy=policy, coefficient=values)
            for policy, values in by_policy.items()
        ]
        paths.append(str(folder / f"{name}.csv"))
        pd.concat(parts).to_csv(paths[-1], index=False)
    return paths


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(1)
    gradient = {policy: rng.random(12) for policy in POLICIES}
    gradient["absolute_minmax"][3] = np.nan  # a flat map
    turned = {policy: values * (1 + 1e-7) for policy, values in gradient.items()}
    scaled = {"absolute_raw": 2 * gradient["absolute_raw"], "absolute_minmax": gradient["absolute_minmax"]}
    other = {policy: rng.random(12) for policy in POLICIES}
    signed = {"signed_raw": rng.random(12)}
    return written(tmp_path, Gradient=gradient | signed, Other=other, Turned=turned | signed, Scaled=scaled)


def test_a_method_with_the_maps_of_another_under_every_shown_policy_is_found(paths, tmp_path, caplog):
    assert same_maps(paths, POLICIES) == {"Turned": "Gradient"}
    assert same_maps(paths, ["absolute_minmax"]) == {"Turned": "Gradient", "Scaled": "Gradient"}
    write_same_maps(paths, str(tmp_path / "same.csv"), policies=POLICIES)
    assert read_same_maps(tmp_path / "same.csv") == {"Turned": "Gradient"}
    assert "Turned has the coefficients of Gradient" in caplog.text
    write_same_maps(paths[:2], str(tmp_path / "none.csv"), policies=POLICIES)
    assert read_same_maps(tmp_path / "none.csv") == {} and said({}) == []


def made_tests(p):
    """Tests of three methods in two regions."""
    rows = [
        {"method": m, "syndrome": "KS", "region": r, "p": p[m][k], "note": ""}
        for m in p
        for k, r in enumerate(("eyes", "nose"))
    ]
    return pd.DataFrame(rows)


def test_a_method_that_repeats_another_counts_once_in_the_family():
    p = {"Gradient": [0.01, 0.03], "Other": [0.02, 0.5], "Turned": [0.01, 0.03]}
    variant = {"without": [], "family": "all", "correction": "holm", "alpha": 0.05}
    once = _decide(made_tests(p), variant, {"Turned": "Gradient"}).set_index("method")
    expected = correct(np.array([0.01, 0.03, 0.02, 0.5]), "holm")
    assert once.loc[["Gradient", "Other"], "p_corrected"].tolist() == pytest.approx(expected.tolist())
    assert once.loc["Turned", "p_corrected"].tolist() == once.loc["Gradient", "p_corrected"].tolist()
    assert once.loc["Turned", "significant"].tolist() == once.loc["Gradient", "significant"].tolist()
    assert (once["family_size"] == 4).all() and once.loc["Turned", "note"].eq("the maps of Gradient").all()
    twice = _decide(made_tests(p), variant, {}).set_index("method")
    assert twice.loc["Gradient", "p_corrected"].iloc[0] > once.loc["Gradient", "p_corrected"].iloc[0]
    without = _decide(made_tests(p), variant | {"without": ["Gradient"]}, {"Turned": "Gradient"})
    assert set(without["method"]) == {"Other", "Turned"} and (without["family_size"] == 4).all()


def test_the_ranks_of_a_repeated_method_are_named_and_not_ranked_twice():
    rows = [
        ("Gradient", "minmax", 1.0),
        ("Other", "minmax", 2.0),
        ("Gradient", "signed", 2.0),
        ("Other", "signed", 1.0),
    ]
    table = pd.DataFrame(rows, columns=["method", "policy", "rank"])
    whole = with_repeated(table, {"Turned": "Gradient"})
    assert whole.loc[whole["same_as"] == "", ["method", "policy", "rank"]].equals(table)
    repeated = whole[whole["same_as"] != ""]
    assert repeated[["method", "same_as", "policy", "rank"]].values.tolist() == [["Turned", "Gradient", "minmax", 1.0]]
