"""The 106 landmarks, on two portraits that are public domain."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
import skimage.data
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces import align
from gestalt_regions.faces.detect import choose_face, make_detector
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.faces.landmarks import (
    FRAMES,
    MIRRORED,
    POINT_COUNT,
    detections,
    open_landmark_network,
    spread,
    write_landmarks,
)
from PIL import Image

# Points by where they must lie: eyes (and pupils), nose tip and corners of the mouth, in the order of align.TEMPLATE.
FIVE_OF_106 = ([34, 38], [88, 92], [86], [52], [61])


@pytest.fixture(scope="module")
def run(asset):
    return open_landmark_network(asset("landmarks_106.onnx"), threads=1)


@pytest.fixture(scope="module")
def portraits(asset):
    """Each portrait with its five points, as the detector of the default study finds them."""
    detector = make_detector("scrfd", asset("scrfd_500m.onnx"), 0.5, 1, "cpu")
    hopper = np.asarray(Image.open(f"{matplotlib.get_data_path()}/sample_data/grace_hopper.jpg").convert("RGB"))
    found = {}
    for name, image in (("astronaut", skimage.data.astronaut()), ("hopper", hopper)):
        options = dict(sizes=[256], several="largest", comparable_area=0.5, min_eye_distance=20)
        found[name] = image, choose_face(detector, image, **options).points.astype(np.float64)
    return found


def distance(a, b):
    """Root mean square over points."""
    return float(np.sqrt(((a - b) ** 2).sum(axis=-1).mean()))


def mirrored(image, points):
    """The mirror image and its five points, from the image's left to its right as ever."""
    turned = points.copy()
    turned[:, 0] = image.shape[1] - 1 - points[:, 0]
    return np.ascontiguousarray(image[:, ::-1]), turned[[1, 0, 2, 4, 3]]


def test_the_mirrored_order_is_its_own_inverse():
    order = np.array(MIRRORED)
    assert sorted(order) == list(range(POINT_COUNT)) and (order[order] == np.arange(POINT_COUNT)).all()


@pytest.mark.parametrize("name", ["astronaut", "hopper"])
def test_points_lie_where_they_should_and_detections_of_mirror_images_agree(run, portraits, name):
    image, points = portraits[name]
    repeated = detections(run, image, points)
    assert repeated.shape == (2 * len(FRAMES), POINT_COUNT, 2)
    mean = repeated.mean(axis=0)
    places = align.transform(align.similarity(points)[0], points)
    for indices, place in zip(FIVE_OF_106, places, strict=True):  # two detectors, within a tenth of the eyes' distance
        assert np.linalg.norm(mean[indices].mean(axis=0) - place) < 0.1 * np.linalg.norm(places[1] - places[0])
    # Detections of one frame and of its mirror image differ by no more than the two frames do, within a factor of 2
    # (how far apart two draws of one spread may be); the nearest wrong order is more than 2 pixels off.
    for seen, flipped in zip(repeated[::2], repeated[1::2], strict=True):
        assert distance(seen, flipped) < 2 * np.sqrt(2) * spread(repeated) < 2
        assert distance(seen, flipped[list(MIRRORED)]) > 10
    other = detections(run, *mirrored(image, points)).mean(axis=0)
    to_photograph = np.linalg.inv(align.similarity(points)[0])
    _, flipped_points = mirrored(image, points)
    back = align.transform(np.linalg.inv(align.similarity(flipped_points)[0]), other[list(MIRRORED)])
    back[:, 0] = image.shape[1] - 1 - back[:, 0]
    scale = np.sqrt(np.linalg.det(to_photograph[:2, :2]))
    assert distance(back, align.transform(to_photograph, mean)) / scale < spread(repeated)


@pytest.mark.parametrize("name", ["astronaut", "hopper"])
def test_an_alignment_that_is_a_bit_off_moves_no_point_of_the_photograph(run, portraits, name):
    image, points = portraits[name]
    repeated = detections(run, image, points)
    to_photograph = np.linalg.inv(align.similarity(points)[0])
    size = np.sqrt(np.linalg.det(to_photograph[:2, :2]))
    before = align.transform(to_photograph, repeated.mean(axis=0))
    for shift in ((3.0, 0.0), (0.0, -3.0)):
        moved = points + np.array(shift) * size  # three pixels of the crop
        mean = detections(run, image, moved).mean(axis=0)
        after = align.transform(np.linalg.inv(align.similarity(moved)[0]), mean)
        assert distance(after, before) / size < spread(repeated)


def written(folder, asset, samples, faces, name="a"):
    pd.DataFrame(samples, columns=["sample_id", "image"]).to_csv(folder / "samples.csv", index=False)
    table = pd.DataFrame([[row, sample, *points.ravel()] for row, (sample, points) in enumerate(faces)])
    table.set_axis(["row", "sample_id", *POINTS], axis=1).to_csv(folder / "index.csv", index=False)
    outputs = folder / f"{name}.npy", folder / f"{name}.csv"
    write_landmarks(
        samples=folder / "samples.csv",
        index=folder / "index.csv",
        weights=asset("landmarks_106.onnx"),
        landmarks=outputs[0],
        table=outputs[1],
        threads=1,
    )
    return outputs


def test_rows_are_those_of_the_index_and_a_photograph_that_lies_on_its_side_is_no_other(tmp_path, asset, portraits):
    image, points = portraits["astronaut"]
    on_its_side = np.stack([points[:, 1], image.shape[1] - 1 - points[:, 0]], axis=1)  # turned a quarter to the left
    Image.fromarray(image).save(tmp_path / "up.png")
    Image.fromarray(np.rot90(image)).save(tmp_path / "side.png")
    Image.fromarray(portraits["hopper"][0]).save(tmp_path / "hopper.png")
    samples = [("001", "up.png"), ("unused", "gone.png"), ("2", "side.png"), ("3", "hopper.png")]
    faces = [("3", portraits["hopper"][1]), ("2", on_its_side), ("001", points)]
    first, second = (written(tmp_path, asset, samples, faces, name) for name in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    landmarks, table = np.load(first[0]), pd.read_csv(first[1], dtype={"sample_id": str})
    assert landmarks.dtype == np.float32 and landmarks.shape == (3, POINT_COUNT, 2)
    assert list(table) == ["row", "sample_id", "spread"] and table["row"].tolist() == [0, 1, 2]
    assert table["sample_id"].tolist() == ["3", "2", "001"] and table["spread"].between(0.01, 2).all()
    assert distance(landmarks[1], landmarks[2]) < table["spread"][2] < distance(landmarks[0], landmarks[2])


def test_a_photograph_that_vanished_and_a_file_that_is_no_such_network_are_named(tmp_path, asset, portraits):
    with pytest.raises(InputError, match=r"gone\.png \(anna\): no such file, though a face was made of it"):
        written(tmp_path, asset, [("anna", "gone.png")], [("anna", portraits["hopper"][1])])
    assert not list(tmp_path.glob("a.*"))
    with pytest.raises(InputError, match=r"face ben is not in .*samples\.csv; make the faces again"):
        written(tmp_path, asset, [("anna", "gone.png")], [("ben", portraits["hopper"][1])])
    with pytest.raises(InputError, match=r"bisenet\.pth"):
        open_landmark_network(asset("bisenet.pth"), 1)
    with pytest.raises(InputError, match=r"arcface_mbf\.onnx: takes no RGB image of 192 x 192|not x and y of 106"):
        open_landmark_network(asset("arcface_mbf.onnx"), 1)
