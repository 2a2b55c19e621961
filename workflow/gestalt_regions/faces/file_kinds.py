"""What a file is by its first bytes, whatever its name says, and what to do where it is no picture that can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 4096
SAVE = "save it as JPEG or PNG"
EXPORT = "export it as JPEG or PNG from the camera's or an image editor's software"
AGAIN = "copy the photograph itself again from where it came"


@dataclass(frozen=True)
class FileKind:
    """What a file is.

    Attributes
    ----------
    name : str
        What people call it.
    advice : str
        What to do with it; empty for a picture that can be read.
    """

    name: str
    advice: str = ""


# (offset, bytes, name, advice): the first that fits is the file's kind; no advice: Pillow reads it.
_SIGNATURES: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG", ""),
    (0, b"\x89PNG\r\n\x1a\n", "PNG", ""),
    (0, b"GIF8", "GIF", ""),
    (0, b"II*\0\x10\0\0\0CR", "Canon RAW (CR2)", EXPORT),
    (0, b"II*\0", "TIFF", ""),
    (0, b"MM\0*", "TIFF", ""),
    (0, b"II+\0", "TIFF", ""),
    (0, b"MM\0+", "TIFF", ""),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000", ""),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000", ""),
    (0, b"IIRO", "Olympus RAW (ORF)", EXPORT),
    (0, b"IIRS", "Olympus RAW (ORF)", EXPORT),
    (0, b"MMOR", "Olympus RAW (ORF)", EXPORT),
    (0, b"IIU\0", "Panasonic RAW (RW2)", EXPORT),
    (0, b"FUJIFILMCCD-RAW", "Fujifilm RAW (RAF)", EXPORT),
    (0, b"FOVb", "Sigma RAW (X3F)", EXPORT),
    (0, b"\0MRM", "Minolta RAW (MRW)", EXPORT),
    (6, b"HEAPCCDR", "Canon RAW (CRW)", EXPORT),
    (0, b"II\xbc\x01", "JPEG XR", SAVE),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL", SAVE),
    (0, b"\xff\x0a", "JPEG XL", SAVE),
    (0, b"8BPS", "Photoshop file (PSD)", "open it in Photoshop or another editor and " + SAVE),
    (0, b"gimp xcf", "GIMP file (XCF)", "open it in GIMP and export it as JPEG or PNG"),
    (0, b"%PDF", "PDF document", "take the picture out of it and " + SAVE),
    (0, b"%!PS", "PostScript (EPS)", SAVE),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript (EPS)", SAVE),
    (128, b"DICM", "DICOM file", "export it as JPEG or PNG from the viewer"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR picture", SAVE),
    (0, b"#?RADIANCE", "Radiance HDR picture", SAVE),
    (0, b"\0\0\x01\0", "Windows icon", SAVE),
    (0, b"AT&TFORM", "DjVu document", "take the picture out of it and " + SAVE),
    (0, b"\x00\x05\x16\x07", "macOS resource file (AppleDouble, `._name`)", "delete it; the photograph lies beside it"),
    (0, b"\x00\x05\x16\x00", "macOS resource file (AppleSingle)", AGAIN),
    (0, b"Mac OS X        ", "macOS resource file", "delete it; the photograph lies beside it"),
    (0, b"version https://git-lfs", "Git LFS pointer", "fetch the photographs with `git lfs pull`"),
    (0, b"/annex/objects", "git-annex pointer", "fetch the photographs with `git annex get`"),
    (0, b"bplist00", "Apple property list (an iCloud placeholder?)", "download the photograph from iCloud"),
    (0, b"book\0\0\0\0mark", "macOS alias", AGAIN),
    (0, b"L\0\0\0\x01\x14\x02\0", "Windows shortcut", AGAIN),
    (0, b"[InternetShortcut]", "link to a web page", "download the photograph itself"),
    (0, b"PK\x03\x04", "ZIP archive", "unpack it"),
    (0, b"Rar!", "RAR archive", "unpack it"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z archive", "unpack it"),
    (0, b"\x1f\x8b", "gzip archive", "unpack it"),
    (0, b"BZh", "bzip2 archive", "unpack it"),
    (0, b"\xfd7zXZ", "xz archive", "unpack it"),
    (257, b"ustar", "tar archive", "unpack it"),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "old Office document or Thumbs.db",
        "take the picture out of it and " + SAVE,
    ),
    (0, b"{\\rtf", "RTF document", "take the picture out of it and " + SAVE),
    (0, b"\x1aE\xdf\xa3", "video (Matroska)", "take a still picture from it and " + SAVE),
    (0, b"\0\0\x01\xba", "video (MPEG)", "take a still picture from it and " + SAVE),
    (0, b"\0\0\x01\xb3", "video (MPEG)", "take a still picture from it and " + SAVE),
    (4, b"moov", "video (QuickTime)", "take a still picture from it and " + SAVE),
    (4, b"mdat", "video (QuickTime)", "take a still picture from it and " + SAVE),
    (4, b"wide", "video (QuickTime)", "take a still picture from it and " + SAVE),
    (0, b"\x89HDF", "HDF5 data", SAVE),
    (0, b"\x93NUMPY", "NumPy array", SAVE),
    (0, b"data:image/", "picture as base64 text", "decode it to a JPEG or PNG file"),
    (0, b"/9j/", "picture as base64 text", "decode it to a JPEG or PNG file"),
    (0, b"iVBORw0KGgo", "picture as base64 text", "decode it to a JPEG or PNG file"),
)
# Brands of an ISO media file (bytes 8 to 12, after `ftyp`); any other is a video.
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"miaf"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
_OFFICE = {b"word/": "Word document", b"ppt/": "PowerPoint document", b"xl/": "Excel document"}
_PNM = re.compile(rb"P[1-6]\s")


def _of_media(head: bytes) -> FileKind:
    """An ISO media file: HEIC, AVIF, Canon's CR3, or a video. A mif1 file is AVIF if its other brands say so."""
    brand = head[8:12]
    if brand == b"crx ":
        return FileKind("Canon RAW (CR3)", EXPORT)
    if brand in _BRANDS:
        others = head[16 : max(16, int.from_bytes(head[:4], "big"))]
        return FileKind("AVIF" if brand[:1] == b"m" and b"avif" in others[:256] else _BRANDS[brand])
    return FileKind("video (MP4 or QuickTime)", "take a still picture from it and " + SAVE)


