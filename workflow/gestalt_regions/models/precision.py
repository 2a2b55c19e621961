"""In which precision a training step computes (recipe key `precision`): float32, or bfloat16 where that is fast.

Weights, gradients of weights and the optimiser stay float32; only convolutions and matrix products take bfloat16
(PyTorch's autocast). A processor that lacks the instructions would be slower by it, so it computes float32.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

log = logging.getLogger("gestalt_regions")


def fast_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for bfloat16.

    Parameters
    ----------
    device : torch.device
        A processor or a GPU.

    Returns
    -------
    bool
        Of a processor: AVX512-BF16.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported())


def chosen_precision(settings: Mapping, device: torch.device) -> str:
    """The precision of a training: the one asked for, where the device can.

    Parameters
    ----------
    settings : Mapping
        A recipe, or other settings with the key `precision`; without it float32.
    device : torch.device
        Where it trains.

    Returns
    -------
    {"float32", "bfloat16"}
        float32 on a device without the instructions; the log says so.
    """
    wanted: str = settings.get("precision", "float32")
    if wanted == "bfloat16" and not fast_bfloat16(device):
        log.warning("precision bfloat16: this %s has no instructions for it; float32 is used", device.type)
        return "float32"
    return wanted


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """In this context a forward pass computes in the given precision.

    Parameters
    ----------
    precision : {"float32", "bfloat16"}
        Of `chosen_precision`.
    device : torch.device
        Where it computes.

    Returns
    -------
    context manager
        Of float32 it does nothing.
    """
    return torch.autocast(device.type, dtype=torch.bfloat16) if precision == "bfloat16" else nullcontext()


def arrange(network: nn.Module, precision: str) -> None:
    """Lay a network's weights out in memory as its precision computes fastest: for bfloat16 channels last.

    Parameters
    ----------
    network : nn.Module
        Changed in place; the values stay. For float32 nothing changes, so that older trainings keep their bytes.
    precision : {"float32", "bfloat16"}
        Of `chosen_precision`.
    """
    if precision == "bfloat16":
        network.to(memory_format=torch.channels_last)
