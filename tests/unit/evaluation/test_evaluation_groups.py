"""Groups objective, sanity and agreement on the files of a tiny study: two folds, a small network each."""

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.evaluation import measure_registry
from gestalt_regions.evaluation.fold_networks import Networks, spread
from gestalt_regions.evaluation.groups.agreement import write_agreement
from gestalt_regions.evaluation.groups.objective import write_objective, write_squares
from gestalt_regions.evaluation.groups.sanity import SHUFFLED, write_sanity
from gestalt_regions.evaluation.map_method import method_of
from gestalt_regions.evaluation.scored_maps import LONG, Maps, Regions
from gestalt_regions.figures import evaluation_curves
from gestalt_regions.models import checkpoint
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.training import shuffle_labels
from gestalt_regions.saliency.engine import explain_fold
from gestalt_regions.statistics.toolkit.read import load_samples

FOLDS, CLASSES, SIZE, SEED = ["1", "2"], ["a", "b", "c"], 40, 3
METHODS = ["Gradient", "Sobel"]
POLICIES = {"raw": {"sign": "absolute", "scale": "raw"}, "minmax": {"sign": "absolute", "scale": "minmax"}}
SQUARES = {"count": 6, "smallest": 0.2, "largest": 0.5, "baseline": "mean"}
SETTINGS = {
    "signs": ["absolute"],
    "shares": [0, 0.1, 0.5, 1],
    "road_shares": [0.2, 0.6],
    "noise": 0.01,
    "sensitivity": {"images": 2, "copies": 2, "radius": 0.02},
}


def build(classes, dropout, asset, options):
    def stage(inputs, outputs):
        layers = (
            torch.nn.Conv2d(inputs, outputs, 3, stride=2, padding=1),
            torch.nn.BatchNorm2d(outputs),
            torch.nn.ReLU(),
        )
        return torch.nn.Sequential(*layers)

    pool = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten())
    network = StagedNetwork({"low": stage(3, 8), "high": stage(8, 16), "pool": pool}, ("low", "high"), 64, classes)
    return network.eval(), Preprocess(SIZE, "rgb", (127.5,) * 3, (127.5,) * 3)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder with crops, checkpoints, maps, regions and tables, and what the jobs are given of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "builder", lambda name: build)
        yield make_study(tmp_path_factory.mktemp("study"))


def make_study(folder):
    random = np.random.default_rng(1)
    names = [f"{label}{i}" for i in range(2) for label in CLASSES]
    coarse = random.integers(0, 256, (8, 10, 10, 3), dtype=np.uint8)
    np.save(folder / "crops.npy", coarse.repeat(4, axis=1).repeat(4, axis=2))
    heldout = ["held0", "held1"]
    rows = [
        (f, s, names.index(s), "folds", s[0])
        for f, part in zip(FOLDS, (names[:3], names[3:]), strict=True)
        for s in part
    ]
    rows += [(f, s, 6 + k, "heldout", "a") for f in FOLDS for k, s in enumerate(heldout)]
    explained = pd.DataFrame(rows, columns=["fold", "sample_id", "row", "set", "label"])
    explained.to_csv(folder / "explained.csv", index=False)
    samples = pd.DataFrame({"sample_id": [*names, *heldout], "label": [*(n[0] for n in names), "a", "a"]})
    samples = samples.assign(subject_id=samples.sample_id, kin_group=samples.sample_id, split="folds", simulated=True)
    samples.to_csv(folder / "samples.csv", index=False)
    samples.assign(row=range(8)).to_csv(folder / "faces.csv", index=False)
    np.save(
        folder / "regions.npy", np.repeat(np.arange(5, dtype=np.uint8), 8)[None, :, None].repeat(8, 0).repeat(SIZE, 2)
    )
    found = {}
    for k, name in enumerate([*(f"fold{f}" for f in FOLDS), "shuffled1", "shuffled2"]):
        torch.manual_seed(k)
        network, preprocess = build(3, 0.0, "", {})
        about = {"backbone": "tiny", "options": {}, "classes": CLASSES, "dropout": 0.0}
        checkpoint.save(folder / f"{name}.safetensors", network, preprocess, about)
    for method in METHODS:
        stacks, indices = {"trained": [], "untrained": []}, {"trained": [], "untrained": []}
        for kind in stacks if method == "Gradient" else ["trained"]:
            for fold in FOLDS:
                path = folder / f"{method}-{kind}-{fold}"
                inputs = {"checkpoint": folder / f"fold{fold}.safetensors", "asset": "", "crops": folder / "crops.npy"}
                inputs |= {"explained": folder / "explained.csv"}
                inputs |= {"trained": indices["trained"][FOLDS.index(fold)]} if kind == "untrained" else {}
                outputs = {"maps": f"{path}.npy", "index": f"{path}.csv"}
                explain_fold(
                    {k: str(v) for k, v in inputs.items()},
                    outputs,
                    name=method,
                    settings={},
                    fold=fold,
                    seed=SEED,
                    batch=8,
                    device="cpu",
                )
                stacks[kind].append(outputs["maps"])
                indices[kind].append(outputs["index"])
        found[method] = Maps(method, FOLDS, stacks, indices, str(folder / "samples.csv"), str(folder / "explained.csv"))
    ids = {"top": 1, "upper": 2, "lower": 3, "bottom": 4}
    regions = {"bands": Regions(str(folder / "regions.npy"), str(folder / "faces.csv"), ids)}
    networks = Networks(
        FOLDS, [str(folder / f"fold{f}.safetensors") for f in FOLDS], "", str(folder / "crops.npy"), 8, "cpu"
    )
    return folder, found, networks, regions


