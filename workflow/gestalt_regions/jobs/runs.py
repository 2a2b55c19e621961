"""A run (one process of Snakemake) and its jobs: no two runs make the same folder, and no job outlives its run.

Both hold after kill -9: the lock ends with the process that holds it, and jobs look whether theirs is still there.
Snakemake's own lock, a file, would be left behind; the profiles switch it off.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import psutil

from gestalt_regions.core.disk import unwritable
from gestalt_regions.core.errors import InputError

VARIABLE = "GESTALT_REGIONS_RUN"  # tells a job which process runs it
STATUS_LINE = "GESTALT_REGIONS_STATUS"  # set by a run that has a status line (snakemake_logger_plugin_stages)
HELD: list[TextIO] = []  # locks, kept open until this process ends


def _machine() -> str:
    """The machine and the process numbers that count there: a container may have its own."""
    space = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}/{os.readlink(space) if space.is_symlink() else ''}"


def announce() -> None:
    """Tell the processes that this one starts to follow it: it runs jobs."""
    os.environ[VARIABLE] = f"{_machine()} {os.getpid()}"


def _over(machine: str, pid: str) -> bool:
    """Whether a process has ended; one on another machine cannot be seen, and counts as going on."""
    if machine != _machine():
        return False
    try:
        return psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def follow(every: float = 0.2) -> None:
    """Watch those that this process works for, and end it, as kill -9 would, soon after one of them.

    A job without its run would write beside the same job of the next run. What this process starts shall follow it too.

    Parameters
    ----------
    every : float
        Seconds between two looks.
    """
    if VARIABLE not in os.environ:
        return
    above = [entry.split(" ") for entry in os.environ[VARIABLE].split(",")]
    os.environ[VARIABLE] += f",{_machine()} {os.getpid()}"

    def _watch() -> None:
        while not any(_over(*entry) for entry in above):
            time.sleep(every)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=_watch, name="follow the run", daemon=True).start()


def folders(outputs: Iterable[str]) -> list[Path]:
    """List the folders that a run makes: what one run makes, no other may make at the same time.

    Parameters
    ----------
    outputs : iterable of str
        Files, such as results/cohort/table.csv.

    Returns
    -------
    list of Path
        The folders of results/ that they lie in, sorted.
    """
    paths = (Path(output).parts for output in outputs)
    return sorted({Path(*parts[:2]) for parts in paths if len(parts) > 2})


def lock(places: Iterable[Path]) -> None:
    """Lock each folder until this process ends.

    The lock lies beside the folder: one that several working folders share, as a link, is not locked by each.

    Parameters
    ----------
    places : iterable of Path
        The folders.

    Raises
    ------
    InputError
        If another run has a folder, or if it cannot be written to.
    """
    for place in places:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists() and not os.access(place, os.W_OK):
                raise PermissionError(errno.EACCES, "it is read-only")
            stream = open(place.with_name(f".{place.name}.lock"), "a+", encoding="utf-8")
        except OSError as error:
            raise unwritable(place, error) or error from None
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            raise InputError(
                f"{place} is being made by another run ({stream.read() or 'just started'}). Wait for it, or stop it. "
                "Nothing was changed."
            ) from None
        except OSError as error:  # a file system without locks
            print(f"{place}: {error.strerror}: see to it yourself that only one run makes it", file=sys.stderr)
        stream.truncate(0)
        stream.write(f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%Y-%m-%d %H:%M')}")
        stream.flush()
        HELD.append(stream)
