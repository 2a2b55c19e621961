"""Reading photographs as people deliver them: any bit depth, colour model and orientation, or a named refusal."""

from __future__ import annotations

import errno
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener

from gestalt_regions.faces.colour import to_srgb
from gestalt_regions.faces.file_kinds import EXPORT, SAVE, FileKind, file_kind, read_head
from gestalt_regions.faces.png_checksums import with_right_checksums
from gestalt_regions.faces.unusable import Unusable

register_heif_opener()
# Only plain raster formats: Pillow would hand PostScript to an interpreter.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF", "PPM", "JPEG2000", "HEIF", "AVIF")
MAX_PIXELS = 120_000_000  # decoding takes up to 14 bytes a pixel, 1.7 GB: below what a job of faces asks for
# A progressive JPEG is decoded once for each of its scans; a small file with thousands of them takes hours.
MAX_SCANNED_PIXELS = 4_000_000_000
# What a file's name on this machine, or no free handle, says of this machine and not of the photograph.
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXIF, _COLOUR_SPACE, _INTEROPERABILITY = 0x8769, 0xA001, 0xA005
_ZEROS = 512  # bytes at the end; a JPEG ends with a marker, which some programs pad
_BAND = 256  # rows
_EMPTY_EXIF = 20  # bytes: a header and a directory without entries
_ORIENTATION, _MAKE, _MODEL, _SUBFILE, _DNG, _BITS = 274, 271, 272, 254, 50706, 258

# Facts of a photograph; only what tells cameras and formats apart: no date, no place, no serial number.
FACTS = (
    "format",
    "width",
    "height",
    "mode",
    "bits",
    "camera_make",
    "camera_model",
    "colour_profile",
    "exif_orientation",
)
EXIF_UNREADABLE = "exif_unreadable"
CHECKSUM = "checksum_wrong"


@dataclass(frozen=True)
class Photo:
    """A photograph that could be read.

    Attributes
    ----------
    pixels : ndarray of uint8 [H, W, 3]
        sRGB, upright as EXIF says.
    facts : dict
        FACTS; width and height are those of `pixels`.
    warnings : tuple of str
        `exif_unreadable`, `checksum_wrong` or `colour_profile_unreadable`.
    """

    pixels: np.ndarray
    facts: dict[str, object]
    warnings: tuple[str, ...]


def read_photo(path: str | Path) -> Photo:
    """Read the first frame of an image file: sRGB, turned upright by its EXIF orientation.

    Parameters
    ----------
    path : path
        The image file.

    Returns
    -------
    Photo
        Pixels, facts and warnings.

    Raises
    ------
    Unusable
        Reason `missing`, `empty` or `unreadable` (not an image, damaged, too large); the detail says what the file is
        and what to do.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise Unusable("missing", "no such file")
        head = read_head(path)
    except (OSError, ValueError) as error:  # a name that is too long, a folder that may not be read
        raise _unreachable(error) from None
    if not head:
        raise Unusable("empty", "the file has no bytes")
    kind = file_kind(head)
    if kind.advice:
        raise Unusable("unreadable", f"{kind.name}: {kind.advice}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders warn of what is in `Photo.warnings`, or of sizes allowed here
        try:
            return _decoded(path, kind)
        except Unusable:
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise _unreachable(error) from None
            raise Unusable("unreadable", _why(error, kind, path)) from None


def _unreachable(error: OSError | ValueError) -> Exception:
    """What the file system's answer means: a refusal of this file, or the error itself where the fault is ours."""
    number = error.errno if isinstance(error, OSError) else None
    if number in _OURS:
        return error
    if number in (errno.EACCES, errno.EPERM):
        return Unusable("unreadable", "no permission to read it: change the rights of the file or of its folder")
    if number == errno.ENOENT:
        return Unusable("missing", "no such file")
    said = error.strerror if isinstance(error, OSError) else str(error)
    return Unusable("missing" if number is None else "unreadable", f"the disk cannot read it ({said})")


def _why(error: Exception, kind: FileKind, path: Path) -> str:
    """What is wrong with a picture that raised an error while it was decoded, and what to do."""
    convert = f"; convert it to JPEG or PNG if a viewer shows it ({kind.name})" if kind.name in ("HEIC", "AVIF") else ""
    if isinstance(error, MemoryError):
        return f"{kind.name}, too large for the memory of this machine: {SAVE} at a smaller size"
    if isinstance(error, Image.DecompressionBombError):
        return f"{kind.name}, more than {MAX_PIXELS // 10**6} megapixels: {SAVE} at a smaller size"
    # Pillow puts the path into some messages; it is already in the table, and would differ between machines.
    said = str(error).replace(repr(str(path)), "file").replace(str(path), "file").replace("\n", " ")
    if "truncated" in said or _cut_short(kind, path):
        return f"{kind.name}, truncated (the file ends early): copy it again from where it came{convert}"
    again = f"open it in an image viewer and {SAVE} again" if not convert else convert[2:]
    return f"{kind.name}, damaged or of a rare kind: {again} [{type(error).__name__}: {said[:120]}]"


def _cut_short(kind: FileKind, path: Path) -> bool:
    """Whether the file's own account of its length goes beyond its end."""
    data = path.read_bytes()
    if kind.name == "JPEG":
        return b"\xff\xd9" not in data
    if kind.name == "PNG":
        return b"IEND" not in data
    if kind.name == "WebP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    if kind.name in ("HEIC", "AVIF"):
        at = 0
        while at + 8 <= len(data) and (size := int.from_bytes(data[at : at + 4], "big")) >= 8:
            at += size
        return at > len(data) or not (b"mdat" in data or b"idat" in data)  # without a box of pixels
    return False


