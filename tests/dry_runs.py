"""Dry runs of Snakemake in forks of one process that has imported it: a start takes half of the time otherwise.

Nothing of this repository is imported before the fork, so each run reads the code of the place that it is asked for.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

# What Snakemake and this workflow's rule files import
IMPORTED = (
    "snakemake.cli snakemake.report cv2 docutils.core jsonschema nbformat pillow_heif requests scipy.stats skimage"
)
SNAKEMAKE = str(Path(sys.executable).parent / "snakemake")


@cache
def _server() -> subprocess.Popen:
    """The process that forks; it ends with the test run, since its standard input ends then."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # a process with threads is not forked
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, __file__]
    return subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def dry_run(
    command: list[str], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What `subprocess.run` gives for a command that starts with a script of Python (SNAKEMAKE, or another)."""
    server = _server()
    request = {"command": command, "folder": str(folder), "environment": dict(environment or os.environ)}
    print(json.dumps(request), file=server.stdin, flush=True)
    answer = json.loads(server.stdout.readline())
    return subprocess.CompletedProcess(command, **answer)


def _child(request: dict, files: tuple) -> None:
    """Run the command in this process, which ends."""
    for stream, file in zip((sys.stdout, sys.stderr), files, strict=True):
        os.dup2(file.fileno(), stream.fileno())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    status = 0
    try:
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = request["command"]
        sys.path[0] = str(Path(sys.argv[0]).parent)
        sys.path[1:1] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _serve() -> None:
    """Answer requests, one a line, until there are no more."""
    for module in IMPORTED.split():
        import_module(module)
    for line in sys.stdin:
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as wrong:
            child = os.fork()
            if not child:
                _child(json.loads(line), (said, wrong))
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            texts = []
            for file in (said, wrong):
                file.seek(0)
                texts.append(file.read().decode())
        print(json.dumps({"returncode": status, "stdout": texts[0], "stderr": texts[1]}), flush=True)


if __name__ == "__main__":
    _serve()
