"""Text that a person saved: which kind of file it is, in which encoding, and what cannot be read as text at all."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.remarks import remark

AS_CSV = "save the sheet as CSV UTF-8 and name that file"
# How files begin that are no text.
SIGNATURES = {
    b"PK\x03\x04": f"an Excel, LibreOffice or zip file; {AS_CSV}",
    b"\xd0\xcf\x11\xe0": f"an old Excel file (.xls); {AS_CSV}",
    b"\x1f\x8b": "compressed (gzip); unpack it first",
    b"%PDF": "a PDF; give the table as CSV",
    b"{\\rtf": "an RTF document; save it as plain text",
    b"<": f"HTML or XML; open it in a spreadsheet and {AS_CSV}",
}
# UTF-32 first: its mark begins with that of UTF-16.
MARKS = [
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_UTF8_LETTERS = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")


def _zeros(data: bytes) -> str:
    """The encoding of text without a mark whose every other byte is zero; "" for other text."""
    head = data[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) / 2 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * len(head) / 2 and not odd else ""


def _line_of(data: bytes, place: int) -> int:
    return len(data[:place].splitlines()) + (data[:place].endswith((b"\n", b"\r")) or not place)


def _western(path: Path, data: bytes, wrong: int) -> str:
    """Text that is no UTF-8: Windows-1252, else Latin-1; InputError where a file mixes it with UTF-8."""
    letters = _UTF8_LETTERS.findall(data)
    if letters and 2 * len(letters) >= len(_HIGH.findall(_UTF8_LETTERS.sub(b"", data))):
        raise InputError(
            f"{path}: line {_line_of(data, wrong)} is not UTF-8, but other lines are; the file mixes encodings: "
            "save the whole of it as CSV UTF-8"
        )
    try:
        text, name = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        text, name = data.decode("latin-1"), "Latin-1"
    number, line = next((n, line) for n, line in enumerate(text.splitlines(), 1) if not line.isascii())
    remark(
        f"{path}: not UTF-8; read as {name} (Western European). Line {number} reads '{line.strip()[:60]}': if its "
        "letters are wrong, save the file as CSV UTF-8",
        warning=True,
    )
    return text


def read_text(path: str | Path) -> str:
    """Read a text file that a person saved.

    UTF-8, UTF-16 and UTF-32 with or without a mark (UTF-32 only with one), else Windows-1252, with a warning.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    str
        Its text, line ends as they are.

    Raises
    ------
    InputError
        If it is missing, no text (Excel, zip, PDF, HTML), broken, or holds NUL.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder; name the file in it") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            raise InputError(f"{path}: this is {kind}")
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), _zeros(data) or "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise InputError(f"{path}: begins as {encoding} but is broken ({error.reason}); save it anew") from None
        text = _western(path, data, error.start)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(f"{path}: line {line} holds a NUL, which no text has; save the file anew as CSV UTF-8")
    return text
