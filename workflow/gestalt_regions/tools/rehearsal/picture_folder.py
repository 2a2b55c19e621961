"""The folder of a rehearsal: its pictures, a marker that says they are simulated, and what it is made of."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
from PIL import Image

from gestalt_regions.cohort.read_cohort import STAND_INS
from gestalt_regions.core.io import write_text
from gestalt_regions.core.progress import track
from gestalt_regions.tools.rehearsal import stand_ins
from gestalt_regions.tools.rehearsal.stand_ins import Picture, SimulatedFaces

log = logging.getLogger("gestalt_regions")

NOTICE = """SIMULATED. This folder is a rehearsal.

No picture in it is a photograph of a person: each is made of two simulated faces.
{tables}
A study that reads pictures beside this file calls itself simulated.
"""


def _digest(pictures: Sequence[Picture], faces: SimulatedFaces, *said: object) -> str:
    """Digest of all that a folder is made of: another one means that it is drawn again."""
    digest = hashlib.sha256(repr(said).encode())
    for path in (faces.folder / "faces/index.csv", Path(stand_ins.__file__)):
        digest.update(path.read_bytes())
    for picture in pictures:
        values = (picture.name, picture.person, picture.faces, picture.width, picture.height)
        digest.update(repr(values).encode() + picture.points.tobytes())
    return digest.hexdigest()


def write_folder(
    out: Path,
    pictures: Sequence[Picture],
    faces: SimulatedFaces,
    *,
    tables: str,
    seed: int,
    threads: int,
    damaged: Mapping[str, bytes | None] = {},
) -> bool:
    """Draw the pictures into out/images, unless they are there already.

    Parameters
    ----------
    out : Path
        The rehearsal's folder.
    pictures : sequence of Picture
        What to draw; the suffix of the name says the format.
    faces : SimulatedFaces
        What they are made of.
    tables : str
        What the notice says of the tables.
    seed : int
        Seed of the rehearsal.
    threads : int
        How many are drawn at a time.
    damaged : mapping
        File name -> bytes that are written in its place; None leaves the file out.

    Returns
    -------
    bool
        False where the folder was made of the same before.
    """
    record, made_of = out / "made_of.txt", _digest(pictures, faces, seed, sorted(damaged))
    if record.is_file() and record.read_text(encoding="utf-8") == made_of:
        log.info("%s: up to date, %d pictures", out, len(pictures))
        return False
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    write_text(NOTICE.format(tables=tables), images / STAND_INS)
    wanted = {picture.name for picture in pictures} - {name for name, content in damaged.items() if content is None}
    for path in images.iterdir():
        if path.name not in wanted | {STAND_INS}:
            path.unlink()

    def _write(picture: Picture) -> None:
        path = images / picture.name
        if picture.name not in damaged:
            Image.fromarray(faces.draw(picture, seed)).save(path, compress_level=1, quality=90)
        elif (content := damaged[picture.name]) is not None:
            path.write_bytes(content)

    cv2.setNumThreads(1)  # pictures are drawn side by side instead
    with ThreadPoolExecutor(threads) as pool:
        for _ in track(pool.map(_write, pictures), len(pictures), "pictures"):
            pass
    size = sum(entry.stat().st_size for entry in os.scandir(images))
    log.info("%s: %d pictures, %.0f MB", images, len(wanted), size / 1e6)
    write_text(made_of, record)
    return True
