"""Disks that are full or read-only, and what killed jobs leave on them. Imports nothing heavy: every run does it."""

from __future__ import annotations

import errno
import glob
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import psutil

from gestalt_regions.core.errors import InputError

LITTLE = 2**20  # bytes: a disk with less is full
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def unwritable(path: Path, error: Exception) -> InputError | None:
    """What a person can do about a failure to write `path`; None where the disk is not to blame.

    Libraries hide the cause, so a full disk is also told by their words, and by what is left of it.
    """
    code = getattr(error, "errno", None)
    if code in (errno.EROFS, errno.EACCES, errno.EPERM):
        reason = f"{path} cannot be used ({error.strerror}): change its permissions, or those of its folder"
    elif code in FULL or any(os.strerror(one) in str(error) for one in FULL) or _free(path) < LITTLE:
        reason = f"{path} cannot be written, its disk (or quota) is full: make room"
    else:
        return None
    return InputError(f"{reason}, then give the same command again. Nothing finished is lost.")


def _free(path: Path) -> int:
    """Bytes that are free where `path` would lie."""
    while not path.exists():
        path = path.absolute().parent
    return shutil.disk_usage(path).free


def remove_leftovers(outputs: Iterable[str | os.PathLike]) -> None:
    """Remove what killed jobs left beside these outputs, .<name>.<process>.*tmp; what living processes have stays."""
    for output in map(Path, outputs):
        start = f".{output.name}."
        for left in output.parent.glob(f"{glob.escape(start)}*tmp"):
            pid = left.name.removeprefix(start).split(".")[0]
            if pid.isdigit() and not psutil.pid_exists(int(pid)):
                shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
