"""The device of a job, and algorithms whose bytes do not differ from run to run."""

from __future__ import annotations

import os

import torch

from gestalt_regions.core.errors import InputError
from gestalt_regions.jobs import gpus


def choose_device(wanted: str) -> torch.device:
    """Choose the device of a job. No other job of this workflow uses the same GPU (jobs/gpus.py).

    On a GPU, float32 is multiplied as float32 from now on. PyTorch's own default is TF32 in convolutions alone; what
    takes TF32 says so (models/precision.py).

    Parameters
    ----------
    wanted : {"auto", "cpu", "cuda"}
        Config run.device; auto is a GPU where there is one, else the CPU.

    Returns
    -------
    torch.device
        The device; a GPU is also made the one that is used where the code names none.

    Raises
    ------
    InputError
        For cuda where torch sees no GPU.
    """
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise InputError("the config asks for cuda, but torch sees no GPU; set run.device to auto or cpu")
    seen = [str(torch.cuda.get_device_properties(number).uuid) for number in range(torch.cuda.device_count())]
    number = 0 if gpus.lent_in_parts(os.environ) else gpus.take_gpu(seen, gpus.lock_folder())
    torch.cuda.set_device(number)  # for what does not say which
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda", number)


def deterministic() -> None:
    """From now on torch raises an error rather than use an algorithm whose bytes differ from run to run.

    As torch.use_deterministic_algorithms(True), which however also imports torch's compiler: 1.7 s of every job.
    """
    torch.set_deterministic_debug_mode("error")
