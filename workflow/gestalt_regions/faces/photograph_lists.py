"""What each shard of the faces depends on, as a small list: its photographs by content, and landmarks that are given.

A list changes where a photograph was replaced, added or removed, and with it only its shard is made again. No path is
in it, so that a folder may be moved or renamed.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.file_digests import digests
from gestalt_regions.core.io import read_table, write_text
from gestalt_regions.faces import given_landmarks
from gestalt_regions.faces.detector_registry import GIVEN
from gestalt_regions.faces.face_shards import shard_numbers

log = logging.getLogger("gestalt_regions")

ORDER, MEMORY = "order.csv", ".seen.csv"  # beside the lists; MEMORY may be deleted: then every photograph is read once


def write_lists(samples: pd.DataFrame, base: str | Path, folder: str | Path, shards: int, detector: str) -> list[str]:
    """Write the lists that differ from those that are there, and leave the others as they are.

    Parameters
    ----------
    samples : DataFrame
        As samples.csv.
    base : path
        The folder that relative images are below: that of samples.csv.
    folder : path
        Where the lists are: <shard>.csv with sample_id and content (a digest, `missing` or `unreadable`), sorted; and
        ORDER, the samples in their order.
    shards : int
        Config faces.shards.
    detector : str
        Config faces.detector; box and landmarks of the samples are listed where it is `given`.

    Returns
    -------
    list of str
        Names of the files that were written.
    """
    folder = Path(folder)
    listed = samples[["sample_id"]].copy()
    listed["content"] = digests([str(Path(base) / image) for image in samples["image"]], folder / MEMORY, "photographs")
    if detector == GIVEN:
        listed = listed.join(samples.reindex(columns=given_landmarks.COLUMNS))
    listed["shard"] = shard_numbers(listed["sample_id"], shards)
    _say_changes(folder, listed)
    listed = listed.sort_values("sample_id", kind="stable")
    by_shard = dict(list(listed.groupby("shard")))
    tables = {
        f"{shard}.csv": by_shard.get(shard, listed.iloc[:0]).drop(columns="shard") for shard in range(1, shards + 1)
    }
    tables[ORDER] = samples[["sample_id"]]
    texts = {
        name: table.to_csv(index=False, float_format="%.9g", lineterminator="\n") for name, table in tables.items()
    }
    differing = [name for name, text in texts.items() if _text(folder / name) != text]
    for name in differing:
        write_text(texts[name], folder / name)
    return differing


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _say_changes(folder: Path, listed: pd.DataFrame) -> None:
    """Log what is new since the lists that are there were written."""
    keys = ["sample_id", "content"]
    try:
        before = pd.concat([read_table(path, keys, keys) for path in folder.glob("[0-9]*.csv")])
    except (InputError, ValueError):  # none yet
        return
    old, new = (table.drop_duplicates("sample_id").set_index("sample_id")["content"] for table in (before, listed))
    both = new.index.intersection(old.index)
    changes = {
        "added": new.index.difference(old.index),
        "replaced": both[(old[both] != new[both]).to_numpy()],
        "gone": old.index.difference(new.index),
    }
    said = [
        f"{len(names)} {what} ({', '.join(names[:3])}{', ...' * (len(names) > 3)})"
        for what, names in changes.items()
        if len(names)
    ]
    if said:
        log.info("photographs since they were last looked at: %s", ", ".join(said))


def look_again(read: Callable[[], pd.DataFrame], folder: str | Path, shards: int, detector: str) -> None:
    """Bring the lists up to date while a run is planned, and say on stderr what changed.

    Nothing is done before the lists were first made, by a job: that reads every photograph once.

    Parameters
    ----------
    read : Callable
        Gives the samples.
    folder : path
        The folder of the lists, in that of samples.csv.
    shards : int
        Config faces.shards.
    detector : str
        Config faces.detector.
    """
    if not Path(folder, ORDER).is_file():
        return
    shown, level = logging.StreamHandler(sys.stderr), log.level
    shown.setFormatter(logging.Formatter("gestalt-regions: %(message)s"))
    log.addHandler(shown)
    try:
        log.setLevel(logging.ERROR)  # what the reader says is said by its job
        samples = read()
        log.setLevel(logging.INFO)
        write_lists(samples, Path(folder).parent, folder, shards, detector)
    finally:
        log.removeHandler(shown)
        log.setLevel(level)


def photographs(*, samples: str | Path, lists: list[str], shards: int, detector: str) -> None:
    """Write the lists for the first time.

    Parameters
    ----------
    samples : path
        samples.csv.
    lists : list of path
        What is written, all in one folder.
    shards : int
        Config faces.shards.
    detector : str
        Config faces.detector.
    """
    table = read_table(samples, ["sample_id", "image"], strings=["sample_id", "image"])
    folder = Path(lists[0]).parent
    for stale in folder.glob("[0-9]*.csv"):
        stale.unlink()
    write_lists(table, Path(samples).parent, folder, shards, detector)
