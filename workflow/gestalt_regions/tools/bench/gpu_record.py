"""What make bench-gpu writes down line by line, so that a run that is cut off keeps all that it measured.

Nothing but torch is imported here: a lent machine may lack everything else.
"""

from __future__ import annotations

import csv
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import torch

MEASURED, SKIPPED, FAILED, FULL, CUT = "measured", "skipped", "failed", "out of memory", "cut"
RATE_COLUMNS = ["stage", "what", "unit", "jobs", "units", "seconds", "starting_s", "device", "machine", "date"]
# module -> the wheel that has it: what a machine with torch, timm and numpy may lack
WHEELS = {
    "pandas": "pandas",
    "psutil": "psutil",
    "safetensors": "safetensors",
    "yaml": "PyYAML",
    "jsonschema": "jsonschema",
    "captum": "captum",
    "zennit": "zennit",
    "matplotlib": "matplotlib",  # captum imports it
    "sklearn": "scikit-learn",  # training, as are the next two
    "scipy": "scipy",
    "cv2": "opencv-python",
}
NAN = float("nan")
NO_MEMORY = ("out of memory", "ALLOC_FAILED", "NOT_ENOUGH_WORKSPACE")  # in what CUDA's libraries say


class OutOfTime(BaseException):
    """A section's time is over; no `except Exception` on the way may swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime inside when the time is over; a call into C ends first.

    Parameters
    ----------
    seconds : float
        The time.

    Yields
    ------
    None
        Afterwards nothing is raised any more.
    """

    def _stop(number: int, frame: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), 1.0)  # again every second: a destructor may swallow one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Line:
    """One measurement.

    Attributes
    ----------
    section, what, precision : str
        What was measured, and what networks computed in.
    status : str
        measured, skipped, failed, out of memory, cut.
    images : int
        Images (queries, matrix products) at once or in one run.
    seconds : float
        Of the run that counts, warm-up apart.
    per_second : float
        Images a second.
    published_per_second, ratio : float
        Images a second the published way, or in float32 where precisions are compared; how often it goes into ours.
    tflops, share_of_peak : float
        Arithmetic done a second, 10^12; its share of the matrix product of the same precision.
    memory_gb : float
        Most that tensors took on a GPU; of a CPU the process's.
    pearson : float
        The lowest correlation of absolute maps with those of the other way.
    note : str
        What one must know of it.
    """

    section: str
    what: str
    precision: str = ""
    status: str = MEASURED
    images: int = 0
    seconds: float = NAN
    per_second: float = NAN
    published_per_second: float = NAN
    ratio: float = NAN
    tflops: float = NAN
    share_of_peak: float = NAN
    memory_gb: float = NAN
    pearson: float = NAN
    note: str = ""


HEAD = [entry.name for entry in fields(Line)]


def wheel_needed(error: ModuleNotFoundError) -> str:
    """Say which wheel is missing.

    Parameters
    ----------
    error : ModuleNotFoundError
        Of an import.

    Returns
    -------
    str
        A sentence.
    """
    module = (error.name or "?").split(".")[0]
    return f"needs the wheel {WHEELS.get(module, module)}"


def _shown(value: object) -> str:
    return "" if value != value else f"{value:.5g}" if isinstance(value, float) else str(value)


