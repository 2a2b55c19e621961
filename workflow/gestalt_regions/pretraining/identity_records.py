"""Photographs of people in a RecordIO file, as insightface gives out its training sets: train.rec, train.idx, property.

The format, as its libraries document it. A record is the magic number, a word with its kind (3 bits) and length (29
bits), the content, and zeros up to a multiple of four bytes. A content that itself has the magic number at a multiple
of four is cut there into several records; reading puts the number back. An image's content begins with a header (flag,
label, two numbers); with a flag above 0, that many labels follow, and then the JPEG. `train.idx` has a line for each
record: its key, a tab, and the byte where it begins.

In insightface's files, key 0 holds two labels: images have the keys from 1 up to the first, and people the keys from
there up to the second. Where it does not, every record is an image.

Only numbers are read here, and OpenCV decodes the JPEGs: nothing in such a file is run.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.unusable import Unusable
from gestalt_regions.pretraining.identity_photographs import Identity, Photograph

log = logging.getLogger("gestalt_regions")
MAGIC = 0xCED7230A
WORDS = struct.Struct("<II")  # magic number; kind and length
HEADER = struct.Struct("<IfQQ")  # flag, label, two numbers
WHOLE, FIRST, MIDDLE, LAST = range(4)  # kinds of records
MOST_LABELS = 10_000  # of one record: more is no header
REC, IDX, PROPERTY = "train.rec", "train.idx", "property"


class RecordFile:
    """A RecordIO file with its index.

    Parameters
    ----------
    folder : str or Path
        It holds train.rec and train.idx.

    Raises
    ------
    InputError
        If one of them is missing, or the index is none.
    """

    def __init__(self, folder: str | Path) -> None:
        self.path, index = Path(folder) / REC, Path(folder) / IDX
        for path in (self.path, index):
            if not path.is_file():
                raise InputError(f"config identities.path: there is no {path}; give the folder of {REC} and {IDX}")
        self.bytes = self.path.stat().st_size
        self.places = _read_index(index)

    def content(self, key: int, most: int | None = None) -> bytes:
        """The content of a record.

        Parameters
        ----------
        key : int
            Of the index.
        most : int or None
            Its first bytes alone.

        Returns
        -------
        bytes
            Header and image.

        Raises
        ------
        InputError
            If the file ends within the record, or no record begins there; it names file and record.
        """
        with open(self.path, "rb") as stream:
            stream.seek(self.places[key])
            kind, part = self._part(stream, key, most)
            if kind == WHOLE:
                return part
            if kind != FIRST:
                raise self._damaged(key, "a record's first part is missing there")
            parts = [part]
            while kind != LAST and (most is None or sum(map(len, parts)) < most):
                kind, part = self._part(stream, key, None)
                if kind not in (MIDDLE, LAST):
                    raise self._damaged(key, "a part of the record is missing")
                parts.append(part)
        return struct.pack("<I", MAGIC).join(parts)[:most]

    def _part(self, stream: BinaryIO, key: int, most: int | None) -> tuple[int, bytes]:
        """Kind and content of what begins here."""
        words = stream.read(WORDS.size)
        if len(words) < WORDS.size:
            raise self._damaged(key, f"the file ends there ({self.bytes} bytes); it is cut short, fetch it again")
        magic, word = WORDS.unpack(words)
        if magic != MAGIC:
            raise self._damaged(key, f"no record begins there: 0x{magic:08x} in place of 0x{MAGIC:08x}")
        length = word & 0x1FFFFFFF
        wanted = length if most is None else min(most, length)
        content = stream.read(wanted)
        if len(content) < wanted or stream.tell() + length - wanted > self.bytes:
            raise self._damaged(key, f"the file ends within its {length} bytes; it is cut short, fetch it again")
        stream.seek(-length % 4, 1)
        return word >> 29, content

    def _damaged(self, key: int, why: str) -> InputError:
        return InputError(f"{self.path}: record {key}, byte {self.places[key]}: {why}")

    def labels(self, key: int) -> tuple[float, ...]:
        """The labels in a record's header.

        Parameters
        ----------
        key : int
            Of the index.

        Returns
        -------
        tuple of float
            At least one.

        Raises
        ------
        InputError
            If the record has no such header.
        """
        return self._header(key, self.content(key, HEADER.size))[0]

    def _header(self, key: int, content: bytes) -> tuple[tuple[float, ...], int]:
        """Labels, and where the image begins."""
        if len(content) < HEADER.size:
            raise self._damaged(key, f"{len(content)} bytes are no header of an image")
        flag, label, _, _ = HEADER.unpack_from(content)
        if not flag:
            return (label,), HEADER.size
        end = HEADER.size + 4 * flag
        if flag <= MOST_LABELS and len(content) < end:
            content = self.content(key, end)
        if len(content) < end:
            raise self._damaged(key, f"the header names {flag} labels, which are not there")
        return struct.unpack_from(f"<{flag}f", content, HEADER.size), end

    def image(self, key: int) -> np.ndarray:
        """The image of a record.

        Parameters
        ----------
        key : int
            Of the index.

        Returns
        -------
        numpy.ndarray
            uint8 [H, W, 3], RGB.

        Raises
        ------
        InputError
            If the record is damaged.
        Unusable
            Reason `unreadable`: its bytes are no image.
        """
        content = self.content(key)
        _, start = self._header(key, content)
        coded = np.frombuffer(content, np.uint8, offset=start)
        try:
            image = cv2.imdecode(coded, cv2.IMREAD_COLOR) if len(coded) else None
        except cv2.error as error:
            raise Unusable("unreadable", f"OpenCV: {error.err}") from None
        if image is None:
            raise Unusable("unreadable", f"its {len(coded)} bytes are no image")
        return np.ascontiguousarray(image[:, :, ::-1])

    def image_keys(self) -> list[int]:
        """The keys of all images.

        Returns
        -------
        list of int
            In their order.

        Raises
        ------
        InputError
            If key 0 says that there are images which the index does not have.
        """
        if 0 not in self.places or len(first := self.labels(0)) < 2:
            return sorted(self.places)
        keys = range(1, int(first[0]))
        if missing := next((key for key in keys if key not in self.places), None):
            raise InputError(f"{self.path}: record 0 says {len(keys)} images, but {IDX} has no record {missing}")
        return list(keys)


def _read_index(path: Path) -> dict[int, int]:
    """Key -> byte, of an index."""
    places = {}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            key, place = map(int, line.split())
        except ValueError:
            raise InputError(f"{path}, line {number}: '{line[:60]}' is no key and byte") from None
        if place < 0 or key < 0:
            raise InputError(f"{path}, line {number}: '{line[:60]}': no key or byte is below 0")
        places[key] = place
    if not places:
        raise InputError(f"{path}: it names no record")
    return places


def people_in_records(folder: str | Path) -> Iterator[Identity]:
    """The people of a record file, in the order of their labels.

    Parameters
    ----------
    folder : str or Path
        It holds train.rec and train.idx, and may hold property, whose first number is that of the people.

    Yields
    ------
    Identity
        A person, with what reads each photograph; photographs are named by their keys.

    Raises
    ------
    InputError
        For files that are missing or damaged, or a label that is no whole number.
    """
    records = RecordFile(folder)
    of_person: dict[int, list[int]] = {}
    for key in records.image_keys():
        label = records.labels(key)[0]
        if not label.is_integer() or label < 0:  # NaN is no integer either
            raise InputError(f"{records.path}: record {key} has the label {label}, which is no number of a person")
        of_person.setdefault(int(label), []).append(key)
    if (stated := _stated_people(Path(folder) / PROPERTY)) not in (None, len(of_person)):
        log.warning("%s shows %d people, but %s says %d", records.path, len(of_person), PROPERTY, stated)
    for person, keys in sorted(of_person.items()):
        yield Identity(f"{person}", [Photograph(f"record {key}", partial(records.image, key)) for key in keys])


def _stated_people(path: Path) -> int | None:
    """How many people the file `property` says there are; None without the file."""
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    try:
        people, _, _ = map(int, text.split(","))
    except ValueError:
        raise InputError(f"{path}: '{text[:60]}' is not 'people,height,width'") from None
    return people