def _refuse_zeroed(path: Path) -> None:
    """Refuse a JPEG that ends in zeros, as half downloads do: decoders show grey there and say nothing."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _ZEROS))
        if file.read().strip(b"\0"):
            return
    if not path.read_bytes().rstrip(b"\0").endswith(b"\xff\xd9"):
        raise Unusable("unreadable", "JPEG, truncated (its end is zeros): copy it again from where it came")


def _decoded(path: Path, kind: FileKind) -> Photo:
    """The photograph in a file of a kind that can be read; any error of its decoder."""
    if kind.name == "JPEG":
        _refuse_zeroed(path)
    try:
        with Image.open(path, formats=FORMATS) as image:
            return _photo(image, path, ())
    except (SyntaxError, OSError, ValueError):
        mended = with_right_checksums(path.read_bytes()) if kind.name == "PNG" else None
        if mended is None:
            raise
        with Image.open(io.BytesIO(mended), formats=("PNG",)) as image:
            return _photo(image, path, (CHECKSUM,))


def _photo(image: Image.Image, path: Path, noticed: tuple[str, ...]) -> Photo:
    """Pixels and facts of an opened image."""
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    if image.format == "TIFF":
        _refuse_raw(image)
    if image.info.get("progressive"):
        scans = path.read_bytes().count(b"\xff\xda")
        if scans * image.width * image.height > MAX_SCANNED_PIXELS:
            raise Unusable("unreadable", f"JPEG with {scans} scans, which takes too long to decode: {SAVE} again")
    bits = _bits(image, path)  # before the file is closed
    image.load()
    exif, problems = _exif(image)
    adobe = _is_adobe_rgb(image)
    turn, form, mode = exif.get(_ORIENTATION), image.format or "", image.mode
    upright = image
    if isinstance(turn, int) and turn in _UPRIGHT:
        upright = image.transpose(_UPRIGHT[turn])
        image.close()  # frees its pixels
    rgb, profile, colour = to_srgb(upright, adobe)
    facts = (
        form,
        rgb.width,
        rgb.height,
        mode,
        bits,
        _text(exif.get(_MAKE)),
        _text(exif.get(_MODEL)),
        profile,
        turn if isinstance(turn, int) else "",
    )
    return Photo(_array(rgb), dict(zip(FACTS, facts, strict=True)), (*noticed, *problems, *colour))


def _array(rgb: Image.Image) -> np.ndarray:
    """uint8 [H, W, 3] of an RGB image, copied a band at a time: Pillow holds 4 bytes a pixel beside it."""
    pixels = np.empty((rgb.height, rgb.width, 3), np.uint8)
    for top in range(0, rgb.height, _BAND):
        bottom = min(top + _BAND, rgb.height)
        pixels[top:bottom] = np.asarray(rgb.crop((0, top, rgb.width, bottom)))
    return pixels


def _refuse_raw(image: Image.Image) -> None:
    """Refuse the RAW formats that are TIFF files whose first picture is a small preview (DNG, NEF, ARW, PEF)."""
    tags = getattr(image, "tag_v2", {})
    subfile = tags.get(_SUBFILE)
    if _DNG in tags or (isinstance(subfile, int) and subfile & 1):
        raise Unusable(
            "unreadable", f"camera RAW (DNG, NEF, ARW or the like; a TIFF that begins with a preview): {EXPORT}"
        )


def _exif(image: Image.Image) -> tuple[dict[int, object], list[str]]:
    """Orientation, make and model by their numbers; with a warning where damage to EXIF may hide the orientation."""
    tags: dict[int, object] = {}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            exif = image.getexif()
            tags = {number: exif.get(number) for number in (_ORIENTATION, _MAKE, _MODEL)}
            damaged = bool(said) or (len(exif) == 0 and len(image.info.get("exif", b"")) > _EMPTY_EXIF)
        except Exception:
            damaged = True
    if image.format == "HEIF":  # turned by its own `irot`, whatever EXIF says
        return tags, []
    turn = tags.get(_ORIENTATION)
    return tags, [EXIF_UNREADABLE] if (turn is None and damaged) or not isinstance(turn, int | None) else []


def _is_adobe_rgb(image: Image.Image) -> bool:
    """Whether EXIF says Adobe RGB: as cameras do that embed no profile (colour space uncalibrated, rule R03 of DCF)."""
    try:
        exif = image.getexif()
        return exif.get_ifd(_EXIF).get(_COLOUR_SPACE) == 0xFFFF and exif.get_ifd(_INTEROPERABILITY).get(1) == "R03"
    except Exception:
        return False


def _text(value: object) -> str:
    """A text of EXIF for a table: printable and short."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return "".join(c for c in text.replace("\0", " ") if c.isprintable()).strip()[:64]


def _bits(image: Image.Image, path: Path) -> int:
    """Bits a channel, as the file has them."""
    readers: dict[str, Callable[[], object]] = {
        "PNG": lambda: read_head(path)[24],
        "TIFF": lambda: getattr(image, "tag_v2", {}).get(_BITS),
        "HEIF": lambda: image.info.get("bit_depth"),
    }
    value = readers.get(image.format or "", lambda: None)()
    value = value[0] if isinstance(value, tuple) and value else value
    return value if isinstance(value, int) else 1 if image.mode == "1" else 16 if image.mode.startswith("I") else 8
