"""The explorer's data say what the study's tables and maps say, and equal studies give equal bytes."""

import json

import numpy as np
import pandas as pd
import pytest
from explored_study import CLASSES, CONFIG, HELD, SIZE, contents, known_map, write_tiny_study
from gestalt_regions.report.explorer import face_list, method_maps, network_answers
from gestalt_regions.report.explorer.explorer_files import write_data
from gestalt_regions.report.explorer.outlines import outlines
from gestalt_regions.report.explorer.script_data import write_script
from gestalt_regions.report.explorer.sprites import MIDDLE, STEPS, greys_of_map
from PIL import Image

USED, ALL, SIGNED, SIZE_OF, LARGEST = 1, 2, 3, 4, 5  # places in what is told of a map
OFF = 15 / STEPS  # of the largest value: by how much compression changed a pixel of the default study at most


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def site(base, root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    write_data(base, folder, root / "resources/regions.yaml", config=CONFIG, contents=contents())
    return folder / "explorer"


def script(site, key):
    """The value in a script file."""
    text = (site / f"{key}.js").read_text()
    return json.loads(text[text.index("]=") + 2 : text.rindex(";")])


def tile(site, number, place):
    """A tile of the sheet of maps of one face, as greys."""
    whole = np.asarray(Image.open(site / "net" / "maps" / f"{number}.webp").convert("L")).astype(float)
    y, x = place // method_maps.COLUMNS * SIZE, place % method_maps.COLUMNS * SIZE
    return whole[y : y + SIZE, x : x + SIZE]


def told_of(site, sample):
    number = script(site, "index")["ids"].index(sample)
    return number, script(site, "net/0")[number]


def test_a_pixel_of_a_sheet_is_the_maps_value_and_keeps_its_sign(site):
    number, told = told_of(site, "KS-002-1")
    for method, place in (("Gradient", 0), ("GradCam", 1)):
        wanted = known_map(number, method)[0]
        map_ = told["maps"][place]
        values = (tile(site, number, map_[SIGNED]) - MIDDLE) / STEPS * map_[LARGEST]
        assert map_[LARGEST] == pytest.approx(np.abs(wanted).max(), rel=1e-4)
        assert np.abs(values - wanted).max() < OFF * map_[LARGEST]
        clear = np.abs(wanted) > OFF * map_[LARGEST]
        assert clear.mean() > 0.5
        assert (np.sign(values[clear]) == np.sign(wanted[clear])).all()


def test_the_magnitude_has_its_own_tile_where_it_is_more_than_the_sign_taken_away(site):
    number, told = told_of(site, "KS-002-1")
    gradient, cam, sobel = told["maps"]
    wanted = known_map(number, "Gradient")[1]
    values = tile(site, number, gradient[SIZE_OF]) / 255 * gradient[LARGEST + 1]
    assert np.abs(values - wanted).max() < OFF * wanted.max()
    assert cam[SIZE_OF] == -1
    assert cam[SIGNED] >= 0
    assert sobel[SIGNED] == -1
    assert sobel[SIZE_OF] >= 0


def test_a_held_out_face_has_the_mean_over_the_networks_that_agree(site):
    number, told = told_of(site, HELD)
    map_ = told["maps"][1]
    assert map_[: ALL + 1] == [CLASSES.index("NS"), 2, 3]
    assert map_[LARGEST] == pytest.approx(2 * np.abs(known_map(number, "GradCam")[0]).max(), rel=1e-4)  # of 1 and 3
    assert told["coefficients"]["GradCam"]["absolute_minmax"]["nose"] == pytest.approx(0.4)  # of 0.2 and 0.6
    assert sorted(told["answers"]) == ["1", "2", "3"]


def test_answers_of_a_face_of_the_folds_come_from_the_network_that_has_not_seen_it(site):
    index, model = script(site, "index"), script(site, "net/index")
    number = index["ids"].index("NS-002-1")
    assert list(script(site, "net/0")[number]["answers"]) == [index["fold"][number]]
    assert model["classes"][model["predicted"][number]] == "NS"
    assert model["top"][number] == model["own"][number] == 0.7
    wrong = [name for name, k in zip(index["ids"], model["predicted"], strict=True) if not name.startswith(CLASSES[k])]
    assert len(wrong) == 3


def test_faces_without_a_map_are_there_and_the_truth_is_beside(site):
    index, model = script(site, "index"), script(site, "net/index")
    assert len(index["ids"]) == 13
    assert 0 < len(model["with_maps"]) < 13
    assert "maps" not in script(site, "net/0")[next(n for n in range(13) if n not in model["with_maps"])]
    assert index["truth"] == {"0": [40, "Ptosis; Long face"]}
    assert index["simulated"] is True
    assert index["excluded"] == [["KS-009-1", "no_face", "none found"]]
    told = script(site, "net/0")[model["with_maps"][0]]
    assert told["drops"] == {"rendered": {"eyes": [1.5, 0.25], "all": [1.5, 0.25]}}


def test_attributes_are_what_faces_differ_by(site):
    told = {each["key"]: each for each in script(site, "index")["attributes"]}
    assert set(told) == {"sex", "age"}  # one look for all, no yaw without landmarks
    assert told["age"]["names"] == ["2 to 6 years", "6 to 12 years", "12 to 18 years"]
    assert told["age"]["codes"][:4] == [0, 1, 1, 2]
    assert told["age"]["codes"][-1] == -1
    facts = script(site, "faces/0")[1]["facts"]
    assert facts["signs given (strength)"] == "Long face (0.90), Ptosis (0.40)"
    assert "look" not in facts


def test_the_same_study_gives_the_same_bytes(base, root, site, tmp_path):
    write_data(base, tmp_path, root / "resources/regions.yaml", config=CONFIG, contents=contents())
    first = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    again = {p.relative_to(tmp_path / "explorer"): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert first == again
    assert len(first) > 10


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"truth": False, "drops": False}, "No truth beside the maps"),
        ({"methods": (), "controls": (), "tabled": ()}, "No maps"),
        ({"methods": (), "controls": (), "tabled": (), "truth": False, "drops": False, "kept": False}, "saliency.keep"),
        ({"methods": ("GradCam",), "controls": (), "tabled": ()}, "1 photograph"),
    ],
)
def test_what_a_study_lacks_is_left_out_and_said(base, root, tmp_path, changes, said):
    words = write_data(base, tmp_path, root / "resources/regions.yaml", config=CONFIG, contents=contents(**changes))
    index = script(tmp_path / "explorer", "index")
    model = script(tmp_path / "explorer", "net/index")
    assert any(said in line for line in words["missing"])
    assert [each["name"] for each in model["methods"]] == list(changes.get("methods", contents().methods))
    assert bool(index["truth"]) == changes.get("truth", True)


