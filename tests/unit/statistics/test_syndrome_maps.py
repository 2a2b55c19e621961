"""Maps of syndromes: planted places are found, nothing is found where nothing is, and bad inputs are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.syndrome_halves import draw_syndrome_halves
from gestalt_regions.figures.syndrome_sheet import draw_syndrome_sheet
from gestalt_regions.saliency.morph.warps import SIDE
from gestalt_regions.statistics.syndrome_maps.contrast import Families, contrast, statistics
from gestalt_regions.statistics.syndrome_maps.joined_tables import join_methods
from gestalt_regions.statistics.syndrome_maps.likeness import BEYOND, WHOLE, correlations, halves
from gestalt_regions.statistics.syndrome_maps.write_syndrome_maps import write_mean_faces, write_syndrome_maps
from scipy import stats

POINTS = np.array([(x, y) for x in (20, 56, 92) for y in (25, 56, 90)], float)
PLANTED = {"Alpha": 0, "Beta": 8}  # class -> the landmark where its maps are high
SETTINGS = {"smoothing": 2, "permutations": 199, "splits": 4, "alpha": 0.05}
CLASSES = ["Alpha", "Beta", "Unaffected"]


def blob(points: np.ndarray, place: int | None, rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """Stored map [2, side, side]: noise, with a bump at a landmark."""
    y, x = np.mgrid[:side, :side] * SIDE / side
    values = rng.random((side, side)) * 0.3
    if place is not None:
        values += 2 * np.exp(-((x - points[place][0]) ** 2 + (y - points[place][1]) ** 2) / 60)
    return np.stack([values, values]).astype(np.float32)


class Planted:
    """A study of two folds on the disk: twelve people of each class with two images, four of each held out."""

    def __init__(self, folder, planted=PLANTED, side=SIDE) -> None:
        rng = np.random.default_rng(3)
        self.folder, rows = folder, []
        for label in CLASSES:
            held = 0 if label == "Unaffected" else 4
            for person in range(12 + held):
                family = f"F-{label}-{person // 2 if person < 4 else person}"
                split = "folds" if person < 12 else "heldout"
                rows += [(f"{label}-{person}-{k}", label, f"{label}-{person}", family, split) for k in (1, 2)]
        columns = ["sample_id", "label", "subject_id", "kin_group", "split"]
        self.samples = pd.DataFrame(rows, columns=columns).assign(simulated=True)
        self.landmarks = POINTS + rng.normal(0, 3, (len(rows), *POINTS.shape))
        self.maps = [blob(p, planted.get(r[1]), rng, side) for p, r in zip(self.landmarks, rows, strict=True)]
        self.wrong: set[str] = set()  # images that the networks do not recognise
        self.regions = np.zeros((len(rows), side, side), np.uint8)
        half = side // 2
        self.regions[:, :half, :half], self.regions[:, :half, half:], self.regions[:, half:] = 1, 2, 3

    def write(self) -> dict:
        """All files, as arguments of write_syndrome_maps."""
        folder, table = self.folder, self.samples
        table.to_csv(folder / "samples.csv", index=False)
        pd.DataFrame({"row": range(len(table)), "sample_id": table["sample_id"]}).to_csv(
            folder / "index.csv", index=False
        )
        np.save(folder / "landmarks.npy", self.landmarks.astype(np.float32))
        np.save(folder / "regions.npy", self.regions)
        files = {"maps": [], "indices": [], "predictions": []}
        for fold in (0, 1):
            number = table["subject_id"].str.split("-").str[1].astype(int)
            chosen = np.flatnonzero((table["split"] == "heldout") | (number % 2 == fold))
            part = table.iloc[chosen]
            predicted = [
                "Unaffected" if s in self.wrong else c for s, c in zip(part["sample_id"], part["label"], strict=True)
            ]
            index = pd.DataFrame({"row": range(len(part)), "sample_id": part["sample_id"], "set": part["split"]})
            index.assign(label=part["label"].values, target=predicted).to_csv(folder / f"m{fold}.csv", index=False)
            pd.DataFrame({"sample_id": part["sample_id"], "predicted": predicted}).to_csv(
                folder / f"p{fold}.csv", index=False
            )
            np.save(folder / f"m{fold}.npy", np.stack([self.maps[k] for k in chosen]))
            files["maps"].append(str(folder / f"m{fold}.npy"))
            files["indices"].append(str(folder / f"m{fold}.csv"))
            files["predictions"].append(str(folder / f"p{fold}.csv"))
        return files | {
            "landmarks": str(folder / "landmarks.npy"),
            "faces": str(folder / "index.csv"),
            "samples": str(folder / "samples.csv"),
            "region_sets": {"paper": str(folder / "regions.npy")},
        }

    def run(self, root, **other) -> tuple[np.ndarray, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Stack and tables."""
        folder = self.folder
        outputs = {"stack": folder / "s.npy", "summary": folder / "s.csv", "regions": folder / "r.csv"}
        outputs |= {"similarity": folder / "l.csv", "outlines": folder / "o.npy"}
        given = {"control": "Unaffected", "policy": {"sign": "absolute", "scale": "raw"}, "settings": SETTINGS}
        given |= {"bootstrap": {"n_resamples": 200, "level": 0.95}, "seed": 1, **other}
        write_syndrome_maps(**self.write(), **outputs, sets=str(root / "resources/regions.yaml"), **given)
        tables = [pd.read_csv(outputs[name], keep_default_na=True) for name in ("summary", "regions", "similarity")]
        return np.load(outputs["stack"]), *tables


