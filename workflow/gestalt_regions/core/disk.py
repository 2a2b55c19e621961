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

_LEAST_FREE = 2**20  # bytes: a disk with less is full
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def unwritable(path: Path, error: Exception) -> InputError | None:
    """Say what a person can do about a failure to write a file.

    Libraries hide the cause. So a full disk is also told by their words, and by what is left of it.

    Parameters
    ----------
    path : Path
        The file or folder that could not be written.
    error : Exception
        What was raised meanwhile.

    Returns
    -------
    InputError or None
        The error to raise instead; None where the disk is not to blame.
    """
    code = getattr(error, "errno", None)
    if code in (errno.EROFS, errno.EACCES, errno.EPERM):
        reason = (
            f"{path} cannot be used ({getattr(error, 'strerror', '')}): change its permissions, or those of its folder"
        )
    elif code in _DISK_FULL or _says_full(error) or _free(path) < _LEAST_FREE:
        reason = f"{path} cannot be written, its disk (or quota) is full: make room"
    else:
        return None
    return InputError(f"{reason}, then give the same command again. Nothing finished is lost.")


def _says_full(error: Exception) -> bool:
    return any(os.strerror(code) in str(error) for code in _DISK_FULL)


def _free(path: Path) -> int:
    """Bytes that are free where `path` would lie."""
    while not path.exists():
        path = path.absolute().parent
    return shutil.disk_usage(path).free


def remove_leftovers(outputs: Iterable[str | os.PathLike]) -> None:
    """Remove what killed jobs left beside their outputs; what living processes have stays.

    Parameters
    ----------
    outputs : iterable of path
        Files whose neighbours `.<name>.<process>.*tmp` are looked at.
    """
    for output in map(Path, outputs):
        start = f".{output.name}."
        for leftover in output.parent.glob(f"{glob.escape(start)}*tmp"):
            pid = leftover.name.removeprefix(start).split(".")[0]
            if pid.isdigit() and not psutil.pid_exists(int(pid)):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
