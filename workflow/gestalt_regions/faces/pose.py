"""Head pose as the five landmarks tell it, without a model: how far the nose is off the middle of the face."""

from __future__ import annotations

import numpy as np
import pandas as pd


def pose_from_landmarks(faces: pd.DataFrame) -> pd.DataFrame:
    """Head pose of every face as its landmarks tell it: the place of the nose in coordinates of the face.

    yaw_measured is the nose's distance from the mid-line (from between the eyes to between the mouth corners) in eye
    distances, positive towards the right of the image; pitch_measured its place between the line of the eyes (0) and of
    the mouth (1), smaller when the head is raised. Both depend on the person's face too.

    Parameters
    ----------
    faces : DataFrame
        faces/index.csv.

    Returns
    -------
    DataFrame
        yaw_measured and pitch_measured by sample_id; NaN for landmarks on one line, no columns where there are none.
    """
    table = faces.set_index("sample_id")
    columns = [f"{axis}{i}" for i in range(1, 6) for axis in "xy"]
    if not set(columns) <= set(table.columns):
        return pd.DataFrame(index=table.index)
    points = table[columns].to_numpy(float).reshape(-1, 5, 2)
    origin = points[:, :2].mean(axis=1)
    across, down, nose = points[:, 1] - points[:, 0], points[:, 3:].mean(axis=1) - origin, points[:, 2] - origin
    area = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    area = np.where(np.abs(area) > 1e-9, area, np.nan)
    yaw = (nose[:, 0] * down[:, 1] - nose[:, 1] * down[:, 0]) / area
    pitch = (across[:, 0] * nose[:, 1] - across[:, 1] * nose[:, 0]) / area
    return pd.DataFrame({"yaw_measured": yaw, "pitch_measured": pitch}, index=table.index)
