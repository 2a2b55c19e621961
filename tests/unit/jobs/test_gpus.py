"""No two jobs use one GPU at once, and a killed job's GPU is free again; with devices that are only names."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from gestalt_regions.core.errors import InputError
from gestalt_regions.jobs import gpus
from gestalt_regions.jobs.device import choose_device

# Takes one of the devices, notes when it had it and when it no longer did.
JOB = """
import logging, sys, time
from pathlib import Path
from gestalt_regions.jobs.gpus import take_gpu
logging.basicConfig(level=logging.INFO, format="%(message)s")
folder, devices, seconds = Path(sys.argv[1]), sys.argv[2].split(","), float(sys.argv[3])
mine = devices[take_gpu(devices, folder, pause=0.01)]
began = time.monotonic()
print(mine, flush=True)
time.sleep(seconds)
print(began, time.monotonic(), flush=True)
"""


def start(folder, devices: str, seconds: float) -> subprocess.Popen:
    command = [sys.executable, "-c", JOB, str(folder), devices, str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_jobs_never_share_a_device_and_wait_for_one(tmp_path):
    jobs = [start(tmp_path, "a,b,c", 0.1) for _ in range(12)]
    held, said = {}, ""
    for job in jobs:
        out, err = job.communicate(timeout=60)
        assert job.returncode == 0, err
        device, times = out.splitlines()
        held.setdefault(device, []).append(tuple(map(float, times.split())))
        said += err
    assert set(held) <= {"a", "b", "c"}
    for spans in held.values():
        spans.sort()
        assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    assert sum(map(len, held.values())) == 12


def test_a_killed_job_frees_its_device_and_the_one_that_waits_says_so(tmp_path):
    first = start(tmp_path, "a", 60)
    assert first.stdout.readline() == "a\n"
    second = start(tmp_path, "a", 0)
    assert "every GPU (1) is held by another job: waiting" in second.stderr.readline()
    assert second.poll() is None
    first.send_signal(signal.SIGKILL)
    out, _ = second.communicate(timeout=20)
    assert out.startswith("a\n")
    first.communicate()


def test_a_device_is_known_by_its_identity_whatever_its_number(tmp_path):
    """Jobs that see different parts of the machine's devices in different orders."""
    first = start(tmp_path, "a,b", 60)
    assert first.stdout.readline() == "a\n"
    second = start(tmp_path, "b,a", 60)
    assert second.stdout.readline() == "b\n"
    third = start(tmp_path, "b,a,c", 0)
    assert third.communicate(timeout=20)[0].startswith("c\n")
    for job in (first, second):
        job.kill()
        job.communicate()


@pytest.fixture
def two_gpus(monkeypatch, tmp_path):
    chosen = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: SimpleNamespace(uuid="ab"[number]))
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr(gpus, "lock_folder", lambda: tmp_path)
    monkeypatch.setattr(gpus, "HELD", {})
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = True  # PyTorch's default
    yield chosen
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


def test_a_process_keeps_its_device_and_the_cpu_needs_none(two_gpus, tmp_path):
    other = start(tmp_path, "a", 60)
    assert other.stdout.readline() == "a\n"
    assert choose_device("auto") == torch.device("cuda", 1)
    other.kill()
    other.communicate()
    time.sleep(0.1)
    assert choose_device("cuda") == torch.device("cuda", 1)
    assert choose_device("cpu") == torch.device("cpu")
    assert two_gpus == [1, 1]
    assert list(gpus.HELD) == ["b"]


def test_a_part_of_a_gpu_lent_by_slurm_is_used_beside_others(two_gpus, tmp_path, monkeypatch):
    other = start(tmp_path, "a,b", 60)
    assert other.stdout.readline() == "a\n"
    monkeypatch.setitem(os.environ, "SLURM_SHARDS_ON_NODE", "2")
    assert choose_device("auto") == torch.device("cuda", 0)
    other.kill()
    other.communicate()


def test_on_a_gpu_float32_is_float32_in_convolutions_too(two_gpus):
    choose_device("cpu")
    assert torch.backends.cudnn.allow_tf32
    choose_device("cuda")
    assert not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32


def test_without_a_gpu(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(InputError, match="asks for cuda, but torch sees no GPU"):
        choose_device("cuda")
    assert not gpus.gpu_present({}, tmp_path)
    (tmp_path / "nvidiactl").touch()
    assert not gpus.gpu_present({}, tmp_path)
    (tmp_path / "nvidia0").touch()
    assert gpus.gpu_present({}, tmp_path)
    assert gpus.gpu_present({"CUDA_VISIBLE_DEVICES": "1"}, tmp_path)
    assert not gpus.gpu_present({"CUDA_VISIBLE_DEVICES": ""}, tmp_path)
