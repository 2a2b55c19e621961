"""Networks that answer together: the mean of the softmaxes of several experts, as one network (Gurovich et al., 2019).

Its logits are the logarithms of the mean probabilities, so their softmax is the mean, exactly. With p_e the probability
that expert e gives a class, the gradient of such a logit is sum_e w_e d log p_e / dx with w_e = p_e / sum of all p_e:
the expert's weight, which says how much of the answer is its own.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from gestalt_regions.models.network import StagedNetwork


class Experts(nn.Module):
    """The embeddings of several networks, one behind the other.

    Parameters
    ----------
    networks : sequence of StagedNetwork
        All take the same images.
    """

    def __init__(self, networks: Sequence[StagedNetwork]) -> None:
        super().__init__()
        self.experts = nn.ModuleList(nn.Sequential(OrderedDict(network.stages.items())) for network in networks)

    def forward(self, x: Tensor) -> Tensor:
        """Run every expert.

        Parameters
        ----------
        x : Tensor
            Images [n, c, s, s].

        Returns
        -------
        Tensor
            [n, sum of the embeddings' lengths].
        """
        return torch.cat([expert(x) for expert in self.experts], 1)


class MeanSoftmax(nn.Module):
    """The logarithm of the mean softmax of several classifiers, each of its own part of an embedding.

    Parameters
    ----------
    heads : sequence of nn.Linear
        The classifiers; all have the same classes.
    """

    def __init__(self, heads: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)
        self.widths = [head.in_features for head in heads]
        self.in_features, self.out_features = sum(self.widths), heads[0].out_features

    def log_probabilities(self, embedding: Tensor) -> Tensor:
        """What every expert says.

        Parameters
        ----------
        embedding : Tensor
            Of `Experts` [n, features].

        Returns
        -------
        Tensor
            Logarithms of probabilities [n, experts, classes].
        """
        logits, start = [], 0
        for head, width in zip(self.heads, self.widths, strict=True):
            logits.append(head(embedding[:, start : start + width]))
            start += width
        return functional.log_softmax(torch.stack(logits, 1), 2)

    def forward(self, embedding: Tensor) -> Tensor:
        """Average.

        Parameters
        ----------
        embedding : Tensor
            Of `Experts` [n, features].

        Returns
        -------
        Tensor
            Logarithms of the mean probabilities [n, classes].
        """
        return torch.logsumexp(self.log_probabilities(embedding), 1) - math.log(len(self.heads))


def joined(networks: Sequence[StagedNetwork]) -> StagedNetwork:
    """One network that gives the mean of the softmaxes of several.

    It has one stage, `experts`, whose output is their embeddings one behind the other, and no layer with a feature map:
    maps of different experts are of different parts of the face.

    Parameters
    ----------
    networks : sequence of StagedNetwork
        Trained on the same classes, for the same images; their layers become those of the result.

    Returns
    -------
    StagedNetwork
        Without dropout, in evaluation mode.
    """
    head = MeanSoftmax([network.head for network in networks])
    network = StagedNetwork({"experts": Experts(networks)}, (), head.in_features, head.out_features)
    network.add_module("head", head)  # not by assignment: it stands where a linear layer did
    return network.eval()


def weights_of_experts(network: StagedNetwork, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """What each expert says of a class, and its weight in the answer.

    Parameters
    ----------
    network : StagedNetwork
        Of `joined`.
    x : Tensor
        Images [n, c, s, s].
    target : Tensor
        Classes [n].

    Returns
    -------
    tuple of Tensor
        Probabilities [n, experts], and weights [n, experts], which sum to 1.
    """
    head = network.head
    if not isinstance(head, MeanSoftmax):
        raise TypeError("this network is no aggregate of experts")
    logs = head.log_probabilities(network.run(x))
    chosen = logs.gather(2, target[:, None, None].expand(-1, logs.shape[1], 1))[..., 0]
    return chosen.exp(), chosen.softmax(1)
