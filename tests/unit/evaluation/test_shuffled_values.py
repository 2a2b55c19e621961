"""Values on networks of shuffled labels: each network's values are held against its own fall and the trained one's."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.evaluation.summary.shuffled_values import MEASURES, SHUFFLED, write_shuffled_values

REGIONS = ["eyes", "nose", "mouth"]
BOOTSTRAP = {"n_resamples": 100, "level": 0.95, "group": "kin_group"}


def test_each_network_is_held_against_its_own_fall_and_the_trained_one(tmp_path):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        [{"sample_id": f"s{i}", "fold": str(1 + i % 2), "region": region} for i in range(24) for region in REGIONS]
    ).assign(set="folds", label="KS", target="KS", predicted="KS", way="rendered", probability=0.0)
    fall, chance = rng.normal(3, 1, len(rows)), rng.normal(0, 0.1, len(rows))
    wrong = rows["sample_id"].isin(["s0", "s1"])  # not recognised: they must not count
    paths = {key: [] for key in ("drops", "drops_shuffled", "values", "values_shuffled")}
    for fold in ("1", "2"):
        here = (rows["fold"] == fold).to_numpy()
        for key, drop, said in (("", fall, fall + 1), ("_shuffled", chance, chance)):
            drops = rows.assign(logit=drop, predicted=np.where(wrong, "NS", "KS"))[here]
            blurred = drops.assign(way="blur", logit=99.0)
            path = tmp_path / f"drops{key}-{fold}.csv"
            every = drops[drops["region"] == "eyes"].assign(region="all", logit=99.0)
            pd.concat([drops, blurred, every]).to_csv(path, index=False)
            paths[f"drops{key}"].append(str(path))
            values = rows.assign(value=np.where(wrong, 99.0, said), low=0.0, high=0.0, row=0, towards="Unaffected")
            others = values[here & (rows["region"] == "eyes")].assign(region="outside the face", value=99.0)
            path = tmp_path / f"{fold}{key}" / "Right_values.csv"
            path.parent.mkdir()
            pd.concat([values[here], others]).to_csv(path, index=False)
            paths[f"values{key}"].append(str(path))
    people = rows.drop_duplicates("sample_id")[["sample_id", "label"]]
    people = people.assign(subject_id=people["sample_id"], kin_group=people["sample_id"], split="folds", image="x")
    people.assign(simulated=True).to_csv(tmp_path / "samples.csv", index=False)
    inputs = {**paths, "samples": str(tmp_path / "samples.csv")}
    write_shuffled_values(inputs, str(tmp_path / "out.csv"), folds=["1", "2"], bootstrap=BOOTSTRAP, seed=1)
    table = pd.read_csv(tmp_path / "out.csv")
    assert set(table["measure"]) == set(MEASURES) and set(table["method"]) == {"Right"}
    assert table["simulated"].all() and (table["rows"] == 66).all() and (table["images"] == 22).all()
    told = table.set_index(["network", "measure"])["value"]
    kept = ~wrong.to_numpy()
    assert told["trained", "amount"] == pytest.approx(np.abs(fall[kept] + 1).mean())
    assert told["trained", "error"] == pytest.approx(1)
    assert told["trained", "spearman_own"] == told["trained", "spearman_trained"] == pytest.approx(1)
    assert told[SHUFFLED, "amount"] == told[SHUFFLED, "drop_amount"] == pytest.approx(np.abs(chance[kept]).mean())
    assert told[SHUFFLED, "spearman_own"] == pytest.approx(1)
    of_ranks = pd.Series(chance[kept]).corr(pd.Series(fall[kept]), "spearman")
    assert told[SHUFFLED, "spearman_trained"] == pytest.approx(of_ranks)
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
