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
    """What can give its state and take it back: a network, an optimiser, a schedule."""

    def state_dict(self) -> dict:
        """The state.

        Returns
        -------
        dict
            Tensors, numbers and strings.
        """

    def load_state_dict(self, state: dict) -> object:
        """Take a state back.

        Parameters
        ----------
        state : dict
            What `state_dict` gave.

        Returns
        -------
        object
            Not used.
        """


class Resume:
    """The state of a training after its last whole epoch.

    It is one file, written whole or not at all, and read without unpickling objects. It holds `parts`, torch's
    generators (dropout) and numpy's `order`.

    Parameters
    ----------
    folder : Path
        Where the file lies (jobs/partial.py).
    parts : Mapping of str to Stateful
        Network, optimiser, schedule.
    order : numpy.random.Generator or None
        The stream that orders the images.
    """

    def __init__(self, folder: Path, parts: Mapping[str, Stateful], order: np.random.Generator | None = None) -> None:
        self.path, self.parts, self.order = folder / "epoch.pt", parts, order

    def keep(self, history: list, **values: object) -> None:
        """Write the state.

        Parameters
        ----------
        history : list
            An item per epoch.
        **values : object
            More to remember: tensors, numbers, strings and lists, tuples and dicts of them.
        """
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
        """Bring back what `keep` wrote last.

        Returns
        -------
        dict
            Its values; {} where there is nothing to go on from.
        """
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
