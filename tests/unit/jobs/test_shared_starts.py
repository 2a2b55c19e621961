"""Jobs that are copies of one process: nothing differs for them but the time, and none outlives its run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from gestalt_regions.jobs import provenance, shared_starts
from gestalt_regions.jobs import starter as starter_process
from gestalt_regions.jobs.shared_starts import NotShared, SharedScript, Starter, environment_of_job

LINUX = pytest.mark.skipif(bool(shared_starts.why_alone()), reason=shared_starts.why_alone() or "can be shared")
pytestmark = LINUX


@pytest.fixture
def starter():
    one = Starter()
    yield one
    one.close()


@pytest.fixture(scope="module")
def full_starter(tmp_path_factory):
    """One that has imported much."""
    script = tmp_path_factory.mktemp("full") / "a.script.py"
    script.write_text("import numpy, pandas, scipy.stats, PIL.Image, matplotlib.pyplot, sklearn")
    one = Starter()
    for _ in range(2):
        assert one.run(str(script), environment_of_job(1, None))[0] == 0
    yield one
    one.close()


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "a.script.py") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def both(starter: Starter, script: str, environment: dict | None = None) -> tuple[int, int]:
    """Exit status of a script that the starter runs, and of one that runs alone."""
    environment = environment or environment_of_job(1, None)
    shared, _ = starter.run(script, environment)
    return shared, subprocess.run(
        [sys.executable, script], env=environment, check=False, capture_output=True
    ).returncode


SEEN = """
import json, os, sys, threading
seen = {"argv": sys.argv, "name": __name__, "file": __file__, "folder": os.getcwd(), "path": sys.path}
seen["main"] = sys.modules["__main__"].seen is seen
seen["environment"] = {k: v for k, v in os.environ.items() if k not in ("GESTALT_REGIONS_RUN", "COLUMNS", "LINES")}
seen["threads"] = [each.name for each in threading.enumerate()]
open(os.environ["ANSWER"], "w").write(json.dumps(seen))
"""


def test_a_script_sees_what_it_sees_alone(starter, write, tmp_path):
    script, seen = write(SEEN), []
    for how in ("shared", "alone"):
        environment = environment_of_job(1, str(tmp_path)) | {"ANSWER": str(tmp_path / "answer")}
        if how == "shared":
            assert starter.run(script, environment)[0] == 0
        else:
            subprocess.run([sys.executable, script], env=environment, check=True)
        seen.append(json.loads((tmp_path / "answer").read_text()))
    assert seen[0] == seen[1]
    assert seen[0]["environment"]["OMP_NUM_THREADS"] == "1" and seen[0]["environment"]["TMPDIR"] == str(tmp_path)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('words')", 1),
        ("raise ValueError", 1),
        ("not python", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os; os._exit(7)", 7),
    ],
)
def test_exit_status_is_that_of_a_script_alone(starter, write, text, status):
    assert both(starter, write(text)) == (status, status)


def test_what_a_job_leaves_for_its_end_is_done(starter, write, tmp_path):
    text = "import atexit, threading, time\n"
    text += f"atexit.register(lambda: open({str(tmp_path / 'atexit')!r}, 'w').close())\n"
    text += (
        f"threading.Thread(target=lambda: (time.sleep(.2), open({str(tmp_path / 'thread')!r}, 'w').close())).start()"
    )
    assert starter.run(write(text), environment_of_job(1, None))[0] == 0
    assert (tmp_path / "atexit").exists() and (tmp_path / "thread").exists()


def test_what_two_jobs_imported_the_third_finds_imported(starter, write, tmp_path):
    said = tmp_path / "said"
    script = write(
        "import sys\nbefore = 'yaml' in sys.modules, 'gestalt_regions.core.spelling' in sys.modules\n"
        f"import yaml, gestalt_regions.core.spelling\nopen({str(said)!r}, 'a').write(f'{{before}}\\n')"
    )
    for _ in range(4):
        assert starter.run(script, environment_of_job(1, None))[0] == 0
    assert said.read_text().splitlines() == ["(False, False)"] * 2 + ["(True, False)"] * 2


def test_no_two_jobs_draw_the_same_unless_they_are_told_to(full_starter, write, tmp_path):
    drawn = tmp_path / "drawn"
    text = "import random, numpy\n"
    script = write(f"{text}open({str(drawn)!r}, 'a').write(f'{{random.random()}} {{numpy.random.random()}}\\n')")
    for _ in range(2):
        assert full_starter.run(script, environment_of_job(1, None))[0] == 0
    assert len(set(drawn.read_text().split())) == 4


PACKAGES = "import json, sys\n{}\nfrom gestalt_regions.jobs import provenance\n"
PACKAGES += "open(sys.argv[0] + '.json', 'w').write(json.dumps(provenance.packages()))\n"


@pytest.mark.parametrize(
    "imports",
    [
        "import numpy",
        "import pandas",
        "from PIL import Image",
        "import importlib; importlib.import_module('PIL.Image')",
        "def f():\n    from scipy import ndimage\nf()",
        "from sklearn.neighbors import KDTree",  # of a package that is there, a part that is not
        "import json",
    ],
)
def test_a_record_names_the_packages_of_its_job_alone(full_starter, write, imports):
    environment = environment_of_job(1, None)
    script = write(PACKAGES.format(imports), "b.script.py")
    answers = []
    for run in (
        lambda: full_starter.run(script, environment),
        lambda: subprocess.run([sys.executable, script], env=environment),
    ):
        run()
        answers.append(Path(f"{script}.json").read_text())
    assert answers[0] == answers[1]
    named = json.loads(answers[0])
    assert ("scikit-learn" in named, "pillow" in named) == ("sklearn" in imports, "PIL" in imports)
    assert ("scipy" in named) == ("scipy" in imports or "sklearn" in imports) and "matplotlib" not in named


def test_a_library_that_starts_threads_is_not_copied(starter, write, tmp_path, monkeypatch):
    (tmp_path / "yaml.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=[2], daemon=True).start()"
    )
    environment = environment_of_job(1, None) | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    script = write("import yaml")
    for _ in range(2):
        assert starter.run(script, environment)[0] == 0
    with pytest.raises(NotShared, match="a library has started 1 threads"):
        starter.run(script, environment)


def test_what_may_be_imported_for_all_starts_no_thread():
    names = sorted({*provenance.PACKAGES, *starter_process.OTHERS} - starter_process.THREADED)
    text = (
        f"import {', '.join(names)}, vtkmodules.all, scipy.stats, sklearn.linear_model, matplotlib.pyplot, torch.fx\n"
    )
    text += "from gestalt_regions.jobs.starter import threads_of_this_process as threads\nprint(threads())"
    done = subprocess.run(
        [sys.executable, "-c", text], env=environment_of_job(1, None), capture_output=True, check=True
    )
    assert done.stdout.split()[-1] == b"1"


def waiting(write, tmp_path: Path) -> str:
    """A job that says its process and does not end."""
    text = "import os, time\nfrom gestalt_regions.jobs.runs import follow\nfollow()\n"
    return write(f"{text}open({str(tmp_path / 'pid')!r}, 'w').write(f'{{os.getpid()}}.')\ntime.sleep(60)")


RUN = """
import sys, threading
from gestalt_regions.jobs import runs
from gestalt_regions.jobs.shared_starts import Starter, environment_of_job
runs.announce()
starter = Starter()
threading.Thread(target=starter.run, args=(sys.argv[1], environment_of_job(1, None)), daemon=True).start()
sys.stdin.read()
"""


def process(path: Path) -> psutil.Process:
    until = time.monotonic() + 30
    while not (path.exists() and path.read_text().endswith(".")):
        assert time.monotonic() < until
        time.sleep(0.02)
    return psutil.Process(int(path.read_text()[:-1]))


@pytest.mark.parametrize("end", ["killed", "ended", "starter killed"])
def test_no_job_and_no_starter_outlives_its_run(write, tmp_path, end):
    script = waiting(write, tmp_path)
    run = subprocess.Popen([sys.executable, "-c", RUN, script], stdin=subprocess.PIPE)
    job = process(tmp_path / "pid")
    starter = job.parent()
    assert starter.parent().pid == run.pid and job.name() == "script"
    if end == "killed":
        run.kill()
        run.wait()
    elif end == "ended":
        run.stdin.close()
    else:
        starter.kill()
    _, alive = psutil.wait_procs([job] if end == "starter killed" else [job, starter], timeout=20)
    run.kill()
    run.wait()
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


def test_ctrl_c_ends_the_job_and_the_starter_with_the_run(write, tmp_path):
    text = f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(f'{{os.getpid()}}.')\n"
    text += "time.sleep(60)"
    script = write(text)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
    try:
        run = subprocess.Popen([sys.executable, "-c", RUN, script], stdin=subprocess.PIPE, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, before)
    job = process(tmp_path / "pid")
    starter = job.parent()
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    _, alive = psutil.wait_procs([job, starter], timeout=20)
    assert not alive and run.wait(20) != 0


class Refusing(Starter):
    """One that starts nothing, and counts who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def run(self, script, environment, record=None):
        self.asked += 1
        raise NotShared("of a reason")


