"""Which faces lie in which shard. Imports nothing heavy: the DAG asks it too."""

from __future__ import annotations

from collections.abc import Mapping


def part(count: int, shards: int, shard: int) -> range:
    """The numbers of the faces of shard 1..shards: contiguous, equal to within one."""
    edges = [count * i // shards for i in range(shards + 1)]
    return range(edges[shard - 1], edges[shard])


def needed(morph: Mapping, count: int) -> list[int]:
    """The shards that hold the first `count` faces and the held-out ones."""
    wanted = {*range(count), *range(morph["faces"], morph["faces"] + morph["heldout"])}
    total = morph["faces"] + morph["heldout"]
    return [k for k in range(1, morph["shards"] + 1) if wanted & set(part(total, morph["shards"], k))]
