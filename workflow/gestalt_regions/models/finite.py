"""Networks and losses that are not finite: such a training stops, and such weights are neither kept nor used."""

from __future__ import annotations

import math
from collections.abc import Iterable

from torch import nn

from gestalt_regions.core.errors import InputError


def not_finite(network: nn.Module) -> list[str]:
    """The weights and stored statistics of a network that hold NaN or infinite values.

    Parameters
    ----------
    network : nn.Module
        The network.

    Returns
    -------
    list of str
        Names of tensors.
    """
    return [name for name, value in network.state_dict().items() if not value.isfinite().all()]


def check_weights(network: nn.Module, where: str, advice: str) -> None:
    """Refuse a network with weights that are not finite.

    Parameters
    ----------
    network : nn.Module
        The network.
    where : str
        What the message begins with.
    advice : str
        What it ends with.

    Raises
    ------
    InputError
        It names the first such tensor.
    """
    if bad := not_finite(network):
        raise InputError(f"{where}: {len(bad)} weights hold NaN or infinite values, the first is '{bad[0]}'; {advice}")


def check_epoch(network: nn.Module, losses: Iterable[float], *, where: str, epoch: int, rate: float, key: str) -> None:
    """Stop a training whose loss or weights are not finite after an epoch.

    Parameters
    ----------
    network : nn.Module
        The network that is trained.
    losses : iterable of float
        Losses of the epoch.
    where : str
        What is trained, such as "fold 3".
    epoch : int
        From 1.
    rate : float
        Learning rate of the epoch.
    key : str
        Key of the config that holds the learning rate.

    Raises
    ------
    InputError
        It names what is trained, the epoch, the learning rate and the key.
    """
    advice = f"the learning rate was {rate:g}; lower config {key}, or look at the weights that the network started from"
    wrong = [loss for loss in losses if not math.isfinite(loss)]
    if wrong:
        raise InputError(f"{where}, epoch {epoch}: the loss is {wrong[0]}, so the training is stopped; {advice}")
    check_weights(network, f"{where}, epoch {epoch}", f"the training is stopped; {advice}")
