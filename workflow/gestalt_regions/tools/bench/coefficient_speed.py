"""How fast region coefficients are, against only reading the stored maps (`make bench-coefficients`).

Takes saliency stacks of a finished study, or makes one of random numbers. Prints, for each region set, the time per map
of reading every value and of computing the coefficients under all policies of the default config, and their ratio.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from gestalt_regions.regions.coefficients import SCALES, SIGNS, image_coefficients

POLICIES = {f"{sign}_{scale}": {"sign": sign, "scale": scale} for sign in SIGNS for scale in SCALES}


def _read(stack: np.ndarray) -> float:
    """Read every map once and add it up, which touches every byte."""
    return float(sum(image.sum() for image in stack))


def _compute(stack: np.ndarray, regions: np.ndarray, count: int, policies: Mapping) -> None:
    for image, ids in zip(stack, regions, strict=True):
        image_coefficients(image, ids, count, policies)


def _seconds(action: Callable[[np.ndarray], object], path: Path, *, cold: bool) -> float:
    """Best of three; with `cold` the file's pages are first dropped from memory, so that the disk is read."""
    taken = []
    for _ in range(3):
        with open(path, "rb") as stream:
            if cold:
                os.fsync(stream.fileno())
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        start = time.perf_counter()
        action(np.load(path, mmap_mode="r"))
        taken.append(time.perf_counter() - start)
    return min(taken)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--maps", type=Path, help="a stack saliency/{method}.npy; by default one of random numbers")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--size", type=int, default=112)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = options.maps
        if path is None:
            path = Path(folder) / "maps.npy"
            shape = (options.images, 2, options.size, options.size)
            np.save(path, rng.standard_normal(shape, dtype=np.float32))
        n, _, size, _ = np.load(path, mmap_mode="r").shape
        print(f"{n} maps of {size} x {size}, {path.stat().st_size / n / 1e3:.0f} kB each, one thread")
        for count, policies in ((3, POLICIES), (13, POLICIES), (3, {"absolute_raw": POLICIES["absolute_raw"]})):
            regions = np.repeat(rng.integers(0, count + 1, (n, size // 8, size // 8)), 8, axis=1).repeat(8, axis=2)
            regions = regions.astype(np.uint8)
            for where, cold in (("disk", True), ("memory", False)):
                reading = _seconds(_read, path, cold=cold)
                both = _seconds(partial(_compute, regions=regions, count=count, policies=policies), path, cold=cold)
                print(
                    f"{count:2d} regions, {len(policies)} policies, from {where:6}: reading {1e6 * reading / n:4.0f} "
                    f"us a map, reading and coefficients {1e6 * both / n:4.0f} us; ratio {both / reading:.1f}"
                )


if __name__ == "__main__":
    main()
