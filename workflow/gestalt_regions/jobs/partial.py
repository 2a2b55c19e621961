"""Work in the making lies beside its output until that is complete, so that a killed job can go on where it was."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger("gestalt_regions")


def digest_of_work(files: Iterable[str], *values: object) -> str:
    """Digest what determines the result of long work.

    Parameters
    ----------
    files : iterable of str
        Files whose contents count.
    *values : object
        Values that JSON can hold; of others their text counts.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    total = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode())
    for path in files:
        with open(path, "rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()[:16]


@contextmanager
def partial(output: str, key: str) -> Iterator[Path]:
    """Yield the folder .<name of the output>.<key>.partial beside the output; it is removed when the block succeeds.

    What another key left behind is of an older run and is removed. Snakemake deletes the outputs of a job that did not
    finish, but does not know this folder.

    Parameters
    ----------
    output : str
        The file in the making.
    key : str
        A digest of all that determines the output.

    Yields
    ------
    Path
        The folder; it may not exist yet.
    """
    path = Path(output)
    folder = path.with_name(f".{path.name}.{key}.partial")
    for old in path.parent.glob(f".{path.name}.*.partial"):
        if old != folder:
            log.info("what an earlier run left unfinished does not fit any more: %s is removed", old.name)
            shutil.rmtree(old)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
