"""In which precision networks compute: float32, bfloat16 where that is fast, or TF32 on a GPU.

Training (recipe key `precision`): weights, gradients of weights and the optimiser stay float32; only convolutions and
matrix products take bfloat16 (PyTorch's autocast) or TF32. What is judged is float32 in any case. Explanations,
evaluation and encodings (config run.precision): the stages of a trained network are a copy in bfloat16; its input, its
answers and all sums over them are float32. A processor that lacks the instructions would be slower by it, so it
computes float32.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import nn

from gestalt_regions.jobs.provenance import NOTED
from gestalt_regions.models.network import StagedNetwork

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
    """The precision of a job: the one asked for, where the device can.

    Parameters
    ----------
    settings : Mapping
        A recipe, or other settings with the key `precision`; without it float32.
    device : torch.device
        Where it computes.

    Returns
    -------
    {"float32", "bfloat16", "tf32"}
        float32 on a device without the instructions; the log says so.
    """
    wanted: str = settings.get("precision", "float32")
    if wanted == "bfloat16" and not fast_bfloat16(device):
        log.warning("precision bfloat16: this %s has no instructions for it; float32 is used", device.type)
        return "float32"
    if wanted == "tf32" and device.type != "cuda":
        log.warning("precision tf32: only GPUs have it; this %s uses float32", device.type)
        return "float32"
    return wanted


def network_precision(wanted: str, device: torch.device) -> str:
    """The precision of a job that asks trained networks, and how a GPU multiplies float32 from now on.

    The record of what the job makes (jobs/provenance.py) says it: what was used, not what was asked for.

    PyTorch's own default is TF32 in a GPU's convolutions and float32 in its matrix products: neither one nor the other.

    Parameters
    ----------
    wanted : {"float32", "bfloat16", "tf32"}
        Config run.precision.
    device : torch.device
        Where it computes.

    Returns
    -------
    {"float32", "bfloat16"}
        What networks compute in: with TF32 they hold float32, which the GPU shortens as it multiplies.
    """
    chosen = chosen_precision({"precision": wanted}, device)
    NOTED["precision"] = chosen
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = chosen == "tf32"
    return "bfloat16" if chosen == "bfloat16" else "float32"


def training_precision(settings: Mapping, device: torch.device) -> str:
    """The precision of a job that trains; the record of what it makes (jobs/provenance.py) says it.

    Parameters
    ----------
    settings : Mapping
        A recipe, or other settings with the key `precision`; without it float32.
    device : torch.device
        Where it computes.

    Returns
    -------
    {"float32", "bfloat16", "tf32"}
        Of `chosen_precision`.
    """
    NOTED["precision"] = chosen = chosen_precision(settings, device)
    return chosen


@contextmanager
def products(precision: str) -> Iterator[None]:
    """Inside, a GPU multiplies float32 as a precision says, forward and backward; afterwards all is as before.

    Parameters
    ----------
    precision : {"float32", "bfloat16", "tf32"}
        Of `training_precision`.

    Yields
    ------
    None
        Of tf32, convolutions and matrix products of float32 are shortened; else they are not.
    """
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, matmul.allow_tf32
    cudnn.allow_tf32 = matmul.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        cudnn.allow_tf32, matmul.allow_tf32 = before


def in_precision(network: StagedNetwork, precision: str) -> StagedNetwork:
    """A trained network whose stages compute in a precision; the layer of the answers is float32 in any.

    Parameters
    ----------
    network : StagedNetwork
        Stays as it is.
    precision : {"float32", "bfloat16"}
        Of `network_precision`.

    Returns
    -------
    StagedNetwork
        For float32 the network itself, else a copy.
    """
    if precision == "float32":
        return network
    network = copy.deepcopy(network)
    network.stages.to(torch.bfloat16)
    network.in_bfloat16 = True
    return network


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """In this context a forward pass computes in the given precision.

    Parameters
    ----------
    precision : {"float32", "bfloat16", "tf32"}
        Of `training_precision`.
    device : torch.device
        Where it computes.

    Returns
    -------
    context manager
        It does nothing but of bfloat16; for TF32 see `products`.
    """
    return torch.autocast(device.type, dtype=torch.bfloat16) if precision == "bfloat16" else nullcontext()


def arrange(network: nn.Module, precision: str) -> None:
    """Lay a network's weights out in memory as its precision computes fastest: for bfloat16 channels last.

    Parameters
    ----------
    network : nn.Module
        Changed in place; the values stay. For float32 nothing changes, so that older trainings keep their bytes.
    precision : {"float32", "bfloat16", "tf32"}
        Of `training_precision`.
    """
    if precision == "bfloat16":
        network.to(memory_format=torch.channels_last)
