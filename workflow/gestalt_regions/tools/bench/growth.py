"""How the time, memory and disk of stages grow: python -m gestalt_regions.tools.bench.growth.

Each stage is measured alone, in a process of its own, on a made-up cohort of each size. One that takes longer than
--limit, or more memory than --memory, is ended, and the table says so. The table is a file; what it holds already is
not measured again.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import psutil

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError, nearest

SIZES = "3544,35440,354400"  # the paper's, ten times and a hundred times
MEASURED, STOPPED, FAILED = "measured", "stopped", "failed"
COLUMNS = ["stage", "images", "processor_s", "peak_mb", "written_mb", "files", "status", "note"]
NOTE = "note: "
LOOK = 0.2  # seconds between two looks at a process's memory


@dataclass(frozen=True)
class Cost:
    """What a process took.

    Attributes
    ----------
    processor_s : float
        Seconds of the processor, its children's included.
    peak_mb : float
        Peak resident memory of it and its children together, looked at every LOOK seconds; at least the largest one's.
    status, note : str
        MEASURED, STOPPED or FAILED, and why; of what was measured, what it said in lines that begin with NOTE.
    """

    processor_s: float
    peak_mb: float
    status: str
    note: str = ""


def _resident(pid: int) -> int:
    """Bytes that a process and its children hold now."""
    try:
        process = psutil.Process(pid)
        held = process.memory_info().rss
        for child in process.children(recursive=True):
            try:
                held += child.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return 0
    return held


def _last_line(text: str) -> str:
    """What a program said last, as far as a cell of a table holds it."""
    return text.splitlines()[-1][:300] if text else "no word"


def measure(command: Sequence[str], *, limit: float, memory: float, cwd: str | None = None) -> Cost:
    """Run a command and end it where it takes too much.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    limit : float
        Seconds of the processor that each of its processes may take.
    memory : float
        MB that they may hold together.
    cwd : str, optional
        Where it runs.

    Returns
    -------
    Cost
        What it took, also where it was ended.
    """

    def _bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), math.ceil(limit) + 5))

    peak, why = 0, ""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=cwd, stdout=said, stderr=subprocess.STDOUT, preexec_fn=_bound, start_new_session=True
        )
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            held = _resident(process.pid)
            peak = max(peak, held)
            if held > memory * 1e6 and not why:
                why = f"more than {memory:.0f} MB"
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(LOOK)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace").strip()
    processor = used.ru_utime + used.ru_stime
    if process.returncode and not why and processor >= limit - 1:
        why = f"more than {limit:.0f} s of the processor"
    kind = MEASURED if process.returncode == 0 else STOPPED if why else FAILED
    told = [line.removeprefix(NOTE) for line in text.splitlines() if line.startswith(NOTE)]
    note = "; ".join(told) if kind == MEASURED else why or _last_line(text)
    return Cost(processor, max(peak / 1e6, used.ru_maxrss / 1e3), kind, note)


def on_disk(folder: str | Path) -> tuple[float, int]:
    """What a folder takes on the disk.

    Parameters
    ----------
    folder : str or path
        With all below it; links are not followed.

    Returns
    -------
    tuple
        MB, and the number of files.
    """
    total, files = 0, 0
    for base, _, names in os.walk(folder):
        for name in names:
            total += os.lstat(os.path.join(base, name)).st_blocks * 512
            files += 1
    return total / 1e6, files


def exponents(table: pd.DataFrame) -> pd.DataFrame:
    """The power of the number of images with which processor seconds grow.

    Parameters
    ----------
    table : pandas.DataFrame
        COLUMNS.

    Returns
    -------
    pandas.DataFrame
        A row a stage: seconds of each size, `last` (between the two largest sizes measured), `all` (from the smallest
        to the largest), and `start_free`: of three sizes in equal steps, without what a stage takes at any size.
    """
    rows = []
    for stage, cell in table.groupby("stage", sort=False):
        cell = cell.sort_values("images")
        done = cell[cell["status"] == MEASURED]
        images, seconds = done["images"].to_numpy(float), done["processor_s"].to_numpy(float)
        row: dict[str, object] = {"stage": stage}
        row |= {f"s at {n}": s for n, s in zip(cell["images"], cell["processor_s"], strict=True)}
        ended = cell[cell["status"] != MEASURED]
        if len(images) > 1:
            row["last"] = _slope(images[-2:], seconds[-2:])
            row["all"] = _slope(images[[0, -1]], seconds[[0, -1]])
        steps = images[1:] / images[:-1]
        if len(images) > 2 and math.isclose(steps[-1], steps[-2], rel_tol=0.02):
            more, less = seconds[-1] - seconds[-2], seconds[-2] - seconds[-3]
            row["start_free"] = math.log(more / less) / math.log(steps[-1]) if more > 0 and less > 0 else math.nan
        row["ended"] = "; ".join(f"{n}: {s} ({r})" for n, s, r in ended[["images", "status", "note"]].to_numpy())
        rows.append(row)
    return pd.DataFrame(rows)


def _slope(images: Sequence[float], seconds: Sequence[float]) -> float:
    """On logarithmic scales, of two points."""
    return math.log(seconds[1] / seconds[0]) / math.log(images[1] / images[0])


class Kept:
    """The table as a file: a row is written when it is measured.

    Parameters
    ----------
    path : path
        The file; it may not be there yet.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        there = io.read_table(path, COLUMNS, strings=["stage", "status", "note"]) if self.path.exists() else None
        self.rows = there.to_dict("records") if there is not None else []

    def has(self, stage: str, images: int, limit: float) -> bool:
        """Whether nothing is left to measure.

        Parameters
        ----------
        stage : str
            The stage.
        images : int
            The size.
        limit : float
            Seconds of the processor; one that was ended for less time is measured again.

        Returns
        -------
        bool
            Also where a smaller size was ended already.
        """
        for row in self.rows:
            if row["stage"] == stage and row["status"] == MEASURED and row["images"] == images:
                return True
            ended = row["status"] == STOPPED and row["images"] <= images
            if row["stage"] == stage and ended and limit <= max(row["processor_s"] + 1, 1):
                return True
        return False

    def add(self, stage: str, images: int, cost: Cost, written: float, files: int) -> None:
        """Put a row into the file, in place of an earlier one.

        Parameters
        ----------
        stage : str
            The stage.
        images : int
            The size.
        cost : Cost
            What it took.
        written : float
            MB on the disk.
        files : int
            Files on the disk.
        """
        row = {"stage": stage, "images": images, **asdict(cost), "written_mb": written, "files": files}
        same = [row["stage"], row["images"]]
        self.rows = [other for other in self.rows if [other["stage"], other["images"]] != same] + [row]
        io.write_table(self.table, self.path)

    @property
    def table(self) -> pd.DataFrame:
        """All rows.

        Returns
        -------
        pandas.DataFrame
            COLUMNS.
        """
        return pd.DataFrame(self.rows, columns=COLUMNS)


