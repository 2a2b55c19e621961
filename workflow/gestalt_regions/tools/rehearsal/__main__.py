"""Build the folder of a rehearsal.

python -m gestalt_regions.tools.rehearsal nih --faces results/rehearsal_faces --out results/rehearsal/nih --metadata DIR
python -m gestalt_regions.tools.rehearsal gmdb --faces results/rehearsal_faces --out results/rehearsal/gmdb

Without --metadata the tables of the NIH faces are INVENTED too; GMDB's always are.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gestalt_regions.core.errors import InputError
from gestalt_regions.tools.rehearsal import gmdb_tables, nih_tables
from gestalt_regions.tools.rehearsal.picture_folder import write_folder
from gestalt_regions.tools.rehearsal.stand_ins import Picture, SimulatedFaces

HPO_TERMS = Path(__file__).parents[4] / "resources/hpo_terms.csv"
# GMDB has some files that are no face, broken, or not there: numbers of each
NO_FACE, BROKEN, GONE = 6, 2, 3


def build_nih(out: Path, faces: SimulatedFaces, metadata: str, *, seed: int, scale: float, threads: int) -> bool:
    """Build the folder of a user of the NIH faces.

    Parameters
    ----------
    out : Path
        Gets metadata/ and images/.
    faces : SimulatedFaces
        What the stand-ins are made of.
    metadata : str
        The published tables; "" to invent them.
    seed : int
        Seed of the rehearsal.
    scale : float
        Share of the images, of invented tables only.
    threads : int
        How many pictures are drawn at a time.

    Returns
    -------
    bool
        False where the folder was there already.
    """
    folder = out / "metadata"
    if metadata:
        nih_tables.copy_tables(Path(metadata), folder)
        said = "The tables in metadata/ are the published ones, copied from the user's own."
    else:
        nih_tables.invent_tables(folder, HPO_TERMS, seed, scale)
        said = "The tables in metadata/ are INVENTED, in the shape of the published ones."
    pictures, labels = nih_tables.read_pictures(folder)
    known = sorted(set(labels.values()))
    pictures = [replace(each, faces=faces.class_for(each.faces, known)) for each in pictures]
    return _write(out, pictures, faces, said, seed, threads)


def build_gmdb(out: Path, faces: SimulatedFaces, *, seed: int, scale: float, threads: int) -> bool:
    """Build the folder of a user of GMDB.

    Parameters
    ----------
    out : Path
        Gets gmdb_metadata/ and images/.
    faces : SimulatedFaces
        What the stand-ins are made of.
    seed : int
        Seed of the rehearsal.
    scale : float
        Share of the published numbers.
    threads : int
        How many pictures are drawn at a time.

    Returns
    -------
    bool
        False where the folder was there already.
    """
    images = gmdb_tables.invent_images(seed, scale)
    gmdb_tables.write_tables(out / "gmdb_metadata", images, seed)
    pictures = gmdb_tables.list_pictures(images, seed)
    known = sorted({each.faces for each in pictures})
    pictures = [replace(each, faces=faces.class_for(each.faces, known)) for each in pictures]
    said = "The tables in gmdb_metadata/ are INVENTED, in the shape and size of GestaltMatcher Database's."
    return _write(out, pictures, faces, said, seed, threads, bad=True)


def _write(
    out: Path,
    pictures: Sequence[Picture],
    faces: SimulatedFaces,
    said: str,
    seed: int,
    threads: int,
    bad: bool = False,
) -> bool:
    """Draw the folder; `bad`: some pictures are no face, broken or missing, spread over the folder."""
    damaged: dict[str, bytes | None] = {}
    if bad:
        count = NO_FACE + BROKEN + GONE
        names = [each.name for each in pictures[len(pictures) // 2 :: max(1, len(pictures) // (2 * count))][:count]]
        blank, broken = _files_without_a_face()
        contents = [blank] * NO_FACE + [broken] * BROKEN + [None] * GONE
        damaged = dict(zip(names, contents, strict=False))
    return write_folder(out, pictures, faces, tables=said, seed=seed, threads=threads, damaged=damaged)


def _files_without_a_face() -> tuple[bytes, bytes]:
    """A picture of nobody, and the first half of a picture."""
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((300, 360)).save(stream, "JPEG")
    return stream.getvalue(), stream.getvalue()[: len(stream.getvalue()) // 2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the folder that the command line names.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without its program; by default the process's own.

    Returns
    -------
    int
        0, or 1 after an error that the user can mend.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cohort", choices=["nih", "gmdb"])
    parser.add_argument("--faces", required=True, help="results of a simulated cohort: samples.csv, faces/index.csv")
    parser.add_argument("--out", required=True, type=Path, help="the folder to build")
    parser.add_argument("--metadata", default="", help="nih: the published tables; without them they are invented")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the images, where the tables are invented")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--threads", type=int, default=2, help="pictures drawn at a time")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    common = {"seed": options.seed, "scale": options.scale, "threads": options.threads}
    try:
        faces = SimulatedFaces(options.faces)
        if options.cohort == "nih":
            build_nih(options.out, faces, options.metadata, **common)
        else:
            build_gmdb(options.out, faces, **common)
    except InputError as error:
        print(f"gestalt-regions: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