@pytest.fixture(scope="module")
def planted(tmp_path_factory, root):
    study = Planted(tmp_path_factory.mktemp("planted"))
    study.wrong = {"Alpha-0-1", "Alpha-0-2", "Beta-3-1"}
    return study, *study.run(root)


def row_of(summary, variant, label):
    return summary[(summary["variant"] == variant) & (summary["label"] == label)].iloc[0]


def test_planted_places_are_found_there_and_nowhere_else(planted):
    _, stack, summary, regions, _ = planted
    y, x = np.mgrid[:SIDE, :SIDE]
    for label, place in PLANTED.items():
        row = row_of(summary, "folds", label)
        mean, _, difference, p = stack[row["row"]]
        middle = np.unravel_index(mean.argmax(), mean.shape)
        assert np.hypot(middle[1] - POINTS[place][0], middle[0] - POINTS[place][1]) < 3
        higher = (p <= 0.05) & (difference > 0)
        away = np.hypot(x - POINTS[place][0], y - POINTS[place][1])
        assert higher[away < 4].all() and away[higher].max() < 30
        assert row["lowest_p"] == pytest.approx(2 / 200) == row["smallest_p"]  # of 199 permutations, two syndromes
        assert row["p_halves"] == pytest.approx(3 / 200) and row["own_half"] > 0.9 > row["other_halves"]
    of_alpha = regions[(regions["variant"] == "folds") & (regions["label"] == "Alpha")].set_index("region")
    assert of_alpha.loc["eyes", "difference_low"] > 0 and of_alpha.loc["eyes", "significant"] > 0
    assert of_alpha.loc["eyes", "kin_groups"] == 10 and of_alpha.loc["eyes", "people"] == 12


def test_each_variant_has_its_images(planted):
    _, stack, summary, regions, _ = planted
    alpha = {variant: row_of(summary, variant, "Alpha") for variant in ("folds", "correct_only", "heldout")}
    assert [alpha[v]["images"] for v in alpha] == [24, 22, 8] and [alpha[v]["people"] for v in alpha] == [12, 11, 4]
    assert row_of(summary, "correct_only", "Beta")["images"] == 23
    assert alpha["folds"]["against"] == "Unaffected" and alpha["heldout"]["against"] == "all others"
    few = regions[(regions["variant"] == "heldout") & (regions["label"] == "Alpha")]
    assert few["low"].isna().all() and few["note"].str.contains("fewer than 10").all()
    control = row_of(summary, "folds", "Unaffected")
    assert np.isnan(stack[control["row"]][2:]).all() and np.isfinite(stack[control["row"]][:2]).all()


def test_a_person_counts_once(tmp_path, root):
    study = Planted(tmp_path, planted={})
    flat = np.tile(np.linspace(0, 1, SIDE, dtype=np.float32), (2, SIDE, 1))
    study.landmarks[:] = POINTS
    ones = study.samples["subject_id"] == "Alpha-0"
    study.maps = [flat[:, :, ::-1] if one else flat for one in ones]
    extra = study.samples[ones].assign(sample_id=lambda t: t["sample_id"] + "-more")  # two images more of one person
    study.samples = pd.concat([study.samples, extra], ignore_index=True)
    study.maps += [flat[:, :, ::-1]] * len(extra)
    study.landmarks = np.concatenate([study.landmarks, study.landmarks[: len(extra)]])
    study.regions = np.concatenate([study.regions, study.regions[: len(extra)]])
    stack, summary, *_ = study.run(root, settings=SETTINGS | {"smoothing": 0, "permutations": 19})
    row = row_of(summary, "folds", "Alpha")
    assert row["images"] == 26 and row["people"] == 12
    assert stack[row["row"]][0] == pytest.approx((11 * flat[0] + flat[0, :, ::-1]) / 12, abs=0.02)
    sides = np.r_[np.zeros(11), 1]  # at the left edge
    assert stack[row["row"]][1][56, 0] == pytest.approx(np.std(sides, ddof=1), abs=0.02)