@pytest.fixture
def scripted(monkeypatch):
    """scripted(**asked): how often the starter was asked, and what was run alone, for a script that asks for this."""
    said = []
    monkeypatch.setattr(shared_starts.logger, "warning", said.append)

    def run(**asked):
        starter, alone = Refusing(), []
        monkeypatch.setattr(SharedScript, "starter", starter, raising=False)
        monkeypatch.setattr(SharedScript, "said", set())
        script = SharedScript.__new__(SharedScript)
        of_a_rule = {"conda_env": None, "container_img": None, "env_modules": None, "shadow_dir": None}
        script.__dict__.update(of_a_rule | {"threads": 1, "resources": {}, "bench_record": None} | asked)
        monkeypatch.setattr(script, "_is_python_env", lambda: False)
        monkeypatch.setattr(script, "_execute_cmd", lambda command, **values: alone.append(values["fname"]))
        script.execute_script("a.py")
        return starter.asked, alone, said

    return run


def test_a_job_that_is_not_started_together_runs_alone_and_the_run_says_why(scripted):
    assert scripted() == (1, ["a.py"], ["Jobs start alone, which takes longer: of a reason"])


@pytest.mark.parametrize(
    "asked",
    [
        {"threads": 2},
        {"conda_env": "env"},
        {"container_img": "image"},
        {"env_modules": "module"},
        {"shadow_dir": "place"},
        {"resources": {"shell_exec": "zsh"}},
        {"resources": {"gpu": 1}},
    ],
)
def test_what_asks_for_something_of_its_own_starts_alone(scripted, monkeypatch, asked):
    monkeypatch.setattr(shared_starts.gpus, "gpu_present", lambda environment: True)
    assert scripted(**asked) == (0, ["a.py"], [])


