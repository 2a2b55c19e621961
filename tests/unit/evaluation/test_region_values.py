"""Region values beside what rendering shows: planted values whose distance and order are known."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.evaluation.summary.region_values import COVERED, MEASURES, mean_of_others, write_region_values

REGIONS = ["eyes", "nose", "mouth"]
BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}


@pytest.fixture
def study(tmp_path):
    """Thirty recognised faces of two classes; drops differ by region, class and face."""
    rng = np.random.default_rng(3)
    rows = []
    for i in range(30):
        label = "KS" if i % 2 else "NS"
        for k, region in enumerate(REGIONS):
            logit = (3 - k if label == "KS" else k) + rng.normal()
            keys = {"sample_id": f"s{i}", "fold": "1", "subject_id": f"p{i}", "kin_group": f"f{i}", "target": label}
            rows.append({**keys, "region": region, "logit": logit, "probability": logit / 10})
    table = pd.DataFrame(rows).assign(network="trained", recognised=1, region_set="paper")
    other = table.assign(recognised=0, logit=100.0, sample_id="w" + table["sample_id"])
    folder = tmp_path / "pairs"
    folder.mkdir()

    def write(name, **columns):
        whole = pd.concat([table.assign(**columns), other.assign(**{key: 0.0 for key in columns})])
        whole.to_csv(folder / f"{name}.csv", index=False)

    write("Right", signed_raw=table["logit"], absolute_minmax=table["logit"])
    write("High", signed_raw=table["logit"] + 2, absolute_minmax=0.0)
    write("Ranks", signed_raw=-table["logit"], absolute_minmax=10 * table["logit"])
    untrained = pd.read_csv(folder / "Right.csv").assign(network="untrained", signed_raw=0.25)
    pd.concat([pd.read_csv(folder / "Right.csv"), untrained]).to_csv(folder / "Right.csv", index=False)
    for prior in ("RegionPrior", "ClassPrior"):
        write(prior, prior_logit_signed=table["region"].map({"eyes": 3.0, "nose": 2.0, "mouth": 1.0}))
    drops = table[["sample_id", "fold", "target", "region"]].assign(set="folds", way="blur", probability=0.0)
    drops = drops.assign(label=drops["target"], predicted=drops["target"], logit=table["logit"] - 1)
    drops.to_csv(tmp_path / "drops.csv", index=False)
    samples = table.drop_duplicates("sample_id").assign(image="x.png", label="KS", split="folds", simulated=True)
    samples.to_csv(tmp_path / "samples.csv", index=False)

    stored = table.assign(row=0, set="folds", label=table["target"], towards="Unaffected", value=table["logit"])
    stored = stored.assign(low=stored["value"] - 1, high=stored["value"] + np.where(table["region"] == "nose", -0.5, 1))
    stored.to_csv(tmp_path / "Right_values.csv", index=False)

    def run():
        write_region_values(
            [str(path) for path in sorted(folder.glob("*.csv"))],
            str(tmp_path / "drops.csv"),
            str(tmp_path / "samples.csv"),
            str(tmp_path / "out.csv"),
            values=[str(tmp_path / "Right_values.csv")],
            folds=["1"],
            policies=["signed_raw", "absolute_minmax"],
            in_logits=["Right", "High"],
            controls=[],
            bootstrap=BOOTSTRAP,
            seed=1,
        )
        return pd.read_csv(tmp_path / "out.csv", keep_default_na=False, na_values=[""])

    run.table = table
    return run


def value(told, name, measure, policy="signed_raw", network="trained"):
    rows = told[(told["name"] == name) & (told["measure"] == measure) & (told["network"] == network)]
    rows = rows[rows["policy"].fillna("") == policy]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_truth_itself_has_no_error_and_all_of_the_order(study):
    told = study()
    assert set(told["measure"]) == {*MEASURES, COVERED}
    for measure, expected in (("pooled", 1), ("within_face", 1), ("within_class_region", 1), ("error", 0), ("bias", 0)):
        row = value(told, "Right", measure)
        assert row["value"] == pytest.approx(expected, abs=1e-12)
        assert (row["images"], row["groups"]) == (30, 30)


def test_a_value_that_is_two_logits_too_high_has_the_order_and_that_error(study):
    told = study()
    assert value(told, "High", "pooled")["value"] == pytest.approx(1)
    assert value(told, "High", "error")["value"] == pytest.approx(2)
    assert value(told, "High", "bias")["value"] == pytest.approx(2)


def test_a_method_without_a_unit_is_judged_by_order_under_every_policy(study):
    told = study()
    assert value(told, "Ranks", "pooled")["value"] == pytest.approx(-1)
    assert value(told, "Ranks", "pooled", "absolute_minmax")["value"] == pytest.approx(1)
    assert "error" not in set(told[told["name"] == "Ranks"]["measure"])


def test_the_usual_fill_nothing_and_the_untrained_network_stand_beside(study):
    told = study()
    assert value(told, "blur", "bias", "")["value"] == pytest.approx(-1)
    expected = study.table.groupby("sample_id")["logit"].apply(lambda drops: drops.abs().mean()).mean()
    assert value(told, "nothing", "error", "")["value"] == pytest.approx(expected)
    low, high = value(told, "nothing", "error", "")[["low", "high"]]
    assert low < expected < high
    assert value(told, "Right", "bias", network="untrained")["value"] == pytest.approx(
        (0.25 - study.table["logit"]).mean()
    )


def test_methods_that_explain_other_faces_are_not_compared(study, tmp_path):
    path = tmp_path / "pairs" / "Ranks.csv"
    pd.read_csv(path).query("sample_id != 's3'").to_csv(path, index=False)
    with pytest.raises(InputError, match=r"Ranks\.csv: 87 regions of recognised faces, "):
        study()


def test_a_prior_leaves_the_family_out(study):
    told, table = study(), study.table
    means = mean_of_others(table, by_class=True)
    row = table.iloc[4]
    others = table[(table["target"] == row["target"]) & (table["region"] == row["region"])]
    expected = others[others["kin_group"] != row["kin_group"]]["logit"].mean()
    assert means[4] == pytest.approx(expected)
    error = pd.Series(np.abs(means - table["logit"])).groupby(table["sample_id"]).mean().mean()
    assert value(told, "ClassPrior", "error", "")["value"] == pytest.approx(error)
    assert "within_class_region" not in set(told[told["kind"] == "prior"]["measure"])


def test_what_intervals_hold_is_counted_over_regions(study):
    told = study()
    line = value(told, "Right", COVERED)
    assert line["value"] == pytest.approx(2 / 3)  # those of noses end below their value
    assert line["low"] == pytest.approx(2 / 3) and line["images"] == 30 and line["kind"] == "method"
    assert (told["measure"] == COVERED).sum() == 1
