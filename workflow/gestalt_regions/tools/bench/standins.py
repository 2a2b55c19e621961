"""Small files with random weights in the place of the user's own, for backbones whose structure comes from a file."""

from __future__ import annotations

from pathlib import Path

from gestalt_regions.tools.bench.iresnet import write_iresnet

STANDINS = {"arcface_onnx": ("iresnet.onnx", write_iresnet)}


def write_standin(backbone: str, folder: str | Path) -> str:
    """Write the stand-in of a `from_file` backbone.

    Parameters
    ----------
    backbone : str
        Name of the backbone.
    folder : path
        Where to.

    Returns
    -------
    str
        Its path.
    """
    name, write = STANDINS[backbone]
    path = str(Path(folder) / name)
    write(path)
    return path
