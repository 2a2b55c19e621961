"""What every script shares: logging to the rule's log, a fixed number of threads, and errors a person can read.

Scripts speak one dialect. `with job(snakemake):` calls one function, and hands it plain values by name: files as
`snakemake.input.NAME` or `dict(snakemake.input.items())`, then wildcards, then the params as `**settings(snakemake)`.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gestalt_regions.core import scratch
from gestalt_regions.core.disk import remove_leftovers, unwritable
from gestalt_regions.core.errors import InputError
from gestalt_regions.jobs.provenance import SnakemakeJob, write_records
from gestalt_regions.jobs.runs import STATUS_LINE, follow

log = logging.getLogger("gestalt_regions")


def _limit_threads(threads: int) -> None:
    """Fix the thread pools of BLAS, OpenMP, OpenCV and torch, as far as they are loaded."""
    import threadpoolctl

    threadpoolctl.threadpool_limits(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(threads)


def _process_age() -> float:
    """Seconds since this process started."""
    import psutil

    return time.time() - psutil.Process(os.getpid()).create_time()


def _processor_time() -> float:
    """Seconds that all cores together worked for this process and for its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _place() -> str:
    """Where this job runs: the machine, and what Slurm gave it."""
    parts = [f"on {socket.gethostname()}"]
    if "SLURM_JOB_ID" in os.environ:
        seen = os.environ.get("CUDA_VISIBLE_DEVICES", "")  # Slurm's own names for it do not reach a job's steps
        parts += [f"Slurm job {os.environ['SLURM_JOB_ID']}", f"GPU {'none' if seen in ('', 'NoDevFiles') else seen}"]
    return ", ".join(parts)


def settings(snakemake: SnakemakeJob) -> dict[str, object]:
    """Give the rule's params to a function that takes them all.

    Parameters
    ----------
    snakemake : SnakemakeJob
        What Snakemake gives a script.

    Returns
    -------
    dict
        The named params without `code` and `content`, which are there to be compared.
    """
    return {name: value for name, value in snakemake.params.items() if name not in ("code", "content")}


@contextmanager
def _alone(log_file: Path) -> Iterator[str]:
    """Hold the job's log while the block runs; wait first until no other process does this job.

    A cluster's may, after Snakemake was killed. Yields what is to be said of it.
    """
    began, said = time.monotonic(), ""
    with open(log_file, "a") as stream:
        try:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"{log_file}: another process still does this job: waiting for its end", file=sys.stderr)
                fcntl.flock(stream, fcntl.LOCK_EX)
                said = f"; waited {time.monotonic() - began:.0f} s for another process that did this job"
        except OSError as error:  # a file system without locks
            said = f"; {error.strerror}: nothing keeps a second process from this job"
        yield said


def _log_to(path: Path, rule: str) -> None:
    """Log to the rule's log file, and to stderr with the rule's name; warnings alone where a run has a status line."""
    to_file, to_terminal = logging.FileHandler(path, mode="w", encoding="utf-8"), logging.StreamHandler(sys.stderr)
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    to_terminal.setFormatter(logging.Formatter(f"[{rule}] %(message)s"))
    if STATUS_LINE in os.environ:  # the run itself prints the end of a failed job's log
        clear = "\r\033[K" if sys.stderr.isatty() else ""  # over what is drawn there
        to_terminal.setFormatter(logging.Formatter(f"{clear}[{rule}] %(message)s"))
        to_terminal.setLevel(logging.WARNING)
        to_terminal.addFilter(lambda record: record.levelno < logging.ERROR)
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_terminal], force=True)
    logging.captureWarnings(True)


@contextmanager
def job(snakemake: SnakemakeJob) -> Iterator[logging.Logger]:
    """Run a rule's work: log it, end an InputError with its message alone, and record what made the outputs.

    It logs to `snakemake.log[0]` and to stderr. The last log line states the seconds spent starting (process, imports)
    and computing, and those of the processor while computing; the `timing` rule and `make plan` read it.

    Parameters
    ----------
    snakemake : SnakemakeJob
        What Snakemake gives a script.

    Yields
    ------
    Logger
        The package's logger.

    Raises
    ------
    SystemExit
        With status 1 after any error, which the log then holds.
    """
    follow()
    start, processor = time.monotonic(), _processor_time()
    starting = _process_age()
    scratch.folder = str(Path(snakemake.output[0]).parent)  # nothing is written outside results/
    path = Path(snakemake.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path) as said:
        _log_to(path, snakemake.rule)
        _limit_threads(snakemake.threads)
        log.info("%s%s", _place(), said)
        remove_leftovers(snakemake.output)
        try:
            yield log
            write_records(snakemake)
        except InputError as error:
            log.error("%s", error)
            raise SystemExit(1) from None
        except Exception as error:
            named = getattr(error, "filename", None) or snakemake.output[0]
            if explained := unwritable(Path(named), error):
                log.error("%s", explained)
            else:
                log.exception("rule %s failed", snakemake.rule)
            raise SystemExit(1) from None
        spent = (starting, time.monotonic() - start, _processor_time() - processor)
        log.info("finished: %.2f s starting, %.2f s computing, %.2f s of processor time", *spent)