def _append(path: Path, values: list) -> None:
    with path.open("a", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerow([_shown(value) for value in values])


class Record:
    """Two files, each line written when it is known: measured.csv (Line) and rates.csv (what make plan takes).

    Parameters
    ----------
    folder : Path
        Where they lie; those of an earlier run are replaced.
    device, machine : str
        For the rates.
    """

    def __init__(self, folder: Path, device: str, machine: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.measured, self.rates, self.device, self.machine = (
            folder / "measured.csv",
            folder / "rates.csv",
            device,
            machine,
        )
        self.lines: list[Line] = []
        for path, head in ((self.measured, HEAD), (self.rates, RATE_COLUMNS)):
            path.unlink(missing_ok=True)
            _append(path, head)

    def write(self, line: Line) -> None:
        """Print a line and keep it.

        Parameters
        ----------
        line : Line
            A measurement.
        """
        self.lines.append(line)
        _append(self.measured, list(astuple(line)))
        numbers = [
            f"{name.replace('_', ' ')} {_shown(getattr(line, name))}"
            for name in HEAD[4:-1]
            if getattr(line, name) == getattr(line, name) and getattr(line, name)
        ]
        told = [line.status] * (line.status != MEASURED) + numbers + [line.note] * bool(line.note)
        print(f"  {line.what:40s} {line.precision:9s} {', '.join(told)}", flush=True)

    def rate(self, stage: str, what: str, unit: str, units: float, seconds: float) -> None:
        """Keep a rate.

        Parameters
        ----------
        stage, what, unit : str
            As in resources/rates.csv.
        units, seconds : float
            How much work took how long.
        """
        _append(
            self.rates, [stage, what, unit, 1, units, seconds, 0.0, self.device, self.machine, date.today().isoformat()]
        )


@dataclass
class Bench:
    """The device, and what sections learn of each other.

    Attributes
    ----------
    device : torch.device
        Where networks compute.
    sizes : Sizes
        How much is measured (gpu_sections.py).
    record : Record
        Where lines go.
    precisions : sequence of str
        Those that the device has, float32 first.
    peaks : dict
        precision -> FLOP/s of a large matrix product.
    explained : dict
        Method -> its maps in float32, seconds an image, and FLOP an image.
    compared : tuple or None
        What they are of: network, images, and BASELINES.
    """

    device: torch.device
    sizes: Any
    record: Record
    precisions: tuple[str, ...] = ("float32",)
    peaks: dict[str, float] = field(default_factory=dict)
    explained: dict[str, tuple[Any, float, float]] = field(default_factory=dict)
    compared: tuple[Any, Any, Any] | None = None

    def free(self) -> None:
        """Give back what tensors took."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def strict(self, wanted: bool) -> None:
        """Say whether torch refuses what is not deterministic, as in the jobs of the workflow (jobs/device.py).

        Parameters
        ----------
        wanted : bool
            Whether.
        """
        torch.set_deterministic_debug_mode("error" if wanted else "default")

    def measure(
        self,
        line: Line,
        run: Callable[[], Any],
        warm: Callable[[], object] | None = None,
        *,
        strict: bool = True,
    ) -> tuple[Any, Line]:
        """Run once to warm up, once to measure; whatever goes wrong is said in the line, and the next one is tried.

        Parameters
        ----------
        line : Line
            What it is, with `images`.
        run : callable
            The work.
        warm : callable, optional
            Less work that warms up; `run` itself without it.
        strict : bool
            Whether as the workflow's jobs: without what is not deterministic.

        Returns
        -------
        tuple
            What `run` returned, None if nothing was measured; and the line, not yet written.
        """
        from gestalt_regions.tools.bench.cost import timed

        self.strict(strict)
        try:
            (warm or run)()
            result, cost = timed(run, self.device)
        except ModuleNotFoundError as error:
            return None, replace(line, status=SKIPPED, note=wheel_needed(error))
        except Exception as error:
            if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
                return None, replace(line, status=FULL)
            if strict and "deterministic" in str(error):
                note = f"{line.note}; NOT DETERMINISTIC on this device: a job of the workflow would stop".lstrip("; ")
                return self.measure(replace(line, note=note), run, warm, strict=False)
            said = (str(error).strip().splitlines() or [""])[0]
            return None, replace(line, status=FAILED, note=f"{type(error).__name__}: {said}"[:300])
        finally:
            self.strict(False)
        rate = line.images / cost.wall
        return result, replace(line, seconds=cost.wall, per_second=rate, memory_gb=cost.memory / 1e9)
