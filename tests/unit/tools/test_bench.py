"""The benchmark compares like with like, and its measures measure."""

import time

import cv2
import numpy as np
import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.models import precision
from gestalt_regions.saliency.method_registry import load_methods
from gestalt_regions.tools.bench import interval_coverage, map_precision, saliency_speed
from gestalt_regions.tools.bench.baseline import BASELINES
from gestalt_regions.tools.bench.cost import Flops, convolution_peak, timed
from torch.nn import functional

SMALL = ["--architecture", "resnet18", "--size", "64", "--threads", "1", "--device", "cpu", "--batch", "16"]
FAST = [name for name in BASELINES if name != "Occlusion"]


def test_the_engine_gives_the_published_maps(tmp_path, capsys):
    """Every method that a library has, on a whole ResNet with random weights."""
    out = str(tmp_path / "t.csv")
    table = saliency_speed.main([*SMALL, "--images", "2", "--methods", ",".join(FAST), "--output", out])
    assert table.method.tolist() == FAST
    assert (table.pearson > 0.9999).all(), table[["method", "pearson"]]
    assert (table.gflop > 0).all()
    shown = capsys.readouterr().out
    assert "convolution peak" in shown
    assert "load average" in shown
    assert (tmp_path / "t.csv").read_text().startswith("method,precision,published_s,engine_s,ratio")


def test_the_table_says_what_the_engine_computes_in(monkeypatch):
    monkeypatch.setattr(precision, "fast_bfloat16", lambda device: True)
    asked = [*SMALL, "--methods", "Gradient,LRP-EpsilonPlus", "--precision", "bfloat16"]
    gradient, relevance = saliency_speed.main(asked).itertuples()
    assert (gradient.precision, relevance.precision) == ("bfloat16", "float32")
    assert 0.9 < gradient.pearson < 0.9999 < relevance.pearson


def test_occlusion_needs_fewer_flops_than_recomputing(monkeypatch):
    some = np.arange(64 * 64.0).reshape(1, 64, 64)
    monkeypatch.setattr(saliency_speed, "published_maps", lambda entry, network, images: some)
    (row,) = saliency_speed.main([*SMALL, "--methods", "Occlusion"]).itertuples()
    nets = saliency_speed.networks("resnet18", 64, torch.device("cpu"))
    with Flops() as whole, torch.no_grad():
        nets[0](nets[2][:1])
    # 8 x 8 windows; each covers a large part of so small an image
    assert row.gflop < 64 * whole.total / 1e9


def test_every_baseline_names_a_method_and_its_parameters():
    for name, entry in BASELINES.items():
        assert set(entry.settings) <= set(load_methods()[name].parameters), name
    with pytest.raises(InputError, match="did you mean Gradient"):
        saliency_speed.main(["--methods", "Gradeint"])


def test_flops_are_counted_forward_and_backward():
    x, weight = torch.randn(2, 3, 8, 8, requires_grad=True), torch.randn(5, 3, 3, 3)
    one = 2 * 2 * 5 * 3 * 9 * 6 * 6
    with Flops() as forward:
        y = functional.conv2d(x, weight)
    with Flops() as backward:
        torch.autograd.grad(y.sum(), x)
    assert (forward.total, backward.total) == (one, one)


def test_time_and_memory_are_those_of_the_call():
    def run():
        block = np.ones(60_000_000, np.uint8)
        time.sleep(0.1)
        return block.sum()

    base = timed(lambda: None, torch.device("cpu"))[1]
    result, cost = timed(run, torch.device("cpu"))
    assert result == 60_000_000
    assert cost.wall >= 0.1
    assert cost.processor < cost.wall + 0.05
    assert cost.memory > base.memory + 40e6
    assert convolution_peak(torch.device("cpu"), 0.01) > 1e8


def test_rounding_that_changes_ranks_is_seen(monkeypatch):
    random = np.random.default_rng(0)
    maps = random.random((20, 2, 8, 8)).astype(np.float32)
    regions = np.repeat(np.array([1, 2, 3, 0], np.uint8), 16).reshape(8, 8)[None].repeat(20, 0)
    rows = map_precision.effect(maps, regions)
    assert [row["policy"] for row in rows] == list(map_precision.POLICIES)
    assert all(0 < row["largest change"] < 1e-3 for row in rows)
    monkeypatch.setattr(map_precision, "rounded", lambda maps: maps.astype(np.float16).astype(np.float32))
    tiny = map_precision.effect(maps * 2e-7, regions)
    assert tiny[0]["largest change"] > 1e-3  # near float16's smallest number


@pytest.mark.parametrize("size", [1e-7, 1e-3, 30.0])
def test_coefficients_of_packed_maps_are_those_of_float32(size):
    """Of maps of three channels, of windows and of few units, which are those of the methods."""
    draws = np.random.default_rng(1)
    channels = draws.normal(0, 1, (6, 3, 112, 112)) ** 3
    windows = np.kron(draws.normal(0, 1, (6, 1, 7, 7)), np.ones((16, 16)))
    smooth = np.stack([cv2.resize(each, (112, 112), interpolation=cv2.INTER_CUBIC)[None] for each in windows[:, 0]])
    regions = np.zeros((6, 112, 112), np.uint8)
    for number in (1, 2, 3):
        regions[:, 25 * number : 25 * number + 22, 20:90] = number
    for attribution in (channels, windows, smooth):
        maps = (size * np.stack([attribution.sum(1), np.abs(attribution).sum(1)], 1)).astype(np.float32)
        for row in map_precision.effect(maps, regions):
            assert row["largest change"] < 1e-3, row


def test_a_percentile_interval_of_few_groups_covers_less_than_it_says():
    few, enough = (interval_coverage.coverage(n, "normal", trials=400, resamples=300, seed=1) for n in (4, 30))
    assert few["percentile"] < 0.85 and few["student"] > 0.92
    assert enough["percentile"] > 0.9 and enough["student"] > 0.92
