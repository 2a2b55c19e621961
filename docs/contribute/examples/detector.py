"""A face detector: scikit-image's cascade; the five points lie where they are in an average face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import skimage.data
from gestalt_regions.faces.detect import Detector, Faces
from gestalt_regions.faces.detector_registry import detector
from skimage.feature import Cascade

# Shares of the box: eyes, nose tip, corners of the mouth.
AVERAGE = np.array([(0.3, 0.35), (0.7, 0.35), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)], np.float32)


@detector("cascade", paper="Ahonen et al., Face recognition with local binary patterns, 2004", licence="BSD-3-Clause")
class FaceCascade(Detector):
    """Boxes of a cascade of local binary patterns; every face has score 1."""

    def __init__(self, weights: str | Path, score: float, threads: int, device: str) -> None:
        self.model = Cascade(skimage.data.lbp_frontal_face_cascade_filename())

    def find(self, square: np.ndarray) -> Faces:
        """Boxes (x1, y1, x2, y2), scores and points [F, 5, 2] in pixels of the RGB square [S, S, 3]."""
        side = len(square)
        found = self.model.detect_multi_scale(square, 1.2, 1, min_size=(side // 8,) * 2, max_size=(side, side))
        corners = np.array([(f["c"], f["r"], f["width"], f["height"]) for f in found], np.float32).reshape(-1, 4)
        boxes = np.concatenate([corners[:, :2], corners[:, :2] + corners[:, 2:]], axis=1)
        points = corners[:, None, :2] + AVERAGE * corners[:, None, 2:]
        return Faces(boxes, np.ones(len(boxes), np.float32), points)
