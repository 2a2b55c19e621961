"""Photos of heads and their true label maps, drawn by VTK without a display.

Both come from the same geometry: one pass shaded by VTK's lights, one in which every fragment writes its region.
Hair, brows and lashes are alpha-textured: instead of sorting or depth peeling, a fragment is kept when its alpha
passes an ordered threshold over the supersampled pixel, which is fast, deterministic and exact for the label pass.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow, vtkOpenGLRenderWindow, vtkOSOpenGLRenderWindow

from gestalt_regions.cohort.simulated.head.head_landmarks import Landmarks
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.head.loose_parts import formed
from gestalt_regions.cohort.simulated.head.shading import MATERIALS, Piece, make_texture, pack_tinted
from gestalt_regions.cohort.simulated.photo.camera import Camera, rotation
from gestalt_regions.cohort.simulated.photo.develop import degrade, develop
from gestalt_regions.cohort.simulated.photo.scene import Look, View
from gestalt_regions.core.errors import InputError


def _window(size: int) -> vtkOpenGLRenderWindow:
    """An offscreen OpenGL window: EGL (Mesa or a GPU), else OSMesa."""
    os.environ.setdefault("LP_NUM_THREADS", "1")  # Mesa's software rasteriser: one thread for each shard
    for kind in (vtkEGLRenderWindow, vtkOSOpenGLRenderWindow):
        window = kind()
        window.SetOffScreenRendering(1)
        window.SetSize(size, size)
        window.SetMultiSamples(0)
        window.SetAlphaBitPlanes(1)
        window.SetShowWindow(False)
        window.Initialize()
        if window.SupportsOpenGL():
            return window
    raise InputError("VTK finds no OpenGL without a display; install the Debian packages libegl1 and libgl1-mesa-dri")


HIDDEN = 0.04  # a landmark this far (in camera units) behind what is drawn there is hidden; brows and lashes are nearer


@dataclass(frozen=True)
class Shot:
    """A photo with its truth. S: its size; L: head_landmarks.NAMES.

    photo: uint8 (S,S,3). clean: float32 (S,S,3), sRGB in 0..1, before everything that degrades it. labels: uint8 (S,S),
    ids of head_model.LABELS. landmarks: float (L,2), pixels of the photo, x right, y down, whole numbers at pixel
    centres. visible: bool (L,), inside the photo and not hidden by hair or by the head itself. camera: what framed it.
    """

    photo: np.ndarray
    clean: np.ndarray
    labels: np.ndarray
    landmarks: np.ndarray
    visible: np.ndarray
    camera: Camera


class Studio:
    """Renders heads; actors and textures are kept between photos.

    Parameters
    ----------
    model : HeadModel
        The head.
    size : int
        Width of the photos, pixels.
    supersampling : int
        Samples along a pixel's side.

    Raises
    ------
    InputError
        If VTK finds no OpenGL.
    """

    def __init__(self, model: HeadModel, size: int, supersampling: int = 2) -> None:
        self.model, self.size, self.scale = model, size, supersampling
        self.window = _window(size * supersampling)
        self.renderer = vtkRenderer()
        self.renderer.SetBackground(0, 0, 0)
        self.renderer.SetBackgroundAlpha(0)
        self.renderer.AutomaticLightCreationOff()
        self.window.AddRenderer(self.renderer)
        self.lights = [vtkLight() for _ in range(2)]
        for light in self.lights:
            light.SetLightTypeToSceneLight()
            light.PositionalOff()
            self.renderer.AddLight(light)
        self._pieces: dict[str, Piece] = {}
        self._textures: dict[str, vtkTexture] = {}
        self._buffer, self._depths = vtkUnsignedCharArray(), vtkFloatArray()
        self._landmarks = Landmarks(model)

    def photo(
        self, weights: dict[str, float], look: Look, view: View, camera: Camera | None = None, truth: bool = True
    ) -> Shot:
        """Take a photo of a head.

        Parameters
        ----------
        weights : dict
            Morph target -> weight.
        look : Look
            Appearance apart from shape.
        view : View
            Pose, camera, light and loss.
        camera : Camera, optional
            Another shot's: the head is seen as that one was.
        truth : bool
            Without it the label pass is left out, which takes half of the time: no labels, nothing `visible`.

        Returns
        -------
        Shot
            The photo with its truth.
        """
        base = self.model.shape(weights)
        scale = self.model.scale(base)
        right, left = self.model.eyes(base)
        shown = self._dress(look, view)
        camera = camera or Camera.framing(scale, right, left)
        for piece in self._pieces.values():
            piece.actor.SetVisibility(piece in shown)
        for piece in shown:
            _pose(piece, base, scale, (right, left), look, view, camera)
        self._light(view)
        self._aim(camera, view)
        pixels = self._pass(shown, photo=True)
        landmarks, depth = camera.project(self._landmarks.on(base), view, self.size)
        labels, visible = np.zeros((self.size, self.size), np.uint8), np.zeros(len(landmarks), bool)
        if truth:
            labels = np.ascontiguousarray(self._pass(shown, photo=False)[..., 0])
            visible = self._visible(landmarks, depth, camera, view)
        clean = develop(pixels, self.size, view)
        return Shot(degrade(clean, view), clean, labels, landmarks, visible, camera)

    def _dress(self, look: Look, view: View) -> list[Piece]:
        """The pieces of this look, textured and coloured."""
        eyes, teeth, tongue = map(self.model.only, ("eyes", "teeth", "tongue"))
        chosen = {
            "body": ("body", f"skin/{look.skin}", look.skin_gain),
            "clothes": ("clothes", "plain", view.clothes),
            "eyes": (eyes, look.iris, look.eye_gain),
            "teeth": (teeth, teeth, (0.9, 0.9, 0.88)),
            "tongue": (tongue, tongue, (0.9, 0.75, 0.75)),
            "eyebrows": (f"eyebrows/{look.brows}", f"eyebrows/{look.brows}", look.brow_colour),
            "eyelashes": (f"eyelashes/{look.lashes}", f"eyelashes/{look.lashes}", (0.02, 0.015, 0.012)),
            "hair": (f"hair/{look.hair}", f"hair/{look.hair}", look.hair_colour),
        }
        if not look.hair:
            del chosen["hair"]
        if not look.teeth:
            del chosen["teeth"]
        shown = []
        for kind, (name, texture, colour) in chosen.items():
            if name not in self._pieces:
                part, base = self.model.part(name), self.model.base
                self._pieces[name] = piece = Piece(part, kind, part.fit(base, self.model.scale(base))[0])
                self.renderer.AddActor(piece.actor)
            piece = self._pieces[name]
            piece.uniforms.SetUniform3f("tint", colour)
            piece.actor.SetTexture(self._textured(texture, kind))
            shown.append(piece)
        return shown

    def _textured(self, name: str, kind: str) -> vtkTexture:
        if name not in self._textures:
            if name == "plain":
                self._textures[name] = make_texture(np.full((2, 2, 4), 255, np.uint8), srgb=False)
            elif MATERIALS[kind].tinted:
                grow = {"eyebrows": 5, "eyelashes": None}.get(kind, 0)
                self._textures[name] = make_texture(pack_tinted(self.model.texture(name), grow), srgb=False)
            else:
                # two textures and a share in tenths: these differ in the iris alone
                first, _, rest = name.partition(">")
                image = self.model.texture(first).convert("RGBA")
                if rest:
                    goal, tenths = rest.split("@")
                    image = Image.blend(image, self.model.texture(goal).convert("RGBA"), int(tenths) / 10)
                self._textures[name] = make_texture(np.asarray(image), srgb=True)
        return self._textures[name]

    def _light(self, view: View) -> None:
        for light, (direction, colour) in zip(self.lights, (view.key, view.fill), strict=True):
            light.SetFocalPoint(0, 0, 0)
            light.SetPosition(*direction)
            light.SetColor(*colour)

    def _aim(self, shown_by: Camera, view: View) -> None:
        camera = self.renderer.GetActiveCamera()
        focus, distance, angle = shown_by.aim(view)
        camera.SetFocalPoint(*focus)
        camera.SetPosition(float(focus[0]), float(focus[1]), distance)
        camera.SetViewUp(0, 1, 0)
        camera.SetViewAngle(angle)
        camera.SetClippingRange(*shown_by.clipping(view))

    def _pass(self, shown: list[Piece], photo: bool) -> np.ndarray:
        """RGBA uint8, supersampled for the photo; labels need one sample a pixel and use a part of the window."""
        for piece in shown:
            piece.uniforms.SetUniformf("photo", float(photo))
        share = 1.0 if photo else 1.0 / self.scale
        self.renderer.SetViewport(0, 0, share, share)
        self.window.Render()
        size = self.size * (self.scale if photo else 1)
        self.window.GetRGBACharPixelData(0, 0, size - 1, size - 1, 0, self._buffer)
        return vtk_to_numpy(self._buffer).reshape(size, size, 4)[::-1].copy()

    def _visible(self, pixels: np.ndarray, depth: np.ndarray, camera: Camera, view: View) -> np.ndarray:
        """Which landmarks (L,2), at this distance (L,), nothing hides; reads the depth left by the label pass."""
        last = self.size - 1
        self.window.GetZbufferData(0, 0, last, last, self._depths)
        drawn = vtk_to_numpy(self._depths).reshape(self.size, self.size)[::-1].astype(float)
        near, far = camera.clipping(view)
        drawn = near * far / (far - drawn * (far - near))
        drawn = ndimage.maximum_filter(drawn, 3)  # an outline's pixel may show what lies behind it
        column, row = np.floor(pixels + 0.5).astype(int).T
        inside = (column >= 0) & (column <= last) & (row >= 0) & (row <= last)
        return inside & (depth <= drawn[row.clip(0, last), column.clip(0, last)] + HIDDEN * camera.unit)


def _pose(
    piece: Piece,
    base: np.ndarray,
    scale: np.ndarray,
    eyes: tuple[np.ndarray, np.ndarray],
    look: Look,
    view: View,
    camera: Camera,
) -> None:
    """Fit a piece to a head's base vertices (V,3), and place and colour it as look and view say."""
    turn = rotation(view.yaw, view.pitch, view.roll)
    points, normals = piece.part.fit(base, scale)
    if piece.kind == "clothes":
        points = points + 0.06 * normals
    points = formed(piece, points, look.form)
    if piece.kind == "eyes":
        points, normals = _gaze(points, normals, eyes, look, view)
    if piece.kind in ("eyebrows", "eyelashes"):
        points = points + 0.012 * normals
    if piece.kind == "hair":
        normals = np.where((normals @ turn.T)[:, 2:] < 0, -normals, normals)
    piece.update(camera.placed(points, view), normals @ turn.T)
    piece.uniforms.SetUniform3f("sky", view.sky)
    piece.uniforms.SetUniform3f("ground", view.ground)
    piece.uniforms.SetUniformf(
        "density",
        {"eyebrows": look.brow_density, "eyelashes": look.lash_density, "hair": look.hair_density}.get(piece.kind, 1.0),
    )
    piece.uniforms.SetUniformf("lateral", look.lateral_brow_loss if piece.kind == "eyebrows" else 0.0)


def _gaze(
    points: np.ndarray, normals: np.ndarray, eyes: tuple[np.ndarray, np.ndarray], look: Look, view: View
) -> tuple[np.ndarray, np.ndarray]:
    """Turn each eyeball about its own centre; a squint turns the left eye inwards. Arrays (P,3)."""
    points, normals = points.copy(), normals.copy()
    right, left = eyes
    for side, centre, inwards in ((points[:, 0] < 0, right, 0.0), (points[:, 0] >= 0, left, -look.squint)):
        turn = rotation(view.gaze[0] + inwards, -view.gaze[1], 0.0).T
        points[side] = (points[side] - centre) @ turn + centre
        normals[side] = normals[side] @ turn
    return points, normals
