"""The saliency engine against the published way, on the same ResNet-50 with random weights: make bench-saliency.

Both explain the same images in turn, in one process; every number is the median over the rounds. The published way
takes one image at a time, the engine all of them at once, as in the workflow. Times hold the choice of the target and
the sums over channels.
"""

from __future__ import annotations

import argparse
import logging
import os
import warnings
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import torch

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import write_table
from gestalt_regions.jobs.device import choose_device
from gestalt_regions.models.precision import network_precision
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.tools.bench.baseline import BASELINES
from gestalt_regions.tools.bench.both_ways import engine_maps, networks, published_maps
from gestalt_regions.tools.bench.cost import Flops, convolution_peak, timed

PRECISIONS = ("float32", "bfloat16", "tf32")
BATCH = {"cpu": 32, "cuda": 256}  # launching kernels is what costs on a GPU
HEADS = [("published s", 11), ("engine s", 10), ("ratio", 7), ("cpu ratio", 11), ("pearson", 10), ("GFLOP", 9)]
HEADS += [("peak", 8), ("memory GB", 11)]


@dataclass(frozen=True)
class _Row:
    """What the engine's networks compute in (the published way: float32), seconds an image (wall), the ratio published
    / engine, the same of processor time, correlation of the absolute maps, the engine's GFLOP an image and its share of
    the machine's convolution peak in float32, its peak memory in GB."""

    method: str
    precision: str
    published_s: float
    engine_s: float
    ratio: float
    processor_ratio: float
    pearson: float
    gflop: float
    share_of_peak: float
    memory_gb: float


def _compare(name: str, options: argparse.Namespace, nets: tuple, device: torch.device) -> _Row:
    """One method: `rounds` times the published way, then the engine."""
    ours, theirs, images = nets
    images, entry, method = images[: options.images], BASELINES[name], load_methods()[name]
    precision = network_precision(method.not_below(options.precision), device)
    explainer = Explainer(ours, options.batch or BATCH[device.type], precision=precision)
    with Flops() as work:  # also warms up
        engine_maps(method, entry.settings, explainer, images[:1])
    costs, peaks = [], []
    for _ in range(options.rounds):
        expected, before = timed(lambda: published_maps(entry, theirs, images), device)
        peaks.append(convolution_peak(device))
        maps, after = timed(lambda: engine_maps(method, entry.settings, explainer, images), device)
        costs.append((before, after))
    wall = [float(np.median([c[i].wall for c in costs])) / len(images) for i in (0, 1)]
    return _Row(
        method=name,
        precision=precision,
        published_s=wall[0],
        engine_s=wall[1],
        ratio=float(np.median([a.wall / b.wall for a, b in costs])),
        processor_ratio=float(np.median([a.processor / b.processor for a, b in costs])),
        pearson=float(np.min([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(expected, maps, strict=True)])),
        gflop=work.total / 1e9,
        share_of_peak=work.total / wall[1] / float(np.median(peaks)),
        memory_gb=max(after.memory for _, after in costs) / 1e9,
    )


def _show(row: _Row) -> str:
    return (
        f"{row.method:28s}{row.precision:>9s}{row.published_s:11.3f}{row.engine_s:10.3f}{row.ratio:7.2f}{row.processor_ratio:11.2f}"
        f"{row.pearson:10.5f}{row.gflop:9.1f}{row.share_of_peak:8.0%}{row.memory_gb:11.2f}"
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=1, help="images explained in each round, at most 16 (1)")
    parser.add_argument("--rounds", type=int, default=1, help="how often each method is timed both ways (1)")
    parser.add_argument("--methods", default="", help="with commas between them (all that can be compared)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="(all cores)")
    parser.add_argument("--device", default="all", help="cpu, cuda, or all: the CPU, and the GPU if there is one (all)")
    parser.add_argument("--precision", default="float32", choices=PRECISIONS, help="the engine's (float32)")
    parser.add_argument("--batch", type=int, default=0, help="the engine's batch size (32 on a CPU, 256 on a GPU)")
    parser.add_argument("--architecture", default="resnet50", help="any timm ResNet (resnet50)")
    parser.add_argument("--size", type=int, default=224, help="pixels (224)")
    parser.add_argument("--output", default="", help="also write the table to this CSV file")
    options = parser.parse_args(arguments)
    known = [name for name in BASELINES if name in load_methods()]
    options.methods = options.methods.split(",") if options.methods else known
    for name in options.methods:
        if name not in known:
            raise InputError(f"--methods {name}: {nearest(name, known)}")
    return options


def _report(options: argparse.Namespace, device: torch.device) -> pd.DataFrame:
    """Print and return one `Row` for each method."""
    nets = networks(options.architecture, options.size, device)
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{options.threads} threads"
    print(f"{options.architecture}, {options.size} px, {options.images} images x {options.rounds} rounds on {where}")
    print(f"load average before it began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores (0: an idle machine)")
    print(f"machine's convolution peak: {convolution_peak(device) / 1e9:.0f} GFLOP/s")
    print(f"{'method':28s}{'engine in':>9s}" + "".join(f"{head:>{width}}" for head, width in HEADS))
    rows = []
    for name in options.methods:
        rows.append(_compare(name, options, nets, device))
        print(_show(rows[-1]), flush=True)
    table = pd.DataFrame([asdict(row) for row in rows])
    total = table[["published_s", "engine_s"]].sum()
    print(f"{'all':37s}{total.published_s:11.3f}{total.engine_s:10.3f}{total.published_s / total.engine_s:7.2f}\n")
    return table.assign(device=str(device))


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Run the benchmark.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process without it.

    Returns
    -------
    DataFrame
        The tables of every device asked for, one below the other.
    """
    options = _options(arguments)
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore", module="captum|zennit|torch")  # of hooks and gradients they set themselves
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])] if options.device == "all" else [options.device]
    table = pd.concat([_report(options, choose_device(device)) for device in devices])
    if options.output:
        write_table(table, options.output)
    return table


if __name__ == "__main__":
    logging.getLogger("gestalt_regions").setLevel(logging.ERROR)  # it warns of random weights
    main()
