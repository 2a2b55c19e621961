"""Occlusion by recomputing only what a window can change gives what recomputing everything gives."""

import itertools
import logging

import pytest
import torch
from gestalt_regions.models.face_crop import FaceCrop, FaceWindow
from gestalt_regions.models.merge import merged
from gestalt_regions.models.network import StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.saliency.windows.occluded_logits import Occluder, groups
from gestalt_regions.saliency.windows.spans import Span, Sweep, split, windows
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    """A block as in ResNets: BatchNorms, a reused in-place activation, a shortcut that may halve the map."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(after, after, 3, padding=2, dilation=2, groups=2)
        self.norm1, self.norm2 = nn.BatchNorm2d(after), nn.BatchNorm2d(after)
        self.shortcut = nn.Conv2d(before, after, 1, stride=stride) if stride > 1 or before != after else nn.Identity()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.norm2(self.conv2(self.act(self.norm1(self.conv1(x)))))
        y += self.shortcut(x)
        return self.act(y)


class Untraceable(nn.Module):
    """Its path depends on the values: it cannot be written down as a list of instructions."""

    def forward(self, x):
        return x * 2 if x.mean() > 0 else x - 1


def pool_network():
    stem = nn.Sequential(nn.Conv2d(3, 6, 7, stride=2, padding=3), nn.BatchNorm2d(6), nn.PReLU(6))
    return {"stem": stem, "pool": nn.MaxPool2d(3, 2, 1), "body": nn.Sequential(Residual(6, 8, 1), Residual(8, 8, 2))}


NETWORKS = {
    "residual": pool_network,
    "caffe": lambda: {
        "stem": nn.Sequential(nn.Conv2d(3, 4, (5, 3), (2, 1), (0, 1)), nn.ReLU6(), nn.MaxPool2d(3, 2, ceil_mode=True)),
        "body": nn.Sequential(nn.AvgPool2d(2), nn.BatchNorm2d(4), nn.Conv2d(4, 6, 1, stride=2), nn.LeakyReLU()),
    },
    "part of the face": lambda: {
        "cut": FaceCrop((0.2, 0.1, 0.8, 0.75), 20),
        "body": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True)),
        "top": nn.Conv2d(4, 6, 3, padding=1),
    },
    "window on the face": lambda: {
        "window": FaceWindow((0.2, 0.1, 0.8, 0.75)),
        "body": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        "top": nn.Conv2d(4, 6, 3, padding=1),
    },
    "circular padding": lambda: {"only": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"))},
    "opaque": lambda: {"stem": nn.Conv2d(3, 4, 3, stride=2, padding=1), "odd": Untraceable(), "act": nn.ReLU()},
}
SIDES = (45, 38)


class Reuses(nn.Module):
    """Reads a map again after an activation, a sum and a view of it: none of them may write over it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        flat = y.flatten(2).mean(2)[:, :, None, None]
        z = torch.relu(y) + y
        return torch.relu(z + z) + y + flat


NETWORKS["reuses"] = lambda: {
    "stem": Reuses(),
    "same": nn.Sequential(nn.Identity(), nn.ReLU(), nn.Dropout(), nn.ReLU()),
}


def built(name):
    torch.manual_seed(3)
    stages = NETWORKS[name]()
    body = nn.Sequential(*stages.values()).double()
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.running_mean)
    width = body.eval()(torch.zeros(1, 3, *SIDES).double()).shape[1]
    flat = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return StagedNetwork({**stages, "flat": flat}, list(stages), width, 4).double().eval().requires_grad_(False)


def recomputed(network, x, rows, columns, baseline):
    copies = x.repeat(len(rows) * len(columns), 1, 1, 1)
    for copy, (r, c) in zip(copies, [(r, c) for r in rows for c in columns], strict=True):
        copy[:, slice(*r), slice(*c)] = baseline
    return network(copies)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("window", "stride"), [(1, 6), (7, 3), (10, 10), (15, 8), (38, 4), (60, 9)])
