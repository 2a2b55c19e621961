"""What each shard of the faces depends on, as a small list: its photographs by content, and landmarks that are given.

A list changes where a photograph was replaced, added or removed, and with it only its shard is made again. No path is
in it, so that a folder may be moved or renamed: where each photograph is stands in a table of its own.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gestalt_regions.cohort.matched_controls import with_controls
from gestalt_regions.cohort.readers.reader_registry import find_reader
from gestalt_regions.cohort.who_is_who import read_samples
from gestalt_regions.core.file_digests import digests
from gestalt_regions.core.io import as_csv, write_table
from gestalt_regions.faces.detector_registry import GIVEN
from gestalt_regions.faces.shards import shard_numbers

log = logging.getLogger("gestalt_regions")

# Beside the lists; MEMORY may be deleted: then every photograph is read once.
PATHS, ORDER, MEMORY = "paths.csv", "order.csv", ".seen.csv"


def write_lists(samples: pd.DataFrame, base: str | Path, folder: str | Path, shards: int, detector: str) -> list[str]:
    """Write the lists that differ from those that are there, and leave the others as they are.

    Parameters
    ----------
    samples : DataFrame
        As samples.csv.
    base : path
        The folder that relative images are below: that of samples.csv.
    folder : path
        Where the lists are: <shard>.csv with sample_id and content (a digest, `missing` or `unreadable`), sorted;
        PATHS, with sample_id, image and what is given, as samples.csv has them; and ORDER, with sample_id alone.
    shards : int
        Config faces.shards.
    detector : str
        Config faces.detector; box and landmarks of the samples are listed where it is `given`.

    Returns
    -------
    list of str
        Names of the lists that were written.
    """
    folder = Path(folder)
    listed = samples[["sample_id"]].copy()
    paths = [os.path.join(base, image) for image in samples["image"]]
    listed["content"] = digests(paths, folder / MEMORY, "photographs")
    where = samples[["sample_id"]].assign(
        image=[
            image if os.path.isabs(image) else os.path.relpath(path, folder)
            for image, path in zip(samples["image"], paths, strict=True)
        ]
    )
    if detector == GIVEN:
        from gestalt_regions.faces import given_landmarks  # OpenCV, which other plannings do without

        landmarks = samples.reindex(columns=given_landmarks.COLUMNS)
        listed, where = listed.join(landmarks), where.join(landmarks)
    listed["shard"] = shard_numbers(listed["sample_id"], shards)
    listed = listed.sort_values("sample_id", kind="stable")
    by_shard = dict(list(listed.groupby("shard")))
    tables = {
        f"{shard}.csv": by_shard.get(shard, listed.iloc[:0]).drop(columns="shard") for shard in range(1, shards + 1)
    }
    before = {name: _text(folder / name) for name in tables}
    differing = [name for name, table in tables.items() if as_csv(table) != before[name]]
    if all(before.values()):
        _say_changes([(before[name], tables[name]) for name in differing])
    for name in differing:
        write_table(tables[name], folder / name)
    for name, table in ((PATHS, where), (ORDER, where[["sample_id"]])):
        if as_csv(table) != _text(folder / name):
            write_table(table, folder / name)
    return differing


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _say_changes(lists: Sequence[tuple[str, pd.DataFrame]]) -> None:
    """Log how some lists differ from what they were."""
    changes: dict[str, list[str]] = {"added": [], "replaced": [], "gone": []}
    for text, table in lists:
        before = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False).set_index("sample_id")["content"]
        now = table.set_index("sample_id")["content"]
        both = now.index.intersection(before.index)
        changes["added"] += list(now.index.difference(before.index))
        changes["replaced"] += list(both[(before[both] != now[both]).to_numpy()])
        changes["gone"] += list(before.index.difference(now.index))
    said = [
        f"{len(names)} {what} ({', '.join(sorted(names)[:3])}{', ...' * (len(names) > 3)})"
        for what, names in changes.items()
        if names
    ]
    if said:
        log.info("photographs since they were last looked at: %s", ", ".join(said))


def look_again(samples: pd.DataFrame, folder: str | Path, shards: int, detector: str) -> None:
    """Bring the lists up to date while a run is planned, and say on stderr what changed.

    Nothing is done before the lists were first made, by a job: that reads every photograph once.

    Parameters
    ----------
    samples : DataFrame
        As samples.csv would be now.
    folder : path
        The folder of the lists, in that of samples.csv.
    shards : int
        Config faces.shards.
    detector : str
        Config faces.detector.
    """
    if not Path(folder, PATHS).is_file():
        return
    shown, level = logging.StreamHandler(sys.stderr), log.level
    shown.setFormatter(logging.Formatter("gestalt-regions: %(message)s"))
    log.addHandler(shown)
    try:
        log.setLevel(logging.INFO)
        write_lists(samples, Path(folder).parent, folder, shards, detector)
    finally:
        log.removeHandler(shown)
        log.setLevel(level)


def photographs(*, cohort: Mapping, faces: Mapping, folder: str | Path, controls: Mapping | None = None) -> None:
    """Write the lists for the first time.

    Parameters
    ----------
    cohort : mapping
        Config cohort, of a cohort that is read.
    faces : mapping
        Config faces.
    folder : path
        Where the lists go.
    controls : mapping, optional
        As `controls_settings` gives it.
    """
    reader = find_reader(cohort["kind"])
    settings = cohort[reader.name]
    read = read_samples(reader, reader.files(settings), settings, aloud=False)
    samples = with_controls(*read, controls or {}, aloud=False).samples
    for stale in Path(folder).glob("[0-9]*.csv"):
        stale.unlink()
    write_lists(samples, Path(folder).parent, folder, faces["shards"], faces["detector"])
