"""The kit of a reader study: its design follows the schema, the folder holds no truth, the bytes are the same."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from drawn_reader_study import CLASSES, METHODS, SIDE, write_study, write_tiny_kit
from gestalt_regions.clinicians.reader_study.kit_pictures import SIDE as SHOWN_SIDE
from gestalt_regions.clinicians.reader_study.kit_pictures import explanation, legend_colours
from gestalt_regions.clinicians.reader_study.study_files import first_problem
from gestalt_regions.core.errors import InputError
from PIL import Image


@pytest.fixture(scope="module")
def made(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader_study")
    return folder, write_tiny_kit(root, folder)


def bytes_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def study_js(folder):
    return json.loads(
        (folder / "kit/study.js").read_text(encoding="utf-8").removeprefix("window.STUDY = ").rstrip(";\n")
    )


def test_the_design_follows_its_schema(made):
    folder, design = made
    assert first_problem(design, "design") is None
    assert [item["true"] for item in design["items"]] != [] and design["simulated_faces"] is True
    assert sum(each["control"] for item in design["items"] for each in item["explanations"]) == 1
    assert {item["class"] for item in design["composites"]} == set(CLASSES)
    assert study_js(folder)["study"] == design["study"]
    assert study_js(folder)["sequences"] == design["sequences"]


def test_the_folder_holds_no_truth(made):
    folder, design = made
    content = bytes_of(folder / "kit")
    names = {each["explanation"] for item in design["items"] for each in item["explanations"]}
    names |= {item["item"] for item in [*design["items"], *design["composites"]]}
    assert {name for name in content if name.startswith("images/")} == {f"images/{name}.jpg" for name in names}
    told = [item["sample_id"] for item in design["items"]] + METHODS + ["ai_right", '"true":', '"control":']
    for name, data in content.items():
        assert [word for word in told if word.encode() in data] == [], name
    shown = study_js(folder)
    assert set(shown["items"][0]) == {"item", "ai", "explanations"} and set(shown["composites"][0]) == {"item"}
    assert [item["ai"] for item in shown["items"]] == [item["ai"] for item in design["items"]]


def test_pictures_are_small_and_say_nothing_beside_their_pixels(made):
    for path in (made[0] / "kit/images").iterdir():
        with Image.open(io.BytesIO(path.read_bytes())) as picture:
            assert picture.size == (SHOWN_SIDE, SHOWN_SIDE) and picture.format == "JPEG"
            assert not picture.getexif() and "comment" not in picture.info
        assert path.stat().st_size < 60_000


def test_the_bytes_are_the_same_and_a_study_is_named_by_what_readers_see(root, made, tmp_path):
    folder, design = made
    again = write_tiny_kit(root, tmp_path)
    assert again == design and bytes_of(tmp_path) == bytes_of(folder)
    assert write_tiny_kit(root, tmp_path, languages=["de"])["study"] != design["study"]
    assert write_tiny_kit(root, tmp_path, colormap="magma")["study"] != design["study"]


def test_the_organiser_is_told_who_may_receive_it(root, made, tmp_path, caplog):
    readme = (made[0] / "kit/README.txt").read_text()
    assert "SIMULATED FACES" in readme and "consent of every" in readme and "{" not in readme
    design = write_tiny_kit(root, tmp_path, simulated=False)
    readme = (tmp_path / "kit/README.txt").read_text()
    assert "SIMULATED FACES" not in readme and design["simulated_faces"] is False
    assert study_js(tmp_path)["simulated"] is False


def test_without_composites_and_controls(root, tmp_path):
    design = write_tiny_kit(root, tmp_path, composites=False, controls=[], control_faces=0, design="crossover")
    assert first_problem(design, "design") is None and design["composites"] == []
    assert not any(each["control"] for item in design["items"] for each in item["explanations"])


def test_a_map_is_shown_by_its_size_alone():
    crop = np.full((SIDE, SIDE, 3), 100, np.uint8)
    values = np.zeros((32, 32), np.float32)
    values[8:12, 8:12] = 1
    picture = explanation(crop, values, "inferno")
    assert np.array_equal(picture, explanation(crop, 1000 * values, "inferno"))  # scaled by itself
    assert picture[20, 20].sum() > picture[50, 50].sum()
    assert len(set(legend_colours("inferno"))) == 9


def test_a_map_of_another_answer_is_refused(root, tmp_path):
    write_study(tmp_path / "study")
    table = pd.read_csv(tmp_path / "study/GradCam.csv")
    table.loc[0, "target"] = "NS"
    table.to_csv(tmp_path / "study/GradCam.csv", index=False)
    with pytest.raises(InputError, match=r"GradCam: the map of 'KS-0' explains NS, but the AI says KS"):
        write_tiny_kit(root, tmp_path)