def test_equals_full_recomputation(name, window, stride):
    """In double precision, so that nothing but the arithmetic's order can differ; also where windows are cut."""
    network = built(name)
    x = torch.randn(1, 3, *SIDES, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    rows, columns = (windows(side, window, stride) for side in SIDES)
    occluder = Occluder(network)
    maps = occluder.maps(x)
    for batch in (1, 6, 1000):
        for tall, wide in itertools.product(*groups(rows, columns, batch)):
            theirs = recomputed(network, x, tall, wide, 0.7)
            ours = occluder.logits(maps, tall, wide, 0.7)
            assert (ours - theirs).abs().max() < 1e-12 * theirs.abs().max().clamp(min=1)


def test_maps_of_the_whole_image_are_not_changed_on_the_way():
    network = built("residual")
    occluder = Occluder(network)
    maps = occluder.maps(torch.randn(1, 3, *SIDES, dtype=torch.float64))
    kept = {name: value.clone() for name, value in maps.items()}
    occluder.logits(maps, windows(SIDES[0], 9, 9), windows(SIDES[1], 9, 9), 0.0)
    assert all(torch.equal(kept[name], value) for name, value in maps.items())


def test_less_is_computed_for_small_windows():
    network = built("residual")
    costs = []
    for window in (3, 40):
        occluder = Occluder(network)
        occluder.logits(occluder.maps(torch.zeros(1, 3, *SIDES).double()), [(0, window)], [(0, window)], 0.0)
        costs.append(occluder.multiplications)
    assert costs[0] < costs[1] / 4


def test_a_network_that_cannot_be_traced_is_recomputed_and_the_log_says_so(caplog):
    with caplog.at_level(logging.INFO, "gestalt_regions"):
        Occluder(built("opaque"))
    assert "Untraceable cannot be traced" in caplog.text
    assert "occlusion recomputes stages that cannot be traced" in caplog.text


@pytest.mark.parametrize("name", NETWORKS)
def test_merged_networks_are_the_same_function(name):
    """Also of the merged one occlusion is exact; the network itself stays as it was."""
    network = built(name)
    kept = {key: value.clone() for key, value in network.state_dict().items()}
    x = torch.randn(1, 3, *SIDES, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    quick = merged(network)
    assert sum(isinstance(m, nn.BatchNorm2d) for m in quick.modules()) == (1 if name == "caffe" else 0)
    assert torch.allclose(quick(x), network(x), rtol=0, atol=1e-12)
    rows, columns = (windows(side, 12, 13) for side in SIDES)
    occluder = Occluder(quick)
    ours, theirs = occluder.logits(occluder.maps(x), rows, columns, 0.0), recomputed(network, x, rows, columns, 0.0)
    assert torch.allclose(ours, theirs, rtol=0, atol=1e-12)
    assert all(torch.equal(kept[key], value) for key, value in network.state_dict().items())


@pytest.mark.parametrize("sweep", [Sweep(3, 1, 1, 1), Sweep(7, 2, 1, 3), Sweep(3, 2, 2, 2), Sweep(1, 2), Sweep(2, 3)])
def test_spans_hold_exactly_the_outputs_that_see_a_change(sweep):
    length, after = 23, sweep.before
    weights = torch.ones(1, 1, sweep.kernel, dtype=torch.float64)

    def run(x):
        padded = functional.pad(x, (sweep.before, after))[None, None]
        return functional.conv1d(padded, weights, stride=sweep.stride, dilation=sweep.dilation)[0, 0]

    for start in range(length - 4):
        x = torch.zeros(length, dtype=torch.float64)
        x[start : start + 5] = 1
        seen = torch.nonzero(run(x))[:, 0].tolist()
        span = Span((start,), (start + 4,), length).through(sweep, len(run(x)))
        if seen:
            assert (span.first[0], span.last[0]) == (seen[0], seen[-1])
        assert 0 <= span.starts[0] <= span.starts[0] + span.size <= len(run(x))


def test_every_window_is_in_one_batch_and_none_is_too_large():
    rows, columns = windows(224, 15, 8), windows(100, 15, 8)
    for batch in (1, 2, 7, 32, 5000):
        blocks = list(itertools.product(*groups(rows, columns, batch)))
        assert all(len(r) * len(c) <= batch for r, c in blocks)
        assert sorted((r, c) for tall, wide in blocks for r in tall for c in wide) == sorted(
            (r, c) for r in rows for c in columns
        )
    assert [len(part) for part in split([1, 2, 3, 4, 5], 2)] in ([2, 1, 2], [1, 2, 2], [2, 2, 1])


def test_the_method_uses_double_precision_if_the_network_does():
    network = built("residual")
    x = torch.randn(2, 3, *SIDES, dtype=torch.float64)
    result = load_methods()["Occlusion"].run(Explainer(network, 8), x, torch.tensor([0, 1]), [0, 1], window=9, stride=5)
    assert result.dtype == torch.float64
    assert result.shape == x.shape


def test_an_image_for_several_targets_passes_once_and_gives_the_maps_of_each(monkeypatch):
    network, calls = built("residual"), []
    x = torch.randn(2, 3, *SIDES, dtype=torch.float64)
    asked = Occluder.logits
    monkeypatch.setattr(Occluder, "logits", lambda *given: calls.append(1) or asked(*given))
    occlusion = load_methods()["Occlusion"].run
    together = occlusion(Explainer(network, 8), x[[0, 0, 1]], torch.tensor([0, 1, 1]), [0] * 3, window=9, stride=5)
    of_three, calls[:] = len(calls), []
    alone = [
        occlusion(Explainer(network, 8), x[[row]], torch.tensor([target]), [0], window=9, stride=5)[0]
        for row, target in ((0, 0), (0, 1), (1, 1))
    ]
    assert torch.equal(together, torch.stack(alone))
    assert of_three / len(calls) == 2 / 3
