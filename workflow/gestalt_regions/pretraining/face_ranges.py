"""Which faces lie in which shard. Imports nothing heavy: the DAG asks it too."""

from __future__ import annotations

from collections.abc import Mapping


def part(count: int, shards: int, shard: int) -> range:
    """The numbers of the faces of a shard: contiguous, equal to within one.

    Parameters
    ----------
    count : int
        All faces.
    shards : int
        Number of shards.
    shard : int
        1..shards.

    Returns
    -------
    range
        From 0.
    """
    edges = [count * i // shards for i in range(shards + 1)]
    return range(edges[shard - 1], edges[shard])


def needed(morph: Mapping, count: int) -> list[int]:
    """The shards that hold the first faces and the held-out ones.

    Parameters
    ----------
    morph : Mapping
        Config morph: faces, heldout, shards.
    count : int
        How many of the first faces.

    Returns
    -------
    list of int
        Numbers from 1.
    """
    wanted = {*range(count), *range(morph["faces"], morph["faces"] + morph["heldout"])}
    total = morph["faces"] + morph["heldout"]
    return [k for k in range(1, morph["shards"] + 1) if wanted & set(part(total, morph["shards"], k))]
