"""One GPU for one job: a job holds its device by a lock that ends with its process, however that ends.

Jobs that are given the same devices (by the user, or all of a machine) so never share one by accident. Devices are told
apart by their own identity, not by their number, and the locks lie in the machine's temporary folder: studies in
different folders do not share a device either. Where Slurm gives each job its own devices, nobody else locks those.
"""

from __future__ import annotations

import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

log = logging.getLogger("gestalt_regions")
HELD: dict[str, TextIO] = {}  # device -> its lock, kept open until this process ends


def lock_folder() -> Path:
    """Name the folder of the machine that holds the locks of GPUs.

    Returns
    -------
    Path
        One folder for each user, below the machine's temporary folder.
    """
    return Path(tempfile.gettempdir()) / f"gestalt-regions-gpus-{os.getuid()}"


def _locked(device: str, folder: Path) -> bool:
    """Whether this process holds the device now."""
    if device not in HELD:
        stream = open(folder / f"{device}.lock", "a")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            return False
        HELD[device] = stream
    return True


def take_gpu(devices: Sequence[str], folder: Path, pause: float = 2.0) -> int:
    """Take the first GPU that no other job holds; wait, saying so, while all are taken.

    A process keeps the one that it took first.

    Parameters
    ----------
    devices : sequence of str
        Identities of the GPUs that this process sees.
    folder : Path
        Where the locks are.
    pause : float
        Seconds between two looks.

    Returns
    -------
    int
        The number of the GPU in `devices`.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    waiting = False
    mine_first = sorted(range(len(devices)), key=lambda number: devices[number] not in HELD)
    while True:
        for number in mine_first:
            if _locked(devices[number], folder):
                return number
        if not waiting:
            hint = f"snakemake --resources gpu={len(devices)} starts no more such jobs at once"
            log.info("every GPU (%d) is held by another job: waiting for one; %s", len(devices), hint)
        waiting = True
        time.sleep(pause)


def lent_in_parts(environment: Mapping[str, str]) -> bool:
    """Tell whether Slurm lent a part of a device (MPS, shards), to be used beside other jobs.

    Parameters
    ----------
    environment : mapping
        The job's environment variables.

    Returns
    -------
    bool
        True for a part of a device.
    """
    return any(name in environment for name in ("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", "SLURM_SHARDS_ON_NODE"))


def gpu_present(environment: Mapping[str, str], devices: Path = Path("/dev")) -> bool:
    """Tell whether this machine seems to have a GPU that jobs may use; for messages, without asking the driver.

    Parameters
    ----------
    environment : mapping
        Environment variables; CUDA_VISIBLE_DEVICES may hide all GPUs.
    devices : Path
        The folder of device files.

    Returns
    -------
    bool
        True if there is a device file of a GPU.
    """
    if environment.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1", "NoDevFiles"):
        return False
    return any(next(devices.glob(pattern), None) for pattern in ("nvidia[0-9]*", "kfd", "dxg"))
