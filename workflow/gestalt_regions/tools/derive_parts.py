"""Derive the boxes of the parts of the face from the landmarks of a finished study, and write resources/face_parts.csv.

python -m gestalt_regions.tools.derive_parts results/simulated/faces/landmarks.npy

The table that comes with the code was made from the default study, whose faces are simulated.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from gestalt_regions.core.io import read_array, write_table
from gestalt_regions.faces.face_parts import derive_boxes

TABLE = "resources/face_parts.csv"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table.

    Parameters
    ----------
    arguments : sequence of str, optional
        Of the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m gestalt_regions.tools.derive_parts", description=__doc__)
    parser.add_argument("landmarks", help="results/<cohort>/faces/landmarks.npy")
    parser.add_argument("--table", default=TABLE, help="where the boxes go")
    options = parser.parse_args(arguments)
    write_table(derive_boxes(read_array(options.landmarks)), options.table)


if __name__ == "__main__":
    main()
