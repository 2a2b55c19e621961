"""Small pictures of every format, and ways to damage them: each damaged file follows from its number alone."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

SIDE = 40
# Where lengths, offsets and numbers of a format stand: damage is aimed there in every other file.
MARKS = (
    b"Exif\0\0",
    b"II*\0",
    b"MM\0*",
    b"ICC_PROFILE\0",
    b"acsp",
    b"IHDR",
    b"iCCP",
    b"eXIf",
    b"PLTE",
    b"tRNS",
    b"IDAT",
)
MARKS += (
    b"\xff\xc0",
    b"\xff\xc2",
    b"\xff\xc4",
    b"\xff\xda",
    b"\xff\xdb",
    b"\xff\xe1",
    b"\xff\xe2",
    b"\xff\x52",
    b"\xff\x51",
)
MARKS += (b"GIF8", b"RIFF", b"VP8 ", b"VP8L", b"VP8X", b"ANMF", b"EXIF", b"BM", b"jp2h", b"jp2c", b"ihdr")
MARKS += (
    b"ftyp",
    b"meta",
    b"iloc",
    b"iinf",
    b"iprp",
    b"ipco",
    b"ispe",
    b"hvcC",
    b"av1C",
    b"mdat",
    b"colr",
    b"irot",
    b"P6",
)
NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0)


def _exif() -> bytes:
    exif = Image.Exif()
    exif[274], exif[271], exif[272], exif[282] = 6, "Maker", "Model 1", 72.0
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    return exif.tobytes()


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    held = io.BytesIO()
    if "append_images" in options:
        options["append_images"] = [page.copy() for page in options["append_images"]]
    image.copy().save(held, form, **options)  # copies: Pillow leaves an encoder's settings on what it saved
    return held.getvalue()


def whole_files() -> dict[str, bytes]:
    """Pictures of every format that is read, with and without what goes beside the pixels.

    Returns
    -------
    dict of str to bytes
        By a name for the failure's message.
    """
    register_heif_opener()
    y, x = np.mgrid[:SIDE, : SIDE + 8]
    values = np.stack([x * 5, y * 6, (x * y) % 256], axis=-1) % 256
    values[10:20, 10:20] = np.random.default_rng(1).integers(0, 256, (10, 10, 3))
    rgb = Image.fromarray(values.astype(np.uint8))
    grey, red = rgb.convert("L"), Image.new("RGB", rgb.size, "red")
    clear = rgb.convert("RGBA")
    clear.putalpha(grey)
    palette = rgb.quantize(32)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    beside = {"exif": _exif(), "icc_profile": icc}
    several = {"save_all": True, "append_images": [red]}
    tiff = {"RGB": rgb, "RGBA": clear, "L": grey, "1": grey.convert("1"), "P": palette, "CMYK": rgb.convert("CMYK")}
    files = {
        "jpeg": _saved(rgb, "JPEG", **beside),
        "jpeg progressive": _saved(rgb, "JPEG", progressive=True, **beside),
        "jpeg grey": _saved(grey, "JPEG"),
        "jpeg cmyk": _saved(rgb.convert("CMYK"), "JPEG", icc_profile=icc),
        "mpo": _saved(rgb, "MPO", **several),
        "png": _saved(rgb, "PNG", dpi=(300, 300), **beside),
        "png clear": _saved(clear, "PNG"),
        "png palette": _saved(palette, "PNG", transparency=3),
        "png 16": _saved(deep, "PNG"),
        "png 1": _saved(grey.convert("1"), "PNG"),
        "png grey clear": _saved(clear.convert("LA"), "PNG"),
        "apng": _saved(rgb, "PNG", **several),
        "gif": _saved(palette, "GIF", **several),
        "bmp": _saved(rgb, "BMP"),
        "bmp palette": _saved(palette, "BMP"),
        "webp": _saved(rgb, "WEBP", **beside),
        "webp lossless": _saved(clear, "WEBP", lossless=True),
        "webp frames": _saved(rgb, "WEBP", **several),
        "jp2": _saved(rgb, "JPEG2000"),
        "j2k": _saved(clear, "JPEG2000", no_jp2=True),
        "ppm": _saved(rgb, "PPM"),
        "pbm": _saved(grey.convert("1"), "PPM"),
        "heic": _saved(rgb, "HEIF", **beside),
        "heic clear": _saved(clear, "HEIF"),
        "avif": _saved(rgb, "AVIF", **beside),
        "avif clear": _saved(clear, "AVIF"),
        "tiff 16": _saved(deep, "TIFF"),
        "tiff pages": _saved(rgb, "TIFF", compression="tiff_deflate", **several),
    }
    for mode, image in tiff.items():
        files[f"tiff {mode}"] = _saved(image, "TIFF", icc_profile=icc)
        files[f"tiff {mode} lzw"] = _saved(image, "TIFF", compression="tiff_lzw")
    return files | {"tiff jpeg": _saved(rgb, "TIFF", compression="jpeg")}


def _flipped(data: bytearray, at: int, files: list[bytes], random: np.random.Generator) -> None:
    for place in {at, *random.integers(0, len(data), random.integers(0, 8)).tolist()}:
        data[place] ^= 1 << int(random.integers(8))


def _overwritten(data: bytearray, at: int, files: list[bytes], random: np.random.Generator) -> None:
    data[at : at + int(random.integers(1, 33))] = random.bytes(int(random.integers(1, 33)))


def _number(data: bytearray, at: int, files: list[bytes], random: np.random.Generator) -> None:
    form = str(random.choice(["<I", ">I", "<H", ">H", "B"]))
    value = int(random.choice(NUMBERS)) & (256 ** struct.calcsize(form) - 1)
    data[at : at + struct.calcsize(form)] = struct.pack(form, value)


def _cut(data: bytearray, at: int, files: list[bytes], random: np.random.Generator) -> None:
    del data[at:]


def _removed(data: bytearray, at: int, files: list[bytes], random: np.random.Generator) -> None:
    del data[at : at + int(random.integers(1, 400))]


def _repeated(data: bytearray, at: int, files: list[bytes], random: np.random.Generator) -> None:
    data[at:at] = data[at : at + int(random.integers(1, 400))] * int(random.integers(1, 20))


def _spliced(data: bytearray, at: int, files: list[bytes], random: np.random.Generator) -> None:
    other = files[int(random.integers(len(files)))]
    start = int(random.integers(len(other)))
    data[at : at + int(random.integers(0, 200))] = other[start : start + int(random.integers(1, 600))]


def _zeroed(data: bytearray, at: int, files: list[bytes], random: np.random.Generator) -> None:
    data[at:] = b"\0" * (len(data) - at)


WAYS = (_flipped, _overwritten, _number, _number, _cut, _removed, _repeated, _spliced, _zeroed)


def damaged(number: int, files: dict[str, bytes]) -> tuple[str, bytes]:
    """The damaged file of a number.

    Parameters
    ----------
    number : int
        Of the file; the same number gives the same bytes.
    files : dict of str to bytes
        As `whole_files` gives them.

    Returns
    -------
    how : str
        Which file, and how it was damaged.
    data : bytes
        The file; never empty.
    """
    random = np.random.default_rng([number, 77])
    names, bodies = list(files), list(files.values())
    name = names[number % len(names)]
    data, how = bytearray(files[name]), [name]
    for _ in range(int(random.integers(1, 4))):
        at = int(random.integers(len(data)))
        marks = [place for mark in MARKS if (place := bytes(data).find(mark)) >= 0]
        if marks and random.random() < 0.5:
            at = min(len(data) - 1, marks[int(random.integers(len(marks)))] + int(random.integers(40)))
        way = WAYS[int(random.integers(len(WAYS)))]
        way(data, at, bodies, random)
        how.append(f"{way.__name__[1:]} at {at}")
        data = data or bytearray(b"\0")
    return ", ".join(how), bytes(data)