def measure_group(
    stages: Sequence[str],
    images: int,
    command: Callable[[int, str, str], list[str]],
    kept: Kept,
    *,
    limit: float,
    memory: float,
    scratch: str | None,
) -> None:
    """Measure stages that begin with the same inputs.

    Parameters
    ----------
    stages : sequence of str
        Their names.
    images : int
        The size.
    command : callable
        (step, stage, folder) -> command line; step 0 makes the inputs, 1 is the stage.
    kept : Kept
        Where rows go.
    limit, memory : float
        As in `measure`.
    scratch : str or None
        Where the made-up cohort lies meanwhile.
    """
    left = [stage for stage in stages if not kept.has(stage, images, limit)]
    if not left:
        return
    folder = tempfile.mkdtemp(dir=scratch)
    try:
        made = measure(command(0, left[0], folder), limit=10 * limit, memory=memory)
        for stage in left:
            if made.status != MEASURED:
                kept.add(stage, images, Cost(0, 0, FAILED, f"its inputs: {made.note}"), 0, 0)
            else:
                before = on_disk(folder)
                cost = measure(command(1, stage, folder), limit=limit, memory=memory)
                megabytes, files = (b - a for a, b in zip(before, on_disk(folder), strict=True))
                kept.add(stage, images, cost, max(megabytes, 0), max(int(files), 0))
            print(*kept.rows[-1].values(), sep=", ", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def add_bounds(parser: argparse.ArgumentParser) -> None:
    """Options that both benchmarks of growth take.

    Parameters
    ----------
    parser : ArgumentParser
        It gets them.
    """
    parser.add_argument("--limit", type=float, default=300, help="seconds of the processor of one process (300)")
    parser.add_argument("--memory", type=float, default=6000, help="MB of one command with its children (6,000)")
    parser.add_argument("--output", default="growth.csv", help="the table, which is continued")
    parser.add_argument("--scratch", default=None, help="where made-up inputs lie meanwhile (the system's folder)")


def bounds(options: argparse.Namespace) -> dict:
    """What `add_bounds` read, but for the table.

    Parameters
    ----------
    options : Namespace
        The options.

    Returns
    -------
    dict
        limit, memory and scratch, as `measure_group` takes them.
    """
    return {"limit": options.limit, "memory": options.memory, "scratch": options.scratch}


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process without it.
    """
    from gestalt_regions.tools.bench import growth_stages

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", default=SIZES, help="with commas between them (the paper's, x10, x100)")
    parser.add_argument("--stages", default=",".join(growth_stages.STAGES), help="with commas between them (all)")
    add_bounds(parser)
    options = parser.parse_args(arguments)

    stages = options.stages.split(",")
    for stage in stages:
        if stage not in growth_stages.STAGES:
            raise InputError(f"no stage '{stage}'; {nearest(stage, growth_stages.STAGES)}")
    kept = Kept(options.output)
    for images in map(int, options.images.split(",")):

        def command(step: int, stage: str, folder: str, images: int = images) -> list[str]:
            asked = ["--step", str(step), "--stages", stage, "--folder", folder, "--images", str(images)]
            return [sys.executable, "-m", "gestalt_regions.tools.bench.growth_stages", *asked]

        for _, group in itertools.groupby(stages, key=lambda stage: growth_stages.STAGES[stage][0]):
            measure_group(list(group), images, command, kept, **bounds(options))
    with pd.option_context("display.width", 250, "display.max_columns", 20, "display.float_format", "{:.2f}".format):
        print(exponents(kept.table).to_string(index=False))


if __name__ == "__main__":
    main()
