"""Parts of the head as VTK actors, with the shader code that draws photo and label map from the same fragments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy import sparse
from scipy.sparse import csgraph
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkDataObject, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLPolyDataMapper

from gestalt_regions.cohort.simulated.head.head_model import Part

# Fragment code in place of VTK's own texturing. `photo` is 1 for the photo, 0 for the label pass. A triangle seen from
# its edge can have a texture coordinate far outside the texture. Mesa's anisotropic filter never ends on it, so it is
# bounded.
FRAGMENT = """
  if (regionVS.y < 0.0) discard;
  vec4 texel = texture(actortexture, clamp(tcoordVCVSOutput, -2.0, 3.0));
  float loss = 1.0 - lateral * smoothstep(0.35, 0.75, 1.0 - regionVS.y);
  if (photo < 0.5) {{
    if ({label_alpha} < 0.5) discard;
    float label = regionVS.x;
    if (abs(label - 1.0) < 0.5) label = regionVS.z > 0.0 ? 6.0 : (regionVS.w > 0.0 ? 12.0 : 1.0);
    gl_FragData[0] = vec4(label / 255.0, 0.0, 0.0, 1.0);
  }} else {{
    vec2 cell = mod(floor(gl_FragCoord.xy), 2.0);
    float order = abs(3.0 * cell.x - 2.0 * cell.y * (2.0 * cell.x - 1.0));  // 0 3 / 2 1
    if (texel.a * density * loss < (order + 0.5) / 4.0) discard;
    vec3 lit = gl_FragData[0].rgb + diffuseColor * mix(ground, sky, 0.5 + 0.5 * normalVCVSOutput.y);
    lit *= tint * {texture};
    lit += {extra};
    gl_FragData[0] = vec4(pow(lit / (1.0 + 0.12 * lit), vec3(1.0 / 2.2)), 1.0);
  }}
