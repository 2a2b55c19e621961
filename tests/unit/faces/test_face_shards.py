"""The choice of a face, and the whole stage on two real portraits."""

from importlib import import_module

import matplotlib
import numpy as np
import pandas as pd
import pytest
import skimage.data
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces import align
from gestalt_regions.faces.detect import Detector, Faces, choose_face, letterbox, make_detector
from gestalt_regions.faces.detector_registry import DETECTORS
from gestalt_regions.faces.face_shards import FaceSettings, faces_gather, faces_shard
from gestalt_regions.faces.shards import KINDS, shard_numbers
from gestalt_regions.faces.unusable import Unusable
from PIL import Image


@pytest.fixture(scope="module")
def astronaut():
    return Image.fromarray(skimage.data.astronaut())


def broken_files(folder, image):
    image.save(folder / "whole.jpg")
    data = (folder / "whole.jpg").read_bytes()
    (folder / "truncated.jpg").write_bytes(data[: len(data) // 2])
    (folder / "zero.jpg").touch()
    (folder / "text.jpg").write_text("not an image")
    (folder / "post.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    Image.fromarray(np.ones((9, 9), np.float32)).save(folder / "float.tif")
    (folder / "folder.jpg").mkdir()
    return {
        "truncated.jpg": "unreadable",
        "zero.jpg": "empty",
        "text.jpg": "unreadable",
        "post.eps": "unreadable",
        "float.tif": "unreadable",
        "folder.jpg": "missing",
        "gone.jpg": "missing",
    }


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (50, 90), (700, 300)])
def test_letterbox_keeps_everything_inside(shape):
    square, factor = letterbox(np.full((*shape, 3), 255, np.uint8), 64)
    assert square.shape == (64, 64, 3)
    filled = np.flatnonzero(square.any(axis=(1, 2)))[-1] + 1, np.flatnonzero(square.any(axis=(0, 2)))[-1] + 1
    assert max(filled) == 64
    np.testing.assert_allclose(factor[::-1] * shape, filled)


class Drawn(Detector):
    """Finds squares given beforehand, at one detection size only."""

    name, about = "drawn", {}

    def __init__(self, sides, size=64, wide=1.0):
        self.sides, self.size, self.wide = sides, size, wide

    def find(self, square):
        sides = self.sides if square.shape[0] == self.size else []
        boxes = np.array([[0, 0, side, side] for side in sides], np.float32).reshape(-1, 4)
        points = align.TEMPLATE[None] * [self.wide, 1] * (boxes[:, 2] / 112)[:, None, None]
        scores = np.linspace(0.6, 0.9, len(sides))
        return Faces(boxes, scores if square[0, 0, 0] == 0 else scores - 0.3, points)  # the mark is at another corner


def choose(sides, several="clear_largest", size=64, minimum=0.0, wide=1.0):
    image = np.zeros((128, 128, 3), np.uint8)
    image[:, -8:] = image[-8:] = 255  # black stays at the first corner only while the picture is upright
    return choose_face(
        Drawn(sides, size, wide), image, sizes=[64, 32], several=several, comparable_area=0.5, min_eye_distance=minimum
    )


def test_choice_of_a_face():
    face = choose([20, 60])
    assert face.faces_found == 2 and face.warnings == ("largest_of_2",)
    np.testing.assert_allclose(face.box, [0, 0, 120, 120])  # back in the pixels of the photograph
    np.testing.assert_allclose(face.points, align.TEMPLATE * 120 / 112)
    assert choose([60]).warnings == () and choose([30], size=32).warnings == ("found_at_32",)
    assert choose([50, 60], "largest").faces_found == 2


@pytest.mark.parametrize(
    ("sides", "options", "reason"),
    [
        ([], {}, "no_face"),
        ([50, 60], {}, "several_faces"),
        ([20, 60], {"several": "exclude"}, "several_faces"),
        ([60], {"minimum": 40.0}, "too_small"),
        ([60], {"minimum": 30.0, "wide": 0.2}, "too_turned"),  # as a profile: eyes 7.6 pixels apart in a large face
        ([60], {"minimum": 45.0, "wide": 0.2}, "too_small"),  # it would be too small from the front, too
    ],
)
def test_refused_faces(sides, options, reason):
    with pytest.raises(Unusable) as caught:
        choose(sides, **options)
    assert caught.value.reason == reason


def test_a_new_or_removed_row_moves_no_other_to_another_shard():
    names = [f"sample-{i}" for i in range(3000)]
    shards = dict(zip(names, shard_numbers(names, 6), strict=True))
    assert set(shards.values()) == {1, 2, 3, 4, 5, 6}
    assert min(list(shards.values()).count(k) for k in range(1, 7)) > 400
    fewer = ["a new one", *names[:100], *names[101:]]
    assert all(shards.get(name, k) == k for name, k in zip(fewer, shard_numbers(fewer, 6), strict=True))
    assert shard_numbers([], 2).tolist() == []


def test_detectors_say_what_they_are():
    assert list(DETECTORS) == ["scrfd", "yunet"]
    assert all(entry.licence and entry.paper for entry in DETECTORS.values())
    for entry in DETECTORS.values():
        assert issubclass(getattr(import_module(entry.module), entry.object), Detector)
    with pytest.raises(InputError, match="did you mean yunet"):
        make_detector("yunit", "x", 0.5, 1, "cpu")
    with pytest.raises(InputError, match="no such file"):
        make_detector("yunet", "x", 0.5, 1, "cpu")


def run_stage(folder, asset, samples, detector, shards):
    pd.DataFrame(samples, columns=["sample_id", "image"]).to_csv(folder / "samples.csv", index=False)
    weights = asset(DETECTORS[detector].asset)
    parts = {name: [] for name in ("faces.npz", "index.csv", "excluded.csv", "photographs.csv")}
    for shard in range(1, shards + 1):
        for name, paths in parts.items():
            paths.append(folder / f"{shards}-{shard}-{name}")
        options = dict(sizes=[112], detector=detector, detection_size=256, retry_sizes=[128, 640], min_score=0.5)
        options |= dict(min_eye_distance=20, several="clear_largest", comparable_area=0.5, parse_size=384)
        faces_shard(
            samples=folder / "samples.csv",
            detector_weights=weights,
            parser_weights=asset("bisenet.pth"),
            listed="",
            faces=parts["faces.npz"][-1],
            index=parts["index.csv"][-1],
            excluded=parts["excluded.csv"][-1],
            photographs=parts["photographs.csv"][-1],
            shard=shard,
            settings=FaceSettings(shards=shards, parse_margin=0.1, device="cpu", **options),
            threads=1,
        )
    names = [*(f"{kind}.npy" for kind in KINDS), "index.csv", "excluded.csv", "photographs.csv"]
    outputs = [folder / f"{shards}-{name}" for name in names]
    faces_gather(
        samples=folder / "samples.csv",
        shard_faces=parts["faces.npz"],
        shard_indexes=parts["index.csv"],
        shard_excluded=parts["excluded.csv"],
        shard_photographs=parts["photographs.csv"],
        arrays={(kind, 112): path for kind, path in zip(KINDS, outputs, strict=False)},
        index=outputs[3],
        excluded=outputs[4],
        photographs=outputs[5],
    )
    return outputs


@pytest.mark.parametrize("detector", ["scrfd", "yunet"])
def test_two_real_portraits_among_broken_files(tmp_path, asset, astronaut, detector):
    broken = list(broken_files(tmp_path, astronaut))
    astronaut.save(tmp_path / "astronaut.png")
    hopper = f"{matplotlib.get_data_path()}/sample_data/grace_hopper.jpg"
    samples = [("1", "astronaut.png"), *((name, name) for name in broken), ("007", hopper)]
    outputs = run_stage(tmp_path, asset, samples, detector, shards=2)
    crops, labels, regions = (np.load(path) for path in outputs[:3])
    index = pd.read_csv(outputs[3], dtype={"sample_id": str})
    assert index["sample_id"].tolist() == ["1", "007"] and index["row"].tolist() == [0, 1]
    assert pd.read_csv(outputs[4])["sample_id"].tolist() == broken
    assert crops.shape == (2, 112, 112, 3) and labels.shape == regions.shape == (2, 112, 112)
    assert (index["residual"] < 6).all() and (index["outside"] < 0.01).all()
    assert 190 < index["x1"][0] < 215 < 235 < index["x2"][0] < 260 and 90 < index["y1"][0] < 112  # her eyes
    for region, box in ((1, (25, 35, 90, 62)), (2, (45, 40, 68, 82)), (3, (35, 80, 78, 106))):
        rows, columns = np.nonzero((regions == region).all(axis=0))
        assert len(rows) > 300
        middle = columns.mean(), rows.mean()
        assert box[0] < middle[0] < box[2] and box[1] < middle[1] < box[3]
    facts = pd.read_csv(outputs[5], dtype={"sample_id": str}, keep_default_na=False)
    assert facts["sample_id"].tolist() == ["1", "007"] and facts["format"].tolist() == ["PNG", "JPEG"]
    assert facts["width"].tolist() == [512, 512] and facts["turned"].tolist() == [0, 0]
    assert pd.isna(index["warnings"][0]) and "glasses" in index["warnings"][1]


def test_bytes_do_not_depend_on_the_shards_and_nothing_usable_is_an_error(tmp_path, asset, astronaut):
    for i in range(3):
        astronaut.rotate(10 * i).save(tmp_path / f"{i}.png")
    samples = [(str(i), f"{i}.png") for i in range(3)]
    one, three = (run_stage(tmp_path, asset, samples, "scrfd", shards) for shards in (1, 3))
    for a, b in zip(one, three, strict=True):
        assert a.read_bytes() == b.read_bytes()
    with pytest.raises(InputError, match=r"no image of the cohort can be used \(missing 1\); the first: gone.png"):
        run_stage(tmp_path, asset, [("x", "gone.png")], "scrfd", 1)


def test_a_picture_that_the_detector_cannot_bear_is_excluded_and_our_own_errors_stop(
    tmp_path, asset, astronaut, monkeypatch
):
    for name, size in (("tiny.png", (1, 1)), ("wide.png", (3000, 1)), ("tall.png", (1, 3000))):
        astronaut.resize(size).save(tmp_path / name)
    astronaut.save(tmp_path / "a.png")
    samples = [(name, f"{name}.png") for name in ("tiny", "wide", "tall", "a")]
    outputs = run_stage(tmp_path, asset, samples, "scrfd", 1)
    assert pd.read_csv(outputs[4])["reason"].tolist() == ["no_face"] * 3
    facts = pd.read_csv(outputs[5])
    assert (
        facts["sample_id"].tolist() == ["tiny", "wide", "tall", "a"]
        and facts["turned"].isna().tolist()[:3] == [True] * 3
    )

    def fails(error):
        detect = Detector.detect_turned

        def raised(self, image, size, turns):
            if image.shape[0] == 1:
                raise error
            return detect(self, image, size, turns)

        return raised

    for error in (ValueError("bad\nshape"), IndexError("x"), ZeroDivisionError(), TypeError("y")):
        monkeypatch.setattr(Detector, "detect_turned", fails(error))
        outputs = run_stage(tmp_path, asset, samples, "scrfd", 1)
        excluded = pd.read_csv(outputs[4])
        assert excluded["reason"].tolist() == ["failed", "failed", "no_face"]
        assert excluded["detail"][0].startswith(f"{type(error).__name__} in an image of 1 x 1")
        monkeypatch.undo()
    for error in (InputError("mend it"), OSError(28, "No space left on device"), MemoryError(), KeyboardInterrupt()):
        monkeypatch.setattr(Detector, "detect_turned", fails(error))
        with pytest.raises((type(error), InputError)):
            run_stage(tmp_path, asset, samples, "scrfd", 1)
        monkeypatch.undo()


def shared_crops(outputs):
    return np.load(outputs[0]).astype(int), pd.read_csv(outputs[3], keep_default_na=False).set_index("sample_id")


@pytest.mark.parametrize("detector", ["scrfd", "yunet"])
def test_sideways_and_upside_down_faces_are_turned_upright(tmp_path, asset, astronaut, detector):
    hopper = Image.open(f"{matplotlib.get_data_path()}/sample_data/grace_hopper.jpg")
    samples = []
    for name, image in (("astronaut", astronaut), ("hopper", hopper)):
        for turn in (0, 90, 180, 270):
            image.rotate(turn, expand=True).save(tmp_path / f"{name}{turn}.png")
            samples.append((f"{name}{turn}", f"{name}{turn}.png"))
    outputs = run_stage(tmp_path, asset, samples, detector, 1)
    crops, index = shared_crops(outputs)
    assert len(index) == 8
    photographs = pd.read_csv(outputs[5]).set_index("sample_id")
    for name in ("astronaut", "hopper"):
        upright = index.loc[f"{name}0"]
        assert "turned" not in upright["warnings"] and photographs.loc[f"{name}0", "turned"] == 0
        for turn in (90, 180, 270):
            row = index.loc[f"{name}{turn}"]
            assert f"turned_{turn}" in row["warnings"].split(";")
            assert photographs.loc[f"{name}{turn}", "turned"] == turn
            assert row["eye_distance"] == pytest.approx(upright["eye_distance"], rel=0.01)
            assert np.abs(crops[row["row"]] - crops[upright["row"]]).mean() < 2
            assert "no_nose" not in row["warnings"]