def test_of_a_cohort_that_is_partly_simulated_every_face_says_which_it_is(root, tmp_path):
    base = write_tiny_study(tmp_path)
    samples = pd.read_csv(base / "samples.csv")
    samples["simulated"] = samples["label"] == "KS"
    samples.to_csv(base / "samples.csv", index=False)
    write_data(base, tmp_path, root / "resources/regions.yaml", config=CONFIG, contents=contents())
    assert script(tmp_path / "explorer", "index")["simulated"] == [True] * 4 + [False] * 9


def test_a_map_of_zeros_has_a_tile():
    signed, magnitude = greys_of_map(np.zeros((8, 8)), np.zeros((8, 8)), 8)
    assert signed is None
    assert magnitude is not None
    assert (magnitude.tile.max(), magnitude.scale) == (0, 0)


def test_a_large_map_is_made_smaller_by_means():
    large = np.kron(np.array([[1.0, -1.0], [0.5, 0.0]]), np.ones((4, 4)))
    signed, _ = greys_of_map(large, np.abs(large), 2)
    assert signed is not None
    assert signed.tile.tolist() == [[255, 1], [192, 128]]


def test_many_maps_become_small_and_then_fewer_evenly_by_class():
    assert [method_maps.choose_side(faces, 20) for faces in (100, 1000, 9000)] == [112, 56, 56]
    labels = pd.Series(["KS"] * 3000 + ["NS"] * 100, index=range(5, 3105))
    chosen = method_maps.with_maps(labels, 20)
    assert len(chosen) == 2000
    assert labels.loc[chosen].value_counts().to_dict() == {"KS": 1900, "NS": 100}


def test_of_a_large_cohort_those_with_maps_come_first(base, monkeypatch):
    monkeypatch.setattr(face_list, "MOST_FACES", 6)
    wanted = ["Unaffected-004-1", HELD]
    faces = face_list.list_faces(base, wanted)
    assert len(faces) == 6
    assert set(wanted) <= set(faces["sample_id"])
    assert faces["label"].nunique() == 3


def test_of_a_large_cohort_nothing_is_kept_of_faces_that_are_not_shown(base, site, root, tmp_path, monkeypatch):
    monkeypatch.setattr(face_list, "MOST_FACES", 6)
    kept, given = [], network_answers.read_answers
    opened = method_maps.open_maps

    def _open(*arguments):
        maps = opened(*arguments)
        kept.extend(each.places for each in maps.values())
        return maps

    def _read(*arguments):
        kept.append((answers := given(*arguments))[1])
        return answers

    monkeypatch.setattr(method_maps, "open_maps", _open)
    monkeypatch.setattr(network_answers, "read_answers", _read)
    write_data(base, tmp_path, root / "resources/regions.yaml", config=CONFIG, contents=contents())
    few = script(tmp_path / "explorer", "index")["ids"]
    assert len(few) == 6 and len(kept) == 4 and all(set(places) <= set(few) for places in kept)
    for sample in few:
        number = few.index(sample)
        told = script(tmp_path / "explorer", "net/0")[number]
        assert told["answers"] == told_of(site, sample)[1]["answers"]


def test_an_outline_goes_round_its_region():
    regions = np.zeros((20, 20), np.uint8)
    regions[5:11, 3:15] = 2
    [[number, path, x, y]] = outlines(regions, {"eyes": 1, "nose": 2})
    assert number == 1
    assert path.startswith("M3,5l")
    assert path.endswith("z")
    assert regions[y, x] == 2


def test_scripts_hold_no_number_that_is_none(tmp_path):
    write_script(tmp_path, "a/b", {"x": [float("nan"), np.float32(1 / 3), np.int64(2), "é"], "y": True})
    text = (tmp_path / "a" / "b.js").read_text(encoding="ascii")
    assert text.endswith('["a/b"]={"x":[null,0.333333,2,"\\u00e9"],"y":true};\n')
