"""No two runs make one folder, and no job outlives its run, also after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.jobs import runs

HOLD = "import sys, time; from pathlib import Path; from gestalt_regions.jobs.runs import lock\n"
HOLD += "lock([Path(sys.argv[1])]); print('held', flush=True); time.sleep(60)"
# A run starts a job, which starts its script, as Snakemake does; each says who it is.
RUN = """
import os, subprocess, sys, time
from gestalt_regions.jobs import runs
role, below = sys.argv[1], {"run": "job", "job": "script"}
runs.announce() if role == "run" else runs.follow(every=0.05)
if role in below:
    subprocess.Popen([sys.executable, __file__, below[role]])
print(role, os.getpid(), flush=True)
time.sleep(60)
"""


def python(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)


def test_a_second_run_is_told_of_the_first_and_a_killed_one_leaves_no_lock(tmp_path):
    first = python("-c", HOLD, str(tmp_path))
    assert first.stdout.readline() == "held\n"
    with pytest.raises(InputError, match=rf"being made by another run \(process {first.pid} on .*Nothing was changed"):
        runs.lock([tmp_path])
    first.kill()
    first.communicate()
    again = python("-c", HOLD, str(tmp_path))
    assert again.stdout.readline() == "held\n"
    again.kill()
    again.communicate()


@pytest.mark.parametrize("killed", ["run", "job"])
def test_what_a_killed_process_started_ends_with_it(tmp_path, killed):
    (tmp_path / "run.py").write_text(RUN)
    run = python(str(tmp_path / "run.py"), "run")
    pids = dict(run.stdout.readline().split() for _ in range(3))
    assert set(pids) == {"run", "job", "script"}
    os.kill(int(pids[killed]), signal.SIGKILL)
    script = psutil.Process(int(pids["script"]))
    psutil.wait_procs([script], timeout=20)
    assert not script.is_running()
    run.kill()
    assert run.communicate()[0] == ""  # the pipe ends when the last of them does


def test_a_job_of_a_run_on_another_machine_goes_on():
    assert not runs._over("elsewhere/", "999999999")
    assert runs._over(runs._machine(), "999999999")


def test_what_a_run_locks():
    outputs = ["results/smoke/a/b.csv", "results/smoke/c.csv", "results/assets/x", "results/top.csv", "elsewhere"]
    assert [str(path) for path in runs.folders(outputs)] == ["results/assets", "results/smoke"]
