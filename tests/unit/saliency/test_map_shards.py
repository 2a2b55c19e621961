"""A saliency job that is killed goes on from its last finished shard, and the result is the same to the byte."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.core.packed_stack import read_stack
from gestalt_regions.models import checkpoint
from gestalt_regions.models.architectures.deepgestalt import build
from gestalt_regions.regions.region_sums import read_sums
from gestalt_regions.saliency import engine

N = 9


class Killed(BaseException):
    """As a signal, it is no Exception that anything would handle."""


@pytest.fixture
def job(tmp_path):
    """job(folder, noise): explains nine images of fold 1; shards hold two each."""
    torch.manual_seed(0)
    network, preprocess = build(3, 0.0, "", {})
    about = {"backbone": "deepgestalt", "options": {}, "classes": ["a", "b", "c"], "dropout": 0.0}
    checkpoint.save(tmp_path / "c.safetensors", network, replace(preprocess, size=100), about)
    np.save(tmp_path / "crops.npy", np.random.default_rng(0).integers(0, 256, (N, 100, 100, 3), dtype=np.uint8))
    table = pd.DataFrame({"fold": "1", "sample_id": [f"s{i}" for i in range(N)], "row": range(N)})
    table.assign(set="folds", label="a").to_csv(tmp_path / "explained.csv", index=False)
    extra = {"regions": str(tmp_path / "regions.npy")}
    np.save(extra["regions"], np.random.default_rng(1).integers(0, 4, (N, 100, 100), dtype=np.uint8))
    names = {"checkpoint": "c.safetensors", "crops": "crops.npy", "explained": "explained.csv"}
    inputs = {key: str(tmp_path / name) for key, name in names.items()} | {"asset": ""}

    def run(folder, noise=0.1, maps="m.npy", **more):
        outputs = {"maps": str(tmp_path / folder / maps), "index": str(tmp_path / folder / "m.csv"), **more}
        settings = {"samples": 2, "noise": noise}
        engine.explain_fold(
            inputs | extra, outputs, name="SmoothGrad", settings=settings, fold="1", seed=5, batch=8, device="cpu"
        )
        return [Path(path).read_bytes() for path in outputs.values()]

    run.folder = tmp_path
    return run


@pytest.fixture
def killed_after(monkeypatch):
    """killed_after(n): the job dies when it begins its shard n + 1; the list says how many shards were begun."""

    def limit(shards):
        begun = []

        def choose(*arguments):
            if len(begun) == shards:
                raise Killed
            begun.append(arguments)
            return choose_targets(*arguments)

        monkeypatch.setattr(engine, "choose_targets", choose)
        return begun

    choose_targets = engine.choose_targets
    return limit


def test_a_killed_job_goes_on_where_it_was(job, killed_after, caplog):
    whole = job("whole")
    killed_after(3)
    with pytest.raises(Killed):
        job("resumed")
    left = [path.name for path in (job.folder / "resumed").rglob("*")]
    assert sum(name.endswith(".npz") for name in left) == 3
    assert "m.npy" not in left
    begun = killed_after(99)
    with caplog.at_level(logging.INFO, "gestalt_regions"):
        assert job("resumed") == whole
    assert len(begun) == 2
    assert "3 of 5 shards were finished by an earlier run" in caplog.text
    assert "3/3 images explained by SmoothGrad" in caplog.text
    assert sorted(path.name for path in (job.folder / "resumed").iterdir()) == ["m.csv", "m.npy"]


def test_packed_maps_are_those_of_float32_and_survive_a_kill(job, killed_after):
    job("float32")
    whole = job("packed", maps="m.npz")
    killed_after(3)
    with pytest.raises(Killed):
        job("resumed", maps="m.npz")
    killed_after(99)
    assert job("resumed", maps="m.npz") == whole
    plain, packed = read_stack(job.folder / "float32/m.npy"), read_stack(job.folder / "resumed/m.npz")
    assert packed.shape == plain.shape == (N, 2, 100, 100)
    np.testing.assert_allclose(packed[:], plain[:], rtol=1e-3, atol=np.abs(plain[:]).max() * 2.0**-38)
    assert (job.folder / "float32/m.csv").read_bytes() == (job.folder / "resumed/m.csv").read_bytes()


def test_shards_of_other_parameters_are_not_used(job, killed_after):
    killed_after(3)
    with pytest.raises(Killed):
        job("changed", noise=0.4)
    begun = killed_after(99)
    assert job("changed") == job("whole")
    assert len(begun) == 10
    assert sorted(path.name for path in (job.folder / "changed").iterdir()) == ["m.csv", "m.npy"]


def test_shards_of_another_network_are_not_used(job, killed_after):
    killed_after(3)
    with pytest.raises(Killed):
        job("retrained")
    torch.manual_seed(1)
    network, preprocess = build(3, 0.0, "", {})
    about = {"backbone": "deepgestalt", "options": {}, "classes": ["a", "b", "c"], "dropout": 0.0}
    checkpoint.save(job.folder / "c.safetensors", network, replace(preprocess, size=100), about)
    begun = killed_after(99)
    job("retrained")
    assert len(begun) == 5


def test_the_log_tells_rate_and_time_left(job, caplog):
    with caplog.at_level(logging.INFO, "gestalt_regions"):
        job("logged")
    *_, line = [m for m in caplog.messages if "images explained" in m]  # a slow machine says more on the way
    assert line.startswith("9/9 images explained by SmoothGrad, ")
    assert line.endswith("/s, 0 s left")


def test_a_job_that_packs_its_maps_keeps_the_sums_of_what_they_were_before(job, killed_after):
    job("plain")
    killed_after(3)
    sums = job.folder / "packed/m_sums.npz"
    with pytest.raises(Killed):
        job("packed", maps="m.npz", sums=str(sums))
    assert not sums.exists()
    killed_after(100)
    job("packed", maps="m.npz", sums=str(sums))
    exact, regions = np.load(job.folder / "plain/m.npy"), np.load(job.folder / "regions.npy")
    kept, rounded = read_sums(sums), read_stack(job.folder / "packed/m.npz")[:]
    for i, (map_, ids) in enumerate(zip(exact, regions, strict=True)):
        expected = [map_[0][ids == region].sum(dtype=np.float64) for region in (1, 2, 3)]
        np.testing.assert_allclose(kept.sums["signed"][i], expected, rtol=1e-12)
        assert kept.extremes["absolute"][i][:2] == (map_[1].min(), map_[1].max())
    assert not np.array_equal(exact, rounded)
