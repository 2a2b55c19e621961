"""GestaltMatcher-Arc on the smoke study's faces, run for real: encode, fine-tune, match, the tables and figures."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort import gallery_lists
from gestalt_regions.core.io import read_array
from scipy.spatial.distance import cdist

# The controls, who are fewer than the others here, are taken for a rare disorder.
CHANGE = """
matching:
  encoders:
    sface: null
  control: true
  rare_below: 5
  repeats: 3
  sheet: {count: 3}
  similarity: {count: 2, window: 40, stride: 36}
recipes:
  gestaltmatcher_arc: {epochs: 2, augment: {views: 1}}
"""
STUDY = ("config/studies/smoke.yaml", "matching.yaml")
TARGETS = ("arc_table6", "arc_accuracy", "arc_figures", "similarity_maps")
FIGURES = ("arc_figure2.svg", "arc_figure3.svg", "clusters.svg", "match_sheet.png", "similarity_maps.png")
ENCODERS = ("arcface_mbf", "arcface_mbf_tuned")


@pytest.fixture(scope="module")
def study(copy_smoke, workdir):
    """The smoke study's cohort and faces, copied, with the matching made from them."""
    place = workdir("matching")
    copy_smoke(place.folder)
    (place.folder / "matching.yaml").write_text(CHANGE)
    done = place.snakemake(*TARGETS, studies=STUDY)
    assert "Encoding the faces" in done.stderr and "detecting, aligning" not in done.stderr  # the smoke study's faces
    return place


@pytest.fixture(scope="module")
def made(study):
    return study.folder / "results/smoke/matching"


@pytest.fixture(scope="module")
def splits(made):
    return gallery_lists.load(made / "splits.csv")


def test_no_subject_is_in_a_gallery_and_in_its_test_set(splits, made):
    assert set(splits.loc[splits["group"] == "rare", "label"]) == {"Unaffected"}
    frequent = splits[splits["group"] == "frequent"]
    for repeat in "123":
        both = pd.concat([frequent, splits[splits["repeat"] == repeat]])  # the unified gallery and all who meet it
        gallery, test = (set(both.loc[both["role"] == role, "subject_id"]) for role in ("gallery", "test"))
        assert gallery and test and not gallery & test
    nearest = pd.read_csv(made / "nearest.csv", dtype=str)
    subject = splits.drop_duplicates("sample_id").set_index("sample_id")["subject_id"]
    assert (nearest["sample_id"].map(subject) != nearest["neighbour"].map(subject)).all()


def test_nothing_tested_or_rare_was_learned_from(splits, made, study):
    learned = splits[(splits["group"] == "frequent") & (splits["role"] == "gallery")]
    log = (study.folder / "results/logs/smoke/matching/fine_tune-arcface_mbf_tuned.log").read_text()
    fitted, choosing = (int(log.split(word)[0].split()[-1]) for word in (" images of 5 frequent", " choose the epoch"))
    assert fitted > choosing > 0 and fitted + choosing == len(learned)
    history = pd.read_csv(made / "encoders/arcface_mbf_tuned/history.csv")
    assert len(history) == 2 and history["kept"].sum() == 1


def test_every_face_has_four_unit_vectors_of_each_encoder(made):
    index = pd.read_csv(made.parent / "faces/index.csv", dtype=str)
    stacks = {}
    for path in sorted((made / "encodings").glob("*.npy")):
        stacks[path.stem] = read_array(path)
        assert stacks[path.stem].shape[:2] == (len(index), 4)
        np.testing.assert_allclose(np.linalg.norm(stacks[path.stem], axis=2), 1, atol=1e-5)
        about = json.loads(path.with_suffix(".json").read_text())
        assert about["fine_tuned"] == (path.stem == "arcface_mbf_tuned") and about["images"] == len(index)
    assert set(stacks) == set(ENCODERS)
    assert np.abs(stacks["arcface_mbf"] - stacks["arcface_mbf_tuned"]).max() > 1e-3


