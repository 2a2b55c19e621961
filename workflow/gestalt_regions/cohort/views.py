"""One photo: pose, camera, light, backdrop, clothes and expression."""

from __future__ import annotations

import numpy as np

from gestalt_regions.cohort.scene import View
from gestalt_regions.seeds import generator


def view(seed: int, sample_id: str) -> View:
    """Pose, camera, light, backdrop, clothes and expression of one photo; knows only the photo's name."""
    random = generator(seed, "cohort", "view", sample_id)

    def warm(level: float, spread: float) -> tuple[float, float, float]:
        t = random.normal(0, spread)
        return (level * (1 + t), level, level * (1 - t))

    side, height = random.normal(0, 40), random.uniform(5, 55)
    a, e = np.radians([np.clip(side, -75, 75), height])
    key = (float(np.sin(a) * np.cos(e)), float(np.sin(e)), float(np.cos(a) * np.cos(e)))
    other = (-key[0] * 1.2 - 0.1, 0.15, 0.7)
    contrast = random.uniform(0.2, 0.8)  # from flat daylight to one lamp
    wall = random.uniform(0.2, 0.85) + random.normal(0, 0.035, 3)
    smile, jaw = random.uniform(0, 0.35), max(0.0, random.normal(0, 0.05))
    return View(
        yaw=float(np.clip(random.normal(0, 9), -22, 22)),
        pitch=float(np.clip(random.normal(0, 4.5), -11, 11)),
        roll=float(np.clip(random.normal(0, 4), -11, 11)),
        distance=float(random.uniform(2.2, 6.0)),
        zoom=float(random.uniform(1.0, 1.25)),
        gaze=(float(np.clip(random.normal(0, 4), -9, 9)), float(np.clip(random.normal(0, 2), -5, 5))),
        shift=(float(random.normal(0, 0.025)), float(random.normal(0, 0.025))),
        key=(key, warm(0.35 + 0.6 * contrast, 0.06)),
        fill=(other, warm(0.45 - 0.35 * contrast, 0.05)),
        sky=warm(0.5 - 0.2 * contrast, 0.04),
        ground=warm(0.32 - 0.18 * contrast, 0.06),
        backdrop=(tuple(np.clip(wall, 0.05, 0.95)), tuple(np.clip(wall * random.uniform(0.6, 1.1), 0.05, 0.95))),
        clothes=tuple(random.uniform(0.02, 0.6) * random.uniform(0.5, 1.0, 3)),
        noise=float(random.uniform(0.004, 0.016)),
        expression={
            "fu-mouthSmileLeft": smile,
            "fu-mouthSmileRight": smile,
            "fu-jawOpen": jaw,
            "fu-browInnerUp": float(random.uniform(0, 0.15)),
            "fu-eyeBlinkLeft": (blink := float(random.uniform(0, 0.1))),
            "fu-eyeBlinkRight": blink,
        },
        seed=int(random.integers(2**62)),
    )