"""


@dataclass(frozen=True)
class Material:
    """How a kind of part is shaded. `tinted`: the texture holds (lightness, label alpha, -, alpha), not a colour."""

    specular: float = 0.0
    power: float = 10.0
    tinted: bool = False
    extra: str = "vec3(0.0)"


MATERIALS = {
    "body": Material(specular=0.12, power=14),
    "clothes": Material(),
    "eyes": Material(specular=0.9, power=60),
    "teeth": Material(specular=0.3, power=40),
    "tongue": Material(specular=0.2, power=20),
    "eyebrows": Material(tinted=True),
    "eyelashes": Material(tinted=True),
    "hair": Material(specular=0.25, power=18, tinted=True),
}


class Piece:
    """One part as a VTK actor whose points are replaced for every head.

    Parameters
    ----------
    part : Part
        The part.
    kind : str
        A name of MATERIALS.
    rest : ndarray [P, 3]
        Points of the head without any target.
    """

    def __init__(self, part: Part, kind: str, rest: np.ndarray) -> None:
        """rest: the points (P,3) of the head without any target."""
        self.part, self.kind, self.rest, material = part, kind, rest, MATERIALS[kind]
        self._island: np.ndarray | None = None
        count = len(part.point)
        self.points = np.zeros((count, 3), np.float32)
        self.normals = np.zeros((count, 3), np.float32)
        cells = vtkCellArray()
        self._offsets = numpy_to_vtkIdTypeArray(np.arange(0, 3 * len(part.triangles) + 1, 3, dtype=np.int64), deep=1)
        self._triangles = numpy_to_vtkIdTypeArray(part.triangles.ravel().astype(np.int64), deep=1)
        cells.SetData(self._offsets, self._triangles)
        self.data = vtkPolyData()
        points = vtkPoints()
        points.SetData(numpy_to_vtk(self.points))
        self.data.SetPoints(points)
        self.data.SetPolys(cells)
        normals = numpy_to_vtk(self.normals)
        normals.SetName("Normals")
        self.data.GetPointData().SetNormals(normals)
        self.data.GetPointData().SetTCoords(numpy_to_vtk(part.uv, deep=1))
        region = np.concatenate([part.label[:, None].astype(np.float32), part.fields], 1)
        values = numpy_to_vtk(np.ascontiguousarray(region), deep=1)
        values.SetName("region")
        self.data.GetPointData().AddArray(values)
        mapper = vtkOpenGLPolyDataMapper()
        mapper.SetInputData(self.data)
        mapper.ScalarVisibilityOff()
        mapper.MapDataArrayToVertexAttribute("regionMC", "region", vtkDataObject.FIELD_ASSOCIATION_POINTS, -1)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.ForceOpaqueOn()
        look = self.actor.GetProperty()
        look.SetAmbient(0.0)
        look.SetDiffuse(1.0)
        look.SetSpecular(material.specular)
        look.SetSpecularPower(material.power)
        shader = self.actor.GetShaderProperty()
        declare = "//VTK::Normal::Dec"
        shader.AddVertexShaderReplacement(declare, True, f"{declare}\nin vec4 regionMC;\nout vec4 regionVS;\n", False)
        compute = "//VTK::Normal::Impl"
        shader.AddVertexShaderReplacement(compute, True, f"{compute}\n  regionVS = regionMC;\n", False)
        shader.AddFragmentShaderReplacement(declare, True, f"{declare}\nin vec4 regionVS;\n", False)
        code = FRAGMENT.format(
            label_alpha="texel.g" if material.tinted else "texel.a",
            texture="2.5 * texel.r" if material.tinted else "texel.rgb",
            extra=material.extra,
        )
        shader.AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, code, False)
        self.uniforms = shader.GetFragmentCustomUniforms()

    @property
    def island(self) -> np.ndarray:
        """Connected part of each point: a tooth, or the gums.

        Returns
        -------
        ndarray of int [P]
            Its number.
        """
        if self._island is None:
            a, b, c = self.part.triangles.T
            edges = (np.concatenate([a, b]), np.concatenate([b, c]))
            count = len(self.points)
            graph = sparse.coo_matrix((np.ones(len(edges[0])), edges), shape=(count, count))
            # points of one vertex, split at texture seams, belong together
            seams = sparse.coo_matrix((np.ones(count), (np.arange(count), self.part.seam_mates())), shape=graph.shape)
            self._island = csgraph.connected_components(graph + seams, directed=False)[1]
        return self._island

    def islands(self, points: np.ndarray) -> np.ndarray:
        """For each point the centre of its tooth; the gums, which are the largest island, stay.

        Parameters
        ----------
        points : ndarray [P, 3]
            The piece's points, decimetres.

        Returns
        -------
        ndarray [P, 3]
            Centres.
        """
        sizes = np.bincount(self.island)
        sums = [np.bincount(self.island, points[:, axis]) for axis in range(3)]
        centres = (np.stack(sums, 1) / sizes[:, None])[self.island]
        return np.where((self.island == sizes.argmax())[:, None], points, centres)

    def update(self, points: np.ndarray, normals: np.ndarray) -> None:
        """Replace the points and normals that VTK draws.

        Parameters
        ----------
        points, normals : ndarray [P, 3]
            In the scene's coordinates.
        """
        self.points[:], self.normals[:] = points, normals
        self.data.GetPoints().GetData().Modified()
        self.data.GetPoints().Modified()
        self.data.GetPointData().GetNormals().Modified()
        self.data.Modified()


def make_texture(pixels: np.ndarray, srgb: bool) -> vtkTexture:
    """A VTK texture of an image.

    Parameters
    ----------
    pixels : ndarray of uint8 [H, W, 4]
        RGBA, row 0 at the top.
    srgb : bool
        Whether the colours are sRGB.

    Returns
    -------
    vtkTexture
        Interpolated, with mipmaps.
    """
    image = vtkImageData()
    image.SetDimensions(pixels.shape[1], pixels.shape[0], 1)
    flat = np.ascontiguousarray(pixels[::-1]).reshape(-1, 4)
    image.GetPointData().SetScalars(numpy_to_vtk(flat, deep=1))
    texture = vtkTexture()
    texture.SetInputData(image)
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.SetUseSRGBColorSpace(srgb)
    return texture


def pack_tinted(image: Image.Image, grow: int | None) -> np.ndarray:
    """Pack lightness (1 where typical), the alpha of the label pass and alpha into one image.

    Parameters
    ----------
    image : Image
        A texture with alpha.
    grow : int or None
        Pixels by which the label's alpha is widened and blurred, so that a brow is an area and not its strands; None
        leaves the part out of the label pass.

    Returns
    -------
    ndarray of uint8 [H, W, 4]
        Lightness, label alpha, 0, alpha.
    """
    pixels = np.asarray(image.convert("RGBA")).astype(float)
    alpha = pixels[..., 3]
    light = (pixels[..., :3] / 255) ** 2.2 @ [0.3, 0.59, 0.11]
    typical = np.median(light[alpha > 128]) if (alpha > 128).any() else 1.0
    area = alpha if grow is not None else 0 * alpha
    if grow:
        wide = Image.fromarray(alpha.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * grow + 1))
        area = np.clip(np.asarray(wide.filter(ImageFilter.GaussianBlur(grow))).astype(float) * 2, 0, 255)
    packed = np.stack([np.clip(light / (typical + 1e-3) * 0.4, 0, 1) * 255, area, 0 * alpha, alpha], -1)
    return np.round(packed).astype(np.uint8)