def ranked_anew(made, splits, encoders, views):
    """{(gallery, group, repeat): mA_1} from the stored vectors, by SciPy's distances and Python's sorting."""
    stacks = [read_array(made / f"encodings/{name}.npy")[:, :views].astype(float) for name in encoders]
    names = pd.read_csv(made / "encodings/arcface_mbf.csv", dtype=str)["sample_id"].tolist()
    cells = dict(list(splits.groupby(["group", "role", "repeat"])))
    found = {}
    for gallery, group, repeat in product(("frequent", "rare", "unified"), ("frequent", "rare"), "123"):
        if gallery not in (group, "unified") or (gallery == "frequent" and repeat != "1"):
            continue
        parts = [
            cells[part, "gallery", repeat if part == "rare" else ""]
            for part in ("frequent", "rare")
            if gallery in (part, "unified")
        ]
        listed, tested = pd.concat(parts), cells[group, "test", repeat if group == "rare" else ""]
        here, asked = ([names.index(name) for name in table["sample_id"]] for table in (listed, tested))
        distances = np.mean([cdist(s[asked, v], s[here, v], "cosine") for s in stacks for v in range(views)], axis=0)
        first = listed["label"].to_numpy()[distances.argmin(1)]
        right = pd.Series(first == tested["label"].to_numpy()).groupby(tested["label"].to_numpy()).mean()
        found.setdefault((gallery, group), []).append(right.mean())
    return {key: np.mean(values) for key, values in found.items()}


@pytest.mark.parametrize(("system", "encoders"), [("arcface_mbf_tuned", ENCODERS[1:]), ("ensemble", ENCODERS)])
@pytest.mark.parametrize("tta", [False, True])
def test_accuracies_are_those_of_the_named_encoders_and_views(made, splits, system, encoders, tta):
    table = pd.read_csv(made / "tables/accuracy.csv")
    assert set(table["system"]) == {*ENCODERS, "ensemble"}
    table = table[(table["system"] == system) & (table["tta"] == tta) & (table["k"] == 1)]
    found = table.set_index(["gallery", "group"])["accuracy"]
    anew = ranked_anew(made, splits, encoders, views=4 if tta else 1)
    assert len(found) == len(anew) == 4
    for key, value in anew.items():
        assert found[key] == pytest.approx(value), key
    assert found["rare", "rare"] == 1  # one rare disorder: the table says that this says nothing


def test_tables_have_intervals_and_numbers_and_say_what_is_lacking(made):
    table = pd.read_csv(made / "tables/arc_table6.csv")
    assert table["model"].tolist() == [
        "arcface_mbf",
        "arcface_mbf + TTA",
        "arcface_mbf_tuned*",
        "arcface_mbf_tuned* + TTA",
        "Ensemble",
        "Ensemble + TTA",
    ]
    low, value, high = (table[f"verification{end}"] for end in ("_low", "", "_high"))
    assert ((low <= value) & (value <= high) & (low < high) & (high <= 1)).all()
    assert table["frequent_top1"].between(0, 1).all()
    assert table[["frequent_top1_low", "frequent_top1_high"]].isna().all(axis=None)  # below ten kin groups
    text = (made / "tables/arc_table6.tex").read_text()
    for said in ("Simulated cohort", "95\\% bootstrap interval", "test images of", "Rare top-1 says nothing"):
        assert said in text
    for name in ("accuracy", "disorders", "differences", "verification"):
        table = pd.read_csv(made / f"tables/{name}.csv")
        assert table["simulated"].all() and {"low", "high", "level"} <= set(table.columns)
    asked = set(pd.read_csv(made / "tables/differences.csv")["question"])
    assert asked == {"TTA", "fine-tuning", "ensemble"}


def test_figures_are_drawn_and_maps_have_coefficients(made):
    for name in FIGURES:
        assert (made / "figures" / name).stat().st_size > 5000
    points = pd.read_csv(made / "figures/clusters.csv")
    assert np.isfinite(points[["x", "y"]]).all(axis=None) and points["label"].nunique() == 6
    found = pd.read_csv(made / "tables/similarity_coefficients.csv")
    assert set(found["region"]) == {"eyes", "nose", "mouth"} and np.isfinite(found["coefficient"]).all()
    assert set(found["encoder"]) == {"arcface_mbf"}


def test_another_run_has_nothing_to_do_and_one_core_makes_the_same_bytes(study, made):
    assert "Nothing to be done" in study.snakemake(*TARGETS, studies=STUDY).stderr
    kept = [made / name for name in ("ranks.csv", "nearest.csv", "tables/accuracy.csv")]
    before = [path.read_bytes() for path in kept]
    for path in (kept[0], kept[2]):
        path.unlink()
    study.snakemake(str(kept[2].relative_to(study.folder)), studies=STUDY, cores=1)
    assert [path.read_bytes() for path in kept] == before
