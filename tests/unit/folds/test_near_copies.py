"""Copies of one photograph are found, whatever was done to them; other photographs of a person are none."""

import io

import cv2
import numpy as np
import pandas as pd
import pytest
from gestalt_regions.folds import near_copies as module
from gestalt_regions.folds.copy_decision import compare
from gestalt_regions.folds.near_copies import COLUMNS, hashes, near_copies, photographs, propose, write_near_copies
from PIL import Image, ImageDraw

SIZE = 112


def smooth(rng, size, sigma, channels=1):
    """Noise with a scale, standard deviation 1."""
    noise = cv2.GaussianBlur(rng.standard_normal((size, size, channels)).astype(np.float32), (0, 0), sigma)
    return noise.reshape(size, size, channels) / noise.std()


def face(person, photo, pose=(0.0, 0.0), size=SIZE):
    """A made face: eyes, nose, mouth and skin belong to the person; light, backdrop and turn to the photograph.

    A turn moves what is nearer to the camera further, as a real one does.
    """
    who, when = np.random.default_rng([1, person]), np.random.default_rng([2, person, photo])
    y, x = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    width, height, tone = who.uniform(0.36, 0.42), who.uniform(0.46, 0.52), who.uniform(90, 200)
    inside = (x / width) ** 2 + (y / height) ** 2
    depth = np.sqrt(np.clip(1 - inside, 0, 1)) + 0.6 * np.exp(-((x / 0.06) ** 2 + (y / 0.12) ** 2))
    at = [(size * (each + 0.5 + turn * depth)).astype(np.float32) for each, turn in zip((x, y), pose, strict=True)]
    skin = tone + 7 * smooth(who, size, 1.2)[..., 0] + 5 * smooth(who, size, 4)[..., 0]
    for eye in (-1, 1):
        place = (x - eye * who.uniform(0.15, 0.18)) ** 2 / 0.006 + (y + 0.04) ** 2 / who.uniform(0.001, 0.003)
        skin = skin - 90 * np.exp(-place) - 50 * np.exp(-(((x - eye * 0.17) / 0.1) ** 2 + ((y + 0.14) / 0.02) ** 2))
    skin = skin - 70 * np.exp(-((x / who.uniform(0.1, 0.16)) ** 2 + ((y - 0.28) / who.uniform(0.02, 0.05)) ** 2))
    skin = skin + 30 * np.exp(-((x / 0.04) ** 2 + ((y - 0.06) / 0.12) ** 2))
    skin = cv2.remap(skin.astype(np.float32), *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    light = 1 + when.uniform(-0.8, 0.8) * x + when.uniform(-0.8, 0.8) * y + 0.1 * smooth(when, size, 15)[..., 0]
    behind = when.uniform(40, 220, 3) + 25 * smooth(when, size, 6, 3)
    picture = np.where((inside < 1)[..., None], (skin * light)[..., None] * [1.05, 0.9, 0.8], behind)
    return np.clip(picture + when.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


def photograph(person, photo):
    """The turn of a face, another one in every photograph."""
    turn = np.random.default_rng([3, person, photo]).uniform(-0.05, 0.05, 2)
    return face(person, photo, tuple(turn))


def encoded(image, quality):
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def placed_again(image, degrees=0.0, scale=1.0, shift=(0, 0)):
    """What the alignment leaves of a cut or turned photograph: its points lie elsewhere, and outside it is black."""
    matrix = cv2.getRotationMatrix2D((55.5, 55.5), degrees, scale)
    matrix[:, 2] += shift
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)


def written_on(image):
    picture = Image.fromarray(image)
    ImageDraw.Draw(picture).text((4, 76), "PATIENT 42", fill="white", font_size=9)
    return np.asarray(picture)


def with_bar(image):
    image = image.copy()
    image[96:] = 0
    return image


def small(image):
    return cv2.resize(cv2.resize(image, (45, 45), interpolation=cv2.INTER_AREA), (SIZE, SIZE))


def grey(image):
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def toned(image, gain, offset=0, colours=(1, 1, 1)):
    return np.clip(image * np.multiply(colours, gain) + offset, 0, 255).astype(np.uint8)


COPIES = {
    "JPEG 95": (lambda image: encoded(image, 95), "re-encoded"),
    "JPEG 40": (lambda image: encoded(image, 40), None),
    "small": (small, "re-encoded"),
    "moved by a cut": (lambda image: placed_again(image, scale=1.05, shift=(2, -1)), "moved"),
    "turned": (lambda image: placed_again(image, degrees=4), "moved"),
    "mirrored": (lambda image: np.ascontiguousarray(image[:, ::-1]), "mirrored"),
    "grey": (grey, "grey"),
    "brighter": (lambda image: toned(image, 1.2, 10), "other tones"),
    "darker": (lambda image: toned(image, 0.6), "other tones"),
    "other colours": (lambda image: toned(image, 1, 0, (1.2, 1, 0.8)), None),
    "written on": (written_on, None),
    "black bar": (with_bar, None),
    "mirrored, grey, JPEG 70": (lambda image: encoded(grey(image[:, ::-1]), 70), "mirrored;grey"),
    "turned, other colours, JPEG 80": (
        lambda image: encoded(toned(placed_again(image, 4), 1, 0, (1.1, 1, 0.9)), 80),
        "moved",
    ),
}


@pytest.mark.parametrize("what", COPIES)
def test_a_copy_is_found_and_named(what):
    change, kind = COPIES[what]
    original = [photograph(person, 0) for person in range(6)]
    copies = near_copies(np.stack([*original, *map(change, original)]), [f"i{k}" for k in range(12)])
    expected = {(f"i{k}", f"i{k + 6}") for k in range(6)}
    pairs = set(zip(copies["sample_id_1"], copies["sample_id_2"], strict=True))
    assert pairs <= expected and len(pairs) >= 5  # one of the faces has little contrast: noise weighs more there
    assert kind is None or copies["kind"].str.contains(kind, regex=False).sum() >= len(pairs) - 1, copies[
        "kind"
    ].tolist()


def test_other_photographs_and_other_people_are_no_copies():
    crops = np.stack([photograph(person, photo) for person in range(8) for photo in range(4)])
    assert near_copies(crops, [str(k) for k in range(32)]).empty


def test_the_same_pose_in_other_light_is_no_copy():
    for person in range(8):
        assert (result := compare(face(person, 0), face(person, 1))) is None or not result.is_copy


def test_a_mirrored_file_of_the_same_bytes_is_identical_only_when_not_mirrored():
    one = photograph(0, 0)
    copies = near_copies(np.stack([one, one, one[:, ::-1]]), ["a", "b", "c"])
    kinds = copies.set_index(["sample_id_1", "sample_id_2"])["kind"]
    assert kinds["a", "b"] == "identical" and kinds["a", "c"].startswith("mirrored") and len(kinds) == 2


@pytest.mark.parametrize("size", [64, 224])
def test_crops_of_another_size(size):
    one, two = face(0, 0, size=size), face(1, 0, size=size)
    copies = near_copies(np.stack([one, two, encoded(one, 60)]), ["a", "b", "c"])
    assert copies[COLUMNS[:2]].values.tolist() == [["a", "c"]]


@pytest.mark.parametrize("crops", [np.zeros((0, 112, 112, 3)), np.full((3, 112, 112, 3), 200), np.zeros((1, 8, 8, 3))])
def test_nothing_to_compare(crops):
    """No photographs; flat ones, which are identical where their bytes are; a single one."""
    copies = near_copies(crops.astype(np.uint8), [str(k) for k in range(len(crops))])
    assert list(copies.columns) == COLUMNS and set(copies["kind"]) <= {"identical"}
    assert len(copies) == max(0, len(crops) - 1)


def test_pairs_are_the_same_however_many_are_compared_at_once(monkeypatch):
    words = hashes(np.stack([photograph(person % 9, 0) for person in range(40)]))
    whole = sorted(pair for block in propose(words, words) for pair in block)
    assert len(whole) >= 40
    monkeypatch.setattr(module, "AT_ONCE", 50)
    assert sorted(pair for block in propose(words, words) for pair in block) == whole
    differ = sum(int(a ^ b).bit_count() for a, b in zip(words[0], words[9], strict=True))
    assert differ == 0 and (0, 9, 0, False) in whole


def test_a_photograph_with_many_copies_keeps_its_nearest(monkeypatch):
    monkeypatch.setattr(module, "NEAREST", 3)
    words = np.zeros((6, module.WORDS), np.uint64)
    words[:, 0] = [0, 31, 1, 3, 0, 7]
    mirror = np.full_like(words, 2**64 - 1)
    first = [pair for block in propose(words, mirror) for pair in block if pair.first == 0]
    assert [(pair.second, pair.bits) for pair in first] == [(4, 0), (2, 1), (3, 2)]


def test_copies_of_copies_are_one_photograph():
    pairs = pd.DataFrame([["b", "c"], ["c", "e"], ["x", "a"]], columns=COLUMNS[:2])
    assert photographs(["a", "b", "c", "d", "e"], pairs).tolist() == ["a", "b", "b", "d", "b"]


def test_table_of_a_cohort(tmp_path):
    one = photograph(0, 0)
    np.save(tmp_path / "crops.npy", np.stack([one, photograph(1, 0), encoded(one, 50)]))
    index = pd.DataFrame({"row": range(3), "sample_id": ["007", "NA", "11.0"]})
    index.to_csv(tmp_path / "index.csv", index=False)
    write_near_copies(crops=tmp_path / "crops.npy", index=tmp_path / "index.csv", copies=tmp_path / "copies.csv")
    copies = module.read_near_copies(tmp_path / "copies.csv")
    assert copies[COLUMNS[:2]].values.tolist() == [["007", "11.0"]] and copies["detail"][0] > 0.75
