"""Identity data as the experts see it: aligned grey faces, 224 pixels a side, and whose each is."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import new_array, read_array, read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.faces import align
from gestalt_regions.faces.detect import choose_face, make_detector
from gestalt_regions.faces.face_parts import SIDE
from gestalt_regions.faces.unusable import Unusable
from gestalt_regions.pretraining.face_ranges import part
from gestalt_regions.pretraining.identity_folder import people_in_folder
from gestalt_regions.pretraining.identity_photographs import Identity
from gestalt_regions.pretraining.identity_records import people_in_records

log = logging.getLogger("gestalt_regions")
FEWEST = 2  # photographs of a person: one to learn from, one to be judged by
INDEX = ["row", "identity", "photograph"]
SKIPPED = ["identity", "photograph", "reason", "detail"]
READERS: Mapping[str, Callable[[str], Iterable[Identity]]] = {"folder": people_in_folder, "rec": people_in_records}
ToFrame = Callable[[np.ndarray], np.ndarray]  # a photograph, RGB -> the face in the frame of the crops, RGB


def already_aligned(pixels: np.ndarray) -> np.ndarray:
    """A crop that is aligned as ArcFace's, at the experts' size.

    Parameters
    ----------
    pixels : numpy.ndarray
        uint8 [S, S, 3].

    Returns
    -------
    numpy.ndarray
        uint8 [SIDE, SIDE, 3].

    Raises
    ------
    Unusable
        Reason `not_square`.
    """
    height, width = pixels.shape[:2]
    if height != width:
        raise Unusable("not_square", f"{width} x {height} pixels; an aligned crop is square (identities.aligned)")
    return align.warp(pixels, np.diag([SIDE / width, SIDE / width, 1.0]), SIDE) if width != SIDE else pixels


def aligner(weights: str, faces: Mapping, threads: int) -> ToFrame:
    """What finds the face of a photograph and aligns it, as the faces of a study are.

    Parameters
    ----------
    weights : str
        Of the detector.
    faces : Mapping
        Config faces.
    threads : int
        Number of threads.

    Returns
    -------
    callable
        Photograph -> face. It raises Unusable where there is none.
    """
    detector = make_detector(faces["detector"], weights, faces["min_score"], threads, faces["device"])
    sizes = [faces["detection_size"], *faces["retry_sizes"]]
    chosen = {key: faces[key] for key in ("comparable_area", "min_eye_distance")}

    def _aligned(pixels: np.ndarray) -> np.ndarray:
        face = choose_face(detector, pixels, sizes=sizes, several="largest", **chosen)
        matrix, _ = align.similarity(face.points)
        return align.warp(pixels, align.resized(matrix, SIDE), SIDE)

    return _aligned


def write_faces_shard(
    people: Iterable[Identity], output: str | Path, *, shard: int, shards: int, most: int, to_frame: ToFrame
) -> None:
    """Write a shard's folder: faces.npy, index.csv (INDEX) and skipped.csv (SKIPPED).

    faces.npy is uint8 [n, SIDE, SIDE], with a row for each photograph of the shard's people; index.csv says which of
    them are faces. A photograph that cannot be used is skipped, and so are people with fewer than FEWEST faces.

    Parameters
    ----------
    people : iterable of Identity
        All people of the data.
    output : str or Path
        The folder.
    shard, shards : int
        1..shards, and how many.
    most : int
        Only so many people, the first; 0 is all.
    to_frame : callable
        `already_aligned`, or what `aligner` gives.

    Raises
    ------
    InputError
        If there are no people.
    """
    people = list(islice(people, most or None))
    if not people:
        raise InputError("config identities.path: there is nobody in it")
    mine = [people[i] for i in part(len(people), shards, shard)]
    total = sum(len(person.photographs) for person in mine)
    index: list[tuple] = []
    skipped: list[tuple] = []
    progress, row = Progress(total, "photographs"), 0
    output = Path(output)
    folder = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with new_array(folder / "faces.npy", (total, SIDE, SIDE), np.uint8) as faces:
            for person in mine:
                usable: list[tuple] = []
                for photograph in person.photographs:
                    try:
                        faces[row] = cv2.cvtColor(to_frame(photograph.read()), cv2.COLOR_RGB2GRAY)
                        usable.append((row, person.name, photograph.name))
                    except Unusable as problem:
                        skipped.append((person.name, photograph.name, problem.reason, problem.detail))
                        log.info("skipped %s: %s", photograph.name, problem)
                    row += 1
                    progress.update()
                if len(usable) < FEWEST:
                    detail = f"{len(usable)} usable photographs; it takes {FEWEST} to learn and to judge a person"
                    skipped.append((person.name, "", "too_few", detail))
                    log.info("skipped %s: %s", person.name, detail)
                else:
                    index += usable
        write_table(pd.DataFrame(index, columns=INDEX), folder / "index.csv")
        write_table(pd.DataFrame(skipped, columns=SKIPPED), folder / "skipped.csv")
        shutil.rmtree(output, ignore_errors=True)
        os.replace(folder, output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    log.info("%d faces of %d people; %d skipped", len(index), len({name for _, name, _ in index}), len(skipped))


@dataclass(frozen=True)
class IdentityFaces:
    """The faces of all shards, in memory maps.

    Attributes
    ----------
    stacks : sequence of numpy.ndarray
        uint8 [n, SIDE, SIDE] each.
    shard : numpy.ndarray
        int [N], the stack of each face.
    row : numpy.ndarray
        int [N], its row in that.
    person : numpy.ndarray
        int [N], 0, 1, ... in the order of `names`.
    names : sequence of str
        The people.
    """

    stacks: Sequence[np.ndarray]
    shard: np.ndarray
    row: np.ndarray
    person: np.ndarray
    names: Sequence[str]

    @classmethod
    def load(cls, folders: Sequence[str | Path], people: int) -> IdentityFaces:
        """Read what `write_faces_shard` wrote.

        Parameters
        ----------
        folders : sequence of str or Path
            One a shard, in order.
        people : int
            Only so many, the first; 0 is all.

        Returns
        -------
        IdentityFaces
            Of these people.

        Raises
        ------
        InputError
            If there are fewer, or fewer than two.
        """
        text = ("identity", "photograph")
        tables = [read_table(Path(f) / "index.csv", INDEX, text).assign(shard=i) for i, f in enumerate(folders)]
        table = pd.concat(tables, ignore_index=True)
        names = list(dict.fromkeys(table["identity"]))
        if len(names) < max(2, people):
            raise InputError(
                f"identity pretraining wants {max(2, people)} people, but {len(names)} have {FEWEST} usable "
                f"photographs or more; see skipped.csv in {Path(folders[0]).parent}"
            )
        names = names[: people or None]
        table = table[table["identity"].isin(names)]
        place = {name: i for i, name in enumerate(names)}
        person = table["identity"].map(place).to_numpy()
        stacks = [read_array(Path(folder) / "faces.npy") for folder in folders]
        return cls(stacks, table["shard"].to_numpy(), table["row"].to_numpy(), person, names)

    def __len__(self) -> int:
        return len(self.person)

    def pixels(self, faces: np.ndarray) -> np.ndarray:
        """Some of the faces.

        Parameters
        ----------
        faces : numpy.ndarray
            int [n].

        Returns
        -------
        numpy.ndarray
            uint8 [n, SIDE, SIDE].
        """
        return np.stack([self.stacks[self.shard[face]][self.row[face]] for face in faces])
