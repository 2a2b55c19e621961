"""Region sets as data (resources/regions.yaml): which sets there are and what their regions are called."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import yaml

from gestalt_regions.core.errors import InputError, nearest

PAPER = "paper"  # the set of the published boxes; its maps are made with the faces
PIECE = {"labels", "u", "v", "grow", "over"}


def load_sets(path: str | os.PathLike, labels: Sequence[str] = ()) -> dict[str, dict]:
    """Read and check the region sets of resources/regions.yaml.

    Parameters
    ----------
    path : path
        The file.
    labels : sequence of str
        The parser's labels, against which the pieces are checked; empty leaves that out.

    Returns
    -------
    dict
        Name -> {about, boxes, regions: {region: [piece, ...]}}.

    Raises
    ------
    InputError
        For an unknown key or label, and for a set with more than 254 regions (a map holds one byte for each pixel).
    """
    sets = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    for name, entry in sets.items():
        if not 0 < len(entry["regions"]) < 255:
            raise InputError(f"{path}: {name} has {len(entry['regions'])} regions; 1 to 254 are possible")
        for region, pieces in entry["regions"].items():
            for piece in pieces:
                for key in piece:
                    if key not in PIECE:
                        raise InputError(f"{path}: {name}.{region}: unknown key '{key}'; {nearest(key, PIECE)}")
                for label in [*piece["labels"], *piece.get("over", [])] if labels else []:
                    if label not in labels:
                        raise InputError(f"{path}: {name}.{region}: no label '{label}'; {nearest(label, labels)}")
    return sets


def region_ids(path: str | os.PathLike, name: str) -> dict[str, int]:
    """Ids of a set's regions in its stored maps: from 1; 0 is no region.

    Parameters
    ----------
    path : path
        resources/regions.yaml.
    name : str
        The region set.

    Returns
    -------
    dict
        Region -> id.

    Raises
    ------
    InputError
        If there is no such set.
    """
    sets = load_sets(path)
    if name not in sets:
        raise InputError(f"{path}: no region set '{name}'; {nearest(name, sets)}")
    return {region: i for i, region in enumerate(sets[name]["regions"], start=1)}