def _of_text(head: bytes) -> FileKind | None:
    """A kind of text, or None for bytes that are no text."""
    if b"\0" in head.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")[:512] and head[:2] not in (
        b"\xff\xfe",
        b"\xfe\xff",
    ):
        return None
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return FileKind("web page (HTML)", "download the photograph again; the site may want you to log in first")
    if b"<svg" in start[:2048]:
        return FileKind("drawing (SVG)", SAVE)
    if b"adjustmentformatidentifier" in start:
        return FileKind("Apple editing notes (AAE)", "delete it; the photograph lies beside it")
    if b"x:xmpmeta" in start[:512]:
        return FileKind("editing notes (XMP)", "delete it; the photograph lies beside it")
    if start.startswith(b"<?xml"):
        return FileKind("XML text", AGAIN)
    if b"/annex/objects" in start:
        return FileKind("git-annex pointer", "fetch the photographs with `git annex get`")
    control = sum(byte < 9 or 13 < byte < 32 for byte in start)
    return FileKind("text", AGAIN) if start and control == 0 else None


def file_kind(head: bytes) -> FileKind:
    """What a file is.

    Parameters
    ----------
    head : bytes
        Its first HEAD_BYTES, fewer of a shorter file; not empty.

    Returns
    -------
    FileKind
        With advice for all but pictures that can be read; `unknown` too has one.
    """
    for offset, signature, name, advice in _SIGNATURES:
        if head.startswith(signature, offset):
            if name == "ZIP archive":
                office = next((document for folder, document in _OFFICE.items() if folder in head), "")
                return FileKind(office, "take the picture out of it and " + SAVE) if office else FileKind(name, advice)
            return FileKind(name, advice)
    if head[4:8] == b"ftyp":
        return _of_media(head)
    if head[:4] == b"RIFF":
        riff = {b"WEBP": FileKind("WebP")}
        return riff.get(head[8:12], FileKind("video or sound (RIFF)", "take a still picture from it and " + SAVE))
    if head[:2] == b"BM":
        return FileKind("BMP")
    if _PNM.match(head):
        return FileKind("PNM")
    if not head.strip(b"\0"):
        return FileKind("zeros only", "the disk or the copying failed; " + AGAIN)
    return _of_text(head) or FileKind("unknown", "it is no picture of a known format; " + SAVE)


def read_head(path: Path) -> bytes:
    """The first bytes of a file, for `file_kind`.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bytes
        HEAD_BYTES at most.
    """
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