@pytest.fixture(scope="module")
def squares(study):
    folder, _, networks, _ = study
    outputs = {"drops": str(folder / "squares.npy"), "index": str(folder / "squares.csv")}
    write_squares(networks, str(folder / "explained.csv"), outputs, images=4, squares=SQUARES, seed=SEED)
    return outputs


def objective(study, squares, method, name):
    folder, maps, networks, _ = study
    outputs = {"table": str(folder / f"{name}.csv"), "curves": str(folder / f"{name}-curves.csv")}
    write_objective(
        maps[method],
        networks,
        squares,
        outputs,
        method=method_of(method, {}),
        settings=SETTINGS,
        squares=SQUARES,
        seed=SEED,
    )
    return outputs


def wide(path):
    table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"fold": str})
    assert table.columns.tolist() == LONG
    return table


def test_faces_are_spread_over_the_classes_in_an_order_of_the_seed():
    rows = pd.DataFrame({"sample_id": [f"s{i}" for i in range(30)], "label": ["a"] * 20 + ["b"] * 6 + ["c"] * 4})
    chosen = spread(rows, 9, 1)
    assert chosen.label.value_counts().to_dict() == {"a": 3, "b": 3, "c": 3}
    assert len(spread(rows, 0, 1)) == 30
    assert spread(rows, 9, 2).sample_id.tolist() != chosen.sample_id.tolist()
    assert spread(rows.iloc[::-1], 9, 1).sample_id.tolist() == chosen.sample_id.tolist()


def test_squares_are_answered_by_the_model_that_has_not_seen_the_face(squares, study):
    index, drops = pd.read_csv(squares["index"], dtype={"fold": str}), np.load(squares["drops"])
    assert drops.shape == (4, 6, 3)
    assert set(index.label) == set(CLASSES)
    told = pd.read_csv(study[0] / "explained.csv", dtype={"fold": str}).set_index(["fold", "sample_id"])
    assert all((fold, sample) in told.index for fold, sample in zip(index.fold, index.sample_id, strict=True))
    assert (np.abs(drops).max((1, 2)) > 0).all()


def test_objective_measures_of_both_networks(study, squares):
    outputs = objective(study, squares, "Gradient", "g")
    table = wide(outputs["table"])
    assert set(table.measure) == set(measure_registry.of_group("objective"))
    assert table.groupby("network").sample_id.nunique().to_dict() == {"trained": 4, "untrained": 4}
    for name, found in measure_registry.of_group("objective").items():
        values = table[table.measure == name]
        low, high = found.range
        assert values.value.dropna().between(low - 1e-9, high + 1e-9).all()
        if name == "max_sensitivity":
            assert values[values.network == "trained"].value.notna().sum() == 2
            assert values[values.network == "untrained"].value.isna().all()
        else:
            assert values.value.notna().all()
    told = pd.read_csv(outputs["curves"])
    ends = told[told.curve.str.startswith("mean") & told.share.isin([0, 1])]
    assert (ends.groupby(["sample_id", "share"]).probability.agg(np.ptp) < 1e-5).all()  # nothing, or all, is replaced
    first = {key: (study[0] / name).read_bytes() for key, name in (("t", "g.csv"), ("c", "g-curves.csv"))}
    objective(study, squares, "Gradient", "again")
    assert first == {"t": (study[0] / "again.csv").read_bytes(), "c": (study[0] / "again-curves.csv").read_bytes()}


def test_a_local_map_is_made_again_as_it_was_stored(study):
    """By the trained and by the untrained network of its fold: infidelity multiplies it channel by channel."""
    _, maps, networks, _ = study
    method = method_of("Gradient", {})
    for (fold, kind), lines in maps["Gradient"].rows.groupby(["fold", "network"]):
        trained = networks[fold]
        network = trained if kind == "trained" else networks.untrained(trained, fold, SEED)
        crops = pd.read_csv(study[0] / "faces.csv").set_index("sample_id").loc[lines["sample_id"], "row"]
        x, target = trained.images(crops), trained.targets(lines["target"])
        seeds = method.seeds(SEED, fold, lines["sample_id"].tolist())
        again = method.attributions(network, x, target, seeds, crops.tolist()).sum(1)
        stored = np.stack([maps["Gradient"][line][0] for line in lines.itertuples()])
        assert np.abs(again.numpy() - stored).max() < 1e-5 * np.abs(stored).max()