def test_a_gpu_that_is_not_there_is_no_reason(scripted, monkeypatch):
    monkeypatch.setattr(shared_starts.gpus, "gpu_present", lambda environment: False)
    assert scripted(resources={"gpu": 1})[0] == 1


def test_a_failed_job_fails_as_when_it_runs_alone(starter, write, monkeypatch):
    monkeypatch.setattr(SharedScript, "starter", starter, raising=False)
    script = SharedScript.__new__(SharedScript)
    script.__dict__.update(dict.fromkeys(("conda_env", "container_img", "env_modules", "shadow_dir", "bench_record")))
    script.__dict__.update(threads=1, resources={"tmpdir": "/tmp"})
    script.execute_script(write("pass"))
    with pytest.raises(subprocess.CalledProcessError) as failed:
        script.execute_script(write("raise SystemExit(3)"))
    assert failed.value.returncode == 3


@pytest.mark.parametrize(
    ("how", "where", "why"),
    [
        ("alone", "linux", "GESTALT_REGIONS_STARTS is alone"),
        ("shared", "darwin", "safely on darwin"),
        ("shared", "linux", ""),
    ],
)
def test_where_starts_are_shared(monkeypatch, how, where, why):
    monkeypatch.setenv(shared_starts.VARIABLE, how)
    monkeypatch.setattr(sys, "platform", where)
    assert shared_starts.why_alone().endswith(why) and bool(why) == bool(shared_starts.why_alone())
