"""From stored maps and counterfactuals to the groups' tables: who is scored, against which truth, on which network."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.evaluation.groups.pixels import write_pixels
from gestalt_regions.evaluation.groups.regions import write_recovery, write_use
from gestalt_regions.evaluation.perturb.drop_tables import DROPS
from gestalt_regions.evaluation.scored_maps import Maps, open_region_sets

SIZE, FOLDS, POLICIES = 24, ["1", "2"], {"raw": {"sign": "absolute", "scale": "raw"}}
FACES = [f"s{i}" for i in range(6)]
WRONG, WITHOUT_TWIN = "s1", "s3"  # taken for another class; unaffected, so without counterfactuals


@pytest.fixture
def study(tmp_path):
    """Six faces in two folds. Nose and mouth of each face changed, the eyes did not. On the trained networks the maps
    are the change itself, on the untrained ones its negative (of s0 alone)."""
    rng, boxes = np.random.default_rng(2), np.zeros((SIZE, SIZE), np.uint8)
    boxes[2:8], boxes[8:14, 6:18], boxes[14:20] = 1, 2, 3
    regions = tmp_path / "regions.npy"
    np.save(regions, np.repeat(boxes[None], len(FACES), axis=0))
    sets = tmp_path / "regions.yaml"
    sets.write_text("paper: {about: x, boxes: yes, regions: {eyes: [], nose: [], mouth: []}}\n")
    faces = pd.DataFrame({"row": range(len(FACES)), "sample_id": FACES})
    faces.to_csv(tmp_path / "faces.csv", index=False)
    about = faces[["sample_id"]].assign(label="KS", subject_id=faces["sample_id"], kin_group="", split="folds")
    about.loc[about["sample_id"] == WITHOUT_TWIN, "label"] = "Unaffected"
    about.assign(simulated=True).to_csv(tmp_path / "samples.csv", index=False)
    changes, truth = [], []
    for sample in FACES:
        for variant in ("face", "twin") if sample != WITHOUT_TWIN else ():
            change = rng.uniform(0, 1, (SIZE, SIZE))
            change[boxes == 2], change[boxes == 3] = rng.uniform(10, 11), rng.uniform(20, 21)
            changes.append(change * (variant == "twin"))
            truth.append({"row": len(truth), "sample_id": sample, "variant": variant})
    np.save(tmp_path / "changes.npy", np.array(changes, np.float16))
    pd.DataFrame(truth).to_csv(tmp_path / "truth.csv", index=False)
    moved = [
        {**line, "region": region, "points": 9, "displacement": how_far}
        for line in truth
        if line["variant"] == "twin"
        for region, how_far in (("eyes", 0.01), ("nose", 0.02), ("mouth", 0.03), ("chin", 0.04))
    ]
    pd.DataFrame(moved).to_csv(tmp_path / "displacement.csv", index=False)
    at = {line["sample_id"]: line["row"] for line in truth if line["variant"] == "twin"}
    stacks, indices, predictions = {"trained": [], "untrained": []}, {"trained": [], "untrained": []}, []
    for k, fold in enumerate(FOLDS):
        for network in stacks:
            own = FACES[k::2] if network == "trained" else FACES[k::2][: 1 - k]
            maps = [changes[at.get(sample, 1)] for sample in own]
            maps = [m if network == "trained" else m.max() - m for m in maps]
            path = tmp_path / f"{network}-{fold}"
            np.save(path.with_suffix(".npy"), np.array([[m, m] for m in maps], np.float32).reshape(-1, 2, SIZE, SIZE))
            labels = about.set_index("sample_id").loc[own, "label"].to_numpy()
            targets = np.where(np.array(own, dtype=object) == WRONG, "NS", labels)
            index = pd.DataFrame({"row": range(len(own)), "sample_id": own, "set": "folds", "label": labels})
            index.assign(target=targets).to_csv(path.with_suffix(".csv"), index=False)
            stacks[network].append(str(path.with_suffix(".npy")))
            indices[network].append(str(path.with_suffix(".csv")))
        own = pd.read_csv(indices["trained"][-1])[["sample_id", "target"]].rename(columns={"target": "predicted"})
        predictions.append(str(tmp_path / f"predictions-{fold}.csv"))
        own.to_csv(predictions[-1], index=False)
    files = {name: str(tmp_path / f"{name}.csv") for name in ("truth", "faces", "displacement")}
    files |= {"changes": str(tmp_path / "changes.npy"), "sets": str(sets), "regions": str(regions)}
    outputs = {"table": str(tmp_path / "table.csv"), "pairs": str(tmp_path / "pairs.csv")}
    pairs = [(fold, sample) for k, fold in enumerate(FOLDS) for sample in FACES[k::2]]
    pd.DataFrame(pairs, columns=["fold", "sample_id"]).to_csv(tmp_path / "scored.csv", index=False)
    paths = [str(tmp_path / f"{name}.csv") for name in ("samples", "scored")]
    return Maps("Planted", FOLDS, stacks, indices, *paths), files, outputs, predictions


def region_sets(files):
    return open_region_sets({**files, "regions_paper": files["regions"]})


def scored(table):
    return set(zip(table["sample_id"], table["network"], strict=True))


EXPECTED = {("s0", "trained"), ("s2", "trained"), ("s4", "trained"), ("s5", "trained"), ("s0", "untrained")}


def test_recovery_scores_recognised_faces_with_a_twin_on_both_networks(study):
    maps, files, outputs, predictions = study
    write_recovery(maps, files, outputs, sets=region_sets(files), predictions=predictions, policies=POLICIES, changed=4)
    table, pairs = pd.read_csv(outputs["table"]), pd.read_csv(outputs["pairs"])
    assert scored(table) == EXPECTED
    means = table.groupby(["network", "measure"])["value"].agg(["min", "max"])
    assert means.loc["trained"].to_numpy() == pytest.approx(1)
    upside_down = means.loc["untrained"].loc[["auc", "amount_spearman", "displacement_spearman"]].to_numpy()
    assert upside_down == pytest.approx(np.array([[0, 0], [-1, -1], [-1, -1]]))
    assert (table["kin_group"] == table["subject_id"]).all()  # none is given: a subject is its own
    assert pairs.groupby("region")["changed"].agg(["min", "max"]).loc[["eyes", "nose", "mouth"]].values.tolist() == [
        [0, 0],
        [1, 1],
        [1, 1],
    ]
    trained = pairs[pairs["network"] == "trained"]
    assert trained["raw"].to_numpy() == pytest.approx(trained["amount"].to_numpy(), rel=1e-3)


def test_maps_of_images_that_are_not_to_be_scored_are_left_out(study):
    maps, files, outputs, predictions = study
    chosen = pd.read_csv(maps.scored, dtype=str)
    chosen[chosen["sample_id"].isin(["s2", "s5"])].to_csv(maps.scored, index=False)
    write_pixels(maps, files, outputs, predictions=predictions, changed=4)
    assert scored(pd.read_csv(outputs["table"])) == {("s2", "trained"), ("s5", "trained")}


def test_pixels_scores_the_same_faces(study):
    maps, files, outputs, predictions = study
    write_pixels(maps, files, outputs, predictions=predictions, changed=4)
    table = pd.read_csv(outputs["table"])
    assert scored(table) == EXPECTED and set(table["policy"]) == {"absolute", "positive"}
    means = table.groupby(["network", "measure"])["value"].mean()
    assert (means["trained"][["pixel_auc", "rank_accuracy", "pointing_game"]] == 1).all()
    assert (means["untrained"][["pixel_auc", "pointing_game"]] == 0).all()


def test_use_scores_recognised_faces_and_the_others_apart(study):
    maps, files, outputs, _ = study
    drops = [
        {
            "sample_id": s,
            "fold": f,
            "set": "folds",
            "label": "KS",
            "target": t,
            "predicted": t,
            "way": way,
            "region": region,
            "logit": sign * drop,
            "probability": sign * drop / 9,
        }
        for s, f, t in (("s0", "1", "KS"), (WRONG, "2", "NS"), ("s2", "1", "NS"), ("s4", "2", "KS"))
        for way, sign in (("rendered", 1), ("blur", -1))
        for region, drop in (("nose", 2.0), ("mouth", 3.0), ("ears", 9.0), ("all", 9.0))
    ]
    files["drops"] = files["truth"] + ".drops"
    pd.DataFrame(drops)[DROPS].to_csv(files["drops"], index=False)
    write_use(maps, files["drops"], outputs, boxes=region_sets(files)["paper"], policies=POLICIES)
    table, pairs = pd.read_csv(outputs["table"]), pd.read_csv(outputs["pairs"])
    # s2 was explained for another class than the drop is of, s4 belongs to another fold
    assert scored(table) == {("s0", "trained"), (WRONG, "trained"), ("s0", "untrained")}
    expected = table["network"].map({"trained": 1.0, "untrained": -1.0})
    assert table["value"].to_numpy() == pytest.approx(expected.to_numpy())
    others = table["measure"].str.endswith("_others")
    assert set(table["sample_id"][others]) == {WRONG}  # apart, as not recognised
    assert set(table["sample_id"][~others]) == {"s0"}
    assert set(pairs["sample_id"][pairs["recognised"] == 0]) == {WRONG}
    assert (pairs.loc[pairs["region"] == "eyes", "logit"] == 0).all()  # nothing to revert


def test_a_sample_of_another_cohort_is_named(study):
    maps, files, outputs, predictions = study
    pd.DataFrame({"row": [0], "sample_id": ["s0"]}).to_csv(files["faces"], index=False)
    with pytest.raises(InputError, match="'s2' is missing"):
        write_recovery(
            maps,
            files,
            outputs,
            predictions=predictions,
            policies=POLICIES,
            sets=region_sets(files),
            changed=4,
        )
