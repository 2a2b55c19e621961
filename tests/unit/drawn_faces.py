"""A cohort of simple drawn faces, whose classes differ by known shapes and colours of known regions."""

import cv2
import numpy as np
from gestalt_regions.saliency.morph.typical_faces import Photographs

SIDE = 112
CLASSES = ("Affected", "Control", "Other")
REGIONS = ("eyes", "nose", "mouth")


def points_of(turn: float, eyes: float, mouth: float) -> np.ndarray:
    """Outlines of two eyes, a nose, a mouth and the face, [34, 2]; `turn` narrows the right of the image."""
    ring = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    circle = np.stack([np.cos(ring), np.sin(ring)], 1)
    parts = [
        circle * [8 + eyes, 4] + [38, 48],
        circle * [8 + eyes, 4] + [73, 48],
        np.array([[55.5, 52], [55.5, 66], [50, 68], [61, 68]]),
        circle[::2] * [11 + mouth, 4] + [55.5, 82],
        np.stack([55.5 + 38 * np.cos(r := np.linspace(0, 2 * np.pi, 10, endpoint=False)), 62 + 46 * np.sin(r)], 1),
    ]
    points = np.concatenate(parts)
    right = np.maximum(points[:, :1] - 55.5, 0)
    return np.concatenate([points[:, :1] - turn * right, points[:, 1:]], 1)


def drawn(points: np.ndarray, skin: float, lips: float) -> tuple[np.ndarray, np.ndarray]:
    """A face as its points say, and its region map."""
    photo = np.full((SIDE, SIDE, 3), 90, np.uint8)
    regions = np.zeros((SIDE, SIDE), np.uint8)
    corners = lambda part: [(points[part] * 16).round().astype(np.int32)]  # noqa: E731
    cv2.fillPoly(photo, corners(slice(24, 34)), (skin, skin - 20, skin - 40), cv2.LINE_AA, 4)
    for part, colour in ((slice(0, 8), (60, 50, 40)), (slice(8, 16), (60, 50, 40))):
        cv2.fillPoly(photo, corners(part), colour, cv2.LINE_AA, 4)
    cv2.fillPoly(photo, corners([16, 18, 17, 19]), (skin - 30, skin - 50, skin - 60), cv2.LINE_AA, 4)
    cv2.fillPoly(photo, corners(slice(20, 24)), (lips, 60, 60), cv2.LINE_AA, 4)
    for number, part in enumerate((slice(0, 16), slice(16, 20), slice(20, 24)), start=1):
        low, high = points[part].min(0) - 3, points[part].max(0) + 3
        cv2.rectangle(regions, *[tuple(int(v) for v in corner) for corner in (low, high)], number, -1)
    return photo, regions


def cohort(per_class: int = 14, seed: int = 0, eyes: float = 3.0, lips: float = 60.0):
    """Photographs of a cohort and their region maps [n, s, s].

    Affected have wider eyes, Other redder lips; all vary in turn, shape and skin.
    """
    rng, crops, maps, points, labels, pose = np.random.default_rng(seed), [], [], [], [], []
    for number in range(len(CLASSES)):
        for _ in range(per_class):
            turn = rng.uniform(-0.1, 0.1)
            where = points_of(turn, eyes * (number == 0) + rng.normal(0, 1.2), rng.normal(0, 1))
            photo, regions = drawn(where, rng.uniform(170, 200), 120 + lips * (number == 2) + rng.normal(0, 20))
            spots = cv2.resize(rng.normal(0, 15, (8, 8)), photo.shape[:2], interpolation=cv2.INTER_CUBIC)  # on the skin
            noise = spots + rng.normal(0, 4, photo.shape[:2])
            photo = np.clip(photo + noise[..., None], 0, 255).astype(np.uint8)
            where = where + rng.normal(0, 0.3, where.shape)
            parts = (crops, photo), (maps, regions), (points, where), (labels, number), (pose, (turn, 0.0))
            for values, value in parts:
                values.append(value)
    people = np.array([f"p{i}" for i in range(len(labels))])
    photographs = Photographs(
        np.stack(crops), np.stack(points), np.array(labels), people, people, np.array(pose), CLASSES, "Control"
    )
    return photographs, np.stack(maps)
