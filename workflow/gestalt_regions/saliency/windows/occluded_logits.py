"""Logits of many occluded copies of one image, recomputing only what each window can change.

Exact incremental inference (Nakandala et al., SIGMOD 2019): a layer's output differs from that of the whole image in a
rectangle that grows from layer to layer. Only that rectangle is computed; what it reads beyond the changed part of its
input is taken from the maps of the whole image. Neighbouring windows share a batch, so at the image's border, where
less can change, less is computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.windows.local_program import Instruction, compile_network
from gestalt_regions.saliency.windows.spans import SAME_PLACE, Span, Sweep, split

Windows = list[tuple[int, int]]


@dataclass
class Patch:
    """The changed rectangle of one map for rows x columns windows.

    Attributes
    ----------
    rows, columns : Span
        Where it lies, for each window along one side.
    data : Tensor
        [rows * columns, c, h, w].
    """

    rows: Span
    columns: Span
    data: Tensor

    @property
    def whole(self) -> bool:
        """Whether the rectangle is the whole map.

        Returns
        -------
        bool
            True if nothing beside it is left.
        """
        return self.rows.whole and self.columns.whole


def _memory(value: Patch | Tensor) -> int:
    """Where the values lie."""
    return (value.data if isinstance(value, Patch) else value).untyped_storage().data_ptr()


def _along(
    span: Span, begin: list[int], count: int, before: int, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """For `count` places from `begin` of each window: the place in the padded map, that in the patch, and which."""
    places = torch.tensor(begin, device=device)[:, None] + torch.arange(count, device=device)
    inside = places - torch.tensor(span.starts, device=device)[:, None]
    return places + before, inside, (inside >= 0) & (inside < span.size)


class Occluder:
    """The program of a network. `multiplications`: of convolutions since it was made.

    Parameters
    ----------
    network : StagedNetwork
        Best merged (models/merge.py).
    """

    def __init__(self, network: StagedNetwork) -> None:
        self.program = compile_network(network)
        self.multiplications = 0
        uses = {name: i for i, step in enumerate(self.program) for name in step.inputs}
        self.done = [[name for name, last in uses.items() if last == i] for i in range(len(self.program))]

    def maps(self, x: Tensor) -> dict[str, Tensor]:
        """Every value for one image; the last one is its logits.

        Parameters
        ----------
        x : Tensor
            [1, c, h, w].

        Returns
        -------
        dict of str to Tensor
            By the name of the instruction.
        """
        values = {self.program[0].name: x}
        for step in self.program[1:]:
            values[step.name] = step.call(*(values[name] for name in step.inputs))
        return values

    def logits(self, maps: dict[str, Tensor], rows: Windows, columns: Windows, baseline: float) -> Tensor:
        """Logits with each window of rows x columns alone set to one value.

        Parameters
        ----------
        maps : dict of str to Tensor
            Those of the whole image (`maps`).
        rows, columns : list of tuple
            [start, stop) of windows along each side.
        baseline : float
            The value, in the network's input units.

        Returns
        -------
        Tensor
            [rows * columns, classes].
        """
        values: dict[str, Patch | Tensor] = {}
        for i, step in enumerate(self.program):
            given = [values[name] if name in values else maps[name] for name in step.inputs]
            patches = [value for value in given if isinstance(value, Patch)]
            if step.kind == "input":
                values[step.name] = _covered(maps[step.name], rows, columns, baseline)
            elif step.kind == "crop" and patches:
                values[step.name] = self._cropped(step, patches[0], maps[step.inputs[0]], rows, columns)
            elif step.kind == "other" or len(patches) < len(given):
                names = zip(step.inputs, given, strict=True)
                values[step.name] = step.call(*(self._complete(maps[n], v) for n, v in names))
            elif step.kind == "add":
                values[step.name] = self._sum(step, patches, maps, self._spare(i, values))
            else:
                values[step.name] = self._local(step, patches[0], maps, self._spare(i, values))
            for name in self.done[i]:
                values.pop(name, None)
        last = self.program[-1].name
        return self._complete(maps[last], values[last])

    def _spare(self, i: int, values: dict[str, Patch | Tensor]) -> bool:
        """Whether nothing after instruction i reads the memory of its first input, so that it can be written over."""
        name = self.program[i].inputs[0]
        memory = _memory(values[name])
        return name in self.done[i] and sum(_memory(value) == memory for value in values.values()) == 1

    def _local(self, step: Instruction, patch: Patch, maps: dict[str, Tensor], spare: bool) -> Patch:
        if step.sweeps is None or step.bare is None:
            raise TypeError(f"{step.name} is not local")
        source, (height, width) = maps[step.inputs[0]], maps[step.name].shape[-2:]
        sweeps = step.sweeps(*source.shape[-2:])
        rows, columns = patch.rows.through(sweeps[0], height), patch.columns.through(sweeps[1], width)
        if step.over and spare:
            return Patch(patch.rows, patch.columns, step.over(patch.data))
        if patch.whole and rows.whole and columns.whole:
            data = step.call(patch.data)
        else:
            data = step.bare(_surrounded(patch, source, rows, columns, sweeps, fill=step.fill))
        self.multiplications += step.weights * data.shape[0] * data.shape[2] * data.shape[3]
        return Patch(rows, columns, data)

    def _cropped(self, step: Instruction, patch: Patch, source: Tensor, rows: Windows, columns: Windows) -> Patch:
        """The part of every occluded image, and where in it something can have changed; to crop is cheap."""
        if step.reached is None:
            raise TypeError(f"{step.name} is no crop")
        whole = step.call(self._complete(source, patch))
        reached = step.reached((source.shape[-2], source.shape[-1]), (rows, columns))
        spans = [
            Span(tuple(a for a, _ in along), tuple(b for _, b in along), length)
            for along, length in zip(reached, whole.shape[-2:], strict=True)
        ]
        y, x = (
            torch.tensor(span.starts, device=source.device)[:, None] + torch.arange(span.size, device=source.device)
            for span in spans
        )
        windows = whole.reshape(len(rows), len(columns), *whole.shape[1:])
        down = torch.arange(len(rows), device=source.device)[:, None, None, None]
        across = torch.arange(len(columns), device=source.device)[None, :, None, None]
        data = windows[down, across, :, y[:, None, :, None], x[None, :, None, :]]  # channels come last
        data = data.flatten(0, 1).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        return Patch(spans[0], spans[1], data)

    def _sum(self, step: Instruction, given: list[Patch], maps: dict[str, Tensor], spare: bool) -> Patch:
        rows, columns = given[0].rows.union(given[1].rows), given[0].columns.union(given[1].columns)
        same = (SAME_PLACE, SAME_PLACE)
        first, second = (
            _surrounded(patch, maps[name], rows, columns, same, fill=0.0)
            for name, patch in zip(step.inputs, given, strict=True)
        )
        over = spare or first is not given[0].data  # patched together here: nobody else has it
        return Patch(rows, columns, first.add_(second) if over else first + second)

    @staticmethod
    def _complete(source: Tensor, value: Patch | Tensor) -> Tensor:
        """The whole map of every window."""
        if not isinstance(value, Patch):
            return value
        rows, columns = (
            Span((0,) * len(span.first), (span.length - 1,) * len(span.first), span.length)
            for span in (value.rows, value.columns)
        )
        return _surrounded(value, source, rows, columns, (SAME_PLACE, SAME_PLACE), fill=0.0)


def _covered(x: Tensor, rows: Windows, columns: Windows, baseline: float) -> Patch:
    """The occluded part of the image; windows cut at the border are filled up with the image beside them."""
    spans = [
        Span(tuple(a for a, _ in part), tuple(b - 1 for _, b in part), length)
        for part, length in ((rows, x.shape[2]), (columns, x.shape[3]))
    ]
    places = [
        torch.tensor(span.starts, device=x.device)[:, None] + torch.arange(span.size, device=x.device) for span in spans
    ]
    hidden = []
    for part, at in zip((rows, columns), places, strict=True):
        a, b = (torch.tensor([w[k] for w in part], device=x.device)[:, None] for k in (0, 1))
        hidden.append((at >= a) & (at < b))
    y, x_ = places[0][:, None, :, None], places[1][None, :, None, :]
    data = x[0][:, y, x_].permute(1, 2, 0, 3, 4).flatten(0, 1)
    cover = (hidden[0][:, None, :, None] & hidden[1][None, :, None, :]).flatten(0, 1)[:, None]
    data = data.masked_fill(cover, baseline)
    return Patch(spans[0], spans[1], data.contiguous(memory_format=torch.channels_last))


def _surrounded(
    patch: Patch, source: Tensor, rows: Span, columns: Span, sweeps: tuple[Sweep, Sweep], *, fill: float
) -> Tensor:
    """What the outputs rows x columns read: the patch where it has changed, else `source`, padded with `fill`."""
    pads, begins, counts = [], [], []
    for span, sweep, length in zip((rows, columns), sweeps, source.shape[-2:], strict=True):
        pads.append((sweep.before, sweep.after(length, span.length)))
        begins.append([start * sweep.stride - sweep.before for start in span.starts])
        counts.append((span.size - 1) * sweep.stride + sweep.reach + 1)
    if counts == list(patch.data.shape[-2:]) and begins == [patch.rows.starts, patch.columns.starts]:
        return patch.data
    if any(map(any, pads)):
        source = functional.pad(source, (*pads[1], *pads[0]), value=fill)
    device, channels, across = source.device, source.shape[1], source.shape[3]
    y, in_y, hit_y = _along(patch.rows, begins[0], counts[0], pads[0][0], device)
    x, in_x, hit_x = _along(patch.columns, begins[1], counts[1], pads[1][0], device)

    def grid(vertical: Tensor, horizontal: Tensor) -> tuple[Tensor, Tensor]:
        return vertical[:, None, :, None], horizontal[None, :, None, :]

    (y, x), (in_y, in_x), (hit_y, hit_x) = grid(y, x), grid(in_y, in_x), grid(hit_y, hit_x)
    window = torch.arange(len(begins[0]) * len(begins[1]), device=device).view(len(begins[0]), -1, 1, 1)
    height, width = patch.data.shape[-2:]
    changed = source.shape[2] * across + (window * height + in_y) * width + in_x
    index = torch.where(hit_y & hit_x, changed, y * across + x).flatten()
    table = torch.cat([t.permute(0, 2, 3, 1).reshape(-1, channels) for t in (source, patch.data)])
    return table.index_select(0, index).view(-1, *counts, channels).permute(0, 3, 1, 2)


def cover(windows: Windows, length: int, like: Tensor) -> Tensor:
    """Where windows lie along one side.

    Parameters
    ----------
    windows : list of tuple
        [start, stop) each.
    length : int
        Places along the side.
    like : Tensor
        Whose type and device the answer has.

    Returns
    -------
    Tensor
        [windows, length]: 1 inside, 0 outside.
    """
    places = torch.arange(length, device=like.device)
    begin, end = (torch.tensor([w[k] for w in windows], device=like.device)[:, None] for k in (0, 1))
    return ((places >= begin) & (places < end)).to(like.dtype)


def groups(rows: Windows, columns: Windows, batch: int) -> tuple[list[Windows], list[Windows]]:
    """Neighbouring windows along both sides, in groups.

    Parameters
    ----------
    rows, columns : list of tuple
        [start, stop) of windows along each side.
    batch : int
        One group of rows times one of columns holds at most so many windows.

    Returns
    -------
    tuple of list
        Groups of rows, groups of columns.
    """
    tall = split(rows, max(1, math.isqrt(batch)))
    return tall, split(columns, max(1, batch // max(map(len, tall))))
