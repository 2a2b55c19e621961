"""Photos of heads and their true label maps, drawn by VTK without a display.

Both come from the same geometry: one pass shaded by VTK's lights, one in which every fragment writes its region.
Hair, brows and lashes are alpha-textured: instead of sorting or depth peeling, a fragment is kept when its alpha
passes an ordered threshold over the supersampled pixel, which is fast, deterministic and exact for the label pass.
"""

from __future__ import annotations

import os

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow, vtkOSOpenGLRenderWindow

from gestalt_regions.cohort.develop import degrade, develop
from gestalt_regions.cohort.headmodel import HeadModel
from gestalt_regions.cohort.scene import Look, View
from gestalt_regions.cohort.shading import MATERIALS, Piece, make_texture, pack_tinted
from gestalt_regions.errors import InputError


def _window(size: int):
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


class Studio:
    """Renders heads at `size` x `size` pixels; actors and textures are kept between photos."""

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
        self._buffer = vtkUnsignedCharArray()

    def photo(self, weights: dict[str, float], look: Look, view: View) -> tuple[np.ndarray, np.ndarray]:
        """A photo uint8 (size,size,3) and its label map uint8 (size,size), ids of headmodel.LABELS."""
        base = self.model.shape(weights)
        scale = self.model.scale(base)
        right, left = self.model.eyes(base)
        shown = self._dress(look, view)
        rotation = _rotation(view.yaw, view.pitch, view.roll)
        # The camera frames the head by the eyes: the face's own size does not give its class away.
        unit = 1.55 * scale[1]
        centre = np.array([0.0, (right[1] + left[1]) / 2 - 0.16 * unit, (right[2] + left[2]) / 2 - 0.45 * unit])
        for piece in self._pieces.values():
            piece.actor.SetVisibility(piece in shown)
        for piece in shown:
            points, normals = piece.part.fit(base, scale)
            if piece.kind == "clothes":
                points = points + 0.06 * normals
            if piece.kind == "teeth" and look.tooth_gap:
                points = points + look.tooth_gap * (piece.islands(points) - points)
            if piece.kind == "eyes":
                points, normals = _gaze(points, normals, right, left, look, view)
            if piece.kind in ("eyebrows", "eyelashes"):
                points = points + 0.012 * normals
            if piece.kind == "hair":
                normals = np.where((normals @ rotation.T)[:, 2:] < 0, -normals, normals)
            piece.update((points - centre) @ rotation.T, normals @ rotation.T)
            piece.uniforms.SetUniform3f("sky", view.sky)
            piece.uniforms.SetUniform3f("ground", view.ground)
            piece.uniforms.SetUniformf(
                "density", {"eyebrows": look.brow_density, "eyelashes": look.lash_density}.get(piece.kind, 1.0)
            )
            piece.uniforms.SetUniformf("lateral", look.lateral_brow_loss if piece.kind == "eyebrows" else 0.0)
        self._light(view)
        self._aim(view, 1.95 * unit)
        pixels = self._pass(shown, photo=True)
        labels = self._pass(shown, photo=False)[..., 0]
        return degrade(develop(pixels, self.size, view), view), np.ascontiguousarray(labels)

    def _dress(self, look: Look, view: View) -> list[Piece]:
        """The pieces of this look, textured and coloured."""
        chosen = {
            "body": ("body", f"skin/{look.skin}", look.skin_gain),
            "clothes": ("clothes", "plain", view.clothes),
            "eyes": ("eyes/HighPolyEyes", f"eyes/{look.eyes}", look.eye_gain),
            "teeth": ("teeth/Teeth_Base", "teeth/Teeth_Base", (0.9, 0.9, 0.88)),
            "tongue": ("tongue/tongue01", "tongue/tongue01", (0.9, 0.75, 0.75)),
            "eyebrows": (f"eyebrows/{look.brows}", f"eyebrows/{look.brows}", look.brow_colour),
            "eyelashes": (f"eyelashes/{look.lashes}", f"eyelashes/{look.lashes}", (0.02, 0.015, 0.012)),
            "hair": (f"hair/{look.hair}", f"hair/{look.hair}", look.hair_colour),
        }
        if not look.hair:
            del chosen["hair"]
        shown = []
        for kind, (name, texture, colour) in chosen.items():
            if name not in self._pieces:
                self._pieces[name] = piece = Piece(self.model.part(name), kind)
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
                image = np.asarray(self.model.texture(name).convert("RGBA"))
                self._textures[name] = make_texture(image, srgb=True)
        return self._textures[name]

    def _light(self, view: View) -> None:
        for light, (direction, colour) in zip(self.lights, (view.key, view.fill), strict=True):
            light.SetFocalPoint(0, 0, 0)
            light.SetPosition(*direction)
            light.SetColor(*colour)

    def _aim(self, view: View, height: float) -> None:
        camera = self.renderer.GetActiveCamera()
        distance = view.distance * height
        angle = 2 * np.degrees(np.arctan(0.5 / (view.distance * view.zoom)))
        x, y = view.shift
        camera.SetFocalPoint(x * height, y * height, 0)
        camera.SetPosition(x * height, y * height, distance)
        camera.SetViewUp(0, 1, 0)
        camera.SetViewAngle(angle)
        camera.SetClippingRange(distance - 1.5 * height, distance + 1.5 * height)

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


def _rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Head rotation (3,3); degrees. Positive yaw turns to the subject's left, pitch nods down, roll tilts."""
    (cy, sy), (cp, sp), (cr, sr) = ((np.cos(a), np.sin(a)) for a in np.radians([yaw, pitch, roll]))
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return tilt @ nod @ turn


def _gaze(
    points: np.ndarray, normals: np.ndarray, right: np.ndarray, left: np.ndarray, look: Look, view: View
) -> tuple[np.ndarray, np.ndarray]:
    """Turn each eyeball about its own centre; a squint turns the left eye inwards. Arrays (P,3)."""
    points, normals = points.copy(), normals.copy()
    for side, centre, inwards in ((points[:, 0] < 0, right, 0.0), (points[:, 0] >= 0, left, -look.squint)):
        turn = _rotation(view.gaze[0] + inwards, -view.gaze[1], 0.0).T
        points[side] = (points[side] - centre) @ turn + centre
        normals[side] = normals[side] @ turn
    return points, normals
