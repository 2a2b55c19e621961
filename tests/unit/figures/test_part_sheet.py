"""The sheet of parts shows what the experts' own layer cuts, of the faces that are asked for."""

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.face_parts import SIDE, read_boxes
from gestalt_regions.figures.part_sheet import choose_faces, draw_part_sheet, parts_of, windows_of
from gestalt_regions.models.face_crop import FaceCrop, FaceWindow
from gestalt_regions.models.network import Preprocess
from simulated_inputs import write_study


@pytest.fixture(scope="module")
def boxes(root):
    return read_boxes(root / "resources/face_parts.csv")


@pytest.fixture(scope="module")
def crops():
    """Smooth random pictures, as faces are."""
    small = np.random.default_rng(0).uniform(0, 255, (3, 14, 14, 3))
    return np.repeat(np.repeat(small, 16, 1), 16, 2).astype(np.uint8)


def test_parts_are_those_of_the_networks(boxes, crops):
    grey = Preprocess(SIDE, "grey", (0.0,), (1.0,))(crops[:1])
    for name, part in parts_of(crops[0], boxes).items():
        left, top, right, bottom = (edge / SIDE for edge in boxes[name])
        expected = FaceCrop((left, top, right, bottom), 100)(grey)[0, 0].numpy()
        assert part.shape == (100, 100) and part.dtype == np.uint8
        assert np.abs(part - expected).max() <= 2  # both round grey levels, at other steps


def test_the_first_faces_are_each_of_another_class():
    faces = pd.DataFrame({"row": range(4), "sample_id": list("abcd"), "label": ["KS", "KS", "NS", "WS"]})
    assert choose_faces(faces, [], 3)["sample_id"].tolist() == ["a", "c", "d"]
    assert choose_faces(faces, [], 4)["sample_id"].tolist() == ["a", "c", "d", "b"]
    assert choose_faces(faces, ["d", "b"], 1)["sample_id"].tolist() == ["d", "b"]
    with pytest.raises(InputError, match=r"figures\.part_sheet\.samples: 'e' has no face"):
        choose_faces(faces, ["e"], 1)


def test_windows_are_those_of_the_networks(boxes, crops):
    crop = crops[0][::2, ::2]  # 112 pixels
    for name, shown in windows_of(crop, boxes).items():
        image = torch.from_numpy(crop / 127.5 - 1).permute(2, 0, 1)[None]
        window = FaceWindow(tuple(edge / SIDE for edge in boxes[name]))(image)[0].permute(1, 2, 0).numpy()
        assert np.abs((window + 1) * 127.5 - shown).max() <= 0.5, name  # the middle grey is between 127 and 128


def test_the_sheet_is_drawn_with_the_same_bytes_twice(tmp_path, root, monkeypatch):
    study = write_study(tmp_path, per_class=2, heldout=0)
    faces = pd.read_csv(study / "faces/index.csv")
    np.save(tmp_path / "crops.npy", np.random.default_rng(1).integers(0, 256, (len(faces), SIDE, SIDE, 3), np.uint8))
    drawn = []
    for number in (1, 2):
        output = tmp_path / f"sheet{number}.png"
        draw_part_sheet(
            crops_path=tmp_path / "crops.npy",
            index_path=study / "faces/index.csv",
            samples_path=study / "samples.csv",
            parts_path=root / "resources/face_parts.csv",
            output=output,
            windows=False,
            samples=[],
            count=2,
        )
        drawn.append(output.read_bytes())
    assert drawn[0] == drawn[1] and len(drawn[0]) > 10_000