def test_maps_of_any_size_are_put_on_the_mean_face(tmp_path, root):
    study = Planted(tmp_path, side=224)
    stack, summary, *_ = study.run(root, settings=SETTINGS | {"permutations": 19})
    mean = stack[row_of(summary, "folds", "Beta")["row"]][0]
    y, x = np.unravel_index(mean.argmax(), mean.shape)
    assert np.hypot(x - POINTS[8][0], y - POINTS[8][1]) < 3


def test_faces_without_landmarks_are_left_out_and_counted(tmp_path, root, caplog):
    study = Planted(tmp_path)
    study.landmarks[study.samples["sample_id"] == "Alpha-5-1"] = np.nan
    with caplog.at_level("WARNING", logger="gestalt_regions"):
        _, summary, *_ = study.run(root, settings=SETTINGS | {"permutations": 19})
    row = row_of(summary, "folds", "Alpha")
    assert row["without_landmarks"] == 1 and row["images"] == 23 and row["people"] == 12
    assert "Alpha-5-1" in caplog.text
    study.landmarks[:] = np.nan
    with pytest.raises(InputError, match="no face of the folds has landmarks"):
        study.run(root)


def test_a_class_of_one_person_has_a_map_and_no_test(tmp_path, root):
    study = Planted(tmp_path)
    gone = study.samples["subject_id"].isin([f"Beta-{k}" for k in range(1, 16)])
    kept = np.flatnonzero(~gone)
    study.samples = study.samples.iloc[kept].reset_index(drop=True)
    study.landmarks, study.regions = study.landmarks[kept], study.regions[kept]
    study.maps = [study.maps[k] for k in kept]
    stack, summary, *_ = study.run(root, settings=SETTINGS | {"permutations": 19})
    row = row_of(summary, "folds", "Beta")
    assert row["people"] == 1 and row["note"] == "one person: no spread and no test" and np.isnan(row["lowest_p"])
    assert np.isfinite(stack[row["row"]][0]).all() and np.isnan(stack[row["row"]][1:]).all()
    assert np.isfinite(row_of(summary, "folds", "Alpha")["lowest_p"])


def test_without_the_control_class_it_is_said_what_to_do(tmp_path, root):
    study = Planted(tmp_path)
    with pytest.raises(InputError, match=r"no images of the control class 'Healthy' \(statistics.control\)"):
        study.run(root, control="Healthy")


def test_maps_that_cannot_be_scaled_are_refused_by_name(tmp_path, root):
    study = Planted(tmp_path)
    study.maps = [np.ones_like(each) for each in study.maps]
    with pytest.raises(InputError, match=r"no map is left: of 72, .* 72 are constant; take another method"):
        study.run(root, policy={"sign": "absolute", "scale": "minmax"})


def test_landmarks_of_other_faces_are_refused(tmp_path, root):
    study = Planted(tmp_path)
    study.write()
    study.landmarks = study.landmarks[:5]
    with pytest.raises(InputError, match="5 faces"):
        study.run(root)


def test_the_statistic_is_welchs_t(root):
    rng = np.random.default_rng(0)
    data = Families(np.array(["A"] * 5 + ["B"] * 7), np.ones(12), rng.normal(size=(12, 6)))
    first = (data.labels == "A").astype(float)[None]
    difference, t = statistics(first, data)
    expected = stats.ttest_ind(data.maps[:5], data.maps[5:], equal_var=False)
    assert t[0] == pytest.approx(expected.statistic)
    assert difference[0] == pytest.approx(data.maps[:5].mean(axis=0) - data.maps[5:].mean(axis=0))


def test_where_no_map_differs_nothing_is_found():
    data = Families(np.array(["A"] * 5 + ["B"] * 5), np.ones(10), np.full((10, 4), 0.3))
    assert (contrast(data, data.labels == "A", 99, np.random.default_rng(0)).p == 1).all()


def test_all_permutations_are_taken_where_they_are_few():
    data = Families(
        np.array(["A"] * 3 + ["B"] * 3),
        np.ones(6),
        np.r_[np.zeros(3), np.ones(3)][:, None] + [[1e-3], [2e-3], [0], [1e-3], [0], [2e-3]],
    )
    found = contrast(data, data.labels == "A", 99, np.random.default_rng(0))
    assert found.exact and found.permutations == 20 and found.p[0] == pytest.approx(2 / 20)  # itself and its mirror


