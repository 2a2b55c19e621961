"""What one GPU does, in eight minutes: make bench-gpu (docs/reference/gpu.md). Without a GPU it tries itself out.

Every section has its share of the time. One that needs more is cut, and what it had measured is kept: each line is in
the files as soon as it is known. A wheel that is missing costs the measurements that need it.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch

from gestalt_regions.tools.bench import gpu_sections as sections
from gestalt_regions.tools.bench import gpu_study_sections as of_study
from gestalt_regions.tools.bench.gpu_record import (
    CUT,
    FAILED,
    SKIPPED,
    WHEELS,
    Bench,
    Line,
    OutOfTime,
    Record,
    time_limit,
    wheel_needed,
)

MINUTES = 8.0
# name, share of the time, what it does; the first ones matter most
SECTIONS: list[tuple[str, float, Callable[[Bench], None]]] = [
    ("peak", 15, sections.peak),
    ("methods", 150, sections.methods),
    ("training", 60, of_study.training),
    ("rates", 80, of_study.saliency_rates),
    ("encodings", 25, of_study.encodings),
    ("evaluation", 20, of_study.evaluation),
    ("precision", 60, sections.precisions),
    ("matching", 30, sections.matching),
    ("largest batch", 40, of_study.largest_batch),
]


def missing_wheels() -> list[str]:
    """List the wheels of WHEELS that are not installed here.

    Returns
    -------
    list of str
        Names as pip takes them.
    """
    return [wheel for module, wheel in WHEELS.items() if not _is_here(module)]


def _is_here(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # something refuses to look for it
        return False


def _device(asked: str) -> tuple[torch.device, str]:
    """Where to measure, and what that is called in the table of rates."""
    if asked == "cpu" or not torch.cuda.is_available():
        print("no GPU is seen: this is the reduced form, on the CPU. It shows that all runs; its numbers say nothing.")
        return torch.device("cpu"), "cpu (reduced form)"
    return torch.device("cuda", 0), torch.cuda.get_device_name(0)


def _precisions(device: torch.device) -> tuple[str, ...]:
    if device.type == "cuda":
        return (
            ("float32", "tf32", "bfloat16")
            if torch.cuda.is_bf16_supported(including_emulation=False)
            else ("float32", "tf32")
        )
    return ("float32", "bfloat16") if torch.cpu._is_avx512_bf16_supported() else ("float32",)


def run_section(bench: Bench, name: str, work: Callable[[Bench], None], seconds: float) -> None:
    """Run one section within its time; nothing that happens in it ends the others.

    Parameters
    ----------
    bench : Bench
        The device and the record.
    name : str
        Of the section.
    work : callable
        The section.
    seconds : float
        Its time.
    """
    print(f"{name} (at most {seconds:.0f} s)", flush=True)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    start, ended = time.perf_counter(), None
    try:
        with time_limit(seconds):
            work(bench)
    except OutOfTime:
        ended = Line(name, "the rest", status=CUT, note=f"its {seconds:.0f} s are over")
    except ModuleNotFoundError as error:
        ended = Line(name, "the rest", status=SKIPPED, note=wheel_needed(error))
    except Exception as error:
        ended = Line(name, "the rest", status=FAILED, note=f"{type(error).__name__}: {error}"[:300])
    bench.strict(False)
    bench.free()
    if ended:
        bench.record.write(ended)
    print(f"  {time.perf_counter() - start:.1f} s", flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-gpu", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", default="results/bench_gpu", help="folder of measured.csv and rates.csv")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="time in all (8)")
    parser.add_argument("--sections", default="", help="with commas between them (all)")
    parser.add_argument(
        "--device", default="", choices=("", "cpu", "cuda"), help="cpu: the reduced form (a GPU if seen)"
    )
    options = parser.parse_args(arguments)
    known = [name for name, _, _ in SECTIONS]
    options.sections = options.sections.split(",") if options.sections else known
    if unknown := set(options.sections) - set(known):
        parser.error(f"--sections {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    return options


def main(arguments: list[str] | None = None) -> Bench:
    """Run the benchmark.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process without it.

    Returns
    -------
    Bench
        With all lines in its record.
    """
    start, options = time.perf_counter(), _options(arguments)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # older PyTorch refuses matrix products without it
    warnings.filterwarnings("ignore")  # of hooks and gradients that libraries set themselves
    logging.getLogger("gestalt_regions").setLevel(logging.ERROR)
    device, called = _device(options.device)
    print(f"{called}; PyTorch {torch.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"beside torch, timm and numpy it needs these wheels: {' '.join(WHEELS.values())}")
    if missing := missing_wheels():
        print(f"MISSING: {' '.join(missing)}; what needs them is skipped")
    sizes = sections.FULL_SIZE if device.type == "cuda" else sections.REDUCED
    bench = Bench(
        device, sizes, Record(Path(options.out), called, f"{called}, {os.cpu_count()} cores"), _precisions(device)
    )
    chosen = [entry for entry in SECTIONS if entry[0] in options.sections]
    for place, (name, share, work) in enumerate(chosen):
        left = 60 * options.minutes - (time.perf_counter() - start)  # what one section leaves, the others get
        run_section(bench, name, work, left * share / sum(other for _, other, _ in chosen[place:]))
    print(f"{time.perf_counter() - start:.0f} s in all; {bench.record.measured} has every line.")
    print(f'For make plan: make plan PLAN="--add-rates {bench.record.rates}"')
    return bench


if __name__ == "__main__":
    sys.exit(any(line.status == FAILED for line in main().record.lines))
