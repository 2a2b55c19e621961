"""The camera of a photo: how a head is framed, and where its points fall in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gestalt_regions.cohort.simulated.photo.scene import View

FRAME_HEIGHT = 1.95  # height of the frame at the head's distance, in units of the camera


@dataclass(frozen=True)
class Camera:
    """The head's point that the frame is about, and the frame's unit, decimetres in the head's own coordinates."""

    unit: float
    centre: tuple[float, float, float]

    @classmethod
    def framing(cls, scale: np.ndarray, right_eye: np.ndarray, left_eye: np.ndarray) -> Camera:
        """Frame a head by its eyes: the face's own size does not give its class away.

        Parameters
        ----------
        scale : ndarray [3]
            The head's size, see `HeadModel.scale`.
        right_eye, left_eye : ndarray [3]
            Centres of the eyeballs, decimetres.

        Returns
        -------
        Camera
            The head's camera.
        """
        unit = 1.55 * float(scale[1])
        middle = (right_eye + left_eye) / 2
        return cls(unit, (0.0, float(middle[1] - 0.16 * unit), float(middle[2] - 0.45 * unit)))

    @property
    def height(self) -> float:
        """Height of the frame at the head's distance.

        Returns
        -------
        float
            Decimetres.
        """
        return FRAME_HEIGHT * self.unit

    def placed(self, points: np.ndarray, view: View) -> np.ndarray:
        """Head coordinates to the scene's.

        Parameters
        ----------
        points : ndarray [..., 3]
            Decimetres.
        view : View
            How the head is turned.

        Returns
        -------
        ndarray [..., 3]
            x right, y up, z to the camera.
        """
        return (points - np.array(self.centre)) @ rotation(view.yaw, view.pitch, view.roll).T

    def aim(self, view: View) -> tuple[np.ndarray, float, float]:
        """Where the camera looks.

        Parameters
        ----------
        view : View
            The photo's view.

        Returns
        -------
        focus : ndarray [3]
            The place it looks at, decimetres.
        distance : float
            From there, decimetres.
        angle : float
            Angle of view, degrees.
        """
        x, y = view.shift
        angle = 2 * np.degrees(np.arctan(0.5 / (view.distance * view.zoom)))
        return np.array([x * self.height, y * self.height, 0.0]), view.distance * self.height, float(angle)

    def clipping(self, view: View) -> tuple[float, float]:
        """Nearest and farthest distance that is drawn.

        Parameters
        ----------
        view : View
            The photo's view.

        Returns
        -------
        near, far : float
            Decimetres.
        """
        return (view.distance - 1.5) * self.height, (view.distance + 1.5) * self.height

    def project(self, points: np.ndarray, view: View, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Pixels of head points in a photo.

        Parameters
        ----------
        points : ndarray [..., 3]
            Decimetres.
        view : View
            The photo's view.
        size : int
            Width of the photo, pixels.

        Returns
        -------
        pixels : ndarray [..., 2]
            x right, y down; whole numbers are the centres of pixels, as in faces.align and OpenCV.
        depth : ndarray [...]
            Distance along the axis, decimetres.
        """
        focus, distance, angle = self.aim(view)
        x, y, z = np.moveaxis(self.placed(points, view) - focus, -1, 0)
        depth = distance - z
        reach = depth * np.tan(np.radians(angle / 2))
        return np.stack([(1 + x / reach) / 2 * size - 0.5, (1 - y / reach) / 2 * size - 0.5], -1), depth


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Rotation of a head. Positive yaw turns to the subject's left, pitch nods down, roll tilts.

    Parameters
    ----------
    yaw, pitch, roll : float
        Degrees.

    Returns
    -------
    ndarray [3, 3]
        The matrix.
    """
    (cy, sy), (cp, sp), (cr, sr) = ((np.cos(a), np.sin(a)) for a in np.radians([yaw, pitch, roll]))
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return tilt @ nod @ turn
