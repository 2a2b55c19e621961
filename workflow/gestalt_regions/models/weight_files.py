"""Files of weights, read without running anything that they hold: safetensors, .pth/.pt, and latin1-pickled arrays."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy._core.multiarray import _reconstruct, scalar
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from gestalt_regions.core.errors import InputError


def _latin1(text: str, encoding: str) -> bytes:
    """How Python 3 writes bytes for Python 2."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"text encoded as {encoding}")
    return text.encode("latin1")


_CORE = ("numpy.core.multiarray", "numpy._core.multiarray")  # before and since numpy 2
ALLOWED = {
    ("collections", "OrderedDict"): OrderedDict,
    ("_codecs", "encode"): _latin1,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    **{(module, "_reconstruct"): _reconstruct for module in _CORE},
    **{(module, "scalar"): scalar for module in _CORE},
}


class _ArraysOnly(pickle.Unpickler):
    """Rebuilds numpy arrays and (ordered) dicts; any other name in the file is refused before it is looked up."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"the file asks for {module}.{name}; only numpy arrays are read")
        return ALLOWED[module, name]


def _read_pickle(path: str) -> dict[str, Tensor]:
    """A pickled dict of numpy arrays, as Python 2 wrote them (latin1): the published VGGFace2 weights."""
    with open(path, "rb") as stream:
        arrays = _ArraysOnly(stream, encoding="latin1").load()
    if not isinstance(arrays, dict):
        raise pickle.UnpicklingError(f"it holds a {type(arrays).__name__}, not a dict of arrays")
    for key, value in arrays.items():
        if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "fiu":
            raise pickle.UnpicklingError(f"'{key}' is no array of numbers")
    return {str(key): torch.from_numpy(np.array(value)) for key, value in arrays.items()}


READERS: dict[str, Callable[[str], dict]] = {
    ".safetensors": load_file,
    ".pkl": _read_pickle,
    ".pth": partial(torch.load, map_location="cpu", weights_only=True),
    ".pt": partial(torch.load, map_location="cpu", weights_only=True),
}
MEND = "name a file of this backbone in config models.*.options.weights, or leave weights out"
# what damaged or hostile files make the readers raise
UNREADABLE: tuple[type[Exception], ...] = (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError)
UNREADABLE += (TypeError, KeyError, AttributeError, IndexError, ImportError)


def read_state(path: str) -> dict[str, Tensor]:
    """The tensors of a file of weights.

    Parameters
    ----------
    path : str
        .safetensors, .pth, .pt or .pkl.

    Returns
    -------
    dict of str to Tensor
        By name.

    Raises
    ------
    InputError
        For a missing, foreign or unsafe file, and then nothing of it was run; and for weights that are not finite.
    """
    if not Path(path).is_file():
        raise InputError(f"config models.*.options.weights: no such file: {path}")
    kind = Path(path).suffix.lower()
    if kind not in READERS:
        raise InputError(f"config models.*.options.weights: {path} must end in {', '.join(READERS)}")
    try:
        state = READERS[kind](path)
        state = dict(state.get("state_dict", state))
    except UNREADABLE as error:
        raise InputError(f"{path}: the weights could not be read safely ({error})") from None
    wrong = [key for key, value in state.items() if not isinstance(value, Tensor)]
    if wrong:
        raise InputError(f"{path}: the weights could not be read safely ('{wrong[0]}' is no array)")
    if wrong := [key for key, value in state.items() if not value.isfinite().all()]:
        raise InputError(f"{path}: '{wrong[0]}' has NaN or infinite values; the file is damaged or its training failed")
    return state


def load_into(net: nn.Module, path: str, classifier: str = "fc.") -> None:
    """Load the weights of a file in place, all of them but the file's own classifier.

    Parameters
    ----------
    net : nn.Module
        Takes the weights.
    path : str
        As `read_state`.
    classifier : str
        Names that begin so are left out.

    Raises
    ------
    InputError
        If they are not the weights of this network.
    """
    state = {key.removeprefix("module."): value for key, value in read_state(path).items()}
    state = {key: value for key, value in state.items() if not key.startswith(classifier)}
    try:
        missing, unexpected = net.load_state_dict(state, strict=False)
    except RuntimeError as error:  # shapes differ
        raise InputError(f"{path}: not the weights of this network; {error}; {MEND}") from None
    # counters of training steps, which Caffe did not have
    missing = [k for k in missing if not k.startswith(classifier) and not k.endswith("num_batches_tracked")]
    if missing or unexpected:
        names = f"missing {missing[:3]}, unexpected {unexpected[:3]}"
        raise InputError(f"{path}: not the weights of this network; {names}; {MEND}")
