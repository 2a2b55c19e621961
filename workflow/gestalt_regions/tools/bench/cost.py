"""Wall and processor time, memory, FLOPs, and the machine's peak."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import psutil
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

Result = TypeVar("Result")
PEAK_LAYERS = [(64, 56, 3), (256, 28, 3), (512, 14, 3), (1024, 14, 1)]  # channels, side of the map, of the kernel


@dataclass(frozen=True)
class _Cost:
    """Seconds and memory of a piece of work."""

    wall: float  # s
    processor: float  # s over all threads
    memory: float  # bytes: the process's resident peak meanwhile, or on a GPU what its tensors took


class Watch(threading.Thread):
    """The highest resident memory of this process, looked at every 5 ms."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.over = 0, threading.Event()

    def run(self) -> None:
        """Look, until `over` is set."""
        process = psutil.Process()
        while not self.over.wait(0.005):
            self.peak = max(self.peak, process.memory_info().rss)


def _settle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timed(work: Callable[[], Result], device: torch.device) -> tuple[Result, _Cost]:
    """Run some work and measure it.

    Parameters
    ----------
    work : callable
        The work.
    device : torch.device
        Where it runs.

    Returns
    -------
    tuple
        What it returns, and what it cost.
    """
    on_gpu = device.type == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats(device)
    _settle(device)
    watch = Watch()
    watch.start()
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    _settle(device)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    watch.over.set()
    watch.join()
    return result, _Cost(wall, processor, torch.cuda.max_memory_allocated(device) if on_gpu else watch.peak)


class Flops(TorchDispatchMode):
    """While open, counts additions and multiplications of convolutions and matrix products, forward and backward."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        result = function(*args, **(kwargs or {}))
        count = flop_registry.get(function._overloadpacket)
        if count:
            self.total += count(*args, **(kwargs or {}), out_val=result)
        return result


def convolution_peak(device: torch.device, seconds: float = 0.3) -> float:
    """Measure the speed of a few of ResNet's convolutions (batch 16, channels-last).

    Parameters
    ----------
    device : torch.device
        Where they run.
    seconds : float
        Time for each.

    Returns
    -------
    float
        The most FLOP/s.
    """
    best = 0.0
    for channels, side, kernel in PEAK_LAYERS:
        x = torch.randn(16, channels, side, side, device=device).contiguous(memory_format=torch.channels_last)
        weight = torch.randn(channels, channels, kernel, kernel, device=device)
        weight = weight.contiguous(memory_format=torch.channels_last)
        work = 2 * weight.numel() * 16 * side * side
        functional.conv2d(x, weight, padding=kernel // 2)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            _settle(device)
            start = time.perf_counter()
            functional.conv2d(x, weight, padding=kernel // 2)
            _settle(device)
            best = max(best, work / (time.perf_counter() - start))
    return best
