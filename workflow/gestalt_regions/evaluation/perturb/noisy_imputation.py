"""ROAD's noisy linear imputation (Rong et al., ICML 2022, section 4.2), solved for many images and masks at once.

Every missing pixel is the weighted mean of its eight neighbours (1/6 beside, 1/12 across; at the border the weights
that are there are scaled up to one). That is a sparse, symmetric, positive definite system in the missing pixels. It is
solved by conjugate gradients whose preconditioner adds up corrections on blocks of 1, 2, 4, ... pixels, so that large
holes do not need many more iterations than small ones.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

IN_CACHE = 6  # images that are solved together on a CPU: more would not stay in its cache


def _shares(values: Tensor) -> Tensor:
    """Each pixel's sum over its eight neighbours times their weights, for [n, c, h, w]; nothing beyond the border."""
    rows = 2 * values
    rows[..., 1:, :] += values[..., :-1, :]
    rows[..., :-1, :] += values[..., 1:, :]
    both = 2 * rows
    both[..., 1:] += rows[..., :-1]
    both[..., :-1] += rows[..., 1:]
    return both.sub_(values, alpha=4).div_(12)


def _block_sums(values: Tensor) -> Tensor:
    """Sums over blocks of 2 x 2 pixels; an odd side is filled up with zeros."""
    height, width = values.shape[2:]
    if height % 2 or width % 2:
        values = functional.pad(values, (0, width % 2, 0, height % 2))
    rows = values[..., ::2, :] + values[..., 1::2, :]
    return rows[..., ::2] + rows[..., 1::2]


class _Blocks:
    """The preconditioner: on each level, the residual summed over a block divided by what the system has there."""

    def __init__(self, missing: Tensor, weight: Tensor) -> None:
        """missing [n, 1, h, w] of 0 and 1; weight: sum of each pixel's weights."""
        self.missing, self.inverses = missing, [missing / weight]
        side, level = max(missing.shape[2:]), 1
        while 2**level < 2 * side:
            self.inverses.append(1 / self._galerkin(weight, 2**level).clamp_min(1e-6))
            level += 1

    def keep(self, chosen: Tensor) -> None:
        """Go on with some of the images: chosen, bool [n]."""
        self.missing, self.inverses = self.missing[chosen], [inverse[chosen] for inverse in self.inverses]

    def _galerkin(self, weight: Tensor, block: int) -> Tensor:
        """1' A 1 of each block of missing pixels: their weights less, twice, those of the pairs within it."""
        m = self.missing
        height, width = m.shape[2:]
        row, column = (torch.arange(n, device=m.device) // block for n in (height, width))
        inside = torch.zeros_like(m)
        for down, right, share in ((0, 1, 1 / 6), (1, 0, 1 / 6), (1, 1, 1 / 12), (1, -1, 1 / 12)):
            here = (slice(0, height - down), slice(max(0, -right), width - max(0, right)))
            there = (slice(down, height), slice(max(0, right), width + min(0, right)))
            same = (row[here[0]] == row[there[0]])[:, None] & (column[here[1]] == column[there[1]])
            inside[..., here[0], here[1]] += 2 * share * m[..., here[0], here[1]] * m[..., there[0], there[1]] * same
        total = m * weight - inside
        while block > 1:
            total, block = _block_sums(total), block // 2
        return total

    def __call__(self, residual: Tensor) -> Tensor:
        sums = [residual]
        for _ in self.inverses[1:]:
            sums.append(_block_sums(sums[-1]))
        result = sums[-1] * self.inverses[-1]
        for finer, inverse in zip(reversed(sums[:-1]), reversed(self.inverses[:-1]), strict=True):
            result = functional.interpolate(result, finer.shape[2:], mode="nearest").addcmul_(finer, inverse)
        return result.mul_(self.missing)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum((2, 3), keepdim=True)


def linear_imputation(x: Tensor, missing: Tensor, tolerance: float = 1e-4, iterations: int = 300) -> Tensor:
    """Images whose missing pixels are filled in; the others stay as they are.

    Parameters
    ----------
    x : Tensor
        Images [n, c, h, w].
    missing : Tensor
        bool [n, h, w].
    tolerance : float
        An image is done when the residual of each channel is this share of its right-hand side.
    iterations : int
        Most steps of the conjugate gradients.

    Returns
    -------
    Tensor
        [n, c, h, w].

    Raises
    ------
    ValueError
        If an image has no pixel left.
    """
    if missing.flatten(1).all(1).any():
        raise ValueError("an image without a known pixel cannot be imputed")
    step = IN_CACHE if x.device.type == "cpu" else len(x)
    parts = zip(x.contiguous().split(step), missing.split(step), strict=True)
    return torch.cat([_solved(images, holes, tolerance, iterations) for images, holes in parts])


def _solved(x: Tensor, missing: Tensor, tolerance: float, iterations: int) -> Tensor:
    """`linear_imputation`; an image is done when its own residual is small, whatever the others beside it need."""
    m = missing[:, None].to(x.dtype)
    weight = _shares(torch.ones_like(x[:1, :1]))
    known = (1 - m) * x
    right = m * _shares(known)
    precondition = _Blocks(m, weight)
    solution, going = torch.zeros_like(x), torch.arange(len(x), device=x.device)
    filled, residual = torch.zeros_like(x), right
    direction = improved = precondition(residual)
    product, bound = _dot(residual, improved), tolerance**2 * _dot(right, right)
    for _ in range(iterations):
        left = (_dot(residual, residual) > bound).flatten(1).any(1)
        if not left.all():
            solution[going[~left]] = filled[~left]
            m, filled, residual, direction = m[left], filled[left], residual[left], direction[left]
            product, bound, going = product[left], bound[left], going[left]
            precondition.keep(left)
        if not len(going):
            break
        image = m * (weight * direction - _shares(direction))
        step = product / _dot(direction, image).clamp_min(torch.finfo(x.dtype).tiny)
        filled, residual = filled + step * direction, residual - step * image
        improved = precondition(residual)
        before, product = product, _dot(residual, improved)
        direction = improved + product / before.clamp_min(torch.finfo(x.dtype).tiny) * direction
    solution[going] = filled
    return known + solution


def noisy_linear_imputation(x: Tensor, missing: Tensor, noise: float | Tensor, seeds: list[int]) -> Tensor:
    """`linear_imputation` with normal noise on the imputed pixels, seeded per image.

    Parameters
    ----------
    x : Tensor
        Images [n, c, h, w].
    missing : Tensor
        bool [n, h, w].
    noise : float or Tensor
        Its sd, of each channel.
    seeds : list of int
        One for each image.

    Returns
    -------
    Tensor
        [n, c, h, w].
    """
    normal = [torch.randn(x.shape[1:], generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return linear_imputation(x, missing) + noise * torch.stack(normal).to(x) * missing[:, None]