def test_chance_is_found_as_often_as_is_said():
    """Maps without a difference: any pixel at p <= 0.05 in about 5 % of the studies, whatever the sizes of families."""
    hits, studies = 0, 300
    for number in range(studies):
        rng = np.random.default_rng(number)
        smooth = rng.normal(size=(16, 5)) @ rng.normal(size=(5, 40)) + rng.normal(size=(16, 40))
        data = Families(np.array(["A"] * 7 + ["B"] * 9), rng.integers(1, 4, 16).astype(float), smooth)
        hits += contrast(data, data.labels == "A", 99, rng).p.min() <= 0.05
    low, high = stats.binom.ppf([0.0005, 0.9995], studies, 0.05)
    assert low <= hits <= high


def test_halves_tell_classes_apart_only_where_they_differ():
    labels = np.repeat(["A", "B", "C"], 8)
    rng = np.random.default_rng(2)
    common = rng.normal(size=SIDE * SIDE)
    smooth = np.repeat(np.repeat(rng.normal(size=(24, 14, 14)), 8, 1), 8, 2).reshape(24, -1)
    own = np.repeat(np.repeat(rng.normal(size=(3, 14, 14)), 8, 1), 8, 2).reshape(3, -1)
    alike = Families(labels, np.ones(24), common + smooth)
    apart = Families(labels, np.ones(24), common + smooth + np.repeat(own, 8, axis=0))
    classes, told = halves(apart, 5, 99, np.random.default_rng(0))
    _, not_told = halves(alike, 5, 99, np.random.default_rng(0))
    assert list(classes) == ["A", "B", "C"] and told.p == pytest.approx([0.01] * 3)
    assert (told.own > told.others + 0.2).all() and (not_told.p > 0.05).all()
    assert len(halves(alike.of(labels == "A"), 5, 99, rng)[0]) == 0


def test_the_common_part_is_taken_from_all_classes():
    labels, maps = np.array(["A", "B"]), np.array([[1.0, 2, 3, 9], [3, 2, 1, 9]])
    table = correlations(maps, labels, np.ones(2), labels)
    assert table[WHOLE][0, 1] == pytest.approx(np.corrcoef(maps)[0, 1])
    assert table[BEYOND][0, 1] == pytest.approx(-1)  # of two, what is not common is opposite


def test_sheet_and_joined_tables(planted, tmp_path):
    study, _, summary, *_ = planted
    crops = np.full((len(study.samples), 112, 112, 3), 90, np.uint8)
    np.save(tmp_path / "crops.npy", crops)
    files = {name: str(study.folder / file) for name, file in (("landmarks", "landmarks.npy"), ("faces", "index.csv"))}
    faces = {"composites": tmp_path / "c.npy", "table": tmp_path / "c.csv"}
    write_mean_faces(crops=str(tmp_path / "crops.npy"), samples=str(study.folder / "samples.csv"), **files, **faces)
    assert np.load(faces["composites"]).shape == (3, 112, 112, 3)
    assert list(pd.read_csv(faces["table"])["images"]) == [24, 24, 24]
    inputs = [study.folder / name for name in ("s.npy", "s.csv", "o.npy")] + list(faces.values())
    given = {"method": "GradCam", "alpha": 0.05, "colormap": "inferno"}
    draw_syndrome_sheet(*inputs, tmp_path / "sheet.svg", variant="folds", **given)
    text = (tmp_path / "sheet.svg").read_text()
    for said in ("GradCam", "simulated cohort", "against Unaffected", "12 people", "10 families", "the reference"):
        assert said in text
    draw_syndrome_sheet(*inputs, tmp_path / "held.svg", variant="heldout", **given)
    assert "against all others" in (tmp_path / "held.svg").read_text()
    summary[summary["variant"] == "folds"].to_csv(tmp_path / "folds.csv", index=False)
    inputs[1] = tmp_path / "folds.csv"
    draw_syndrome_sheet(*inputs, tmp_path / "none.svg", variant="heldout", **given)
    assert "No such image is explained" in (tmp_path / "none.svg").read_text()
    join_methods([study.folder / "s.csv", study.folder / "s.csv"], ["One", "Two"], tmp_path / "joined.csv")
    joined = pd.read_csv(tmp_path / "joined.csv")
    assert len(joined) == 2 * len(summary) and list(joined["method"].unique()) == ["One", "Two"]
    assert "row" not in joined
    draw_syndrome_halves(tmp_path / "joined.csv", tmp_path / "halves.svg", variant="folds", alpha=0.05)
    text = (tmp_path / "halves.svg").read_text()
    assert "Simulated cohort" in text and text.count("<!-- Alpha -->") == 2 and "<!-- Two -->" in text
    with pytest.raises(InputError, match="no class of the variant 'nobody' has two halves"):
        draw_syndrome_halves(tmp_path / "joined.csv", tmp_path / "none.svg", variant="nobody", alpha=0.05)
