"""A training's state after its last whole epoch: with it, a killed training ends in the bytes of an undisturbed one."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from gestalt_regions.core.io import atomic

log = logging.getLogger("gestalt_regions")


class Stateful(Protocol):
    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: dict) -> object: ...


class Resume:
    """The state of `parts` (network, optimiser, schedule), of torch's generators (dropout) and of numpy's `order`.

    It is one file in `folder` (jobs/partial.py), written whole or not at all, and read without unpickling objects.
    """

    def __init__(self, folder: Path, parts: Mapping[str, Stateful], order: np.random.Generator | None = None) -> None:
        self.path, self.parts, self.order = folder / "epoch.pt", parts, order

    def keep(self, history: list, **values: object) -> None:
        """Write the state, the `history` (an item per epoch) and `values`: tensors, numbers, strings and lists,
        tuples and dicts of them."""
        state = {
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None,
            "order": self.order.bit_generator.state if self.order else {},
            "values": {"history": history, **values},
        }
        with atomic(self.path) as temporary:
            torch.save(state, temporary)

    def restore(self) -> dict:
        """Bring back what `keep` wrote last, and return its values; {} where there is nothing to go on from."""
        if not self.path.is_file():
            return {}
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            log.warning("%s cannot be read (%s): the training starts anew", self.path, error)
            return {}
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        torch.set_rng_state(state["torch"])
        if state["cuda"] is not None:
            torch.cuda.set_rng_state(state["cuda"])
        if self.order:
            self.order.bit_generator.state = state["order"]
        log.info("going on after epoch %d", len(state["values"]["history"]))
        return state["values"]