def test_a_control_has_no_untrained_network(study, squares):
    table = wide(objective(study, squares, "Sobel", "s")["table"])
    assert set(table.network) == {"trained"}
    sensitivity = table[table.measure == "max_sensitivity"].value.dropna()
    assert (sensitivity > 0).all()


def sanity_of(study, method):
    folder, maps, networks, regions = study
    shuffled = [str(folder / f"shuffled{f}.safetensors") for f in FOLDS]
    outputs = {"table": str(folder / f"sanity-{method}.csv"), "curves": str(folder / f"sanity-{method}-curves.csv")}
    write_sanity(
        maps[method],
        networks,
        str(folder / "explained.csv"),
        outputs,
        method=method_of(method, {}),
        shuffled=shuffled,
        sets=regions,
        policies=POLICIES,
        images=4,
        seed=SEED,
    )
    return outputs


def test_an_edge_detector_survives_every_destruction_and_a_gradient_does_not(study):
    found = {}
    for method in METHODS:
        outputs = sanity_of(study, method)
        table = wide(outputs["table"])
        assert set(table.measure) == set(measure_registry.of_group("sanity"))
        found[method] = table.groupby("measure").value.agg(["min", "max"])
        steps = pd.read_csv(outputs["curves"]).redrawn.unique().tolist()
        assert steps == ["head", "pool", "high", "low", SHUFFLED]
    alike = [name for name in found["Sobel"].index if not name.endswith("distance")]
    assert found["Sobel"].loc[alike].to_numpy() == pytest.approx(1, abs=1e-4)
    assert found["Sobel"].drop(alike).to_numpy() == pytest.approx(0, abs=1e-4)
    assert (found["Gradient"].loc[["redrawn_rank", "redrawn_ssim", "shuffled_rank"], "max"] < 0.9).all()
    assert (found["Gradient"].drop(alike)["min"] > 0.01).all()


def test_only_a_map_that_looks_at_no_model_agrees_in_full(study):
    folder, maps, _, regions = study
    found = {}
    for method in METHODS:
        write_agreement(maps[method], str(folder / "agreement.csv"), sets=regions, policies=POLICIES)
        table = wide(folder / "agreement.csv")
        assert set(table.sample_id) == {"held0", "held1"}
        assert set(table.network) == {"trained"}
        found[method] = table
    assert found["Sobel"].value.dropna().to_numpy() == pytest.approx(1)
    ranks = found["Gradient"][found["Gradient"].measure == "fold_rank"].value.dropna()
    assert (ranks < 0.9).all()


def test_labels_are_shuffled_among_the_subjects_of_the_training_folds():
    rows = [(f"s{i}", CLASSES[i % 3], "heldout" if i > 26 else FOLDS[i % 2]) for i in range(30)]
    table = pd.DataFrame(rows, columns=["subject_id", "label", "fold"])
    table = pd.concat([table, table]).reset_index(drop=True)  # two images of each subject
    drawn = shuffle_labels(table, "1", 5)
    rest = table.fold != "2"
    assert (drawn.label[rest] == table.label[rest]).all()
    assert (drawn.label[~rest] != table.label[~rest]).mean() > 0.3
    assert drawn[~rest].label.value_counts().to_dict() == table[~rest].label.value_counts().to_dict()
    assert len(drawn.drop_duplicates(["subject_id", "label"])) == 30
    assert shuffle_labels(table, "1", 5).equals(drawn)
    assert not shuffle_labels(table, "1", 6).equals(drawn)


def test_curves_are_drawn_with_the_mean_of_their_faces(study, squares, tmp_path):
    folder = study[0]
    objective(study, squares, "Gradient", "drawn")
    samples, bootstrap = str(folder / "samples.csv"), {"n_resamples": 50, "level": 0.95, "group": "kin_group"}
    table = pd.read_csv(folder / "drawn-curves.csv", dtype={"fold": str})
    part = table[(table.network == "trained") & (table.curve == "mean_most")]
    curve = evaluation_curves.mean_curve(
        part, "share", "probability", samples=load_samples(samples), bootstrap=bootstrap, seed=1
    )
    assert curve["mean"].to_numpy() == pytest.approx(part.groupby("share").probability.mean().to_numpy())
    assert (curve.n == 4).all()
    assert curve[["low", "high"]].isna().all(axis=None)  # four faces have no interval
    path = tmp_path / "removal.svg"
    paths = {"Gradient": str(folder / "drawn-curves.csv")}
    evaluation_curves.draw_removal(paths, samples, path, sign="absolute", bootstrap=bootstrap, seed=1)
    assert "simulated cohort" in path.read_text()
    paths = {method: str(sanity_of(study, method)["curves"]) for method in METHODS}
    evaluation_curves.draw_cascade(paths, samples, path, controls=["Sobel"], bootstrap=bootstrap, seed=1)
    assert "Sobel (control)" in path.read_text()
